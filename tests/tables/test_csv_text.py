from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from how_often import examples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.tables import csv_text
from brainscore_data.tables.csv_text import opened_csv

if TYPE_CHECKING:
    from pathlib import Path


def rows_one_by_one(text: str) -> list[object]:
    """Read a csv with a header ``a,b``; the line of what is wrong comes last."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[object] = []
    begins = 1
    try:
        for row in reader:
            filled = row and not (len(row) == 1 and not row[0].strip(" \t"))
            if filled and len(row) != 2:
                return [*found, f"{begins}"]
            if filled:
                found.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error:
        return [*found, f"{begins}"]
    return found


def rows_in_batches(path: Path) -> list[object]:
    found: list[object] = []
    try:
        with opened_csv(path) as opened:
            found += [(1, ["a", "b"])]
            found += opened.rows
    except DataError as error:
        return [*found, str(error.where).rpartition(":")[2]]
    return found


@settings(
    max_examples=examples(75),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.text(st.sampled_from('x,"\r\n'), max_size=24)
    | st.text(st.sampled_from('",\r\n'), max_size=9),
    st.integers(1, 9),
    st.integers(1, 3),
)
@example('x,"\r\n\r"\n\r\nx,y', 1, 1)
@example("x,y\r\r\nx", 5, 2)
def test_pieces_of_any_size_give_the_same_rows_on_the_same_lines(
    tmp_path: Path, text: str, characters: int, rows: int
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(f"a,b\n{text}".encode())
    with pytest.MonkeyPatch.context() as small:
        small.setattr(csv_text, "_CHARACTERS_AT_ONCE", characters)
        small.setattr(csv_text, "ROWS_AT_ONCE", rows)
        assert rows_in_batches(path) == rows_one_by_one(f"a,b\n{text}")


def test_rows_before_the_one_that_is_wrong_are_given(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('a,b\n1,2\n"3\n4",5\n6,7\0\n')
    assert rows_in_batches(path) == [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["3\n4", "5"]), "5"]


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "LONGEST", 50)
    monkeypatch.setattr(csv_text, "_CHARACTERS_AT_ONCE", 20)
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n" + "x" * 200)
    assert rows_in_batches(path)[-1] == "3"


@pytest.mark.parametrize("number", [2_000, 10_000])
def test_each_name_of_a_column_is_looked_at_once(number: int) -> None:
    compared = []

    class Name(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            compared.append(other)
            return str(self) == other

        def __hash__(self) -> int:
            return str.__hash__(self)

    csv_text.refuse_bad_names([Name(f"c{each}") for each in range(number)], Place("a.csv", 1))
    assert len(compared) < number


def test_a_table_with_more_columns_than_anybody_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{each}" for each in range(30_000)) + "\n")
    with (
        pytest.raises(DataError, match="it has more than 10000 columns"),
        opened_csv(path),
    ):
        pass
