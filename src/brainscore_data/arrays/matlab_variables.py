"""What a MATLAB file says of its variables, and what is wrong where another one is needed."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from brainscore_data.base.errors import DataError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.place import Place
from brainscore_data.base.text import some

#: MATLAB's names for arrays of numbers.
_NUMBERS = frozenset({"double", "single", "logical"}) | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


class MatlabVariable(NamedTuple):
    """What a file says of a variable, before its values are read."""

    name: str
    shape: tuple[int, ...]
    kind: str  # as MATLAB calls its class: double, int16, logical, char, cell, struct, …

    @property
    def is_numbers(self) -> bool:
        """Whether it is an array of numbers."""
        return self.kind in _NUMBERS

    def __str__(self) -> str:
        return f"{self.name} ({self.kind}, {sizes(self.shape)})"


def sizes(shape: Sequence[int]) -> str:
    """Write a shape as MATLAB does."""
    return " x ".join(map(str, shape))


def is_sparse(value: Any) -> bool:
    """Say whether a value is a sparse array, by scipy or by v7.3."""
    return hasattr(value, "toarray") or getattr(value, "kind", None) == "sparse"


def place_of(path: Path, names: Sequence[str]) -> Place:
    """Say where in a file something is."""
    return Place(str(path), item=".".join(names) or None)


def no_numbers(value: str, path: Path, names: Sequence[str]) -> DataError:
    """Say that something else is where numbers should be; `value` says what."""
    hint = "name an array of numbers; structs and cells can be tables, in `coords` or `table`"
    if value == "sparse":
        hint = f"save full({'.'.join(names)}) in its place"
    elif value == "complex":
        hint = "save abs(…), angle(…), real(…) or imag(…) of it"
    return DataError(
        f"it is {value}, and an array of numbers is needed",
        where=place_of(path, names),
        hint=hint,
    )


def is_struct(
    fields: Sequence[str], shape: tuple[int, ...], path: Path, names: Sequence[str]
) -> DataError:
    """Say that a struct is where numbers should be, and how one of its fields is named."""
    named = f"{path.name}:{'.'.join(names)}"
    return DataError(
        f"it is a struct ({sizes(shape)}), and an array of numbers is needed; its fields are "
        f"{some(list(fields), 8, str)}",
        where=place_of(path, names),
        hint=f'name one of its fields, e.g. "{named}.{fields[0]}"'
        if fields and prod(shape) == 1
        else f'it can be a table: table = "{named}", or in `coords`',
    )


def no_field(
    name: str, fields: Sequence[str] | None, path: Path, names: Sequence[str]
) -> DataError:
    """Say that a field is asked for that is not there; `fields` is None for what is no struct."""
    if fields is None:
        return DataError(
            f"it is not a struct of size 1 x 1, so it has no field {name!r} of its own",
            where=place_of(path, names),
            hint=f'name all of it: "{path.name}:{".".join(names)}"',
        )
    return DataError(
        f"it has no field {name!r}",
        where=place_of(path, names),
        hint=f"there are: {some(list(fields), 8, str)}{did_you_mean(name, fields)}",
    )
