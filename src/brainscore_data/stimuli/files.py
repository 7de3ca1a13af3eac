"""The stimuli of a stimulus set, in a folder or a zip, read without trusting either."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from brainscore_data.base.door import BLOCK, opened
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.repository import is_git_name, names_git
from brainscore_data.base.zipped import member_name, opened_zip, refuse_bad_member
from brainscore_data.dataset.paths import LARGEST_POINTER, refuse_escape, refuse_pointer_content
from brainscore_data.media.kinds import kind_of_name

# What operating systems leave behind in folders; none of it is a stimulus.
_LEFT_BEHIND = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini"})
_MACOS_FOLDER = "__MACOSX"


class StimulusFiles(Protocol):
    """Files that can be read by name, in whatever holds them."""

    @property
    def path(self) -> Path:
        """The folder or the zip."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """File name → bytes, for each file that is not an operating system's own."""

    def opened(self) -> AbstractContextManager[Callable[[str], Iterator[bytes]]]:
        """Give, for as long as the context lasts, a function: file name → its bytes in blocks.

        The blocks end with a DataError if the file changed since it was listed, or is damaged.
        """


@dataclass(frozen=True)
class StimulusFolder:
    """Stimuli in a folder, see `StimulusFiles`."""

    path: Path
    sizes: Mapping[str, int]
    # What the system said of each file when the folder was listed
    statuses: Mapping[str, os.stat_result]

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], Iterator[bytes]]]:
        """Give a function from a file's name to its blocks."""
        yield self._blocks

    def _blocks(self, name: str) -> Iterator[bytes]:
        return _file_blocks(self.path / name, self.sizes[name])


@dataclass(frozen=True)
class StimulusPaths:
    """Stimuli that lie wherever they are and have their names here only, see `StimulusFiles`."""

    path: Path  # what messages call the whole
    sizes: Mapping[str, int]
    paths: Mapping[str, Path]  # file name → where it is

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], Iterator[bytes]]]:
        """Give a function from a file's name to its blocks."""
        yield lambda name: _file_blocks(self.paths[name], self.sizes[name])


@dataclass(frozen=True)
class StimulusArchive:
    """Stimuli in a zip, see `StimulusFiles`; nothing is extracted."""

    path: Path
    sizes: Mapping[str, int]
    # File name → which of the zip's members it is, counted as the zip lists them
    members: Mapping[str, int]

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], Iterator[bytes]]]:
        """Give a function from a file's name to its blocks."""
        with _readable_zip(self.path) as archive:
            infos = archive.infolist()

            def blocks(name: str) -> Iterator[bytes]:
                return _member_blocks(archive, infos[self.members[name]], f"{self.path}: {name}")

            yield blocks


def _file_blocks(source: Path, size: int) -> Iterator[bytes]:
    total = 0
    try:
        with opened(source, buffering=0) as stream:
            before = os.fstat(stream.fileno())
            # One byte more than there should be, and no room for a whole block for a small file.
            while block := stream.read(min(BLOCK, size + 1)):
                total += len(block)
                yield block
            after = os.fstat(stream.fileno())
    except PermissionError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", where=str(source), hint="check its permissions"
        ) from error
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror}", where=str(source), hint="copy it there again"
        ) from error
    moved = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if moved or total != size:
        raise DataError(
            "the file changed while it was being packaged",
            where=str(source),
            hint="wait until whatever writes it is done, and package again",
        )


def list_stimuli(
    files: Path, *, metadata: Path, root: Path, listed: Collection[str] = ()
) -> StimulusFolder | StimulusArchive:
    """List the files in a folder or a zip, without what operating systems leave behind.

    In the dataset's own folder there is more than stimuli: ``dataset.toml``, receipts, the files
    of assemblies. There a stimulus is what is listed, or an image, a video or a sound by its name.
    """
    if files.is_dir():
        return _list_folder(files, metadata=metadata, root=root, listed=listed)
    if files.is_file():
        return _list_zip(files, metadata=metadata)
    raise DataError("there is no such folder or zip", where=str(files))


def refuse_pointers(files: StimulusFiles, names: Iterable[str]) -> None:
    """Make sure that the files hold their content, and not a git-LFS pointer to it."""
    with files.opened() as read:
        for name in names:
            if files.sizes[name] < LARGEST_POINTER:
                refuse_pointer_content(next(read(name), b""), name, where=str(files.path / name))


def _is_left_behind(name: str) -> bool:
    return name.startswith("._") or name.lower() in _LEFT_BEHIND


