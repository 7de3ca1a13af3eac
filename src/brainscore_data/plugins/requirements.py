"""The line of a plugin's ``requirements.txt`` that brings our loaders to where the plugin runs.

Brain-Score installs that file before it imports a plugin (``install_requirements`` in
brainscore-core's ``import_plugin.py``). A registration that calls brainscore-core's own loaders needs
nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from brainscore_data.base.version import own_version
from brainscore_data.plugins.render import form_for
from brainscore_data.records.receipts import ItemReceipt
from brainscore_data.store.urls import kind_of

REQUIREMENTS_NAME = "requirements.txt"
_OURS = "brainscore-data"


def extras_for(items: Iterable[ItemReceipt], folder: str) -> frozenset[str]:
    """Name the extras with which registrations load items, in the form that is chosen for them."""
    stores = {
        item.files[0].object.store for item in items if form_for(item, plugin=folder) == "own"
    }
    return frozenset(kind.extra for kind in map(kind_of, stores) if kind is not None)


def with_requirement(text: str, extras: frozenset[str]) -> str:
    r"""Add the line with these extras, or the extras to the line that is there.

    >>> with_requirement("numpy\n", frozenset()) == "numpy\n"
    True
    >>> with_requirement("brainscore-data[s3]>=0.1  # ours\n", frozenset({"osf"}))
    'brainscore-data[osf,s3]>=0.1  # ours\n'
    """
    if not extras:
        return text
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        said, blank, comment = line.partition(" #")
        if (changed := _with_extras(said, extras)) is not None:
            end = said[len(said.rstrip()) :]
            lines[number] = f"{changed}{end}{blank}{comment}"
            return "".join(lines)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return "".join(lines) + f"{_OURS}[{','.join(sorted(extras))}]>={_floor()}\n"


def _with_extras(line: str, extras: frozenset[str]) -> str | None:
    """Give our own requirement with these extras; None if a line is none of ours."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        found = Requirement(line.strip())
    except InvalidRequirement:  # an option, a comment, a path
        return None
    if canonicalize_name(found.name) != _OURS:
        return None
    if extras <= found.extras or "all" in found.extras:
        return line.strip()
    found.extras |= extras
    return str(found)


def _floor() -> str:
    from packaging.version import Version

    return Version(own_version()).public
