"""The files of ``[sources]``: pinned by their hash, fetched once, checked before anything reads them.

The cache is ``<cache>/sources``. A file that was verified is ``<sha256>/<its name>``; beside it
are ``<sha256>.part`` while it is incomplete and ``<sha256>.lock`` for whoever is at it.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

from brainscore_data.base.caching import ENVIRONMENT_VARIABLE, cache_explained, cache_folder
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.files import flush, written_whole
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.paths import path_problem
from brainscore_data.dataset.toml import read_manifest
from brainscore_data.https.archives import address_of, direct_osf
from brainscore_data.sources.downloading import Downloaded, discard, download
from brainscore_data.sources.tokens import token_for

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from brainscore_data.dataset.manifest import Source


# The keys of an entry of `[sources]`.
_PINNED = ("url", "sha256", "size", "token-env")
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
    with sole(folder / source.sha256), located_in_sources(name):
        if _is_intact(target, source.sha256):  # another process was faster
            return target
        part = _part_of(target)
        _complete(part, name, source, progress or Quiet())
        keep(part, target)
    return target


def cached_source(name: str, source: Source, *, cache: Path | None = None) -> Path | None:
    """Give the verified local copy of a pinned file if there is one; nothing is downloaded."""
    target = place_in_cache(name, source, cache=cache)
    return target if _is_intact(target, source.sha256) else None


def bytes_here(name: str, source: Source) -> int:
    """Say how much of a pinned file is in the cache: all of it, a part, or nothing."""
    target = place_in_cache(name, source)
    part = _part_of(target)
    return sum(path.stat().st_size for path in (target, part) if path.is_file())


def forget_source(name: str, source: Source) -> None:
    """Delete the local copy of a pinned file, or the part of it that is there."""
    target = place_in_cache(name, source)
    with sole(target.parent), cache_explained(target):
        target.unlink(missing_ok=True)
        discard(_part_of(target))


def place_in_cache(name: str, source: Source, *, cache: Path | None = None) -> Path:
    """Say where the local copy of a pinned file is, or would be."""
    return (cache or cache_folder()) / "sources" / source.sha256 / file_name(name)


def _part_of(target: Path) -> Path:
    return target.parent.with_name(f"{target.parent.name}.part")


def file_name(name: str) -> str:
    """Take the last part of a source's name, which is a stranger's."""
    last = re.split(r"[/\\]", name)[-1]
    if last.strip(". ") == "" or _UNSAFE.search(last) or len(last.encode()) > 200:
        raise DataError(
            f"{name!r} cannot be the name of a file",
            where=Place(MANIFEST_NAME, item="[sources]"),
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
    fetch = partial(_fetched, address, part, source.token_env, hash_known=True, progress=progress)
    answer = fetch()
    found = sha256_of(part)
    if found != source.sha256 and answer.resumed:
        # What was there before was damaged, or was of another file.
        discard(part)
        answer = fetch()
        found = sha256_of(part)
    size = part.stat().st_size
    if found == source.sha256:
        if source.size not in (None, size):
            raise DataError(
                f"it has {size} bytes, and dataset.toml says {source.size}",
                hint="correct `size` in this entry, or leave it out",
            )
        return
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


def _fetched(
    address: str, part: Path, variable: str | None, *, hash_known: bool, progress: Progress
) -> Downloaded:
    token = token_for(variable, address)
    if token is None:
        return download(address, part, hash_known=hash_known, progress=progress)
    with token.kept_secret():
        return download(address, part, hash_known=hash_known, progress=progress, auth=token)


@contextlib.contextmanager
def located_in_sources(name: str) -> Iterator[None]:
    """Say of what goes wrong which entry of the manifest it is about."""
    try:
        yield
    except BrainScoreDataError as error:
        error.place = error.place or Place(MANIFEST_NAME, item=f"[sources] {name!r}")
        raise


@dataclass(frozen=True)
class AddedSource:
    """An entry of ``[sources]``, as it is in the manifest now."""

    name: str
    url: str
    sha256: str
    size: int
    token_env: str | None = None


def add_source(
    dataset_folder: Path,
    url: str,
    *,
    name: str | None = None,
    replace: bool = False,
    token_env: str | None = None,
    progress: Progress | None = None,
) -> AddedSource:
    """Download a file and pin it in a dataset's manifest, whose comments and layout stay.

    The file stays in the cache, where `fetch_source` finds it.
    """
    manifest = dataset_folder / MANIFEST_NAME
    read_to_edit(manifest)  # what cannot be edited is not worth a long download
    url = _as_pinned(url)
    if name is not None:
        name = _chosen(name)
    folder = cache_folder() / "sources"
    part = folder / f"adding-{hashlib.sha256(url.encode()).hexdigest()}.part"
    with sole(part):
        answer = _fetched(
            address_of(url), part, token_env, hash_known=False, progress=progress or Quiet()
        )
        name = name or _suggested(answer, url)
        size, sha256 = part.stat().st_size, sha256_of(part)
        if size == 0 or (answer.web_page and not name.lower().endswith((".html", ".htm"))):
            discard(part)
            raise DataError(
                f"{url} gives {'a web page' if size else 'an empty file'}, not data",
                hint="use the address behind the page's download button",
            )
        keep(part, folder / sha256 / file_name(name))
    added = AddedSource(name, url, sha256, size, token_env)
    _pin(manifest, added, replace=replace)
    return added


def _as_pinned(url: str) -> str:
    if not url.startswith(("https://", "doi:10.")):
        scheme, separator, _ = url.partition("://")
        raise UsageError(
            f"{f'{scheme}://…' if separator else repr(url)} is not an address of a source",
            hint="give https://…, or doi:10.…/filename for a file at Zenodo, figshare or Dataverse",
        )
    return direct_osf(urldefrag(url).url)


def _chosen(name: str) -> str:
    parts = name.split("/")
    if path_problem(name) or any(part != file_name(part) or part.startswith(".") for part in parts):
        raise UsageError(f"{name!r} cannot be a source's name", hint="use a name like stimuli.zip")
    return name


def _suggested(answer: Downloaded, url: str) -> str:
    """Make a name out of what a stranger's server, or else the URL, calls the file."""
    path = url if url.startswith("doi:") else unquote(urlsplit(url).path.rstrip("/"))
    last = re.split(r"[/\\]", answer.suggested_name or path)[-1]
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", last).lstrip("._-")[:100]
    if not name:
        raise UsageError(f"{url} does not say what the file is called", hint="give it a --name")
    return name


