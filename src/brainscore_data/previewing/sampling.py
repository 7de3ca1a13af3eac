"""A part of an assembly's values that fits in memory: all of it, or pieces from all over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.variables import SLAB, plain

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

#: Values in a sample, and in how many pieces its presentations are.
MOST, PIECES = 2_000_000, 64
# Presentations that are nearer than this are read at once: they lie in one chunk as a rule.
_NEAR = 256


@dataclass(frozen=True, eq=False)
class Axes:
    """Which axis of an array has the presentations, the neuroids and the time bins."""

    shape: tuple[int, ...]
    rows: int
    units: int | None
    bins: int | None

    @classmethod
    def of(cls, data: xr.DataArray) -> Axes:
        """Find them by name; what has no presentations has its first axis for them."""
        dims = [str(dim) for dim in data.dims]
        rows = next((dims.index(name) for name in ("presentation", "event") if name in dims), 0)

        def axis(name: str) -> int | None:
            return dims.index(name) if name in dims and dims.index(name) != rows else None

        units = axis("neuroid")
        others = [number for number in range(len(dims)) if number not in (rows, axis("time_bin"))]
        if units is None and len(others) == 1:
            units = others[0]
        return cls(tuple(data.shape), rows, units, axis("time_bin"))


@dataclass(frozen=True, eq=False)
class Sample:
    """Values of some presentations: shape (rows, units, bins), float64."""

    responses: np.ndarray
    rows: np.ndarray  # which presentations these are
    units: np.ndarray  # and which neuroids
    is_whole: bool

    def over_time(self) -> np.ndarray:
        """Give the mean over the time bins: shape (rows, units)."""
        return mean(self.responses, axis=2)


def mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Give the mean of what is finite; NaN where nothing is."""
    import numpy as np

    finite = np.isfinite(values)
    count = finite.sum(axis=axis)
    total = np.where(finite, values, 0.0).sum(axis=axis)
    found: np.ndarray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return found


def sampled(variable: xr.Variable, axes: Axes) -> Sample:
    """Read a sample that the pictures are made of."""
    import numpy as np

    steps = _steps(axes)
    row = prod(len(range(0, size, step)) for size, step in zip(axes.shape, steps, strict=True))
    row //= max(1, axes.shape[axes.rows])
    rows = _pieces(axes.shape[axes.rows], max(PIECES, MOST // max(1, row)))
    is_whole = len(rows) == axes.shape[axes.rows] and set(steps) == {1}
    step = 1 if axes.units is None else steps[axes.units]
    size = 1 if axes.units is None else axes.shape[axes.units]
    values = rows_read(variable, axes, rows, steps)
    return Sample(values, rows, np.arange(0, size, step), is_whole)


def rows_read(
    variable: xr.Variable, axes: Axes, rows: np.ndarray, steps: tuple[int, ...] | None = None
) -> np.ndarray:
    """Read some presentations, in ascending order: shape (rows, units, bins)."""
    import numpy as np

    steps = steps or _steps(axes)
    parts = []
    for start, stop, wanted in _runs(rows, variable, axes):
        index = tuple(
            slice(start, stop) if axis == axes.rows else slice(None, None, step)
            for axis, step in enumerate(steps)
        )
        block = _arranged(plain(variable[index]), axes)
        parts.append(block[wanted - start].astype(np.float64))
    if not parts:
        return np.zeros((0, 1, 1))
    return np.concatenate(parts)


def _arranged(block: np.ndarray, axes: Axes) -> np.ndarray:
    """Bring a block into the order presentations, neuroids and all else, time bins."""
    import numpy as np

    block = np.moveaxis(block, axes.rows, 0)
    if axes.bins is not None:
        moved = axes.bins + (axes.bins < axes.rows)
        block = np.moveaxis(block, moved, -1)
    else:
        block = block[..., np.newaxis]
    return block.reshape(block.shape[0], -1, block.shape[-1])


def _steps(axes: Axes) -> tuple[int, ...]:
    """Say of each axis which elements are taken: every one, or every second, …."""
    steps = [1] * len(axes.shape)
    others = [axis for axis in range(len(steps)) if axis not in (axes.rows, axes.bins)]

    def length(axis: int) -> int:
        return -(-axes.shape[axis] // steps[axis])

    while others and prod(length(axis) for axis in range(len(steps)) if axis != axes.rows) > (
        MOST // PIECES
    ):
        longest = max(others, key=length)
        if length(longest) <= 1:
            break
        steps[longest] *= 2
    return tuple(steps)


def _pieces(count: int, most: int) -> np.ndarray:
    import numpy as np

    if count <= most:
        return np.arange(count)
    length = max(1, most // PIECES)
    starts = np.linspace(0, count - length, PIECES).astype(int)
    return np.unique((starts[:, np.newaxis] + np.arange(length)).reshape(-1))


def _runs(
    rows: np.ndarray, variable: xr.Variable, axes: Axes
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Take neighbours together, as far as they fit into a slab."""
    import numpy as np

    if not rows.size:
        return
    row = variable.dtype.itemsize * prod(axes.shape) // max(1, axes.shape[axes.rows])
    longest = max(1, SLAB // max(1, row))
    run = [int(rows[0])]
    for each in rows[1:].tolist():
        if each - run[-1] > _NEAR or each - run[0] >= longest:
            yield run[0], run[-1] + 1, np.array(run)
            run = []
        run.append(each)
    yield run[0], run[-1] + 1, np.array(run)
