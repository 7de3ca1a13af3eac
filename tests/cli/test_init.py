from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from brainscore_data.base.errors import UsageError
from brainscore_data.cli import main
from brainscore_data.cli.manifest import init

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


def test_a_folder_of_images_is_published_as_it_lies_there_twice(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """What init and the first run leave beside the images are no stimuli."""
    folder = tmp_path / "Natural2026"
    folder.mkdir()
    for image in (shared_data / "natural-images").glob("*.png"):
        (folder / image.name).write_bytes(image.read_bytes())
    assert main(["init", str(folder)]) == 0
    publish = ["publish", str(folder), "--store", (tmp_path / "store").as_uri()]
    assert main(publish) == 0
    assert (folder / "receipts.json").exists()
    assert main(publish) == 0
    assert "unchanged" in capsys.readouterr().out
