"""The values of an assembly in one pass, a block at a time: memory does not grow with the data."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.variables import SLAB, plain, slabs
from brainscore_data.check.assemblies.facts import EmptySlices, ValueFacts

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

_SHOWN = 5
_BYTES_PER_OBJECT = 64  # what a short Python string takes, roughly
_WATCHED = ("presentation", "neuroid")


def value_facts(variable: xr.Variable) -> ValueFacts:
    """Look at the values of an assembly.

    Examples
    --------
    >>> import xarray as xr
    >>> value_facts(xr.Variable(["presentation"], [2.0, float("inf"), float("nan")]))
    ValueFacts(size=3, nan=1, infinite=1, first_infinite=(1,), constant=None, empty=())
    """
    watch = _Watch(tuple(str(dim) for dim in variable.dims), tuple(variable.shape))
    width = variable.dtype.itemsize if variable.dtype.kind in "biufM" else _BYTES_PER_OBJECT
    for index in blocks(tuple(variable.shape), width):
        watch.see(plain(variable[index]), tuple(part.start for part in index))
    return watch.facts()


def blocks(shape: tuple[int, ...], bytes_per_value: int) -> Iterator[tuple[slice, ...]]:
    """Cut an array into blocks of at most `SLAB` bytes, along as many axes as that takes.

    Examples
    --------
    >>> len(list(blocks((2, 8 << 20), 8)))
    4
    >>> list(blocks((), 8))
    [()]
    """
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
