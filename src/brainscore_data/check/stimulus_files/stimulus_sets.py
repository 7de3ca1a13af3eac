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

from brainscore_data.base.repository import resolved
from brainscore_data.dataset.document import items_in, manifest_document
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.locating import located
from brainscore_data.dataset.paths import path_problem

_SCHEMA_VERSION = 1
_SHA256 = r"[0-9a-f]{64}"


class NotFetchedError(Exception):
    """A file is in ``[sources]``, and was not downloaded before."""


class NamedStimulusSet(NamedTuple):
    """A stimulus set of a manifest."""

    beside: Path  # the folder of the manifest, as the user typed it
    root: Path  # the same, without symlinks
    identifier: str
    metadata: str  # like `files`, a path below the folder, or a name in `sources`
    files: str
    # Name in [sources] → the SHA-256 that it is pinned by; None where that is malformed.
    sources: Mapping[str, str | None]

    def locate(self, name: str, *, where: str) -> Path:
        """Find what the manifest names; a `NotFetchedError` if it would have to be downloaded."""
        plain = str(PurePosixPath(name))
        if plain not in self.sources:
            return located(self.root, plain, where=where)
        from brainscore_data.base.caching import cache_folder
        from brainscore_data.sources.pinning import file_name, sha256_of

        sha256 = self.sources[plain]
        if sha256 is not None:
            path = cache_folder() / "sources" / sha256 / file_name(plain)
            if path.is_file() and sha256_of(path) == sha256:
                return path
        raise NotFetchedError


def stimulus_sets(manifest: Path) -> Iterator[NamedStimulusSet]:
    """Give the stimulus sets of a manifest whose files can be looked for."""
    document = manifest_document(manifest) if manifest.is_file() else {}
    if document.get("schema") != _SCHEMA_VERSION:
        return
    beside, root = manifest.parent, resolved(manifest.parent)
    sources = _sources(document.get("sources"))
    for kind, _, item in items_in(document):
        identifier, metadata, files = (item.get(key) for key in ("identifier", "metadata", "files"))
        if (
            kind == "stimulus_set"
            and isinstance(identifier, str)
            and is_key_safe(identifier)
            and isinstance(metadata, str)
            and path_problem(metadata) is None
            and isinstance(files, str)
            and path_problem(files) is None
        ):
            yield NamedStimulusSet(beside, root, identifier, metadata, files, sources)


def _sources(table: Any) -> dict[str, str | None]:
    pinned = {
        name: source.get("sha256") if isinstance(source, dict) else None
        for name, source in (table.items() if isinstance(table, dict) else ())
    }
    return {
        name: sha256 if isinstance(sha256, str) and re.fullmatch(_SHA256, sha256) else None
        for name, sha256 in pinned.items()
    }
