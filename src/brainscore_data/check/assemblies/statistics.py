"""Numbers about coordinates and values, a block at a time: memory does not grow with the data."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.variables import BYTES_PER_TEXT, SLAB, held, plain, slabs
from brainscore_data.base.place import Place
from brainscore_data.check.assemblies.facts import (
    CoordinateFacts,
    DisorderedBins,
    EmptySlices,
    Repeated,
    ValueFacts,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr

# More values than any dimension of an assembly has; of a file that claims more, less is known.
_MOST_COUNTED = 20_000_000
_SHOWN = 5
_BYTES_PER_OBJECT = 64  # what a short Python string takes, roughly
_WATCHED = ("presentation", "neuroid")


def coordinate_facts(name: str, variable: xr.Variable, place: Place) -> CoordinateFacts:
    """Look at a coordinate; of one on several dimensions no values are read."""
    dims = tuple(str(dim) for dim in variable.dims)
    if variable.ndim != 1 or variable.size > _MOST_COUNTED:
        return CoordinateFacts(name, dims, place)
    missing, first = _missing(variable)
    # Of the others nobody asks, and those of presentations may not fit in memory.
    repeated = _repeated(_series(plain(variable))) if dims == ("neuroid",) else None
    return CoordinateFacts(name, dims, place, missing, first, repeated)


def _missing(variable: xr.Variable) -> tuple[int, int | None]:
    """Count the gaps slab by slab, and find the first."""
    values = held(variable)
    count, first = 0, None
    width = variable.dtype.itemsize if variable.dtype.kind in "iufbM" else BYTES_PER_TEXT
    for index in slabs(variable.shape, width):
        gaps = _gaps(_series(plain(values[index]))).to_numpy()
        if first is None and gaps.any():
            first = index.start + int(gaps.argmax())
        count += int(gaps.sum())
    return count, first


def _series(values: np.ndarray) -> pd.Series:
    import pandas as pd

    # pandas compares bytes of a fixed width with nothing, and takes longer to make texts its own.
    return pd.Series(values, dtype=object if values.dtype.kind in "OSUT" else None)


def _gaps(values: pd.Series) -> pd.Series:
    return values.isna() | (values == "") if values.dtype == object else values.isna()


def disordered_bins(starts: xr.Variable, ends: xr.Variable) -> DisorderedBins | None:
    """Find the time bins that do not end after they start, those with a NaN among them."""
    import numpy as np

    start, end = plain(starts), plain(ends)
    dates = [values.dtype.kind == "M" for values in (start, end)]
    numbers = [values.dtype.kind in "iuf" for values in (start, end)]
    comparable = all(dates) or all(numbers)
    wrong = ~(start < end) if comparable else np.ones(start.shape, dtype=bool)
    if not wrong.any():
        return None
    first = int(wrong.argmax())
    return DisorderedBins(int(wrong.sum()), first, str(start[first]), str(end[first]))


def _repeated(everything: pd.Series) -> Repeated | None:
    import numpy as np

    values = everything[~_gaps(everything)]
    again = np.flatnonzero(values.duplicated())
    if not again.size:
        return None
    value = values.iloc[again[0]]
    # Of the rows as they are in the file, from which gaps were left out.
    first, second = values.index[np.flatnonzero(values == value)[:2]].tolist()
    shown = value.item() if hasattr(value, "item") else value
    return Repeated(repr(shown), first, second)


def value_facts(variable: xr.Variable) -> ValueFacts:
    """Look at the values of an assembly."""
    watch = _Watch(tuple(str(dim) for dim in variable.dims), tuple(variable.shape))
    width = variable.dtype.itemsize if variable.dtype.kind in "biufM" else _BYTES_PER_OBJECT
    for index in blocks(tuple(variable.shape), width):
        watch.see(plain(variable[index]), tuple(part.start for part in index))
    return watch.facts()


def blocks(shape: tuple[int, ...], bytes_per_value: int) -> Iterator[tuple[slice, ...]]:
    """Cut an array into blocks of at most `SLAB` bytes, along as many axes as that takes."""
    if not shape:
        yield ()
        return
    too_long = prod(shape[1:]) * bytes_per_value > SLAB
    for first in slabs(shape, bytes_per_value):
        if not too_long:
            yield (first, *(slice(0, length) for length in shape[1:]))
            continue
        for rest in blocks(shape[1:], bytes_per_value):
            yield (first, *rest)


class _Watch:
    """What was seen so far."""

    def __init__(self, dims: tuple[str, ...], shape: tuple[int, ...]) -> None:
        import numpy as np

        self.dims, self.shape = dims, shape
        self.nan = self.infinite = 0
        self.first_infinite: tuple[int, ...] | None = None
        self.value: Any = None  # the first one that is not NaN
        self.varies = False
        self.seen = {
            axis: np.zeros(shape[axis], dtype=bool)
            for axis, dim in enumerate(dims)
            # An element that has one value only may well lack it.
            if dim in _WATCHED and prod(shape) > shape[axis]
        }

    def see(self, block: np.ndarray, start: tuple[int, ...]) -> None:
        import numpy as np
        import pandas as pd

        present = ~np.asarray(pd.isna(block)).reshape(block.shape)
        self.nan += int(block.size - present.sum())
        if block.dtype.kind == "f":
            self._note_infinite(np.isinf(block), start)
        for axis, seen in self.seen.items():
            others = tuple(other for other in range(block.ndim) if other != axis)
            part = slice(start[axis], start[axis] + block.shape[axis])
            seen[part] |= present.any(axis=others)
        if not self.varies and present.any():
            values = block[present]
            if self.value is None:
                self.value = values.flat[0]
            self.varies = bool((values != self.value).any())

    def _note_infinite(self, infinite: np.ndarray, start: tuple[int, ...]) -> None:
        import numpy as np

        self.infinite += int(infinite.sum())
        if self.first_infinite is None and infinite.any():
            inside = np.unravel_index(int(infinite.argmax()), infinite.shape)
            self.first_infinite = tuple(
                int(offset + position) for offset, position in zip(start, inside, strict=True)
            )

    def facts(self) -> ValueFacts:
        size = prod(self.shape)
        constant = size - self.nan > 1 and not self.varies
        return ValueFacts(
            size=size,
            nan=self.nan,
            infinite=self.infinite,
            first_infinite=self.first_infinite,
            constant=_shown(self.value) if constant else None,
            empty=tuple(self._empty()) if self.nan < size else (),
        )

    def _empty(self) -> Iterator[EmptySlices]:
        import numpy as np

        for axis, seen in self.seen.items():
            if not seen.all():
                where = np.flatnonzero(~seen)
                first = tuple(where[:_SHOWN].tolist())
                yield EmptySlices(self.dims[axis], len(where), first)


def _shown(value: Any) -> str:
    import numpy as np

    plainly = value.item() if isinstance(value, np.generic) and value.dtype.kind != "M" else value
    return repr(plainly) if isinstance(plainly, (str, int, float, bool)) else str(plainly)
