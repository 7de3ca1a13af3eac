"""``docs/security.md``: tests that there are, limits that hold, and a row for every attack."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from enum import Enum
from functools import cache
from importlib import metadata
from pathlib import Path

import attacking_files
import pytest
from attacks_told import NAMED, PAGE, families

ROOT = Path(__file__).parents[2]
TEXT = PAGE.read_text(encoding="utf-8")
FAMILIES = [
    *("Outside reads", "Network", "Exhaustion", "Injection", "Taking over"),
    *("Switching checks off", "Secrets", "Scripts", "Supply chain"),
]
LIMITS = re.findall(r"`([\w.]+)` = ([^|]+?) \|", TEXT)


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_families_are_all_that_there_are():
    assert list(families()) == FAMILIES


@pytest.mark.parametrize("family", FAMILIES)
def test_every_attack_has_a_test_that_is_there(family):
    assert families()[family]
    for row in families()[family]:
        attack, stopped, tests = (cell.strip() for cell in row.strip("|").split("|"))
        assert attack
        assert stopped
        assert NAMED.findall(tests), attack
        for test, made in NAMED.findall(tests):
            path, _, name = test.partition("::")
            assert name in names_in(path), f"{path} has no {name}"
            assert not made or hasattr(attacking_files, made), f"no file is called {made}"


def test_every_file_that_attacks_has_a_row():
    source = (ROOT / "tests" / "security" / "test_attacks.py").read_text(encoding="utf-8")
    made = set(re.findall(r"\battacks\.(\w+)\b", source)) - {"Maker", "in_a_session", "netcdf"}
    assert made == {name for _, name in NAMED.findall(TEXT) if name}


def test_every_limit_is_the_one_in_the_code():
    table = TEXT.partition("## The limits\n")[2].partition("\n## ")[0]
    assert table.count("\n| ") - 1 == len(LIMITS)
    for name, value in LIMITS:
        # A product or a power, as it stands in the code.
        assert limit(name) == eval(value, {"__builtins__": {}}), name  # noqa: S307


def limit(name: str) -> object:
    parts = name.split(".")
    start = next(number for number, part in enumerate(parts) if not part.islower())
    found = importlib.import_module(".".join(["brainscore_data", *parts[:start]]))
    for part in parts[start:]:
        found = getattr(found, part)
    return found.value[1] if isinstance(found, Enum) else found


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
