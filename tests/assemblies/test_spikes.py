"""Spikes from a table with a row for each: as events, or counted in bins as numpy counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from brainscore_data.assemblies.opening import OpenedAssembly, open_assembly
from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_tables import BinnedSpikes, TableAssembly

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(7)
NEUROIDS = ["a", "b", "silent"]
ONSETS = np.array([0.0, 300.0, 350.0, 900.0])


@pytest.fixture
def spikes(tmp_path: Path) -> pd.DataFrame:
    """Times from the onset, some of them on the edges of bins."""
    found = pd.DataFrame(
        {
            "spike_time": np.concatenate(
                [RNG.uniform(0, 400, 500), [70, 120, 170, 220, 270, 69.9]]
            ),
            "neuroid_id": RNG.choice(NEUROIDS[:2], 506),
            "presentation_id": RNG.integers(0, 4, 506),
        }
    )
    found.to_csv(tmp_path / "spikes.csv", index=False)
    pd.DataFrame({"neuroid_id": NEUROIDS, "depth": [1, 2, 3]}).to_csv(
        tmp_path / "neuroids.csv", index=False
    )
    pd.DataFrame(
        {"presentation_id": range(4), "stimulus_id": list("stst"), "onset": ONSETS}
    ).to_csv(tmp_path / "presentations.csv", index=False)
    return found


def binned(folder: Path, **keys: Any) -> OpenedAssembly:
    item = BinnedSpikes.model_validate(
        {
            "identifier": "Doe2024",
            "visibility": "public",
            "class": "NeuroidAssembly",
            "spikes": "spikes.csv",
            "bins": {"start": 70, "stop": 270, "width": 50},
            "coords": {"presentation": "presentations.csv", "neuroid": "neuroids.csv"},
        }
        | keys
    )
    return open_assembly(item, lambda name: folder / name)


def test_stimulus_ids_come_from_the_column_that_is_named(spikes, tmp_path):
    shown = pd.read_csv(tmp_path / "presentations.csv")
    shown["file"] = [f"set/{each}.png" for each in shown["stimulus_id"]]
    shown["stimulus_id"] = "before"
    shown.to_csv(tmp_path / "presentations.csv", index=False)
    result = binned(tmp_path, stimulus_id={"column": "file", "from": "stem"})
    assert result.data["stimulus_id"].values.tolist() == list("stst")
    assert result.data["file"].values.tolist() == [f"set/{each}.png" for each in "stst"]
    assert any("the column 'stimulus_id' is not published" in each for each in result.notices)
    with pytest.raises(DataError, match="'picture'"):
        binned(tmp_path, stimulus_id="picture")


def by_numpy(times: np.ndarray) -> np.ndarray:
    edges = np.array([70.0, 120, 170, 220, np.nextafter(270, 0)])  # its last bin has its end
    return np.histogram(times, edges)[0]


def test_counts_are_numpys(spikes, tmp_path):
    result = binned(tmp_path)
    times = spikes.spike_time.to_numpy()
    expected = [
        [
            by_numpy(times[(spikes.presentation_id == shown) & (spikes.neuroid_id == unit)])
            for unit in NEUROIDS
        ]
        for shown in range(4)
    ]
    np.testing.assert_array_equal(result.data, expected)
    assert result.data.dims == ("presentation", "neuroid", "time_bin")
    assert result.data["time_bin_end"].values.tolist() == [120, 170, 220, 270]
    assert result.data["stimulus_id"].values.tolist() == list("stst")
    counted = int(result.data.sum())
    assert f"spikes.csv: {506 - counted} of 506 spikes are in no bin" in "".join(result.notices)


def test_parts_are_those_of_the_whole(spikes, tmp_path):
    whole = binned(tmp_path).data.values
    for key in [np.s_[1:3], np.s_[2], np.s_[::2, 1:], np.s_[3:1], np.s_[:, 0, 2]]:
        np.testing.assert_array_equal(binned(tmp_path).data[key].values, whole[key])


def test_times_of_the_recording_count_from_each_onset(spikes, tmp_path):
    times = np.sort(RNG.uniform(0, 1300, 800))
    units = RNG.choice(NEUROIDS[:2], 800)
    pd.DataFrame({"t": times, "neuroid_id": units}).to_csv(tmp_path / "spikes.csv", index=False)
    result = binned(tmp_path, onset="onset", time="t")
    expected = [[by_numpy(times[units == unit] - at) for unit in NEUROIDS] for at in ONSETS]
    np.testing.assert_array_equal(result.data, expected)


def test_edges_are_the_numbers_that_are_written(spikes, tmp_path):
    result = binned(tmp_path, bins={"start": 0, "stop": 0.7, "width": 0.1})
    assert result.data["time_bin_start"].values.tolist() == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


@pytest.mark.parametrize(
    ("file", "text", "message", "where"),
    [
        ("spikes.csv", "spike_time,neuroid_id,presentation_id\n80,zz,0\n", "'zz' is in no row", 2),
        ("spikes.csv", "spike_time,neuroid_id,presentation_id\n80,a,9\n", "'9' is in no row", 2),
        (
            "spikes.csv",
            "spike_time,neuroid_id,presentation_id\n,a,0\n1,a,0\n",
            "is not a number",
            2,
        ),
        ("spikes.csv", "spike_time,neuroid_id,presentation_id\nx,a,0\n", "is not a number: 'x'", 2),
        ("spikes.csv", "spike_time,presentation_id\n80,0\n", "no column 'neuroid_id'", None),
        ("neuroids.csv", "neuroid_id\na\nb\na\n", "two rows have the neuroid_id 'a'", 4),
    ],
)
def test_what_does_not_fit_is_said_with_its_row(spikes, tmp_path, file, text, message, where):
    (tmp_path / file).write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        binned(tmp_path)
    assert caught.value.line == where


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"bins": {"start": 0, "stop": 100, "width": 30}}, "no whole number of bins"),
        ({"bins": {"start": 5, "stop": 0, "width": 1}}, "no whole number of bins"),
        ({"coords": {"neuroid": "neuroids.csv"}}, "needs a table for `presentation`"),
        (
            {"class": "SpikeTimesAssembly"},
            "a SpikeTimesAssembly has event, and this has presentation x neuroid x time_bin",
        ),
    ],
)
def test_a_manifest_that_cannot_be_meant_is_refused(spikes, tmp_path, keys, message):
    with pytest.raises(ValidationError, match=message):
        binned(tmp_path, **keys)


def test_a_table_with_a_row_per_spike_is_a_spike_times_assembly(spikes, tmp_path):
    item = TableAssembly.model_validate(
        {
            "identifier": "Doe2024",
            "visibility": "public",
            "class": "SpikeTimesAssembly",
            "stimulus_set": "Doe2024.images",
            "table": "spikes.csv",
            "value": "spike_time",
            "columns": ["neuroid_id"],
        }
    )
    data = open_assembly(item, lambda name: tmp_path / name).data
    assert data.dims == ("event",)
    np.testing.assert_array_equal(data, spikes.spike_time)
    assert data["neuroid_id"].values.tolist() == spikes.neuroid_id.tolist()
