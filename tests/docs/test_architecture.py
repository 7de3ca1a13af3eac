"""``docs/architecture.md``: the map as it is, and modules that there are."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from brainscore_data.check.reporters.output_formats import OutputFormat
from docs.architecture import PAGE, ROOT, drawn, floors

ROOMS = {room for floor in floors() for room in floor}
TEXT = PAGE.read_text(encoding="utf-8")
NAMED = {
    name
    for name in re.findall(r"`([a-z_0-9]+(?:\.[a-z_0-9]+)+)`", TEXT)
    if name.partition(".")[0] in ROOMS and name != "dataset.toml"
}


def test_the_map_is_up_to_date():
    assert drawn(TEXT) == TEXT, "run: python docs/architecture.py"


def test_the_map_has_every_room_and_says_what_is_in_it():
    rows = dict(re.findall(r"^\| \[`(\w+)`\]\(\S+\) \| (.*) \|$", TEXT, re.MULTILINE))
    assert rows.keys() == ROOMS
    assert all(rows.values())


def test_a_page_without_the_place_for_the_map_is_refused():
    with pytest.raises(ValueError, match="where the map is"):
        drawn("# The map\n")


def test_the_modules_that_are_named_are_there():
    source = ROOT / "src" / "brainscore_data"
    places = {name: source.joinpath(*name.split(".")) for name in NAMED}
    missing = {
        name
        for name, path in places.items()
        if not (path.is_dir() or path.with_suffix(".py").is_file())
    }
    assert NAMED
    assert missing == set()


@pytest.mark.parametrize("page", ["action.yml", "docs/checking.md", "docs/github.md"])
def test_pages_name_every_output_format(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    described = [part for part in text.split("\n\n") if "sarif" in part]
    assert described
    assert all(
        re.search(rf"\b{each}\b", part) for part in described for each in get_args(OutputFormat)
    )
