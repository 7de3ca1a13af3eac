"""The rooms of ``src``, and imports by a text, which import-linter does not see."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import brainscore_data
from brainscore_data import cli
from brainscore_data.arrays import formats as array_formats
from brainscore_data.brainio import installed
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.github import action
from brainscore_data.scripting import child, redirecting
from brainscore_data.store import urls
from brainscore_data.tables import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

SRC = Path(brainscore_data.__file__).parent
NAME = re.compile(r"brainscore_data(\.\w+)+(:\w+)?")
#: Module → why it may name what is above it.
MAY_NAME_WHAT_IS_ABOVE = {
    "brainscore_data.plugins.render": "it writes the name into a plugin, and imports nothing by it",
}
IMPORTS_BY_A_TEXT = {
    "brainscore_data": {(home, name) for name, home in brainscore_data._HOMES.items()},
    "brainscore_data.cli": {tuple(command.home.split(":")) for command in cli.COMMANDS.values()},
    "brainscore_data.check.engine.families": {
        (f"brainscore_data.check.{family.module}.{kind}", name)
        for family in FAMILIES
        for kind, name in (("rules", "__doc__"), ("probe", "probe"))
    },
    "brainscore_data.github.action": {
        (f"brainscore_data.github.tasks.{task}", "run") for task in action._TASKS.values()
    },
    "brainscore_data.store.urls": {(home, "KIND") for home in urls.KINDS.values()},
    "brainscore_data.arrays.formats": {
        (each.module, each.function) for each in array_formats.FORMATS
    },
    "brainscore_data.tables.formats": {(each.module, each.function) for each in formats.FORMATS},
    "brainscore_data.brainio.installed": {
        ("brainscore_data.brainio.plain_assemblies", "NeuroidAssembly"),
        ("brainscore_data.brainio.plain_stimuli", "StimulusSet"),
    },
    # In the cage: a function that whoever asks for it has imported outside.
    "brainscore_data.cage.answers": set(),
    # Likewise, and what it is marked with: tests/cage/test_warmth.py.
    "brainscore_data.cage.warmth": set(),
    "brainscore_data.scripting.redirecting": {
        (target, "__all__")
        for target in (
            *redirecting.BESIDE.values(),
            *(
                f"{redirecting._DROP_IN}.{leaf}"
                for leaf in (*child.UPLOADING.values(), *redirecting._LEAVES)
            ),
        )
    },
}
#: Names of modules that say the same of each folder which has one.
ROLES = {"__main__", "examples", "facts", "kind", "probe", "rules", "upkeep"}
#: Where users import from: what they read has numpydoc's sections, and the rest has none.
READ_BY_USERS = (
    "brainscore_data.base.errors",
    "brainscore_data.brainio.",
    "brainscore_data.check.engine.rule",
    "brainscore_data.packaging.bundling",
    "brainscore_data.publishing.",
    "brainscore_data.reading.",
    "brainscore_data.store.interface",
    "brainscore_data.store.write",
    "brainscore_data.store.openness",
    "brainscore_data.store.options",
)
#: Brain-Score calls one so, and the JSON Schema of a manifest the other.
TWICE = {"StimulusSet"}


@functools.cache
def _floors() -> dict[str, int]:
    """Number the rooms from the top floor down; those beside each other have one number."""
    found = tomllib.loads((SRC.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    [layers] = [
        contract["layers"]
        for contract in found["tool"]["importlinter"]["contracts"]
        if contract["id"] == "rooms"
    ]
    return {
        room.strip(): floor for floor, line in enumerate(layers) for room in re.split("[|:]", line)
    }


def _is_downward(importing: str, imported: str) -> bool:
    if importing.count(".") == 0:
        return True  # the package's root stands above all rooms
    floors = _floors()
    here, there = (name.split(".")[1] for name in (importing, imported))
    return here == there or floors[here] < floors[there]


@functools.cache
def _modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC.parent).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def _named(tree: ast.Module) -> Iterator[str]:
    """Give the modules that a module's texts name, in whole or by their beginning."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            text = str(node.values[0].value).rstrip(".")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if NAME.fullmatch(text) and _is_module(text.partition(":")[0]):
            yield text.partition(":")[0]


