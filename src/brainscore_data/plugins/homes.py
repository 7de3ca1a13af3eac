"""Where plugins are: whose repository, which folder, and which keys those beside it have."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from brainscore_data.base.errors import UsageError
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.plugins.parse import Plugin, read_plugin

if TYPE_CHECKING:  # pydantic, which the registrations hook need not wait for
    from brainscore_data.records.receipts import Receipts

Library = Literal["vision", "language"]

#: Where Brain-Score's plugins are.
PACKAGES = ("brainscore_vision", "brainscore_language")
LANGUAGE_STORE = "s3://brainscore-storage/brainscore-language"
SOURCE_NAME = "__init__.py"


def folder_in_package(folder: str) -> str | None:
    """Give a folder from the root of Brain-Score's repository; None if it is in no package of its."""
    parts = folder.split("/")
    for number in range(len(parts) - 1, -1, -1):
        if parts[number] in PACKAGES:
            return "/".join(parts[number:])
    return None


def package_said(receipts: Receipts) -> str | None:
    """Name the package that receipts are for, as far as they say it."""
    named = (receipts.plugin or "").partition("/")[0]
    if named in PACKAGES:
        return named
    stores = {file.object.store for item in receipts.items for file in item.files}
    if stores == {LANGUAGE_STORE}:
        return "brainscore_language"
    # brainscore_language has no stimulus sets.
    has_stimuli = any(
        item.kind == "stimulus_set" or item.stimulus_set is not None for item in receipts.items
    )
    return "brainscore_vision" if has_stimuli else None


def home_of(folder: Path, source: str, receipts: Receipts, library: Library | None) -> str:
    """Say where a plugin is, or would be, from the root of its repository.

    A folder inside of ``brainscore_vision`` or ``brainscore_language`` tells it. Of one elsewhere
    its imports do; else `library`; else what the receipts say.
    """
    there = folder_in_package(folder.absolute().as_posix())
    package = there.partition("/")[0] if there else _imported(source)
    if package is not None and library is not None and package != f"brainscore_{library}":
        raise UsageError(
            f"this plugin is one of {package}" + ("" if there else ", as its imports say"),
            where=str(folder),
            hint=f"leave --form {library} out, or name the other plugin",
        )
    if there is not None:
        return there
    if package is None:
        package = f"brainscore_{library}" if library else package_said(receipts)
    if package is None:
        raise UsageError(
            "does this plugin belong to vision or to language? Nothing here says so",
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


def plugin_folder(receipts: Receipts, beside: Path, given: Path | None) -> Path:
    """Find the plugin that receipts belong to."""
    if given is not None:
        return given.parent if given.name == SOURCE_NAME else given
    # A dataset that was published before somebody wrote down its plugin has that in dataset.toml only.
    has_manifest = (beside / MANIFEST_NAME).is_file()
    plugin = receipts.plugin
    if plugin is None and has_manifest:
        from brainscore_data.dataset.reading import load_dataset

        plugin = load_dataset(beside).manifest.dataset.plugin
    if plugin is not None:
        return _root_of(beside.resolve(), plugin) / plugin
    place = beside.resolve().parent
    if (beside / SOURCE_NAME).is_file() or (place.name == "data" and place.parent.name in PACKAGES):
        return beside
    name_it = (
        f"name its folder, e.g. `brainscore-data register {shlex.quote(str(beside))} "
        "brainscore_vision/data/majajhong2015`"
    )
    raise UsageError(
        "these receipts do not say which plugin they belong to",
        where=str(beside),
        hint=f"{name_it}, or put `plugin = …` below [dataset] in dataset.toml"
        if has_manifest
        else name_it,
    )


def _root_of(beside: Path, plugin: str) -> Path:
    """Find the repository: above the receipts, or above the folder that one works in.

    It is the nearest that holds the plugin's package, or has a ``.git`` and will hold it.
    """
    package = plugin.partition("/")[0]
    roots = [
        parent
        for start in (beside, Path.cwd())
        for parent in (start, *start.parents)
        if (parent / package).is_dir() or (start == beside and (parent / ".git").exists())
    ]
    if not roots:
        raise UsageError(
            f"the plugin {plugin!r}, which dataset.toml names, is in no folder above",
            where=str(beside),
            hint="run this in a checkout of the plugin's repository, or name the plugin's folder",
        )
    return next((root for root in roots if (root / package).is_dir()), roots[0])


class Mention(NamedTuple):
    """Where a key is in a plugin, also in a comment of it."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Discovery:
    """The keys that the search of Brain-Score finds in plugins.

    `locate_plugin` of brainscore-core 2.5.0 (plugin_management/import_plugin.py) looks for a key
    in the ``__init__.py`` of all plugins of one folder, such as brainscore_vision/data, and stops
    if more than one has it.
    """

    def __init__(self, plugins: Iterable[tuple[Path, Plugin]]) -> None:
        self._found: dict[tuple[Path, Kind, str], list[Mention]] = {}
        for path, plugin in plugins:
            if path.parent.name.startswith((".", "_")):
                continue
            for (kind, key), line in plugin.mentions.items():
                name = path.parent.parent, kind, key
                self._found.setdefault(name, []).append(Mention(path, line))

    def finds(self, path: Path, kind: Kind, key: str) -> bool:
        """Whether a key is in a plugin, or in one beside it."""
        return (path.parent.parent, kind, key) in self._found

    def elsewhere(self, path: Path, kind: Kind, key: str) -> Mention | None:
        """Give where a key is in a plugin beside this one; None if it is in none."""
        there = self._found.get((path.parent.parent, kind, key), ())
        return next((each for each in there if each.path != path), None)


def beside(folder: Path) -> Discovery:
    """Read the plugins beside one: those in the folder that it is in, itself included."""
    return Discovery((path, read_plugin(path)) for path in _sources(folder.absolute().parent))


def _sources(parent: Path) -> Iterator[Path]:
    for path in sorted(parent.glob("*/__init__.py")):
        if not path.is_symlink() and not path.parent.is_symlink():
            yield path
