"""Whether a folder is a data plugin of a Brain-Score repository."""

from __future__ import annotations

from pathlib import Path

from brainscore_data.dataset.identifiers import is_key_safe


def plugin_at(folder: Path) -> str | None:
    """Give a data plugin's folder from the repository's root; None if it is no such plugin.

    One is ``<package>/data/<name>``; a package is what is called ``brainscore_…`` or has an
    ``__init__.py``.
    """
    folder = folder.resolve()
    package = folder.parent.parent
    is_package = package.name.startswith("brainscore_") or (package / "__init__.py").is_file()
    if folder.parent.name != "data" or not is_package or not package.name.isidentifier():
        return None
    return f"{package.name}/data/{folder.name}" if is_key_safe(folder.name) else None