def _pin(manifest: Path, added: AddedSource, *, replace: bool) -> None:
    import tomlkit

    document = read_to_edit(manifest)
    if "sources" not in document:
        document["sources"] = tomlkit.table()
    sources = document["sources"]
    where = Place(str(manifest), item="[sources]")
    if not isinstance(sources, MutableMapping):
        raise DataError("is no table", where=where, hint="write [sources] on a line of its own")
    pinned = sources.get(added.name)
    if pinned is None:
        url = tomlkit.string(added.url).as_string()
        token = f', token-env = "{added.token_env}"' if added.token_env else ""
        entry = f'{{ url = {url}, sha256 = "{added.sha256}", size = {added.size}{token} }}'
        sources[added.name] = tomlkit.value(entry)
    elif not isinstance(pinned, MutableMapping):
        raise DataError(f"{added.name!r} is no table", where=where, hint="remove that line")
    else:
        if pinned.get("sha256") != added.sha256 and not replace:
            raise DataError(
                f"{added.name!r} is pinned already, to sha256 {pinned.get('sha256')} from "
                f"{pinned.get('url')}; what {added.url} gives has {added.sha256}",
                where=where,
                hint="add --replace to pin the new file, or --name to keep both",
            )
        now = {"url": added.url, "sha256": added.sha256, "size": added.size}
        if added.token_env is not None:
            now["token-env"] = added.token_env
        if {key: pinned[key] for key in _PINNED if key in pinned} == now:
            return
        pinned.pop("token-env", None)
        pinned.update(now)
    with written_whole(manifest) as path:
        path.write_bytes(tomlkit.dumps(document).encode())


def read_to_edit(manifest: Path) -> TOMLDocument:
    """Read a manifest, with its comments and layout."""
    import tomlkit
    from tomlkit.exceptions import ParseError

    if not manifest.is_file():
        raise UsageError(
            "there is no dataset.toml here",
            where=str(manifest.parent),
            hint="name the dataset's folder, or make a manifest with `brainscore-data init`",
        )
    text = read_manifest(manifest).text
    try:
        # Without the last newline, a new table would stick to the last one.
        return tomlkit.parse(text if text.endswith("\n") else text + "\n")
    except ParseError as error:
        raise DataError(f"is not TOML: {error}", where=str(manifest)) from error
