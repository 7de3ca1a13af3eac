from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from drafted import trial_rows, write_stimuli, write_table
from pictures import png

from brainscore_data.base.errors import UsageError
from brainscore_data.cli import main
from brainscore_data.cli.init import init

if TYPE_CHECKING:
    from pathlib import Path


def test_it_writes_the_files_and_says_what_is_left_to_do(tmp_path: Path):
    folder = tmp_path / "Author2026"
    folder.mkdir()
    (folder / "0001.png").write_bytes(b"an image")
    result = CliRunner().invoke(init, [str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].split("  ") == ["file", " what it seems to be"]
    assert lines[3:5] == [f"wrote {folder / 'stimuli.csv'}", f"wrote {folder / 'dataset.toml'}"]
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
    answers = ["--visibility", "public", "--license", "CC0-1.0"]
    assert main(["init", str(folder), "--yes", *answers]) == 0
    publish = ["publish", str(folder), "--store", (tmp_path / "store").as_uri()]
    assert main(publish) == 0
    assert (folder / "receipts.json").exists()
    assert main(publish) == 0
    assert "unchanged" in capsys.readouterr().out


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    """A folder whose name says nothing, with trials of which some are practice."""
    write_table(
        tmp_path / "trials.csv",
        trial_rows(phase=lambda i: "practice" if i == 0 else "main", choice=lambda i: "lr"[i % 2]),
    )
    write_stimuli(tmp_path / "images", "n0.png", "n1.png", "n2.png")
    return tmp_path


def conversation(monkeypatch: pytest.MonkeyPatch, folder: Path, *said: str) -> Result:
    monkeypatch.setattr("brainscore_data.cli.init._at_a_terminal", lambda: True)
    typed = "".join(f"{answer}\n" for answer in said)
    return CliRunner().invoke(init, [str(folder)], input=typed, catch_exceptions=False)


def test_on_a_terminal_it_asks_shows_and_writes(trials: Path, monkeypatch: pytest.MonkeyPatch):
    answers = [
        "Doe2026",
        "What people saw",
        "public",
        "yes",
        "banana",
        "CC-BY-4.0",
        "rt",
        "",
        "",
        "y",
    ]
    result = conversation(monkeypatch, trials, *answers)
    assert "banana" in result.output
    assert "everybody may use and change it" in result.output
    assert result.output.index("--- dataset.toml") < result.output.index("Write this?")
    assert "TODO" not in result.output
    written = tomllib.loads((trials / "dataset.toml").read_text())
    about = {"license": "CC-BY-4.0", "description": "What people saw"}
    assert written["dataset"] == about
    [shown], [found] = written["stimulus_set"], written["assembly"]
    assert (shown["identifier"], found["visibility"]) == ("Doe2026", "public")
    assert (found["value"], found["where"]) == ("rt", {"phase": "main"})


def test_later_is_an_answer_to_every_question(trials: Path, monkeypatch: pytest.MonkeyPatch):
    result = conversation(monkeypatch, trials, *["later"] * 7, "y")
    todos = [line for line in result.output.splitlines() if line.startswith("TODO: ")]
    assert [todo.split()[1] for todo in todos] == ["begin", "visibility:", "license:", "where:"]
    (todo, *_) = (trials / "dataset.toml").read_text().partition("# TODO: visibility")
    assert todo


def test_who_says_no_in_the_end_has_nothing_written(trials: Path, monkeypatch: pytest.MonkeyPatch):
    before = {*trials.rglob("*")}
    assert "nothing was written" in conversation(monkeypatch, trials, *[""] * 7, "n").output
    assert {*trials.rglob("*")} == before


def test_yes_never_says_who_may_read_it_the_license_or_what_is_practice(trials: Path):
    result = CliRunner().invoke(init, [str(trials), "--yes", "--name", "Doe2026"])
    left = [line.split()[1] for line in result.output.splitlines() if line.startswith("TODO: ")]
    assert left == ["visibility:", "license:", "where:"]


def test_options_answer_everything_and_nothing_is_left(trials: Path):
    options = "--name Doe2026 --visibility public --consent yes --license CC0-1.0 --practice phase=practice"
    result = CliRunner().invoke(init, [str(trials), "--yes", *options.split()])
    assert "TODO" not in result.output + (trials / "dataset.toml").read_text()
    assert f"next: `brainscore-data preview {trials}`" in result.output


def test_a_real_terminal_is_asked(trials: Path):
    """Through a pty, as somebody types it."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "brainscore_data", "init", str(trials)],
        stdin=child, stdout=child, stderr=child, close_fds=True,
    )  # fmt: skip
    os.close(child)
    os.write(
        parent, b"Doe2026\n" + b"later\n" * 6 + b"y\n\x04"
    )  # the end: nobody is asked for ever
    printed = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal whose other end is closed so
        while block := os.read(parent, 65536):
            printed += block
    os.close(parent)
    assert process.wait() == 0
    assert b"Who may read it?" in printed
    assert 'identifier = "Doe2026"' in (trials / "dataset.toml").read_text()


def test_what_is_open_is_warned_of_with_its_line_and_not_published(
    trials: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    for name in ("n0", "n1", "n2"):
        (trials / "images" / f"{name}.png").write_bytes(png(1))
    assert main(["init", str(trials), "--yes", "--name", "Doe2026", "--license", "CC0-1.0"]) == 0
    manifest = trials / "dataset.toml"
    lines = manifest.read_text().splitlines()
    numbers = [number for number, line in enumerate(lines, 1) if line.startswith("# TODO: ")]
    capsys.readouterr()
    assert main(["check", str(trials), "--select", "BSD613"]) == 0
    said = capsys.readouterr().out
    assert all(f"{manifest}:{number}: " in said for number in numbers)
    bundle = tmp_path / "bundle"
    assert main(["package", str(trials), "-o", str(bundle)]) == 0
    assert (
        f"dataset.toml:{numbers[0]}: BSD613 still to be done: visibility" in capsys.readouterr().err
    )
    store = tmp_path / "store"
    for folder in (trials, bundle):
        assert main(["publish", str(folder), "--store", store.as_uri()]) == 1
        said = capsys.readouterr().err
        assert all(f"dataset.toml:{number}: " in said for number in numbers)
    assert not store.exists() or not any(store.iterdir())
    manifest.write_text("\n".join(line for line in lines if not line.startswith("# TODO: ")))
    assert main(["publish", str(trials), "--store", store.as_uri()]) == 0
