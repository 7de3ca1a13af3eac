"""What of a MATLAB file can be an array of measurements, and what a table."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.paths import file_part

# Structs in one another; what lies deeper is somebody's program, not data.
_DEEPEST = 3


class MatlabParts(NamedTuple):
    """The names of parts, as a manifest has them behind the colon."""

    arrays: dict[str, tuple[int, ...]]  # with their shapes
    tables: list[str]
    others: dict[str, str]  # what is neither → why


def matlab_parts(path: Path) -> MatlabParts:
    """Find the arrays of two dimensions or more, and what has one row or cell for each element.

    Where there is no such array, vectors of numbers are arrays, too.
    """
    from brainscore_data.arrays.matlab import matlab_value, variables_in

    found = MatlabParts({}, [], {})
    vectors: dict[str, tuple[int, ...]] = {}
    for variable in variables_in(path):
        if variable.is_numbers and _is_matrix(variable.shape):
            found.arrays[variable.name] = variable.shape
        elif variable.kind == "char" or prod(variable.shape) == 0:
            found.others[variable.name] = f"it is one value ({variable.kind})"
        elif not variable.is_numbers:
            _add(matlab_value(path, (variable.name,)), variable.name, path, found, 0)
        elif prod(variable.shape) == 1:
            found.others[variable.name] = f"it is one value ({variable.kind})"
        elif (problem := _no_table(path, variable.name)) is not None:
            found.others[variable.name] = problem
        else:
            found.tables.append(variable.name)
            vectors[variable.name] = (prod(variable.shape),)
    if not found.arrays:
        found.arrays.update(vectors)
        found.tables[:] = [name for name in found.tables if name not in vectors]
    return found


def part_name(name: str) -> str:
    """Give what tells a part from others: its own name, or else that of its file.

    >>> part_name("day1/responses.mat:data.spikes"), part_name("presentations.csv")
    ('data.spikes', 'presentations')
    """
    file, part = file_part(name)
    is_zip = file.lower().endswith(".zip")
    if part is not None and not is_zip:
        return part.rpartition("/")[2]  # the path of what is in a session
    inside = Path(part or file)
    return Path(inside.stem).stem if inside.suffix.lower() == ".gz" else inside.stem


def _is_matrix(shape: Sequence[int]) -> bool:
    return sum(each > 1 for each in shape) >= 2


def _add(value: Any, name: str, path: Path, found: MatlabParts, depth: int) -> None:
    """Take something for a table, or else look into a struct for what it holds."""
    fields = getattr(getattr(value, "dtype", None), "names", None)
    problem = _no_table(path, name)
    if problem is None:
        found.tables.append(name)
        return
    if not fields or value.size != 1 or depth == _DEEPEST:
        found.others[name] = problem or ""
        return
    for field in fields:
        inside = value[field].flat[0]
        kind = getattr(getattr(inside, "dtype", None), "kind", "V")
        if kind in "biuf" and _is_matrix(inside.shape):
            found.arrays[f"{name}.{field}"] = inside.shape
        else:
            _add(inside, f"{name}.{field}", path, found, depth + 1)


def _no_table(path: Path, name: str) -> str | None:
    """Say why a part is no table; None if it is one."""
    from brainscore_data.tables.matlab import read_matlab

    try:
        read_matlab(path, name)
    except DataError as error:
        return error.message
    return None
