"""The kind of store that is a folder."""

from __future__ import annotations

import os
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import Store
from brainscore_data.store.options import Kind, StoreOptions
from brainscore_data.store.urls import misspelt


def local_folder(url: str) -> Path:
    """Read the folder off a ``file:///`` URL."""
    path = _path(url.removeprefix("file://"))
    if ".." in path.parts:
        raise UsageError(
            "there is a '..' in this path, and a store has one name only",
            where=url,
            hint=f"write the folder's full path, e.g. {Path(os.path.normpath(path)).as_uri()}"
            if path.is_absolute()
            else "write the folder's full path, e.g. file:///srv/brain-score",
        )
    if not path.name or not path.is_absolute() or "\0" in str(path):
        raise UsageError(
            "this names no folder for a store",
            where=url,
            hint="write file:// and the folder's full path, e.g. file:///srv/brain-score",
        )
    return path


def _path(address: str) -> Path:
    from urllib.request import url2pathname  # --help knows the kinds of stores, and need not wait

    return Path(url2pathname(address))


def _open(url: str, options: StoreOptions) -> Store:  # noqa: ARG001 - a folder answers at once
    from brainscore_data.store.local.folder import LocalStore

    return LocalStore(local_folder(url))


def _refusal(url: str) -> UsageError | None:
    scheme, colon, rest = url.partition(":")
    if scheme.lower() != "file" or not colon:
        return None
    return misspelt(url, _path(_after_slashes(rest)).absolute().as_uri())


def _after_slashes(rest: str) -> str:
    """Keep one leading slash of ``/folder`` and of ``//localhost/folder``; none of ``//folder``.

    Unless a slash was forgotten: of ``//home/majaj`` where there is a ``/home``, but none here.
    """
    if rest.lower().startswith("//localhost/"):
        return rest[len("//localhost") :]
    top = rest.removeprefix("//").partition("/")[0]
    if rest.startswith("//") and Path(f"/{top}").is_dir() and not Path(top).exists():
        return rest[1:]
    return rest.removeprefix("//")


def _guess(path: str) -> str:
    folder = Path.home() / path[2:] if path.startswith("~/") else Path(path).absolute()
    return f"for the folder, write {folder.as_uri()}"


KIND = Kind("folders", "file:///folder", _open, refusal=_refusal, guess=_guess)