def _is_folder(name: str) -> bool:
    return SRC.parent.joinpath(*name.split(".")).is_dir()


def _is_module(name: str) -> bool:
    path = SRC.parent.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def _calls(tree: ast.Module) -> set[str]:
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {getattr(each, "attr", getattr(each, "id", "")) for each in functions}


def test_each_folder_of_the_package_is_a_room():
    folders = {path.parent.name for path in SRC.glob("*/__init__.py")}
    assert folders == _floors().keys()


def test_no_text_names_a_module_above():
    upward = {
        (importing, imported)
        for importing, tree in _modules().items()
        if importing not in MAY_NAME_WHAT_IS_ABOVE
        for imported in _named(tree)
        if not _is_downward(importing, imported)
    }
    assert upward == set()


def test_who_may_name_what_is_above_does_and_imports_nothing_by_a_text():
    for name in MAY_NAME_WHAT_IS_ABOVE:
        assert any(not _is_downward(name, imported) for imported in _named(_modules()[name]))
        assert not _calls(_modules()[name]) & {"import_module", "__import__"}


def test_no_module_name_occurs_three_times():
    named_by_users = {command.home.split(":")[0] for command in cli.COMMANDS.values()} | {
        f"brainscore_data.github.tasks.{task}" for task in action._TASKS.values()
    }
    names = Counter(
        name.rpartition(".")[2]
        for name in _modules().keys() - named_by_users
        if not _is_folder(name)
    )
    assert {name for name, times in names.items() if times > 2} - ROLES == set()


def test_no_two_classes_have_one_name():
    names = Counter(
        node.name
        for tree in _modules().values()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, times in names.items() if times > 1} == TWICE


def test_only_what_users_import_has_sections_in_its_docstrings():
    described = (ast.Module, ast.ClassDef, ast.FunctionDef)
    with_sections = {
        name
        for name, tree in _modules().items()
        for node in ast.walk(tree)
        if isinstance(node, described) and "\n----" in (ast.get_docstring(node) or "")
    }
    assert {name for name in with_sections if not name.startswith(READ_BY_USERS)} == set()


def test_all_who_import_by_a_text_are_known_here():
    ways = {"import_module", "__import__", "FileFormat"}  # the last has a list of modules to import
    assert IMPORTS_BY_A_TEXT.keys() == {
        name for name, tree in _modules().items() if _calls(tree) & ways
    }


@pytest.mark.parametrize(
    ("importing", "imported", "name"),
    [
        (module, *target)
        for module, targets in IMPORTS_BY_A_TEXT.items()
        for target in sorted(targets)
    ],
)
def test_what_is_imported_by_a_text_is_there_and_not_above(importing, imported, name):
    assert hasattr(importlib.import_module(imported), name)
    assert _is_downward(importing, imported)


def test_a_room_above_is_told_from_one_below():
    assert _is_downward("brainscore_data.cli", "brainscore_data.base.errors")
    assert not _is_downward("brainscore_data.base.errors", "brainscore_data.cli")
    assert not _is_downward(
        "brainscore_data.auditing.pins", "brainscore_data.drafting.manifest_text"
    )


@pytest.mark.parametrize("leaf", ["assemblies", "stimuli"])
def test_our_own_classes_are_found_where_no_library_of_brain_score_is(leaf, monkeypatch):
    monkeypatch.setattr(installed, "_PACKAGES", ())
    module = importlib.import_module(f"brainscore_data.brainio.{leaf}")
    assert installed._module(leaf).__name__ == f"brainscore_data.brainio.plain_{leaf}"
    assert all(hasattr(module, name) for name in module.__all__)
