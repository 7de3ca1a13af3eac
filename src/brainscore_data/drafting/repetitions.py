"""The line that has repetitions counted, where presentations are repeated and nobody numbered them."""

from __future__ import annotations

from collections.abc import Sequence

from brainscore_data.base.text import snake_case
from brainscore_data.drafting.found import FoundTable
from brainscore_data.drafting.manifest_text import quoted

_NAME = "repetition"


def counted_repetitions(table: FoundTable, most: int, by: Sequence[str]) -> dict[str, list[str]]:
    """Have them counted, if a table has more rows than what is different, and no such column."""
    numbered = any(snake_case(column) == _NAME for column in table.columns)
    return {} if numbered or not most or table.rows <= most else {_NAME: [*by]}


def about_repetitions(by: Sequence[str]) -> str:
    """Say what is counted, and when that is wrong."""
    same = " and ".join(map(quoted, by))
    return (
        f'"{_NAME}" is counted for each {same}, from 0, in the order of rows: if they are in another '
        "order, sort them, or remove that line"
    )
