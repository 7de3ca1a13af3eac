"""``docs/security.md``: tests that there are, limits that hold, and a row for every attack."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
FAMILIES = [
    *("Outside reads", "Network", "Exhaustion", "Injection", "Taking over"),
    *("Switching checks off", "Secrets", "Scripts", "Supply chain"),
]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
LIMITS = re.findall(r"`([a-z_0-9.]+)\.(_?[A-Z][A-Z_]*)` = ([^|]+?) \|", TEXT)


def rows(family: str) -> list[str]:
    section = TEXT.partition(f"### {family}\n")[2].partition("\n##")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_attack_has_a_test_that_is_there(family):
    assert rows(family)
    for row in rows(family):
        attack, stopped, tests = (cell.strip() for cell in row.strip("|").split("|"))
        assert attack
        assert stopped
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        assert named, attack
        for path, name in named:
            assert name in names_in(path), f"{path} has no {name}"


def test_the_families_are_all_that_there_are():
    attacks = TEXT.partition("## The attacks\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (.+)$", attacks, re.MULTILINE) == FAMILIES


def test_every_limit_is_the_one_in_the_code():
    table = TEXT.partition("## The limits\n")[2].partition("\n## ")[0]
    assert table.count("\n| ") - 1 == len(LIMITS)
    for module, name, value in LIMITS:
        found = getattr(importlib.import_module(f"brainscore_data.{module}"), name)
        # A product or a power, as it stands in the code.
        assert found == eval(value, {"__builtins__": {}}), f"{module}.{name}"  # noqa: S307


def test_every_setting_is_one_that_is_read():
    source = subprocess.run(
        ["git", "grep", "-h", "BRAINSCORE_DATA_", "--", "src"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for setting in set(re.findall(r"`(BRAINSCORE_DATA_\w+)`", TEXT)):
        assert f'"{setting}"' in source


def test_the_libraries_are_those_that_the_action_installs():
    import h5py
    import netCDF4

    locked = "".join(each.read_text() for each in (ROOT / "action" / "locks").glob("*.txt"))
    for package in ("h5py", "netCDF4"):
        version = re.search(rf"^{package}==(\S+)", locked, re.MULTILINE | re.IGNORECASE)[1]
        assert f"| {version} |" in TEXT
        if metadata.version(package) == version:
            inside = {"h5py": h5py.version.hdf5_version, "netCDF4": netCDF4.__hdf5libversion__}
            assert f"| {version} | {inside[package]} |" in TEXT
