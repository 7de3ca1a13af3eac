"""Names and cells that a spreadsheet would compute: none becomes a name, and data stays data."""

from __future__ import annotations

import csv
import os

import pytest
from pictures import png

FORMULA = '=HYPERLINK("https://elsewhere.example";"results")'
MANIFEST = """schema = 1
[dataset]
license = "CC-BY-4.0"
reference = "doi:10.1000/182"
[[stimulus_set]]
identifier = '{}'
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "dataset"
    (folder / "stimuli").mkdir(parents=True)
    (folder / "stimuli" / "0.png").write_bytes(png(0))
    with (folder / "stimuli.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["stimulus_id", "filename", "word"], ["a", "0.png", FORMULA]])
    (folder / "dataset.toml").write_text(MANIFEST.format("Doe2024"))
    return folder


def test_a_formula_is_no_identifier(dataset, attacked_program):
    (dataset / "dataset.toml").write_text(MANIFEST.format(FORMULA))
    ended = attacked_program(dataset, "check", ".")
    assert ended.code == 1
    assert "cannot become a key" in ended.said


def test_a_formula_in_a_cell_is_data_and_stays_as_it_is(dataset, tmp_path, attacked_program):
    bundle = tmp_path / "bundle"
    ended = attacked_program(dataset, "package", ".", "-o", os.fspath(bundle))
    assert ended.code == 0, ended.said
    (packaged,) = bundle.rglob("*.csv")
    with packaged.open(newline="") as stream:
        assert next(csv.DictReader(stream))["word"] == FORMULA
    assert FORMULA not in ended.said
