"""The evaluator that the other tests need: npm installs it once, into a fresh clone too."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from played_action import install_evaluator

if TYPE_CHECKING:
    from pathlib import Path

NPM = """\
#!/bin/sh
echo "$@" >> calls
mkdir -p node_modules
{end}
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for npm")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "action"
    made.mkdir()
    packages = {"": {"name": "tests"}, "node_modules/yaml": {"version": "2.9.1"}}
    (made / "package-lock.json").write_text(json.dumps({"packages": packages}))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return made


@pytest.fixture
def npm(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an npm that installs version 2.9.1 and leaves its list, in place of the real one."""
    programs = tmp_path / "programs"
    programs.mkdir()
    listing = json.dumps({"packages": {"node_modules/yaml": {"version": "2.9.1"}}})
    script = programs / "npm"
    script.write_text(NPM.format(end=f"echo '{listing}' > node_modules/.package-lock.json"))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return script


def test_it_is_installed_by_the_lock_and_only_once(folder: Path, npm: Path) -> None:
    assert install_evaluator(folder) is None
    assert install_evaluator(folder) is None
    [call] = (folder / "calls").read_text().splitlines()
    assert call.startswith("ci --ignore-scripts")


@pytest.mark.parametrize("version", [None, "2.8.0"], ids=["cut off", "older"])
def test_what_is_not_what_the_lock_says_is_installed_again(
    folder: Path, npm: Path, version: str | None
) -> None:
    (folder / "node_modules").mkdir()
    if version:
        listing = json.dumps({"packages": {"node_modules/yaml": {"version": version}}})
        (folder / "node_modules" / ".package-lock.json").write_text(listing)
    assert install_evaluator(folder) is None
    assert (folder / "calls").exists()


def test_what_npm_says_is_the_reason_to_skip(folder: Path, npm: Path) -> None:
    npm.write_text(NPM.format(end="echo 'ENOTFOUND registry.npmjs.org' >&2; exit 1"))
    assert install_evaluator(folder) == "ENOTFOUND registry.npmjs.org"


def test_without_npm_that_is_the_reason(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert install_evaluator(folder) == "there is no npm"
