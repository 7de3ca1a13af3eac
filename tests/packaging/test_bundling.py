"""`package`: the same input gives the same bytes, and nothing half-written bears a final name."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import brainscore_data
from brainscore_data.base.errors import DataError, UsageError

EXAMPLE = Path(__file__).parents[2] / "examples" / "gratings"


@pytest.fixture
def dataset(tmp_path):
    return Path(shutil.copytree(EXAMPLE, tmp_path / "gratings"))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def package_elsewhere(folder, out, **environment):
    """Package in a process of its own."""
    command = [sys.executable, "-m", "brainscore_data", "package", str(folder), "-o", str(out)]
    subprocess.run(
        command, check=True, env={**os.environ, **environment}, cwd=out.parent, capture_output=True
    )


def test_the_bundle_lists_every_file_with_its_hashes_and_says_what_the_manifest_says(
    dataset, tmp_path
):
    manifest = dataset / "dataset.toml"
    private = 'visibility = "private"\nembargo = 2999-01-01'
    manifest.write_text(manifest.read_text().replace('visibility = "public"', private))
    bundle = brainscore_data.package(dataset, tmp_path / "bundle")
    listed = {file.name for item in bundle.items for file in item.files}
    assert listed | {"bundle.json"} == set(contents(tmp_path / "bundle"))
    assert {(item.visibility, item.embargo) for item in bundle.items} == {
        ("private", date(2999, 1, 1))
    }
    assert json.loads((tmp_path / "bundle" / "bundle.json").read_text())["schema"] == 1


def test_bytes_do_not_depend_on_hash_seed_working_directory_or_run(dataset, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    package_elsewhere(dataset, tmp_path / "a" / "bundle", PYTHONHASHSEED="1")
    package_elsewhere(dataset, tmp_path / "b" / "bundle", PYTHONHASHSEED="2")
    assert contents(tmp_path / "a" / "bundle") == contents(tmp_path / "b" / "bundle")


def test_what_the_bundle_says_does_not_depend_on_how_the_folder_is_named(
    dataset, tmp_path, monkeypatch
):
    manifest = dataset / "dataset.toml"
    table = "[[assembly]]\n"
    manifest.write_text(
        manifest.read_text().replace(table, f"{table}attributes = {{ sorted = true }}\n")
    )
    monkeypatch.chdir(tmp_path)
    bundle = brainscore_data.package(dataset.name, tmp_path / "relative")
    brainscore_data.package(dataset, tmp_path / "absolute")
    assert any("'sorted' of the assembly is a boolean" in notice for notice in bundle.notices)
    assert contents(tmp_path / "relative") == contents(tmp_path / "absolute")


def test_bytes_do_not_depend_on_file_times_or_listing_order(dataset, tmp_path):
    brainscore_data.package(dataset, tmp_path / "first")
    stimuli = sorted((dataset / "stimuli").iterdir())
    kept = [(path.name, path.read_bytes()) for path in stimuli]
    for path in stimuli:
        path.unlink()
    for age, (name, data) in enumerate(reversed(kept)):
        (dataset / "stimuli" / name).write_bytes(data)
        os.utime(dataset / "stimuli" / name, (age * 1e6, age * 1e6))
    brainscore_data.package(dataset, tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_inputs_are_not_changed(dataset, tmp_path):
    before = {path: path.read_bytes() for path in dataset.rglob("*") if path.is_file()}
    brainscore_data.package(dataset, tmp_path / "bundle")
    assert {path: path.read_bytes() for path in dataset.rglob("*") if path.is_file()} == before


@pytest.fixture
def recordings(tmp_path):
    """A dataset of one netCDF file with an extra in it, and one beside it."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    data = xr.DataArray(
        np.arange(3.0),
        dims=["event"],
        coords={"neuroid_id": ("event", ["a", "b", "a"]), "trial": ("event", [0, 0, 1])},
        name="data",
    )
    data.to_netcdf(folder / "spikes.nc", engine="netcdf4")
    data.to_netcdf(folder / "spikes.nc", engine="netcdf4", group="inside", mode="a")
    data.to_netcdf(folder / "trials.nc", engine="netcdf4")
    (folder / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[assembly]]\nidentifier = "Doe2026"\nvisibility = "public"\n'
        'class = "SpikeTimesAssembly"\ndata = "spikes.nc"\nextras = { beside = "trials.nc" }\n'
    )
    return folder


