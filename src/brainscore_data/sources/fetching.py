"""The files of ``[sources]``: fetched once, kept by their hash, checked before anything reads them.

The cache is ``<cache>/sources``. A file that was verified is ``<sha256>/<its name>``; beside it
are ``<sha256>.part`` while it is incomplete and ``<sha256>.lock`` for whoever is at it.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from brainscore_data.base.caching import ENVIRONMENT_VARIABLE, cache_explained, cache_folder
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.files import flush
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.sources.archives import address_of
from brainscore_data.sources.downloading import discard, download

if TYPE_CHECKING:
    from brainscore_data.dataset.manifest import Source

# What Windows or a shell would take for something else than a name.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')


def fetch_source(
    name: str, source: Source, *, cache: Path | None = None, progress: Progress | None = None
) -> Path:
    """Give a verified local copy of a pinned file.

    Its hash is computed at every use, cached or not: a damaged copy is fetched again.
    """
    if kept := cached_source(name, source, cache=cache):
        return kept
    folder = (cache or cache_folder()) / "sources"
    target = folder / source.sha256 / file_name(name)
    with sole(folder / source.sha256), _located(name):
        if _is_intact(target, source.sha256):  # another process was faster
            return target
        part = folder / f"{source.sha256}.part"
        _complete(part, name, source, progress or Quiet())
        keep(part, target)
    return target


def cached_source(name: str, source: Source, *, cache: Path | None = None) -> Path | None:
    """Give the verified local copy of a pinned file if there is one; nothing is downloaded."""
    target = (cache or cache_folder()) / "sources" / source.sha256 / file_name(name)
    return target if _is_intact(target, source.sha256) else None


def file_name(name: str) -> str:
    """Take the last part of a source's name, which is a stranger's.

    Examples
    --------
    >>> file_name("raw/stimuli.zip")
    'stimuli.zip'
    """
    last = re.split(r"[/\\]", name)[-1]
    if last.strip(". ") == "" or _UNSAFE.search(last) or len(last.encode()) > 200:
        raise DataError(
            f"{name!r} cannot be the name of a file",
            where=Place("dataset.toml", item="[sources]"),
            hint="use a name like stimuli.zip",
        )
    return last


@contextlib.contextmanager
def sole(path: Path) -> Iterator[None]:
    """Be the only one, among processes and threads, that is at a file; the others wait.

    The lock ends with the process, even if that is killed.
    """
    from filelock import FileLock

    lock = path.with_name(f"{path.name}.lock")
    with cache_explained(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            held = FileLock(lock).acquire()
        except NotImplementedError as error:
            raise UsageError(
                "this file system has no locks",
                where=str(lock.parent),
                hint=f"set {ENVIRONMENT_VARIABLE} to a folder on a local disk",
            ) from error
    with held:
        yield


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def keep(part: Path, target: Path) -> None:
    """Give a file whose hash was checked its place in the cache."""
    with cache_explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        flush(part)
        part.replace(target)
        flush(target.parent)
    discard(part)


def _is_intact(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def _complete(part: Path, name: str, source: Source, progress: Progress) -> None:
    """Download until the part file is the pinned file."""
    address = address_of(source.url)
    answer = download(address, part, hash_known=True, progress=progress)
    found = sha256_of(part)
    if found != source.sha256 and answer.resumed:
        # What was there before was damaged, or was of another file.
        discard(part)
        answer = download(address, part, hash_known=True, progress=progress)
        found = sha256_of(part)
    if found == source.sha256:
        return
    size = part.stat().st_size
    discard(part)
    is_page = answer.web_page and not name.lower().endswith((".html", ".htm"))
    raise DataError(
        f"{source.url} is not the pinned file: expected sha256 {source.sha256}, found {found} "
        f"({size} bytes)" + (", and the server sent a web page instead of data" if is_page else ""),
        hint="open the address in a browser: it may ask for a login, or be a page about the file"
        if is_page
        else "if the file was changed at the host on purpose, "
        f"`brainscore-data source add {quote(source.url)} --name {quote(name)} --replace` pins "
        "the new one",
    )


@contextlib.contextmanager
def _located(name: str) -> Iterator[None]:
    try:
        yield
    except BrainScoreDataError as error:
        error.place = error.place or Place("dataset.toml", item=f"[sources] {name!r}")
        raise
