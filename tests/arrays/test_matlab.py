"""Arrays in MATLAB's files, as Octave and libmatio write them: each value is the source's."""

from __future__ import annotations

import shutil
from itertools import product
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from matlab_recordings import COUNTS, SPIKES, recording
from scipy.io import savemat

from brainscore_data.arrays import matlab_hdf5
from brainscore_data.arrays.formats import open_array_file, with_dimensions
from brainscore_data.arrays.matlab import variables_in
from brainscore_data.base.errors import DataError
from brainscore_data.tables.formats import open_table

if TYPE_CHECKING:
    from pathlib import Path

ALL = ("v6", "v7", "v73")


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("spikes", SPIKES),
        ("data.spikes", SPIKES),
        ("counts", COUNTS),
        ("good", np.array([[True], [False], [True]])),
        ("rates", np.array([[1.5], [2.5], [3.5], [4.5]])),
    ],
)
def test_an_array_is_the_sources_by_value_shape_and_type(version, part, expected):
    found = open_array_file(recording(version), part)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(found.read((slice(None),) * expected.ndim), expected)


def test_v4_is_read_too():
    found = open_array_file(recording("v4"), "one")
    np.testing.assert_array_equal(found.read((slice(None), slice(None))), SPIKES[:, :, 0])


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("at_once", [1, 1 << 20])
def test_any_part_can_be_asked_for(version, at_once, monkeypatch):
    monkeypatch.setattr(matlab_hdf5, "_AT_ONCE", at_once)
    found = open_array_file(recording(version), "spikes")
    keys = [slice(None), slice(1, 3), slice(0, 4, 2), slice(2, 2), 1]
    for key in product(keys, [slice(None), 2, slice(1, None)], [slice(None), 0]):
        np.testing.assert_array_equal(found.read(key), SPIKES[key], err_msg=str(key))


@pytest.mark.parametrize("version", ALL)
def test_dimensions_that_matlab_dropped_or_added_come_back_and_go(version):
    column = with_dimensions(open_array_file(recording(version), "rates"), 1)
    assert column.shape == (4,)
    np.testing.assert_array_equal(column.read((slice(1, None),)), [2.5, 3.5, 4.5])
    one_bin = with_dimensions(open_array_file(recording(version), "one"), 3)
    assert one_bin.shape == (4, 3, 1)
    np.testing.assert_array_equal(one_bin.read((1, slice(None), 0)), SPIKES[1, :, 0])


@pytest.mark.parametrize("version", ["v7", "v73"])
@pytest.mark.parametrize(
    ("part", "message", "hint"),
    [
        (None, "it has several variables", 'e.g. "recording_'),
        ("spike", "there is no variable 'spike'", "did you mean 'spikes'?"),
        ("animal", "it is text, and an array of numbers is needed", "tables"),
        ("regions", "it is a cell array", "in `coords` or `table`"),
        ("data", "its fields are spikes, presentations", ':data.spikes"'),
        ("data.spike", "it has no field 'spike'", "did you mean 'spikes'?"),
        ("spikes.x", "it has no field 'x' of its own", ':spikes"'),
        ("presentations", "it is a struct (1 x 4)", ':presentations"'),
        ("sparse_one", "it is sparse", "full(sparse_one)"),
        ("complex_one", "it is complex", "abs(…)"),
    ],
)
def test_what_is_no_array_of_numbers_is_said_with_what_to_write(version, part, message, hint):
    with pytest.raises(DataError) as caught:
        open_array_file(recording(version), part)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert recording(version).name in str(caught.value.where)


def test_a_file_with_one_array_needs_no_name_of_it(tmp_path):
    # As MATLAB lays it out; hdf5storage's and MATLAB's own files have a block before it.
    with h5py.File(tmp_path / "one.mat", "w", userblock_size=512) as file:
        file["spikes"] = SPIKES.T
        file["spikes"].attrs["MATLAB_class"] = np.bytes_("double")
        file["unit"] = np.array([[72], [122]], "u2")
        file["unit"].attrs["MATLAB_class"] = np.bytes_("char")
    found = open_array_file(tmp_path / "one.mat")
    np.testing.assert_array_equal(found.read((slice(None),) * 3), SPIKES)


def test_what_is_no_matlab_file_or_half_of_one_is_said(tmp_path):
    with pytest.raises(DataError, match="text file of Octave's") as caught:
        variables_in(recording("text"))
    assert "'-v7'" in (caught.value.hint or "")
    for version in ("v6", "v7", "v73"):
        content = recording(version).read_bytes()
        (tmp_path / "half.mat").write_bytes(content[:200])
        with pytest.raises(DataError):
            open_array_file(tmp_path / "half.mat", "spikes")
    for content in (b"", b"no", b"\x80\x04\x95" + bytes(40), b"stimulus_id,choice\na,b\n" * 30):
        (tmp_path / "none.mat").write_bytes(content)
        with pytest.raises(DataError):
            open_array_file(tmp_path / "none.mat", None)


def changed(path: Path, name: str) -> h5py.Group:
    """Begin a file of v7.3 anew, without a variable that is to be made worse."""
    shutil.copyfile(recording("v73"), path)
    file = h5py.File(path, "r+")
    del file[name]
    return file


def test_a_link_in_the_place_of_a_variable_is_refused(tmp_path):
    path = tmp_path / "a.mat"
    with changed(path, "spikes") as file:
        file["spikes"] = h5py.ExternalLink("/etc/passwd", "/")
        file["again"] = h5py.SoftLink("/counts")
    for name in ("spikes", "again"):
        with pytest.raises(DataError) as caught:
            open_array_file(path, name)
        assert "is a link" in caught.value.message
        assert "MATLAB" in (caught.value.hint or "")


def test_whole_numbers_beyond_those_of_floats_stay_exact(tmp_path):
    ids = np.array([[2**53 + 1], [-(2**53) - 1]])
    savemat(tmp_path / "ids.mat", {"ids": ids, "pairs": np.hstack([ids, ids])})
    pairs = open_array_file(tmp_path / "ids.mat", "pairs").read((slice(None), slice(None)))
    assert (pairs.dtype, pairs[:, 0].tolist()) == (np.dtype("int64"), ids[:, 0].tolist())
    assert open_table(tmp_path / "ids.mat", "ids").texts("ids") == [
        str(2**53 + 1),
        str(-(2**53) - 1),
    ]
