"""Heaps of text that would keep the HDF5 library busy for ever, and those that do not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import h5py
import netCDF4
import pytest
from how_often import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.arrays.hdf5 import refuse_external
from brainscore_data.arrays.hdf5_heaps import longest_text
from brainscore_data.base.door import BLOCK
from brainscore_data.base.errors import DataError

SIGNATURE = b"GCOL\x01\0\0\0"


def written(path: Path, texts: list[str], before: bytes = b"") -> Path:
    """Write texts of any length as netCDF does, perhaps behind other bytes."""
    with netCDF4.Dataset(path, "w") as file:
        if before:
            file.createDimension("byte", len(before))
            file.createVariable("bytes", "u1", "byte")[:] = list(before)
        file.createDimension("presentation", len(texts))
        ids = file.createVariable("stimulus_id", str, ("presentation",))
        for number, text in enumerate(texts):
            ids[number] = text
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "assembly.nc", [f"stimulus {number}" for number in range(500)])


def changed(path: Path, offset: int, new: bytes, *, heap: int = -1) -> Path:
    """Overwrite bytes of a heap."""
    content = path.read_bytes()
    starts = [at for at in range(len(content)) if content.startswith(SIGNATURE, at)]
    at = starts[heap] + offset
    path.write_bytes(content[:at] + new + content[at + len(new) :])
    return path


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        refuse_external(path)
    assert caught.value.where == str(path)
    assert caught.value.hint
    return caught.value.message


@settings(max_examples=examples(15), deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1))
def test_texts_of_all_lengths_pass(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        longest_text(written(Path(folder) / "a.nc", [*texts, "long" * 3000]))


def test_texts_that_were_deleted_pass(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nc", "w") as file:
        ids = file.create_dataset("ids", (300,), h5py.string_dtype())
        for text in ("a", "longer" * 50, ""):
            ids[:] = [text] * 300
    longest_text(tmp_path / "a.nc")


@pytest.mark.parametrize("heap", [0, -1])
def test_a_heap_that_was_zeroed_is_refused(path: Path, heap: int) -> None:
    assert "in no order that can be followed" in refusal(changed(path, 16, bytes(2000), heap=heap))


def test_a_heap_whose_idle_bytes_are_damaged_too_is_refused(path: Path) -> None:
    changed(path, 16, bytes(2000))
    assert "followed" in refusal(changed(path, 5, b"\0\0\x9b"))


@pytest.mark.parametrize("size", [1 << 20, 1 << 62, (1 << 64) - 16, (1 << 64) - 1])
def test_an_object_that_leads_out_of_its_heap_is_refused(path: Path, size: int) -> None:
    assert "followed" in refusal(changed(path, 24, size.to_bytes(8, "little")))


def test_a_heap_is_found_across_the_blocks_that_are_read(tmp_path: Path) -> None:
    for moved in (0, 2, 4, 7):
        path = written(tmp_path / f"{moved}.nc", ["a"])
        changed(path, 16, bytes(2000))
        content = path.read_bytes()
        before = bytes(BLOCK - content.index(SIGNATURE) - moved)
        path.write_bytes(before + content)
        with pytest.raises(DataError):
            longest_text(path)


def test_bytes_that_look_like_a_heap_of_impossible_size_pass(tmp_path: Path) -> None:
    before = SIGNATURE + (1 << 40).to_bytes(8, "little") + bytes(16)
    longest_text(written(tmp_path / "a.nc", ["a"], before))


def test_heaps_within_heaps_take_no_longer_than_the_file_is_large(tmp_path: Path) -> None:
    """Each of them claims all that follows."""
    count = 20_000
    whole = count * 32
    path = tmp_path / "a.nc"
    path.write_bytes(
        b"".join(
            SIGNATURE
            + (whole - 32 * number).to_bytes(8, "little")
            # An object without bytes of its own, and so is each that follows.
            + b"\x01\0\0\0\0\0\0\0"
            + bytes(8)
            for number in range(count)
        )
    )
    with pytest.raises(DataError):
        longest_text(path)
