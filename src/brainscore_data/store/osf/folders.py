"""What is in the folders of a project. They are found by their names, and remembered by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from threading import RLock
from typing import Any
from urllib.parse import quote, urlencode

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.https.streams import Bytes
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.osf.connection import MissingError, OSFConnection

Path = tuple[str, ...]


@dataclass(frozen=True)
class FolderEntry:
    """A file in a folder, as its latest version is."""

    id: str
    name: str
    #: How many there are; they are numbered from 1.
    versions: int
    size: int
    md5: str | None
    sha256: str | None
    written: str | None


@dataclass(frozen=True)
class Listing:
    """What is in a folder."""

    files: dict[str, FolderEntry]
    #: The id of each.
    folders: dict[str, str]


@dataclass(frozen=True)
class Older:
    """A version that is not the latest one."""

    size: int
    md5: str | None
    sha256: str | None
    written: str | None


_EMPTY = Listing({}, {})


class Folders:
    """The folders of a project."""

    def __init__(self, connection: OSFConnection) -> None:
        self.connection = connection
        self._ids: dict[Path, str] = {}
        self._making = RLock()

    def listing(self, path: Path) -> Listing:
        """List a folder; nothing if it is not there."""
        try:
            known = self._id(path)
            return _EMPTY if known is None else self._listed(known)
        except MissingError:
            if not self._ids:
                raise
        self._ids.clear()  # somebody deleted, and perhaps made anew, what is remembered
        known = self._id(path)
        return _EMPTY if known is None else self._listed(known)

    def made(self, path: Path) -> str:
        """Make a folder where there is none, and those above it; gives its address."""
        with self._making:
            for depth in range(1, len(path) + 1):
                if self._id(path[:depth]) is None:
                    self._make(path[:depth])
            return self._address(self._id(path) or "")

    def file(self, entry: FolderEntry, **query: str) -> str:
        """Give the address of a file."""
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self.connection.files}{quote(entry.id)}{asked}"

    def put(
        self,
        path: Path,
        name: str,
        data: Any,
        there: FolderEntry | None,
        *,
        repeatable: bool = False,
    ) -> tuple[int, FolderEntry]:
        """Put a file into a folder, or a version on top of one; 409 if the name was taken meanwhile."""
        if there is not None:
            url = self.file(there, kind="file")
        else:
            url = f"{self.made(path)}?{urlencode({'kind': 'file', 'name': name})}"
        status, body = self.connection.put(url, data, repeatable=repeatable)
        if status == 409:
            return status, FolderEntry("", name, 0, 0, None, None, None)
        return status, _entry(body.get("data"))

    def bytes_of(
        self,
        entry: FolderEntry,
        number: int,
        size: int,
        start: int = 0,
        *,
        as_anybody: bool = False,
    ) -> Bytes:
        """Open the bytes of a version."""
        url = self.file(entry, version=str(number))
        opening = partial(self.connection.opened, url, as_anybody=as_anybody)
        return Bytes(opening, self.connection.insistently, size, start)

    def content(self, entry: FolderEntry) -> bytes:
        """Read a small file."""
        with self.bytes_of(entry, entry.versions, entry.size) as stream:
            content = stream.read()
        if content is None or len(content) != entry.size:
            raise StoreUnavailableError(f"{entry.name} arrived only in part", hint="run it again")
        return content

    def older(self, entry: FolderEntry) -> dict[int, Older]:
        """Describe all versions of a file: WaterButler knows their hashes, and the API their sizes."""
        hashes = self.connection.json(self.file(entry, versions="")).get("data")
        sizes = {int(each["id"]): each["attributes"]["size"] for each in self._sized(entry)}
        found = {}
        for each in hashes if isinstance(hashes, list) else ():
            number, said = int(each["id"]), each["attributes"]
            hashed = said.get("extra", {}).get("hashes") or {}
            if number in sizes:
                found[number] = Older(
                    sizes[number], hashed.get("md5"), hashed.get("sha256"), said.get("modified_utc")
                )
        return found

    def _sized(self, entry: FolderEntry) -> list[Any]:
        found: list[Any] = []
        path: str | None = f"files/{entry.id}/versions/?page[size]=100"
        while path:
            answer = self.connection.api_page(path)
            found += answer.get("data") or []
            following = (answer.get("links") or {}).get("next")
            path = str(following).partition("/v2/")[2] if following else None
        return found

    def _id(self, path: Path) -> str | None:
        """Find the id of a folder: empty for the topmost, None if it is not there."""
        if not path:
            return ""
        if path not in self._ids:
            above = self._id(path[:-1])
            if above is None:
                return None
            listing = self._listed(above)
            if path[-1] in listing.folders:
                self._ids[path] = listing.folders[path[-1]]
            elif path[-1] in listing.files:
                raise UsageError(
                    f"{path[-1]} is a file there, and not a folder",
                    where=f"{self.connection.url}/{'/'.join(path)}",
                    hint="name a folder for the data",
                )
        return self._ids.get(path)

    def _make(self, path: Path) -> None:
        above = self._address(self._id(path[:-1]) or "")
        query = urlencode({"kind": "folder", "name": path[-1]})
        # 409: another run was faster, and it is found below.
        status, body = self.connection.put(f"{above}?{query}", repeatable=True)
        if status == 409:
            if self._id(path) is None:
                raise StoreUnavailableError(
                    f"the folder {path[-1]} exists, but OSF does not list it",
                    where=self.connection.url,
                    hint="run it again",
                )
            return
        self._ids[path] = str(body["data"]["attributes"]["path"]).strip("/")

    def _address(self, folder_id: str) -> str:
        return f"{self.connection.files}{quote(folder_id)}{'/' if folder_id else ''}"

    def _listed(self, folder_id: str) -> Listing:
        found = self.connection.json(self._address(folder_id)).get("data")
        files, folders = {}, {}
        for each in found if isinstance(found, list) else ():
            said = each["attributes"]
            if said["kind"] == "folder":
                folders[str(said["name"])] = str(said["path"]).strip("/")
            else:
                entry = _entry(each)
                files[entry.name] = entry
        return Listing(files, folders)


def _entry(entity: Any) -> FolderEntry:
    try:
        said = entity["attributes"]
        hashes = said["extra"].get("hashes") or {}
        return FolderEntry(
            str(said["path"]).strip("/"),
            str(said["name"]),
            int(said["extra"]["version"]),
            int(said["size"]),
            hashes.get("md5"),
            hashes.get("sha256"),
            said.get("modified_utc"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("OSF describes a file in a form that this program does not know") from error


def split(folders: Sequence[str], key: str) -> tuple[Path, str]:
    """Split a key into the folders that it is in, and its name there."""
    *within, name = key.split("/")
    return (*folders, *within), name
