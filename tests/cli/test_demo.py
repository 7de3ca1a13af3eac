"""``demo``: a first receipt and a first page, without data, an account or a network."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from brainscore_data.cli import main
from brainscore_data.reading.loading import load_assembly


@pytest.fixture
def shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    return capsys.readouterr().out


def test_it_publishes_into_its_own_folder_and_shows_the_page(shown, tmp_path):
    folder = tmp_path / "brainscore-data-demo"
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    receipts = json.loads((folder / "gratings" / "receipts.json").read_text(encoding="utf-8"))
    assert [item["identifier"] for item in receipts["items"]] == [
        "Example2026.gratings",
        "Example2026.V1",
        "Example2026.orientation",
    ]
    assembly = load_assembly("Example2026.V1", store=(folder / "store").as_uri())
    assert assembly.shape == (360, 24, 4)
    assert "Example2026.orientation" in (folder / "page.html").read_text(encoding="utf-8")


def test_each_command_that_it_names_next_does_what_it_says(shown, tmp_path, capsys):
    commands = re.findall(r"^    brainscore-data (.*)", shown[shown.index("Next:") :], re.MULTILINE)
    (tmp_path / "my-study").mkdir()
    (tmp_path / "my-study" / "a.png").write_bytes(
        (tmp_path / "brainscore-data-demo/gratings/stimuli/grating_1.png").read_bytes()
    )
    assert [command.split()[0] for command in commands] == ["check", "fetch", "init"]
    assert [main(shlex.split(command)) for command in commands] == [0, 0, 0]


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path, capsys):
    (tmp_path / "kept").write_text("mine", encoding="utf-8")
    assert main(["demo", str(tmp_path / "kept")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "kept").read_text(encoding="utf-8") == "mine"
