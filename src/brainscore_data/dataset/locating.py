"""Where the files are that a manifest names, and whether they may be read.

A pull request is hostile until it is merged: nothing outside the dataset's folder is opened, and
nothing of git's, neither by a path nor through a symlink.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from brainscore_data.base.errors import DataError
from brainscore_data.base.nearest import nearest
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import names_in
from brainscore_data.dataset.paths import refuse_escape, refuse_pointer, unreadable

if TYPE_CHECKING:
    from brainscore_data.dataset.manifest import Source
    from brainscore_data.dataset.reading import Dataset


def locate(
    dataset: Dataset, name: str, *, where: Place | str, fetch: Callable[[str, Source], Path]
) -> Path:
    """Find the file or folder that an entry of the manifest names."""
    plain = PurePosixPath(name)
    source = dataset.manifest.sources.get(str(plain))
    if source is not None:
        return fetch(str(plain), source)
    return located(dataset.root, str(plain), where=where)


def located(root: Path, name: str, *, where: Place | str) -> Path:
    """Find a file or folder below a dataset's folder; see `locate`."""
    path = _existing(root, PurePosixPath(name), where)
    if path.is_dir():
        _names_in(path, where)
    else:
        refuse_pointer(path, where=where)
    return path


def locate_file(
    dataset: Dataset, name: str, *, where: Place | str, fetch: Callable[[str, Source], Path]
) -> Path:
    """Find the file that an entry of the manifest names; see `locate`."""
    path = locate(dataset, name, where=where, fetch=fetch)
    if path.is_dir():
        raise DataError(
            f"{name!r} is a folder, and this needs a file",
            where=where,
            hint="name the file, from the folder of dataset.toml",
        )
    return path


def _existing(root: Path, name: PurePosixPath, where: Place | str) -> Path:
    """Go down part by part: listings show a name's real case, on every file system."""
    found = PurePosixPath()
    for part in name.parts:
        names = _names_in(root / found, where)
        if part not in names:
            raise _missing(found / part, names, where)
        found /= part
        refuse_escape(root, root / found, where=where)
    return root / found


def _names_in(folder: Path, where: Place | str) -> Collection[str]:
    try:
        return names_in(folder)
    except NotADirectoryError:
        raise DataError(f"{folder.name!r} is a file, not a folder", where=where) from None
    except OSError as error:
        raise unreadable(folder, error, where) from error


def _missing(path: PurePosixPath, names: Collection[str], where: Place | str) -> DataError:
    message = f"there is no {str(path)!r}"
    remedy = "put it below the folder of dataset.toml, or name where it can be fetched in [sources]"
    found = nearest(path.name, names) if path.name else None
    if found is None:
        return DataError(message, where=where, hint=remedy)
    near = str(path.with_name(found))
    if found.casefold() == path.name.casefold():
        return DataError(
            f"{message}; {near!r} differs from it in case only",
            where=where,
            hint="upper and lower case must be the same, or other systems will not find it",
        )
    return DataError(message, where=where, hint=f"did you mean {near!r}? Otherwise {remedy}")
