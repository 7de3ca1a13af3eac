"""One table that lies in several files, as a lab has one for each participant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from brainscore_data.assemblies.opening import OpenedAssembly, open_assembly
from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_tables import TableAssembly
from brainscore_data.dataset.patterns import names_on_disk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    rows = {"01": "s1,cat,task\ns2,dog,task\n", "2": "s2,cat,task\n", "10": "s1,dog,practice\n"}
    for name, text in rows.items():
        content = f"stimulus_id,choice,kind\n{text}"
        (tmp_path / "data" / f"sub-{name}.csv").write_text(content)
    (tmp_path / "data" / "sub-2.pseudonymised.csv").write_text("stimulus_id\nno\n")
    return tmp_path


def opened(folder: Path, **keys: Any) -> OpenedAssembly:
    named = {"identifier": "Doe2024", "visibility": "public", "class": "BehavioralAssembly"}
    asked = {"value": "choice", "columns": ["stimulus_id", "choice"], "from_name": "participant"}
    item = TableAssembly.model_validate(named | asked | {"table": "data/sub-*.csv"} | keys)
    names = [name for each in item.tables for name in names_on_disk(folder, each)]
    return open_assembly(item, lambda name: folder / name, names)


def test_rows_of_all_files_are_one_table_with_who_is_in_which(folder):
    data = opened(folder).data
    assert data.values.tolist() == ["cat", "dog", "cat", "dog"]
    assert data["stimulus_id"].values.tolist() == ["s1", "s2", "s2", "s1"]
    assert data["participant"].values.tolist() == ["01", "01", "2", "10"]


def test_files_can_be_listed_one_by_one(folder):
    data = opened(folder, table=["data/sub-2.csv", "data/sub-01.csv"], from_name=None).data
    assert data.values.tolist() == ["cat", "cat", "dog"]
    assert "participant" not in data.coords


def test_nobody_is_lost_or_has_fewer_trials_in_silence(folder):
    result = opened(folder, where={"kind": "task"})
    assert result.data["participant"].values.tolist() == ["01", "01", "2"]
    said = "\n".join(result.notices)
    assert "1 of 3 files have 2 rows each, and others have: sub-2.csv 1, sub-10.csv 0" in said


def test_what_is_wrong_is_said_of_the_file_that_has_it(folder):
    (folder / "data" / "sub-2.csv").write_text("stimulus_id,kind\ns1,task\n")
    with pytest.raises(DataError, match="there is no column 'choice'") as caught:
        opened(folder)
    assert caught.value.where.endswith("sub-2.csv")
    (folder / "data" / "sub-2.csv").write_text("stimulus_id,choice,kind\ns1,cat,task\n,,task\n")
    with pytest.raises(DataError) as caught:
        opened(folder)
    assert caught.value.where.endswith("sub-2.csv:3")


def test_a_column_of_that_name_or_no_file_is_an_error(folder):
    with pytest.raises(DataError, match="there is a column 'kind' in it"):
        opened(folder, from_name="kind")
    with pytest.raises(DataError, match=r"there is no file 'ses-\*.csv'"):
        open_assembly(
            TableAssembly.model_validate(
                {"identifier": "D2024", "visibility": "public", "class": "BehavioralAssembly"}
                | {"value": "a", "columns": ["a"], "table": "ses-*.csv"}
            ),
            lambda name: folder / name,
        )


@pytest.mark.parametrize("table", ["data/sub-01.csv", "data/*-*.csv"])
def test_one_star_says_what_the_column_has(folder, table):
    with pytest.raises(ValueError, match="has not exactly one"):
        opened(folder, table=table)


def test_names_outside_of_the_folder_are_not_listed(folder):
    assert names_on_disk(folder / "data", "../*") == ["../*"]
    (folder / "out").symlink_to("/etc")
    assert names_on_disk(folder, "out/*") == ["out/*"]
