"""Which of Brain-Score's repositories a plugin is for: it decides imports, registries and forms."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Literal

from brainscore_data.base.errors import UsageError
from brainscore_data.plugins.render import PACKAGES, folder_in_package, package_said
from brainscore_data.records.receipts import Receipts

Library = Literal["vision", "language"]


def folder_in_repository(folder: Path) -> str | None:
    """Give a plugin's folder from the repository's root; None if it is in no such package.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder_in_repository(Path("/home/me/vision/brainscore_vision/data/kar2019"))
    'brainscore_vision/data/kar2019'
    >>> folder_in_repository(Path("/home/me/kar2019"))
    """
    return folder_in_package(folder.absolute().as_posix())


def home_of(folder: Path, source: str, receipts: Receipts, library: Library | None) -> str:
    """Say where a plugin is, or would be, from the root of its repository.

    A folder inside of ``brainscore_vision`` or ``brainscore_language`` tells it. Of one elsewhere
    its imports do; else `library`; else what the receipts say.
    """
    there = folder_in_repository(folder)
    package = there.partition("/")[0] if there else _imported(source)
    if package is not None and library is not None and package != f"brainscore_{library}":
        raise UsageError(
            f"this plugin is one of {package}" + ("" if there else ", as its imports say"),
            where=str(folder),
            hint=f"leave --form {library} away, or name the other plugin",
        )
    if there is not None:
        return there
    if package is None:
        package = f"brainscore_{library}" if library else package_said(receipts)
    if package is None:
        raise UsageError(
            "is this plugin one of vision or of language? Nothing here says it",
            where=str(folder),
            hint="add --form vision or --form language",
        )
    return f"{package}/data/{folder.absolute().name}"


def _imported(source: str) -> str | None:
    """Name the one of the packages that a module imports from; None if it is none, or both."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.add(node.module or "")
    found = {module.partition(".")[0] for module in modules} & set(PACKAGES)
    return found.pop() if len(found) == 1 else None
