from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from brainscore_data.dataset.assembly_classes import dims_fit
from brainscore_data.dataset.assembly_tables import ArrayAssembly, TableAssembly
from brainscore_data.dataset.manifest import Manifest
from brainscore_data.demo.gratings import encode_png, write


@pytest.fixture(scope="module")
def examples(repository_root: Path) -> Path:
    return repository_root / "examples"


@pytest.fixture(scope="module")
def manifest(examples: Path) -> Manifest:
    written = (examples / "gratings" / "dataset.toml").read_text(encoding="utf-8")
    return Manifest.model_validate(tomllib.loads(written))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        # Receipts are those of whoever published the example.
        if path.is_file() and path.name not in ("receipts.json", "receipt.md")
    }


def test_it_makes_the_committed_files_to_the_byte(examples: Path, tmp_path: Path):
    write(tmp_path)
    made, committed = files(tmp_path), files(examples / "gratings")
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_the_examples_are_small(examples: Path):
    assert sum(len(content) for content in files(examples).values()) < 1_000_000


def test_the_stimuli_are_whole_greyscale_images(examples: Path):
    folder = examples / "gratings" / "stimuli"
    for path in folder.iterdir():
        with Image.open(path) as image:
            image.load()
            assert (image.format, image.mode, image.size) == ("PNG", "L", (64, 64))


def test_the_png_encoder_keeps_every_pixel(tmp_path: Path):
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7), dtype=np.uint8)
    (tmp_path / "noise.png").write_bytes(encode_png(pixels))
    with Image.open(tmp_path / "noise.png") as image:
        assert np.array_equal(np.asarray(image), pixels)


def test_the_stimulus_table_lists_exactly_the_files(examples: Path):
    stimuli = rows(examples / "gratings" / "stimuli.csv")
    on_disk = {path.name for path in (examples / "gratings" / "stimuli").iterdir()}
    assert {row["filename"] for row in stimuli} == on_disk
    assert len({row["stimulus_id"] for row in stimuli}) == len(stimuli) == 72


def test_the_tables_of_the_array_assembly_fit_its_axes(examples: Path, manifest: Manifest):
    assembly = next(item for item in manifest.assemblies if isinstance(item, ArrayAssembly))
    assert dims_fit(assembly.assembly_class, assembly.dims)
    tables = [rows(examples / "gratings" / assembly.coords[dim]) for dim in assembly.dims]
    values = np.load(examples / "gratings" / assembly.values)
    assert values.shape == tuple(len(table) for table in tables) == (360, 24, 4)
    assert all(int(row["time_bin_start"]) < int(row["time_bin_end"]) for row in tables[2])


def test_presentations_and_kept_trials_show_known_stimuli(examples: Path, manifest: Manifest):
    known = {row["stimulus_id"] for row in rows(examples / "gratings" / "stimuli.csv")}
    shown = {row["stimulus_id"] for row in rows(examples / "gratings" / "presentations.csv")}
    assembly = next(item for item in manifest.assemblies if isinstance(item, TableAssembly))
    trials = kept_trials(examples, assembly)
    assert shown == known
    assert {Path(row["image_url"]).stem for row in trials} == known


def test_the_trials_have_practice_to_leave_out_and_missed_responses(
    examples: Path, manifest: Manifest
):
    assembly = next(item for item in manifest.assemblies if isinstance(item, TableAssembly))
    everything = rows(examples / "gratings" / assembly.table)
    trials = kept_trials(examples, assembly)
    assert len(trials) == 6 * 2 * 72 < len(everything)
    missed = [row for row in trials if row["choice"] == ""]
    assert missed
    assert all(row["rt"] == "" for row in missed)
    assert set(assembly.columns) - {"stimulus_id"} < set(everything[0])


def kept_trials(examples: Path, assembly: TableAssembly) -> list[dict[str, Any]]:
    table = rows(examples / "gratings" / assembly.table)
    return [row for row in table if all(row[name] == kept for name, kept in assembly.where.items())]


def test_neurons_respond_most_near_their_preferred_orientation(examples: Path):
    gratings = examples / "gratings"
    orientation_of = {
        row["stimulus_id"]: float(row["orientation_deg"]) for row in rows(gratings / "stimuli.csv")
    }
    shown = np.array(
        [orientation_of[row["stimulus_id"]] for row in rows(gratings / "presentations.csv")]
    )
    counts = np.load(gratings / "responses.npy").sum(axis=2)
    for index, neuroid in enumerate(rows(gratings / "neuroids.csv")):
        apart = np.abs((shown - float(neuroid["preferred_orientation_deg"]) + 90) % 180 - 90)
        assert counts[apart < 30, index].mean() > counts[apart > 60, index].mean()
