"""Chunks as HDF5's filters would store them, whichever compressor wrote them."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.packaging.netcdf.chunks import byte_planes, compressed


def inflated(stream: bytes) -> bytes:
    inflater = zlib.decompressobj()
    whole = inflater.decompress(stream) + inflater.flush()
    assert inflater.eof
    assert not inflater.unused_data
    return whole


@given(
    st.sampled_from(["<f4", "<f8", "<i2", "u1"]),
    st.integers(0, 70_000),
    st.integers(0, 7),
    st.booleans(),
)
def test_zlib_inflates_what_any_compressor_wrote(
    dtype: str, size: int, stored: int, shuffle: bool
) -> None:
    values = np.random.default_rng(size).integers(0, 250, size * 8, dtype="u1").view(dtype)[:size]
    stored = min(stored, values.itemsize - 1)
    expected = byte_planes(values).tobytes() if shuffle else values.tobytes()
    assert inflated(compressed(values, shuffle=shuffle, stored=stored)) == expected


def test_a_column_of_a_table_may_be_looked_at_as_it_lies() -> None:
    table = np.random.default_rng(0).integers(0, 1 << 60, (5, 3))
    column = table[:, :1]
    assert byte_planes(column).tobytes() == byte_planes(column.copy()).tobytes()
    assert inflated(compressed(column, shuffle=False)) == column.tobytes()


@pytest.mark.parametrize("size", [16_383, 16_384, 65_535, 65_536, 131_070, 131_071])
def test_noise_may_end_anywhere_in_a_block(size: int) -> None:
    values = np.random.default_rng(0).standard_normal(size, dtype="float32")
    stream = compressed(values, shuffle=True, stored=3)
    assert inflated(stream) == byte_planes(values).tobytes()


def test_noise_gets_smaller_than_with_the_slowest_zlib() -> None:
    planes = byte_planes(values := np.random.default_rng(0).standard_normal(1 << 18, dtype="f4"))
    slowest = len(zlib.compress(planes.tobytes(), 9))
    assert len(compressed(values, shuffle=True, stored=3)) < slowest
