"""Adding a file to ``[sources]``: downloaded once, hashed, and written into ``dataset.toml``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.dataset.paths import path_problem
from brainscore_data.dataset.toml import read_manifest
from brainscore_data.sources.archives import address_of, direct_osf
from brainscore_data.sources.downloading import Downloaded, discard, download
from brainscore_data.sources.fetching import file_name, keep, sha256_of, sole

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


@dataclass(frozen=True)
class AddedSource:
    """An entry of ``[sources]``, as it is in the manifest now."""

    name: str
    url: str
    sha256: str
    size: int


def add_source(
    dataset_folder: Path,
    url: str,
    *,
    name: str | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> AddedSource:
    """Download a file and pin it in a dataset's manifest, whose comments and layout stay.

    The file stays in the cache, where `fetch_source` finds it.
    """
    manifest = dataset_folder / "dataset.toml"
    read_to_edit(manifest)  # what cannot be edited is not worth a long download
    url = _as_pinned(url)
    if name is not None:
        name = _chosen(name)
    folder = cache_folder() / "sources"
    part = folder / f"adding-{hashlib.sha256(url.encode()).hexdigest()}.part"
    with sole(part):
        answer = download(address_of(url), part, hash_known=False, progress=progress or Quiet())
        name = name or _suggested(answer, url)
        size, sha256 = part.stat().st_size, sha256_of(part)
        if size == 0 or (answer.web_page and not name.lower().endswith((".html", ".htm"))):
            discard(part)
            raise DataError(
                f"{url} gives {'a web page' if size else 'an empty file'}, not data",
                hint="use the address behind the page's download button",
            )
        keep(part, folder / sha256 / file_name(name))
    added = AddedSource(name, url, sha256, size)
    _pin(manifest, added, replace=replace)
    return added


def _as_pinned(url: str) -> str:
    if not url.startswith(("https://", "doi:10.")):
        scheme, separator, _ = url.partition("://")
        raise UsageError(
            f"{f'{scheme}://…' if separator else repr(url)} is no address of a source",
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
        sources[added.name] = tomlkit.value(f'{{ url = {url}, sha256 = "{added.sha256}" }}')
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
        if (pinned.get("url"), pinned.get("sha256")) == (added.url, added.sha256):
            return
        pinned["url"], pinned["sha256"] = added.url, added.sha256
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
