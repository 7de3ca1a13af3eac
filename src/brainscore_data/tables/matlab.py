"""Tables in MATLAB's files: struct arrays, structs of columns, and single columns.

A number becomes its shortest text that is exactly it, so that it comes back as the same; what is text
in MATLAB stays text, "01" too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

from brainscore_data.arrays.matlab import chosen_part, matlab_value
from brainscore_data.arrays.matlab_variables import is_sparse, place_of, sizes
from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.tables.columns import number_text
from brainscore_data.tables.csv_text import refuse_bad_names
from brainscore_data.tables.table import Table, table_of_texts

_WANTED = "one number or text for each row"


def read_matlab(path: Path, part: str | None = None) -> Table:
    """Read a table.

    It is an array of structs, with a row for each; or one struct whose fields are columns of equal
    length; or one column, a vector of numbers or a cell array of texts.
    """
    names = chosen_part(path, part, lambda each: each.kind in {"struct", "cell"})
    value = matlab_value(path, names)
    columns = _columns(value, path, names)
    refuse_bad_names([*columns], place_of(path, names))
    rows = len(next(iter(columns.values()), ()))
    Bound.CELLS.refuse(rows * len(columns), path, path.stat().st_size)
    if not rows:
        raise DataError(
            "the table has no rows",
            where=place_of(path, names),
            hint="was it saved whole? It needs a row for each element",
        )
    named = ".".join(names)
    texts, are_text = {}, set()
    for column, cells in columns.items():
        texts[column], is_text = _texts(column, cells, path, named)
        if is_text:
            are_text.add(column)
    return table_of_texts(path, texts, part=named, text_columns=are_text)


def _columns(value: Any, path: Path, names: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    """Give the columns, each with what is in its cells."""
    fields = getattr(getattr(value, "dtype", None), "names", None)
    if fields is None:
        found = _vector(value)
        if found is None:
            raise _no_table(value, path, names)
        return {names[-1]: found}
    if value.size != 1:
        return {name: list(value[name].flat) for name in fields}
    inside = {name: value[name].flat[0] for name in fields}
    columns = {name: _vector(each) for name, each in inside.items()}
    lengths = {name: len(each) for name, each in columns.items() if each is not None}
    if len(lengths) < len(inside) or len(set(lengths.values())) > 1:
        described = ", ".join(f"{name} ({_described(each)})" for name, each in inside.items())
        raise DataError(
            f"the fields of this struct are not columns of one length: {described}",
            where=place_of(path, names),
            hint="a table is an array of structs with a row for each, or one struct whose fields "
            "all have as many rows",
        )
    return {name: each for name, each in columns.items() if each is not None}


def _vector(value: Any) -> list[Any] | None:
    """Give what is in a vector, a cell array of one column, or the rows of a text; None if it is none."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "U":
        rows: list[Any] = [each.rstrip(" ") for each in value.reshape(-1).tolist()]
        return rows if value.size else [""]
    if kind and kind in "biufO" and max(value.shape, default=1) == prod(value.shape):
        return list(value.flat)
    return None


def _no_table(value: Any, path: Path, names: Sequence[str]) -> DataError:
    hint = "save a struct array, a row for each struct, or a struct with a column in each field"
    if getattr(getattr(value, "dtype", None), "kind", "") == "O":
        name = names[-1]
        hint = (
            f"is its first row the header? Then save cell2struct({name}(2:end,:), {name}(1,:), 2)"
        )
    elif not hasattr(value, "dtype") and not is_sparse(value):
        hint = "of a table T, save S = table2struct(T), with categories and strings as cellstr(…)"
    return DataError(
        f"it is {_described(value)}, not a table", where=place_of(path, names), hint=hint
    )


def _described(value: Any) -> str:
    dtype = getattr(value, "dtype", None)
    if is_sparse(value):
        return "sparse"
    if getattr(value, "kind", None) == "complex":
        return "complex"
    if dtype is None:
        return "something that only MATLAB can read, as its tables, strings and categories are"
    kind = "struct" if dtype.names else {"O": "cell", "U": "text"}.get(dtype.kind, str(dtype))
    return f"{kind}, {sizes(value.shape)}"


def _texts(column: str, cells: Sequence[Any], path: Path, part: str) -> tuple[list[str], bool]:
    """Give the texts of a column's cells, and whether the file says that all are text."""
    texts, are_text = [], True
    for row, cell in enumerate(cells, 1):
        found = _text(cell)
        if found is None or "\0" in found[0]:
            what = _described(cell) if found is None else "a text with a NUL character"
            raise DataError(
                f"the cell of {column!r} is not a single value: {what}",
                where=Place(str(path), row=row, item=part),
                hint=f"a table has {_WANTED}: save what is measured many times as an array, or "
                "as a struct for each",
            )
        text, is_text = found
        texts.append(text)
        are_text = are_text and (is_text or not text)
    return texts, are_text and any(texts)


def _text(cell: Any) -> tuple[str, bool] | None:
    """Give the text of a cell, and whether it is text in MATLAB; None if it is not one value."""
    while getattr(getattr(cell, "dtype", None), "kind", "") == "O" and cell.size == 1:
        cell = cell.flat[0]  # {'a'} for 'a'
    dtype: Any = getattr(cell, "dtype", None)
    if isinstance(cell, str):
        return cell, True
    if dtype is None or dtype.names or is_sparse(cell):
        return None
    if cell.size == 0:
        return "", dtype.kind == "U"
    if cell.size > 1 or dtype.kind not in "biufU":
        return None
    value = cell.item()
    return (value, True) if isinstance(value, str) else (number_text(value), False)