def _list_folder(
    folder: Path, *, metadata: Path, root: Path, listed: Collection[str]
) -> StimulusFolder:
    statuses = {}
    root = root.resolve()
    refuse_escape(root, folder)
    is_own, listed = folder.resolve() == root, frozenset(listed)
    csv = metadata.stat() if metadata.exists() else None
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name == _MACOS_FOLDER or _is_left_behind(entry.name):
                continue
            if is_own and entry.name not in listed and kind_of_name(entry.name) is None:
                continue
            if is_git_name(entry.name) and entry.name not in listed:
                continue  # of a submodule or a worktree
            # The folder is inside, and so is what lies in it.
            if entry.is_symlink() or is_git_name(entry.name):
                refuse_escape(root, Path(entry.path))
            if entry.is_dir():
                raise _subfolder(repr(entry.name), str(folder))
            if not entry.is_file():
                raise DataError(
                    f"{entry.name!r} is not a file", where=str(folder), hint="remove it"
                )
            status = os.stat(entry.path)  # noqa: PTH116 - on Windows the entry's own has no inode
            if csv is None or not os.path.samestat(status, csv):
                statuses[entry.name] = status
    sizes = {name: status.st_size for name, status in statuses.items()}
    return StimulusFolder(folder, sizes, statuses)


def _subfolder(name: str, where: str) -> DataError:
    return DataError(
        f"there is a subfolder {name}, and readers find stimuli only when all lie side by side",
        where=where,
        hint="move its files up, or the folder out of here, and correct the column filename",
    )


@contextmanager
def _readable_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    hint = "make it again, and make sure that the copy or the download is complete"
    try:
        with ExitStack() as opening:
            archive = opening.enter_context(opened_zip(path))
            both = opening.pop_all()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise DataError(
            f"this is not a zip, or a part of it is missing ({error})", where=str(path), hint=hint
        ) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=str(path)) from error
    with both:
        yield archive


def _member_blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> Iterator[bytes]:
    total = 0
    try:
        with archive.open(info) as stream:
            while block := stream.read(BLOCK):
                total += len(block)
                yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise DataError(
            f"this member of the zip is damaged ({error})", where=where, hint="make the zip again"
        ) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=where) from error
    if total != info.file_size:
        raise DataError(
            "this member of the zip is shorter than the zip says",
            where=where,
            hint="make the zip again",
        )


def _list_zip(path: Path, *, metadata: Path) -> StimulusArchive:
    members: dict[str, tuple[int, int]] = {}
    with _readable_zip(path) as archive:
        for number, info in enumerate(archive.infolist()):
            name = member_name(info)
            parts = name.split("/")
            is_folder = name.endswith("/")  # ZipInfo.is_dir stumbles over a name that is empty
            if is_folder or parts[0] == _MACOS_FOLDER or _is_left_behind(parts[-1]):
                continue
            where = Place(str(path), entry=repr(name))
            _refuse_bad_name(name, where)
            refuse_bad_member(info, where)
            if name in members:
                raise DataError("the zip has two members of this name", where=where)
            members[name] = number, info.file_size
    top = top_folder(members)
    flat = {name.removeprefix(top): found for name, found in members.items()}
    for name in flat:
        if "/" in name:
            raise _subfolder(repr(name.rpartition("/")[0]), str(path))
    flat.pop(metadata.name, None)
    return StimulusArchive(
        path,
        sizes={name: size for name, (_, size) in flat.items()},
        members={name: number for name, (number, _) in flat.items()},
    )


def _refuse_bad_name(name: str, where: Place) -> None:
    parts = name.split("/")
    absolute = name.startswith("/") or re.match(r"[A-Za-z]:", name)
    if absolute or ".." in parts or "." in parts or "" in parts or "\\" in name:
        raise DataError(
            "this name leads out of the zip, or does on some systems",
            where=where,
            hint="make the zip from inside the stimuli's folder, with plain names",
        )
    if names_git(parts):
        raise DataError(
            "is git's own, and never a stimulus",
            where=where,
            hint="make the zip again, without the folder .git",
        )


def top_folder(members: Collection[str]) -> str:
    """Give the folder that all members of a zip are in, which is no part of their names.

    >>> top_folder(["images/a.png", "images/b.png"]), top_folder(["a.png", "images/b.png"])
    ('images/', '')
    """
    tops = {name.partition("/")[0] for name in members}
    return f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in members) else ""
