"""The stimulus sets of a manifest, as far as their files can be looked at.

The manifest is read without the models that say what is right in it: importing those takes longer
than to look at a thousand files that are known. What is wrong elsewhere in it is no reason to look at
nothing; what is wrong with an item itself is for the rules about manifests to say, and it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.locating import located
from brainscore_data.dataset.paths import path_problem
from brainscore_data.dataset.repository import resolved
from brainscore_data.dataset.toml import read_manifest

_SCHEMA_VERSION = 1
_SHA256 = r"[0-9a-f]{64}"


class NotFetchedError(Exception):
    """A file is in ``[sources]``, and was not downloaded before."""


class NamedStimulusSet(NamedTuple):
    """A stimulus set of a manifest.

    Attributes
    ----------
    beside : Path
        The folder of the manifest, as the user typed it.
    root : Path
        The same, without symlinks.
    identifier, metadata, files : str
        As the manifest has them; the last two are paths below the folder, or in `sources`.
    sources : Mapping of str to str or None
        Name in ``[sources]`` → the SHA-256 that it is pinned by; None where that is malformed.
    """

    beside: Path
    root: Path
    identifier: str
    metadata: str
    files: str
    sources: Mapping[str, str | None]

    def locate(self, name: str, *, where: str) -> Path:
        """Find a file or folder that the manifest names; a check downloads nothing."""
        plain = str(PurePosixPath(name))
        if plain not in self.sources:
            return located(self.root, plain, where=where)
        from brainscore_data.base.caching import cache_folder
        from brainscore_data.sources.fetching import file_name, sha256_of

        sha256 = self.sources[plain]
        if sha256 is not None:
            path = cache_folder() / "sources" / sha256 / file_name(plain)
            if path.is_file() and sha256_of(path) == sha256:
                return path
        raise NotFetchedError


def stimulus_sets(manifest: Path) -> Iterator[NamedStimulusSet]:
    """Give the stimulus sets of a manifest whose files can be looked for."""
    beside = manifest.parent
    try:
        if not manifest.is_file():
            return
        root = resolved(beside)
        document = read_manifest(manifest).document
    except (BrainScoreDataError, OSError):
        return
    items = document.get("stimulus_set")
    if document.get("schema") != _SCHEMA_VERSION or not isinstance(items, list):
        return
    sources = _sources(document.get("sources"))
    for item in items:
        identifier, metadata, files = (
            item.get(key) if isinstance(item, dict) else None
            for key in ("identifier", "metadata", "files")
        )
        if (
            isinstance(identifier, str)
            and is_key_safe(identifier)
            and isinstance(metadata, str)
            and path_problem(metadata) is None
            and isinstance(files, str)
            and path_problem(files) is None
        ):
            yield NamedStimulusSet(beside, root, identifier, metadata, files, sources)


def _sources(table: Any) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, source in table.items() if isinstance(table, dict) else ():
        sha256 = source.get("sha256") if isinstance(source, dict) else None
        is_hash = isinstance(sha256, str) and re.fullmatch(_SHA256, sha256)
        found[name] = sha256 if is_hash else None
    return found
