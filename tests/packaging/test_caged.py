"""Items are packaged in the cage: what that costs the parent, and what a file can do there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import in_place_of_packaging
import numpy as np
import pytest

import brainscore_data
from brainscore_data.base.errors import DataError
from brainscore_data.cage.workers import StoppedError
from brainscore_data.packaging import bundling

EXAMPLE = Path(__file__).parents[2] / "examples" / "gratings"
HEAVY = ["xarray", "pandas", "h5py", "netCDF4", "pyarrow", "PIL"]
MANY = 20


@pytest.fixture
def many(tmp_path):
    """A dataset of many small arrays."""
    folder = tmp_path / "many"
    folder.mkdir()
    items = ['schema = 1\n[dataset]\nlicense = "CC0-1.0"\n']
    for number in range(MANY):
        np.save(folder / f"{number}.npy", np.random.default_rng(number).normal(size=(7, 3)))
        items.append(
            f'[[assembly]]\nidentifier = "Doe2026.{number}"\nvisibility = "public"\n'
            f'class = "DataAssembly"\nvalues = "{number}.npy"\ndims = ["a", "b"]\ncoords = {{}}\n'
        )
    (folder / "dataset.toml").write_text("".join(items))
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_parent_imports_nothing_that_parses(tmp_path):
    folder = shutil.copytree(EXAMPLE, tmp_path / "gratings")
    program = (
        "import json, sys, brainscore_data\n"
        f"brainscore_data.package(sys.argv[1], sys.argv[2])\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    command = [sys.executable, "-c", program, str(folder), str(tmp_path / "bundle")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert json.loads(said.splitlines()[-1]) == []


def test_items_that_are_packaged_at_the_same_time_keep_their_order_and_bytes(many, tmp_path):
    alone = brainscore_data.package(many, tmp_path / "alone", jobs=1)
    brainscore_data.package(many, tmp_path / "at-once", jobs=3)
    assert [item.identifier for item in alone.items] == [f"Doe2026.{n}" for n in range(MANY)]
    assert contents(tmp_path / "alone") == contents(tmp_path / "at-once")


def test_an_item_that_is_wrong_is_the_one_that_is_told(many, tmp_path):
    wrong = many / "3.npy"
    wrong.write_bytes(wrong.read_bytes()[:-8])
    with pytest.raises(DataError) as caught:
        brainscore_data.package(many, tmp_path / "out" / "bundle", ignore=["BSD4", "BSD7"], jobs=2)
    assert caught.value.where == str(wrong)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("function", "said", "setting"),
    [
        (in_place_of_packaging.crash, "its parser crashed (SIGSEGV)", None),
        (in_place_of_packaging.allocate, "needs more memory than it may", "CAGE_MEMORY"),
        (in_place_of_packaging.fail, "cannot be read: LookupError: heap", None),
    ],
)
def test_what_packaging_does_not_survive_is_said_of_the_file(
    function, said, setting, many, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", str(Path(in_place_of_packaging.__file__).parent))
    monkeypatch.setattr(bundling, "package_item", function)
    with pytest.raises(DataError) as caught:
        brainscore_data.package(many, tmp_path / "out" / "bundle")
    assert said in caught.value.message
    assert caught.value.where == str(many / "0.npy")
    assert isinstance(caught.value, StoppedError) == (function is not in_place_of_packaging.fail)
    assert setting is None or setting in caught.value.hint
    assert list((tmp_path / "out").iterdir()) == []
