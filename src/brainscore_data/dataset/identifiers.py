"""From an identifier to the keys under which Brain-Score's readers look for its files.

Needs nothing outside the standard library: the hook that checks names starts with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from brainscore_data.base.errors import UsageError

# What is safe in an S3 key, a URL and a file name at once; the first character keeps names visible.
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)

#: What an item is, by the name of its table in a manifest.
Kind = Literal["stimulus_set", "assembly"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: What the key of an assembly begins with, unless it is one that no registry names.
ASSEMBLY_PREFIX = "assy_"
#: A prefix that a key can begin with; brainscore_language's ceilings have ``ceiling_raw_``.
PREFIX_PATTERN = r"^([A-Za-z0-9][A-Za-z0-9_-]*)?$"


def is_key_safe(identifier: str) -> bool:
    """Say whether an identifier can become a key without being escaped."""
    return _IDENTIFIER.fullmatch(identifier) is not None and len(identifier) <= 200


def require_key_safe(identifier: str) -> str:
    """Give an identifier back, if it can become a key."""
    if not is_key_safe(identifier):
        raise UsageError(
            f"{identifier!r} cannot be an identifier",
            hint="identifiers have letters, digits, dots, hyphens and underscores only",
        )
    return identifier


def assembly_key(identifier: str, prefix: str = ASSEMBLY_PREFIX) -> str:
    """Name the netCDF file of an assembly, as ``get_path`` of brainscore-core builds it."""
    return f"{prefix}{identifier.replace('.', '_')}.nc"


def stimulus_set_keys(identifier: str) -> tuple[str, str]:
    """Name the csv and the zip of a stimulus set, as ``get_path`` of brainscore-core builds them."""
    stem = f"stimulus_{identifier.replace('.', '_')}"
    return f"{stem}.csv", f"{stem}.zip"


def colliding(items: Iterable[tuple[str, str]]) -> Iterator[tuple[int, int]]:
    """Find items (kind, identifier) that have one key, or two that differ in case only.

    Gives positions: that of an item, and of the first that has its key.
    """
    first: dict[str, int] = {}
    for position, item in enumerate(items):
        earlier = first.setdefault(_key(*item).casefold(), position)
        if earlier != position:
            yield position, earlier


def describe_collision(kind: str, identifier: str, other: str) -> str:
    """Word why two identifiers of a kind collide; the other's place can be put after it."""
    if identifier == other:
        return "is also the identifier"
    if _key(kind, identifier) == _key(kind, other):
        return f"becomes the same key, with _ for every dot, as {other!r}"
    return f"differs in case only, which some systems ignore in file names, from {other!r}"


def _key(kind: str, identifier: str) -> str:
    return assembly_key(identifier) if kind == "assembly" else stimulus_set_keys(identifier)[0]
