"""The formats that arrays come in."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from brainscore_data.arrays import formats
from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.dataset.assembly_tables import ArrayAssembly

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_another_format_is_one_line_and_what_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_columns(path: Path) -> formats.StoredArray:
        values = np.loadtxt(path)
        return formats.StoredArray(values.shape, values.dtype, values.__getitem__)

    module = ModuleType("columns_of_a_test")
    vars(module)["open_columns"] = open_columns
    monkeypatch.setitem(sys.modules, module.__name__, module)
    another = formats.FileFormat((".dat",), module.__name__, "open_columns")
    monkeypatch.setattr(formats, "FORMATS", [*formats.FORMATS, another])
    (tmp_path / "rates.dat").write_text("1 2 3\n4 5 6\n")
    (tmp_path / "presentations.csv").write_text("stimulus_id,repetition\na,0\nb,0\n")
    (tmp_path / "neuroids.csv").write_text("neuroid_id,region\n1,IT\n2,IT\n3,V4\n")

    item = ArrayAssembly.model_validate(
        {
            "identifier": "Doe2024",
            "visibility": "public",
            "class": "NeuroidAssembly",
            "stimulus_set": "Doe2024",
            "values": "rates.dat",
            "dims": ["presentation", "neuroid"],
            "coords": {"presentation": "presentations.csv", "neuroid": "neuroids.csv"},
        }
    )
    opened = open_assembly(item, lambda name: tmp_path / name)

    assert opened.data.values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert opened.data["region"].values.tolist() == ["IT", "IT", "V4"]
