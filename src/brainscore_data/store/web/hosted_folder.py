"""A folder of an https host, and what an archive has under a DOI: read, compared, and never written.

A host has one version of a file, and no id for it: that its bytes are still those that were published,
their hash alone says. So nothing that is read of it is remembered, and each reading is compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TypeVar
from urllib.parse import quote

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.https.asking import (
    Interrupted,
    followed,
    host_of,
    insistently,
    open_session,
    refuse_status,
)
from brainscore_data.https.streams import Bytes, opened
from brainscore_data.store.interface import (
    Answer,
    Location,
    NotStoredError,
    ReadOnlyStoreError,
    Store,
    StoredObject,
    StoreUnavailableError,
    not_stored,
)
from brainscore_data.store.keys import checked_key
from brainscore_data.store.openness import Openness, Shall
from brainscore_data.store.tags import NO_TAGS
from brainscore_data.store.upkeep import Inventory
from brainscore_data.store.write import Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

Result = TypeVar("Result")
_READ_ONLY = "the program only reads from a host"


class WebStore(Store):
    """The store behind ``https://host/folder`` and ``doi:10.…/…``."""

    def __init__(self, url: str, timeout: float | None, ca_bundle: str | None) -> None:
        self._url, self._timeout, self._ca_bundle = url, timeout, ca_bundle
        self._addresses: dict[str, str] = {}

    @property
    def location(self) -> Location:
        """Where it is."""
        return Location(self._url)

    @property
    def upkeep(self) -> WebUpkeep:
        """The same place, for those who look after it: they do so elsewhere."""
        return WebUpkeep(self._url)

    def capabilities(self, *, trying: bool = True) -> NoReturn:  # noqa: ARG002 - a fact
        """Refuse: what a store guarantees, whoever wants to write asks."""
        raise self._read_only()

    def answers(self) -> tuple[Answer, ...]:
        """Say to people that nothing is written."""
        return (Answer("write", "no", _READ_ONLY, self._by_hand),)

    def conditions_hold(self) -> bool:
        """There is one version of each file, which nobody writes from here."""
        return True

    def stat(self, key: str, version_id: str | None = None) -> StoredObject | None:
        """Describe a file; None if it is not there, or a version of it is asked for."""
        checked_key(key)
        if version_id not in (None, "null"):
            return None
        return self._insistently(lambda: self._described(key))

    def versions(self, key: str) -> list[StoredObject]:
        """Describe the one that there is."""
        stored = self.stat(key)
        return [] if stored is None else [stored]

    def write(self, write: Write) -> NoReturn:  # noqa: ARG002
        """Refuse."""
        raise self._read_only()

    def open(self, key: str, version_id: str | None = None, *, start: int = 0) -> BinaryIO:
        """Open the bytes of a file, from `start` on."""
        stored = self.stat(key, version_id)
        if stored is None:
            raise not_stored(f"{self._url}/{key}", version_id)
        return opened(Bytes(lambda at: self._asked(key, at), self._insistently, stored.size, start))

    def open_as_anybody(self, key: str, version_id: str | None = None) -> BinaryIO | None:
        """Open it as always: nobody is asked for credentials."""
        return None if self.stat(key, version_id) is None else self.open(key, version_id)

    def readable_by_all(self, key: str, version_id: str | None = None) -> bool:
        """Say whether it is there: then everybody can read it."""
        return self.stat(key, version_id) is not None

    def openness(self, *, trying: bool = False) -> Openness:  # noqa: ARG002 - a fact
        """Say that all of it is open."""
        return Openness("open", "it is read without credentials")

    def set_visibility(
        self,
        key: str,
        version_id: str | None,  # noqa: ARG002
        shall: Shall,  # noqa: ARG002
        marks: Mapping[str, str] = NO_TAGS,  # noqa: ARG002
    ) -> NoReturn:
        """Refuse."""
        raise UsageError(
            f"its host decides who can read {key}", where=self._url, hint="change it there"
        )

    def would_be_readable_by_all(self, tags: Mapping[str, str]) -> bool:  # noqa: ARG002
        """Say yes."""
        return True

    def tags(self, key: str, version_id: str | None = None) -> Mapping[str, str]:
        """Read none: a host has no such thing."""
        if self.stat(key, version_id) is None:
            raise not_stored(f"{self._url}/{key}", version_id)
        return NO_TAGS

    def _read_only(self) -> ReadOnlyStoreError:
        return ReadOnlyStoreError(_READ_ONLY, where=self._url, hint=self._by_hand)

    @property
    def _by_hand(self) -> str:
        hint = "put the file there by hand, under its own name, and have `adopt` compare it"
        if self._url.startswith("https://"):
            server = "/".join(self._url.split("/")[:3])
            hint += f"; for an S3 server, write s3://bucket/prefix and give --endpoint-url {server}"
        return hint

    # ---- asking --------------------------------------------------------------------------------

    @cached_property
    def _session(self) -> requests.Session:
        session = open_session()
        if self._ca_bundle:
            session.verify = self._ca_bundle
        return session

    def _address(self, key: str) -> str:
        """Find where a file is; of a DOI, its archive is asked once."""
        if not self._url.startswith("doi:"):
            return f"{self._url}/{quote(checked_key(key))}"
        if key not in self._addresses:
            from brainscore_data.https.archives import address_of

            self._addresses[key] = address_of(f"{self._url}/{checked_key(key)}")
        return self._addresses[key]

    def _insistently(self, attempt: Callable[[], Result]) -> Result:
        return insistently(attempt, self._url, self._unavailable)

    def _unavailable(self, host: str, interruption: Interrupted) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"{host} cannot be asked: {interruption.reason}",
            where=self._url,
            hint="run it again later",
        )

    @contextmanager
    def _asked(self, key: str, start: int, last: str = "") -> Iterator[requests.Response]:
        address = self._address(key)
        headers = {"Range": f"bytes={start}-{last}"} if start or last else None
        with followed(self._session, address, headers, self._timeout) as response:
            if response.status_code in {404, 410}:
                raise not_stored(f"{self._url}/{key}", None)
            if response.status_code >= 400 and response.status_code != 416:
                refuse_status(response, address)
            yield response

    def _described(self, key: str) -> StoredObject | None:
        """Ask for the first byte: not every host answers a HEAD as it answers a GET."""
        try:
            with self._asked(key, 0, "0") as response:
                size = _size(response)
                modified = response.headers.get("Last-Modified")
                page = response.headers.get("Content-Type", "").lower().startswith("text/html")
        except NotStoredError:
            return None
        if size is None or page:
            said = "a web page" if page else "a file, but does not say how large it is"
            raise DataError(
                f"{host_of(self._address(key))} gives {said}",
                where=f"{self._url}/{key}",
                hint="open the address in a browser: it has to give the file itself",
            )
        return StoredObject(key, None, size, written=_iso(modified))


