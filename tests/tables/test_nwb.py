"""Tables in NWB files, compared with what pynwb makes of them."""

from __future__ import annotations

import shutil
import warnings
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from nwb_sessions import SPIKES

from brainscore_data.base.errors import DataError
from brainscore_data.tables.formats import open_table
from brainscore_data.tables.table import Table

if TYPE_CHECKING:
    from pathlib import Path


def columns_of(path: Path, part: str) -> dict[str, Any]:
    table = open_table(path, part)
    assert isinstance(table, Table)
    texts = [table.texts(column) for column in table.columns]
    return dict(zip(table.columns, table.values(table.columns, texts), strict=True))


@pytest.mark.parametrize(
    ("part", "identifier", "renamed"),
    [
        ("trials", "presentation_id", {}),
        ("units", "neuroid_id", {}),
        ("electrodes", "neuroid_id", {"location": "region"}),
    ],
)
def test_columns_are_those_of_pynwb(nwb_session: Path, part: str, identifier: str, renamed):
    from pynwb import NWBHDF5IO

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with NWBHDF5IO(str(nwb_session), "r") as io:
            frame = getattr(io.read(), part).to_dataframe()
    found = columns_of(nwb_session, part)
    assert found.pop(identifier).tolist() == frame.index.tolist()
    for column in {*frame.columns} - {"saccades", "spike_times", "electrodes", "group"}:
        assert found.pop(renamed.get(column, column)).tolist() == frame[column].tolist(), column
    # What holds for the electrodes of a unit holds for the unit.
    expected = {"region": ["V4", "IT", "IT"], "depth": [100.5, 201, 301.5]}
    left = {name: values.tolist() for name, values in found.items() if name in expected}
    assert left == (expected if part == "units" else {})


def test_spikes_have_a_row_each_with_the_id_of_their_unit(nwb_session: Path):
    found = columns_of(nwb_session, "spikes")
    assert found["spike_time"].tolist() == np.concatenate(SPIKES).tolist()
    assert found["neuroid_id"].tolist() == [0] * 40 + [2] * 25


def test_a_series_of_templates_says_what_was_shown_and_when(nwb_session: Path):
    found = columns_of(nwb_session, "stimulus/presentation/shown")
    assert found["stimulus_id"].tolist() == ["im3", "im2", "im1", "im0"] * 2
    assert found["start_time"].tolist() == [number / 2 for number in range(8)]


def test_what_a_table_cannot_show_is_left_out_and_said(nwb_session: Path):
    assert open_table(nwb_session, "trials").notices == (
        "intervals/trials: saccades is left out: it has several values in some rows",
    )
    (said,) = open_table(nwb_session, "electrodes").notices
    assert said.endswith("group is left out: it refers to other objects")


@pytest.mark.parametrize(
    ("dataset", "values", "part", "said"),
    [
        (
            "units/spike_times_index",
            [40, 30, 65],
            "spikes",
            r"units/spike_times_index: .*does not fit",
        ),
        (
            "units/spike_times_index",
            [40, 40, 99],
            "spikes",
            r"it ends at 99, and spike_times has 65",
        ),
        ("units/electrodes", [1, 2, 9], "units", "units/electrodes: it refers .* not among its 4"),
        (
            "stimulus/presentation/shown/data",
            [0, 1, 9],
            "stimulus/presentation/shown",
            "shows number 9",
        ),
        (
            "intervals/trials/start_time",
            [0.0, 1.0],
            "trials",
            "start_time has 2 values, and the table 8 rows",
        ),
    ],
)
def test_a_table_that_contradicts_itself_is_named(
    nwb_session: Path, tmp_path: Path, dataset: str, values, part: str, said: str
):
    path = shutil.copy(nwb_session, tmp_path / "changed.nwb")
    with h5py.File(path, "a") as file:
        del file[dataset]
        file[dataset] = values
    with pytest.raises(DataError, match=said):
        open_table(path, part)


def test_a_picture_that_is_gone_is_said_to_be_gone(nwb_session: Path, tmp_path: Path):
    path = shutil.copy(nwb_session, tmp_path / "changed.nwb")
    with h5py.File(path, "a") as file:
        del file["stimulus/templates/images/im2"]
    with pytest.raises(DataError, match="order_of_images: it refers to a picture that is not in"):
        open_table(path, "stimulus/presentation/shown")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (None, "it has several: units"),
        ("acquisition/lfp", "it is not a table"),
        ("trails", "mean 'trials'"),
    ],
)
def test_another_part_is_refused_with_the_tables_that_there_are(nwb_session: Path, part, said: str):
    with pytest.raises(DataError, match=said):
        open_table(nwb_session, part)
