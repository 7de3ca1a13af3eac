"""Looking at assemblies: real ones, hostile ones, and those that are not here."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import in_place_of_looking
import numpy as np
import pytest
import xarray as xr

from brainscore_data.assemblies.contract import variables
from brainscore_data.assemblies.contract.variables import SLAB
from brainscore_data.base.place import Place
from brainscore_data.check.assemblies import questions
from brainscore_data.check.assemblies.facts import AssemblyFacts, Repeated, UnopenedAssembly
from brainscore_data.check.assemblies.probe import probe
from brainscore_data.check.assemblies.statistics import blocks, coordinate_facts, value_facts
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects

[RULES] = [family.rules() for family in FAMILIES if family.module == "assemblies"]


def look(*paths):
    with CheckRun(find_subjects(paths), Settings()) as run:
        return list(probe(run))


def findings(*paths):
    settings = Settings(select=("BSD4",))
    with CheckRun(find_subjects(paths), settings) as run:
        return run_rules(RULES, probe(run), settings).findings


def test_brain_scores_own_assemblies_have_no_errors(shared_data):
    found = findings(shared_data / "assemblies")
    assert {(Path(each.place.file).name, each.code) for each in found} == {
        ("assy_test_TestMe.nc", "BSD428"),
        ("assy_test_package_assembly.nc", "BSD427"),
        ("assy_test_package_assembly.nc", "BSD428"),
    }
    assert {each.severity for each in found} == {"warning"}


def test_the_example_has_no_findings(repository_root):
    assert findings(repository_root / "examples" / "gratings") == ()


def test_the_class_of_a_loose_file_is_told_by_its_dimensions(shared_data):
    facts = look(shared_data / "assemblies")
    assert [each.assembly_class for each in facts] == [
        "NeuroidAssembly",
        "NeuroidAssembly",
        "SpikeTimesAssembly",
    ]


def test_facts_can_be_pickled(shared_data, repository_root):
    facts = look(shared_data / "assemblies", repository_root / "examples")
    assert pickle.loads(pickle.dumps(facts)) == facts  # noqa: S301 - our own
    assert {type(each) for each in facts} == {AssemblyFacts}


def test_files_of_a_bundle_are_not_loose(tmp_path, shared_data):
    shutil.copy(shared_data / "assemblies" / "assy_test_TestMe.nc", tmp_path)
    assert len(look(tmp_path)) == 1
    (tmp_path / "bundle.json").write_text("{}")
    assert look(tmp_path) == []


def claiming_terabytes(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (10**6, 10**6), "f8", chunks=(1000, 1000))


def cut_off(path):
    xr.DataArray(np.arange(1e4), dims="event", name="data").to_netcdf(path)
    path.write_bytes(path.read_bytes()[:3000])


def linked(path):
    with h5py.File(path, "w") as file:
        file["data"] = h5py.ExternalLink("/etc/passwd", "/")


def a_pipe(path):
    os.mkfifo(path)


@pytest.mark.parametrize(
    "make",
    [
        claiming_terabytes,
        cut_off,
        linked,
        a_pipe,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(1000)),
        lambda path: path.write_bytes(b"CDF\x01" + b"\xff" * 20),
        lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        lambda path: path.symlink_to("nowhere"),
    ],
    ids=["10^12", "cut off", "linked", "pipe", "empty", "damaged", "classic", "pointer", "symlink"],
)
def test_what_cannot_be_opened_is_one_finding(make, tmp_path):
    path = tmp_path / "assembly.nc"
    make(path)
    (found,) = findings(path)
    assert found.code == "BSD401"
    assert found.place.file == str(path)
    assert found.hint


def test_a_file_that_vanishes_is_one_finding(tmp_path):
    path = tmp_path / "assembly.nc"
    path.touch()
    subjects = find_subjects([path])
    path.unlink()
    with CheckRun(subjects, Settings()) as run:
        (facts,) = probe(run)
    assert isinstance(facts, UnopenedAssembly)


def test_a_damaged_chunk_is_one_finding(tmp_path):
    path = tmp_path / "assembly.nc"
    data = xr.DataArray(np.random.default_rng(0).normal(size=100_000), dims="event", name="data")
    data.to_netcdf(path, encoding={"data": {"zlib": True}})
    content = bytearray(path.read_bytes())
    content[300_000:300_400] = bytes(400)
    path.write_bytes(content)
    (found,) = findings(path)
    assert found.code == "BSD401"


def dataset(folder, table, **files):
    folder.mkdir(exist_ok=True)
    head = 'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[assembly]]\nidentifier = "Doe2024"\nvisibility = "public"\n'
    (folder / "dataset.toml").write_text(head + table)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder


def test_an_error_of_a_table_is_placed_on_its_line_as_the_user_would_type_it(tmp_path, monkeypatch):
    dataset(
        tmp_path / "study",
        'class = "BehavioralAssembly"\ntable = "trials.csv"\nvalue = "rt"\n'
        'columns = ["stimulus_id", "rt"]\n',
        trials_csv="stimulus_id,rt\nn1,10\n,20\n",
    )
    monkeypatch.chdir(tmp_path)
    (found,) = findings(Path("study"))
    assert (found.code, str(found.place)) == ("BSD401", "study/trials.csv:3 (Doe2024)")
    monkeypatch.chdir(tmp_path / "study")
    (found,) = findings(Path())
    assert str(found.place) == "trials.csv:3 (Doe2024)"


def test_a_gap_in_behaviour_is_no_error(tmp_path):
    folder = dataset(
        tmp_path / "study",
        'class = "BehavioralAssembly"\ntable = "trials.csv"\nvalue = "rt"\n'
        'columns = ["stimulus_id", "rt"]\n',
        trials_csv="stimulus_id,rt\nn1,10\nn2,20\nn3,\n",
    )
    assert findings(folder) == ()


def test_the_infinite_value_is_named_by_dimension(tmp_path):
    rates = xr.DataArray(
        np.arange(12.0).reshape(2, 3, 2), dims=["presentation", "neuroid", "time_bin"]
    )
    rates[1, 2, 0] = np.inf
    rates.to_netcdf(tmp_path / "a.nc")
    message = next(each.message for each in findings(tmp_path) if each.code == "BSD443")
    assert "presentation 1, neuroid 2, time_bin 0" in message


def test_a_long_row_is_read_in_blocks():
    shape = (2, 3, 2 * SLAB // 8)
    sizes = [np.prod([part.stop - part.start for part in index]) for index in blocks(shape, 8)]
    assert max(sizes) * 8 <= SLAB
    assert sum(sizes) == np.prod(shape)


@pytest.mark.parametrize("slab", [8, 16, 24, 1 << 20])
def test_facts_do_not_depend_on_the_size_of_blocks(slab, monkeypatch):
    values = np.arange(24.0).reshape(4, 2, 3)
    values[2] = values[:, 1] = np.nan
    values[3, 0, 1] = values[3, 0, 2] = np.inf
    variable = xr.Variable(["presentation", "neuroid", "time_bin"], values)
    expected = value_facts(variable)
    monkeypatch.setattr("brainscore_data.assemblies.contract.variables.SLAB", slab)
    monkeypatch.setattr("brainscore_data.check.assemblies.statistics.SLAB", slab)
    assert value_facts(variable) == expected
    assert expected.first_infinite == (3, 0, 1)
    assert {each.dim: each.first for each in expected.empty} == {
        "presentation": (2,),
        "neuroid": (1,),
    }


def test_rules_are_imported_without_heavy_libraries():
    code = (
        "import sys, brainscore_data.check.assemblies.rules; "
        "print(sorted({'xarray', 'pandas', 'numpy', 'pydantic', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_the_text_nan_is_an_id_and_the_number_is_none(tmp_path):
    # Readers get a text of a netCDF file back as it is.
    rates = xr.DataArray(
        np.arange(4.0).reshape(2, 2),
        dims=["presentation", "neuroid"],
        coords={
            "repetition": ("presentation", [0, 1]),
            "session": ("presentation", [0, 0]),
            "neuroid_id": ("neuroid", ["nan", "NA"]),
            "region": ("neuroid", ["IT", "IT"]),
            "animal": ("neuroid", ["Tito", "Tito"]),
        },
        name="rates",
    )
    rates.to_netcdf(tmp_path / "texts.nc")
    rates.assign_coords(neuroid_id=("neuroid", [np.nan, 1.0])).to_netcdf(tmp_path / "numbers.nc")
    assert not findings(tmp_path / "texts.nc")
    assert [each.code for each in findings(tmp_path / "numbers.nc")] == ["BSD425"]


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        (["a", "", "b", "c", "", ""], (3, 1)),
        (["a", "b", "c", "d", "e", ""], (1, 5)),
        ([1.0, 2.0, 3.0, 4.0, np.nan, 5.0], (1, 4)),
        (np.array(["2020-01-01", "NaT"] * 3, dtype="datetime64[ns]"), (3, 1)),
        (["a", "b"] * 3, (0, None)),
        ([], (0, None)),
    ],
)
def test_gaps_in_coordinates_are_counted_slab_by_slab(monkeypatch, values, missing):
    monkeypatch.setattr(variables, "SLAB", 2 * 64)
    found = coordinate_facts("c", xr.Variable("presentation", values), Place("a.nc"))
    assert (found.missing, found.first_missing) == missing


def test_a_neuroid_that_is_there_twice_is_told_with_both_places():
    ids = xr.Variable("neuroid", ["", "b", "a", "b", "a"])
    found = coordinate_facts("neuroid_id", ids, Place("a.nc"))
    assert found.repeated == Repeated("'b'", 1, 3)


def test_a_parser_that_crashes_is_said_of_the_files_it_was_reading(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(in_place_of_looking.__file__).parent))
    monkeypatch.setattr(questions, "look_at_item", in_place_of_looking.crash)
    (tmp_path / "trials.parquet").write_bytes(b"PAR1")
    (tmp_path / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[assembly]]\nidentifier = "Doe2026"\n'
        'visibility = "public"\nclass = "BehavioralAssembly"\ntable = "trials.parquet"\n'
        'value = "rt"\ncolumns = ["rt"]\n'
    )
    [one] = findings(tmp_path)
    assert one.message.endswith("its parser crashed (SIGSEGV); it was reading trials.parquet")
    assert one.place.entry == "[[assembly]] 1 (Doe2026)"
    assert "download it again, or export it again" in one.hint
