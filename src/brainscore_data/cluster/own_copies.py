"""Files of `[sources]` that a worker does not see where its caller has them: it fetches them itself.

They come from the pinned address, with the worker's own token, into its own cache: outside of the cage,
which has no network. The lock of the cache sees to it that a machine fetches a file once, however many
workers it has, and the hash that it is the file. What arguments say of the caller's cache then holds for
the worker's.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import BrainScoreDataError

if TYPE_CHECKING:
    from brainscore_data.dataset.manifest import Source

# What this process has verified: a file, and how large it was then and of when.
_verified: dict[Path, tuple[int, int]] = {}


class PinnedFile(NamedTuple):
    """A file by its entry in ``[sources]``; of a token that has the variable's name alone."""

    name: str
    source: Source


def pinned_files(manifests: Iterable[Path]) -> dict[str, PinnedFile]:
    """List what manifests pin, by where a copy of it is here, or would be."""
    from brainscore_data.dataset.reading import load_dataset
    from brainscore_data.sources.pinning import place_in_cache

    found = {}
    for manifest in manifests:
        with suppress(BrainScoreDataError):  # who reads it for its own sake says what is wrong
            for name, source in load_dataset(manifest).manifest.sources.items():
                found[str(place_in_cache(name, source))] = PinnedFile(name, source)
    return found


def fetch_own_copy(pinned: PinnedFile) -> None:
    """Fetch a file into the cache of this process, unless that has it; it is hashed once."""
    from brainscore_data.sources.pinning import fetch_source, place_in_cache

    place = place_in_cache(*pinned)
    with suppress(OSError):
        if _verified.get(place) == _state(place):
            return
    fetch_source(*pinned)
    _verified[place] = _state(place)


def own_cache() -> Path:
    """Name the folder of this process's copies, and make sure that there is one."""
    folder = cache_folder()
    with suppress(OSError):  # who has to write there says why it cannot
        (folder / "sources").mkdir(parents=True, exist_ok=True)
    return folder


def moved(value: Any, before: str, now: str) -> Any:
    """Put one folder in the place of another, wherever the arguments of a call name it or what is below."""
    if isinstance(value, str | Path):
        text = os.fspath(value)
        below = text == before or text.startswith(before + os.sep)
        return type(value)(now + text[len(before) :]) if below else value
    if isinstance(value, Mapping):
        return {key: moved(each, before, now) for key, each in value.items()}
    if isinstance(value, tuple):
        parts = [moved(each, before, now) for each in value]
        return type(value)._make(parts) if hasattr(value, "_make") else tuple(parts)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **moved(fields, before, now))
    return value


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
