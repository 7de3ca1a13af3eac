"""Check, package and publish Brain-Score data.

The functions below do what the commands of the same names do; each is imported when it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainscore_data.packaging.bundling import package
    from brainscore_data.publishing.folders import publish
    from brainscore_data.reading.loading import load_assembly, load_stimulus_set
    from brainscore_data.reading.verification import verify
    from brainscore_data.reading.versions import fetch, lookup

    __version__: str

__all__ = [
    "__version__",
    "fetch",
    "load_assembly",
    "load_stimulus_set",
    "lookup",
    "package",
    "publish",
    "verify",
]

_HOMES = {
    "fetch": "brainscore_data.reading.versions",
    "load_assembly": "brainscore_data.reading.loading",
    "load_stimulus_set": "brainscore_data.reading.loading",
    "lookup": "brainscore_data.reading.versions",
    "package": "brainscore_data.packaging.bundling",
    "publish": "brainscore_data.publishing.folders",
    "verify": "brainscore_data.reading.verification",
}


def __getattr__(name: str) -> Any:
    """Import a public function when it is asked for (PEP 562): `--help` needs none of them."""
    if name == "__version__":
        from brainscore_data.base.version import own_version

        return own_version()
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
