"""Arrays in NWB files that pynwb wrote: the same values, in parts, and nothing from elsewhere."""

from __future__ import annotations

import shutil
import warnings
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from nwb_sessions import RAW, RESPONSES

from brainscore_data.arrays.formats import open_array_file
from brainscore_data.arrays.nwb_stimuli import parts_in
from brainscore_data.base.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def changed(nwb_session: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return shutil.copy(nwb_session, tmp_path / "changed.nwb")


def test_a_series_is_read_in_parts_as_it_was_written(nwb_session: Path):
    array = open_array_file(nwb_session, "processing/ecephys/responses")
    assert (array.shape, array.dtype) == (RESPONSES.shape, RESPONSES.dtype)
    for key in ((slice(None),) * 3, (3, slice(1, 3), 0), (slice(1, 8, 3), 2, slice(None))):
        np.testing.assert_array_equal(array.read(key), RESPONSES[key])


def test_values_are_in_the_unit_that_pynwb_gives_them_in(nwb_session: Path):
    from pynwb import NWBHDF5IO

    array = open_array_file(nwb_session, "acquisition/lfp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with NWBHDF5IO(str(nwb_session), "r") as io:
            series = io.read().acquisition["lfp"]
            expected = series.get_data_in_units()
    np.testing.assert_allclose(array.read((slice(None), slice(None))), expected)
    assert array.read((7, slice(None))).tolist() == (RAW[7] * 1e-6 + 0.5).tolist()


def test_what_a_file_has_is_listed_and_what_is_neither_is_said(nwb_session: Path):
    found, drawn = parts_in(nwb_session)
    assert found.tables == [
        "units",
        "electrodes",
        "spikes",
        "trials",
        "stimulus/presentation/shown",
    ]
    assert found.arrays == {"processing/ecephys/responses": (8, 4, 2), "acquisition/lfp": (400, 4)}
    assert found.external == {"acquisition/movie": ["videos/a.mp4"]}
    assert found.recordings["acquisition/lfp"] == "acquisition/lfp/electrodes"
    assert found.others == {}
    assert drawn == [f"im{number}.png" for number in range(4)]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (None, r"it has several: processing/ecephys/responses, acquisition/lfp\n.*:processing"),
        ("acquisition/lpf", r"no 'acquisition/lpf' in it\n.*mean 'acquisition/lfp'"),
        ("trials", r"trials: it is not an array of numbers\n.*arrays in it are processing"),
        ("acquisition/movie", "it is not an array of numbers"),
        ("intervals/trials/stimulus_id", "it is not an array of numbers"),
    ],
)
def test_another_part_is_refused_with_those_that_there_are(nwb_session: Path, part, said):
    with pytest.raises(DataError, match=said):
        open_array_file(nwb_session, part)


def test_a_link_to_another_file_is_named_and_not_followed(changed: Path, tmp_path: Path):
    with h5py.File(changed, "a") as file, h5py.File(tmp_path / "raw.nwb", "w") as other:
        other["data"] = np.arange(8.0)
        del file["acquisition/lfp/data"]
        file["acquisition/lfp/data"] = h5py.ExternalLink("raw.nwb", "/data")
        file["analysis/all"] = h5py.ExternalLink("raw.nwb", "/")
    assert parts_in(changed)[0].others["analysis/all"] == "a link to another file, raw.nwb"
    with pytest.raises(
        DataError, match=r"acquisition/lfp/data: it is a link to another file, raw\.nwb"
    ) as caught:
        open_array_file(changed, "acquisition/lfp")
    assert "NWBHDF5IO" in (caught.value.hint or "")
    with pytest.raises(DataError, match="link to another file"):
        open_array_file(changed, "analysis/all/data")


def test_storage_in_another_file_is_refused(changed: Path, tmp_path: Path):
    (tmp_path / "raw.bin").write_bytes(bytes(80))
    with h5py.File(changed, "a") as file:
        del file["acquisition/lfp/data"]
        file["acquisition/lfp"].create_dataset(
            "data", (10,), "f8", external=[(str(tmp_path / "raw.bin"), 0, 80)]
        )
    with pytest.raises(DataError, match="are in another file"):
        open_array_file(changed, "acquisition/lfp")


def test_links_that_lead_to_one_another_come_to_an_end(changed: Path):
    with h5py.File(changed, "a") as file:
        file["analysis/one"] = h5py.SoftLink("/analysis/two")
        file["analysis/two"] = h5py.SoftLink("/analysis/one")
    with pytest.raises(DataError, match="lead to one another"):
        open_array_file(changed, "analysis/one")


def test_factors_of_channels_are_those_of_pynwb(changed: Path):
    from pynwb import NWBHDF5IO

    with h5py.File(changed, "a") as file:
        file["acquisition/lfp/channel_conversion"] = [1.0, 0.5, 2.0, 3.0]
        file["acquisition/lfp/channel_conversion"].attrs["axis"] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with NWBHDF5IO(str(changed), "r") as io:
            expected = io.read().acquisition["lfp"].get_data_in_units()
    array = open_array_file(changed, "acquisition/lfp")
    for key in ((slice(None), slice(None)), (7, slice(1, 3)), (slice(2, 9), 3)):
        np.testing.assert_allclose(array.read(key), expected[key], rtol=1e-15)


def test_factors_that_are_not_one_for_each_channel_are_refused(changed: Path):
    with h5py.File(changed, "a") as file:
        file["acquisition/lfp/channel_conversion"] = np.ones(3)
    with pytest.raises(DataError, match="has 3 factors, and the data 4 channels"):
        open_array_file(changed, "acquisition/lfp")


@pytest.mark.parametrize("content", [b"", b"NWB, but not really"])
def test_what_is_no_nwb_file_is_said_to_be_none(tmp_path: Path, content: bytes):
    (tmp_path / "a.nwb").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.nwb.*(no NWB file|damaged)"):
        open_array_file(tmp_path / "a.nwb", "acquisition/lfp")


def test_any_other_hdf5_file_is_said_to_be_none(tmp_path: Path):
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file["data"] = 1.0
    with pytest.raises(DataError, match="not an NWB file of version 2"):
        parts_in(tmp_path / "a.nwb")
