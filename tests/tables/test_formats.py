"""The one list of formats of tables."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from brainscore_data.arrays.formats import open_array_file
from brainscore_data.assemblies.trials import open_trials
from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_tables import TableAssembly
from brainscore_data.tables import formats
from brainscore_data.tables.table import Table, read_table


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("trials.pkl", "as .npy and csv"),
        ("trials.xls", "as .xlsx"),
        ("rates.h5", "as .npy"),
        ("rates.zip", "unpack it"),
        ("rates.npy.gz", "unpack it"),
    ],
)
def test_what_is_not_read_is_not_opened_and_said_what_to_do_with(tmp_path, name, advice):
    # It is not there: whoever opened it would say that.
    with pytest.raises(DataError, match=f"no array is read.*\n.*{advice}"):
        open_array_file(tmp_path / name)
    if "." + name.split(".")[-1] not in formats.table_endings():
        with pytest.raises(DataError, match=f"no table is read.*\n.*{advice}"):
            formats.open_table(tmp_path / name)


def test_another_format_is_one_line_and_what_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_pipes(path: Path) -> Table:
        made = path.with_suffix(".csv")
        made.write_text(path.read_text().replace("|", ","))
        return read_table(made)

    module = ModuleType("pipes_of_a_test")
    vars(module)["read_pipes"] = read_pipes
    monkeypatch.setitem(sys.modules, module.__name__, module)
    another = formats.FileFormat((".psv",), module.__name__, "read_pipes")
    monkeypatch.setattr(formats, "FORMATS", [*formats.FORMATS, another])
    (tmp_path / "trials.psv").write_text("stimulus_id|choice|trial_type\ns1|cat|a\ns2|dog|b\n")

    item = TableAssembly.model_validate(
        {
            "identifier": "Doe2024",
            "visibility": "public",
            "class": "BehavioralAssembly",
            "stimulus_set": "Doe2024",
            "table": "trials.psv",
            "value": "choice",
            "columns": ["stimulus_id", "choice"],
            "where": {"trial_type": "b"},
        }
    )
    data, _ = open_trials(item, lambda name: tmp_path / name)

    assert data.values.tolist() == ["dog"]
    assert data["stimulus_id"].values.tolist() == ["s2"]
    assert ".psv" in formats.table_endings()