def opened_below(folder):
    """List the files below a folder that this process has open."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system does not tell which files a process has open")
    found = []
    for descriptor in descriptors.iterdir():
        with contextlib.suppress(OSError):
            found.append(descriptor.readlink())
    return [path for path in found if path.is_relative_to(folder)]


def test_no_input_stays_open(recordings, tmp_path):
    brainscore_data.package(recordings, tmp_path / "bundle")
    assert opened_below(recordings) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("SpikeTimesAssembly", "NeuroidAssembly"), ("beside =", "inside ="), ("trials.nc", "no.nc")],
)
def test_no_input_stays_open_while_somebody_holds_on_to_an_error(
    right, wrong, recordings, tmp_path
):
    manifest = (recordings / "dataset.toml").read_text()
    (recordings / "dataset.toml").write_text(manifest.replace(right, wrong))
    with pytest.raises(DataError) as error:
        brainscore_data.package(recordings, tmp_path / "bundle")
    assert error.value.__traceback__ is not None
    assert opened_below(recordings) == []


def test_another_value_gives_another_digest(dataset, tmp_path):
    before = brainscore_data.package(dataset, tmp_path / "before")
    responses = np.load(dataset / "responses.npy")
    responses.flat[-1] += 1
    np.save(dataset / "responses.npy", responses)
    after = brainscore_data.package(dataset, tmp_path / "after")
    changed = [
        new.name
        for old_item, new_item in zip(before.items, after.items, strict=True)
        for old, new in zip(old_item.files, new_item.files, strict=True)
        if old.digest != new.digest
    ]
    assert len(changed) == 1
    assert changed[0].endswith(".nc")


def test_a_bundle_that_is_there_is_replaced(dataset, tmp_path):
    brainscore_data.package(dataset, tmp_path / "bundle")
    (tmp_path / "bundle" / "stale.nc").write_bytes(b"")
    brainscore_data.package(dataset, tmp_path / "bundle")
    assert "stale.nc" not in contents(tmp_path / "bundle")


def test_a_folder_that_is_no_bundle_is_left_alone(dataset, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("years of work")
    with pytest.raises(UsageError, match="not a bundle"):
        brainscore_data.package(dataset, tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter1.tex").read_text() == "years of work"


def test_a_failed_run_leaves_nothing_and_a_mended_one_works(dataset, tmp_path):
    stimulus = next((dataset / "stimuli").iterdir())
    stimulus.rename(tmp_path / stimulus.name)
    with pytest.raises(DataError, match=stimulus.name):
        brainscore_data.package(dataset, tmp_path / "out" / "bundle")
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / stimulus.name).rename(stimulus)
    brainscore_data.package(dataset, tmp_path / "out" / "bundle")
    assert (tmp_path / "out" / "bundle" / "bundle.json").is_file()


def test_a_failed_run_keeps_the_bundle_that_was_there(dataset, tmp_path):
    brainscore_data.package(dataset, tmp_path / "bundle")
    before = contents(tmp_path / "bundle")
    (dataset / "stimuli.csv").write_text("stimulus_id\nn0\n")
    with pytest.raises(DataError, match="filename"):
        brainscore_data.package(dataset, tmp_path / "bundle")
    assert contents(tmp_path / "bundle") == before


def test_ctrl_c_in_the_middle_leaves_nothing_and_exits_130(dataset, tmp_path):
    # Enough data that the signal arrives while it is being written.
    presentations = 20_000
    values = np.random.default_rng(0).normal(size=(presentations, 500))
    np.save(dataset / "responses.npy", values)
    (dataset / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[assembly]]\nidentifier = "Large2026"\nvisibility = "public"\n'
        'class = "DataAssembly"\nvalues = "responses.npy"\n'
        'dims = ["trial", "channel"]\ncoords = {}\n'
    )
    out = tmp_path / "out" / "bundle"
    command = [sys.executable, "-m", "brainscore_data", "package", str(dataset), "-o", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list((tmp_path / "out").glob(".bundle-*/work/new/.writing-*")):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert list((tmp_path / "out").iterdir()) == []
