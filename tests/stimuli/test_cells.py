"""What readers make of single cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brainscore_data.stimuli.cells import changed_cells, lost_cell
from brainscore_data.stimuli.readers_csv import as_readers_read
from brainscore_data.tables.table import read_table

if TYPE_CHECKING:
    from pathlib import Path


def messages(folder: Path, *ids: str) -> list[str]:
    path = folder / "stimuli.csv"
    path.write_text("\n".join(["stimulus_id", *ids, ""]))
    table = read_table(path)
    read = as_readers_read(path, table, ["stimulus_id"])["stimulus_id"]
    problems = changed_cells(table, "stimulus_id", read.tolist(), read.isna().to_numpy())
    return [problem.message for problem in problems]


@pytest.mark.parametrize("number", ["0.12345678901234", "1234567890123.45", "-1.5"])
def test_ids_that_are_numbers_of_up_to_15_digits_are_taken(number: str, tmp_path: Path) -> None:
    assert messages(tmp_path, number, "0.25") == []


@pytest.mark.parametrize("number", ["0.123456789012345", "12345678901234.25"])
def test_an_id_that_is_a_float_of_16_digits_is_refused(number: str, tmp_path: Path) -> None:
    (message,) = messages(tmp_path, "0.25", number)
    assert f"{number!r} is a number of which pandas before version 3" in message


@pytest.mark.parametrize(
    ("cells", "lost"),
    [
        (["NA", "NL"], "'NA' in column 'code' becomes a missing value when readers load it"),
        (["001", "12"], "'001' in column 'code' becomes 1 when readers load it"),
        (["1", "", "3"], "'1' in column 'code' becomes 1.0, because other cells are empty"),
        (["a", "b"], None),
    ],
)
def test_of_other_columns_the_first_cell_that_readers_change_is_named(
    cells: list[str], lost: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "stimuli.csv"
    path.write_text("\n".join(["stimulus_id,code", *(f"s,{cell}" for cell in cells), ""]))
    problem = lost_cell(read_table(path), "code")
    if lost is None:
        assert problem is None
    else:
        assert problem is not None
        assert problem.message.startswith(lost)
