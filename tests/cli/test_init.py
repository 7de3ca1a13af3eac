from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from brainscore_data.cli.init import init
from brainscore_data.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_it_writes_the_files_and_says_what_is_left_to_do(tmp_path: Path):
    folder = tmp_path / "Author2026"
    folder.mkdir()
    (folder / "0001.png").write_bytes(b"an image")
    result = CliRunner().invoke(init, [str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[:2] == [f"wrote {folder / 'stimuli.csv'}", f"wrote {folder / 'dataset.toml'}"]
    assert any(line.startswith("note: stimulus ids begin with") for line in lines)
    assert any(line.startswith("TODO: license") for line in lines)
    assert tomllib.loads((folder / "dataset.toml").read_text(encoding="utf-8"))["schema"] == 1


def test_the_current_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.png").write_bytes(b"an image")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(init, [], catch_exceptions=False).exit_code == 0
    assert (tmp_path / "dataset.toml").exists()


def test_running_it_again_changes_nothing_and_says_so(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"an image")
    CliRunner().invoke(init, [str(tmp_path)], catch_exceptions=False)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match="there already"):
        CliRunner().invoke(init, [str(tmp_path)], catch_exceptions=False)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