def _size(response: requests.Response) -> int | None:
    """Read how large a file is, of which the first byte was asked for."""
    if response.status_code in {206, 416}:  # what is empty has no first byte
        total = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
        return int(total[1]) if total else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _iso(modified: str | None) -> str | None:
    try:
        found = parsedate_to_datetime(modified) if modified else None
    except ValueError:
        return None
    return None if found is None else found.astimezone(UTC).isoformat()


class WebUpkeep:
    """A host, for those who look after it: there, and not from here."""

    def __init__(self, url: str) -> None:
        self._url = url

    def inventory(self) -> Inventory:
        """Refuse: hosts list their files each in its own way."""
        raise UsageError(
            "a host does not list what it has", where=self._url, hint="look there in a browser"
        )

    def notes(self, folder: str) -> frozenset[str]:  # noqa: ARG002 - there are none
        """List none."""
        return frozenset()

    def note(self, name: str) -> None:
        """Read none."""

    def put_note(self, name: str, content: bytes) -> None:  # noqa: ARG002
        """Refuse."""
        raise ReadOnlyStoreError(_READ_ONLY, where=self._url, hint="do it there")

    def lock(self, key: str, version_id: str | None) -> str:  # noqa: ARG002
        """Say that nothing is deleted from here."""
        return _READ_ONLY

    def erase(self, key: str, version_id: str | None) -> None:  # noqa: ARG002
        """Refuse."""
        raise ReadOnlyStoreError(_READ_ONLY, where=self._url, hint="do it there")

    def copies(self) -> str:
        """Say what is not known."""
        return "what the host keeps of it: ask whoever runs it"
