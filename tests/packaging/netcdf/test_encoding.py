from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.assemblies.contract.variables import SLAB, slabs, variable_of
from brainscore_data.packaging.netcdf.chunks import CHUNK, column_chunks, row_chunks
from brainscore_data.packaging.netcdf.encoding import Encoding, encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable


def encoded(*texts: str) -> Encoding:
    return encoding_of(variable_of("x", xr.Variable("x", np.array(texts, dtype=object))))


def test_a_width_is_counted_in_bytes_and_at_least_one() -> None:
    assert encoded("a", "ü🧠").width == 6
    assert encoded("", "").width == 1
    assert encoded().width == 1


def test_texts_of_varying_length_are_padded_unless_that_costs_too_much() -> None:
    short = ["x"] * 1000
    assert encoded("x" * 1000, *short).datatype == "S1"
    assert encoded("x" * 10_000, *short).datatype == "str"


@pytest.mark.parametrize("cut", [row_chunks, column_chunks])
@given(
    shape=st.lists(st.integers(0, 10**6), min_size=1, max_size=4),
    itemsize=st.sampled_from([1, 2, 4, 8, 16]),
)
def test_chunks_fit_in_their_array_and_in_a_chunk(
    cut: Callable[..., tuple[int, ...]], shape: list[int], itemsize: int
) -> None:
    chunks = cut(tuple(shape), itemsize)
    assert len(chunks) == len(shape)
    limits = [max(1, size) for size in shape]
    assert all(1 <= chunk <= limit for chunk, limit in zip(chunks, limits, strict=True))
    assert prod(chunks) * itemsize <= CHUNK


@given(st.lists(st.integers(0, 10**5), min_size=1, max_size=3), st.integers(1, 4096))
def test_slabs_cover_the_first_axis_once_and_end_where_chunks_end(
    shape: list[int], multiple: int
) -> None:
    cut = list(slabs(tuple(shape), 8, multiple=multiple))
    if prod(shape) == 0:
        assert cut == []
        return
    assert [piece.start for piece in cut] == [0, *[piece.stop for piece in cut[:-1]]]
    assert cut[-1].stop == shape[0]
    assert all(piece.start % multiple == 0 for piece in cut)
    row = prod(shape[1:]) * 8
    assert all((each.stop - each.start) * row <= max(SLAB, multiple * row) for each in cut)
