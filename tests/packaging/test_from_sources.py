"""Whatever the manifest names can be in ``[sources]``: it is fetched, and packaged as if here."""

from __future__ import annotations

import hashlib
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pictures import png

import brainscore_data
from brainscore_data.base.errors import DataError, UsageError

ITEMS = """
schema = 1
[dataset]
license = "CC0-1.0"

[[stimulus_set]]
identifier = "Doe2026"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli.zip"

[[assembly]]
identifier = "Doe2026.array"
visibility = "public"
class = "NeuroidAssembly"
stimulus_set = "Doe2026"
values = "values.npy"
dims = ["presentation", "neuroid"]
coords = { presentation = "tables/presentations.csv", neuroid = "tables/neuroids.csv" }

[[assembly]]
identifier = "Doe2026.netcdf"
visibility = "public"
class = "SpikeTimesAssembly"
data = "spikes.nc"
extras = { trials = "trials.nc" }

[[assembly]]
identifier = "Doe2026.csv"
visibility = "public"
class = "BehavioralAssembly"
stimulus_set = "Doe2026"
table = "trials.csv"
value = "choice"
columns = ["stimulus_id", "choice"]

[[assembly]]
identifier = "Doe2026.parquet"
visibility = "public"
class = "BehavioralAssembly"
table = "trials.parquet"
value = "choice"
columns = ["choice", "rt"]
"""


@pytest.fixture
def at_home(tmp_path):
    """A dataset with all its files beside the manifest."""
    folder = tmp_path / "at-home"
    (folder / "tables").mkdir(parents=True)
    (folder / "stimuli").mkdir()
    for name in ("a.png", "b.png"):
        (folder / "stimuli" / name).write_bytes(png(ord(name[0])))
    shutil.make_archive(str(folder / "stimuli"), "zip", folder / "stimuli")
    shutil.rmtree(folder / "stimuli")
    (folder / "stimuli.csv").write_text("stimulus_id,filename\nn0,a.png\nn1,b.png\n")
    np.save(folder / "values.npy", np.arange(6.0).reshape(2, 3))
    (folder / "tables" / "presentations.csv").write_text("stimulus_id,trial\nn0,0\nn1,1\n")
    (folder / "tables" / "neuroids.csv").write_text("neuroid_id,region\na,V4\nb,IT\nc,IT\n")
    spikes = xr.DataArray([0.5, 1.5], dims=["event"], coords={"neuroid_id": ("event", ["a", "b"])})
    spikes.to_netcdf(folder / "spikes.nc", engine="netcdf4")
    spikes.to_netcdf(folder / "trials.nc", engine="netcdf4")
    trials = pd.DataFrame({"stimulus_id": ["n1", "n0"], "choice": ["dog", "cat"], "rt": [1.5, 2]})
    trials.to_csv(folder / "trials.csv", index=False)
    trials.to_parquet(folder / "trials.parquet")
    (folder / "dataset.toml").write_text(ITEMS)
    return folder


@pytest.fixture
def elsewhere(at_home, tmp_path, web):
    """The same dataset as nothing but a manifest: all its files are on the web."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    sources = "[sources]\n"
    for path in sorted(each for each in at_home.rglob("*") if each.is_file()):
        name = path.relative_to(at_home).as_posix()
        if name != "dataset.toml":
            web.put(f"/{name}", path.read_bytes())
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            sources += f'"{name}" = {{ url = "{web.url("/" + name)}", sha256 = "{sha256}" }}\n'
    (folder / "dataset.toml").write_text(ITEMS + sources)
    return folder


def digests(bundle):
    return {file.name: file.digest for item in bundle.items for file in item.files}


def test_the_bundle_is_the_one_of_the_same_files_at_home(at_home, elsewhere, tmp_path):
    here = brainscore_data.package(at_home, tmp_path / "here")
    there = brainscore_data.package(elsewhere, tmp_path / "there")
    assert digests(there) == digests(here)
    assert len(digests(there)) == 6
    assert [path.name for path in elsewhere.iterdir()] == ["dataset.toml"]


def test_each_file_is_fetched_once(elsewhere, web, tmp_path):
    brainscore_data.package(elsewhere, tmp_path / "bundle")
    asked = sorted(request.path for request in web.log)
    brainscore_data.package(elsewhere, tmp_path / "again")
    assert sorted(request.path for request in web.log) == asked == sorted(set(asked))


@pytest.mark.parametrize(
    "name",
    ["stimuli.csv", "stimuli.zip", "values.npy", "spikes.nc", "trials.nc", "trials.parquet"],
)
def test_other_bytes_than_the_pinned_ones_reach_nobody(name, elsewhere, web, tmp_path):
    body = web.pages[f"/{name}"].body
    web.put(f"/{name}", body[:-1] + bytes([body[-1] ^ 1]))
    with pytest.raises(DataError, match="sha256") as error:
        brainscore_data.package(elsewhere, tmp_path / "out" / "bundle")
    assert name in str(error.value)
    assert list((tmp_path / "out").iterdir()) == []
    web.put(f"/{name}", body)
    brainscore_data.package(elsewhere, tmp_path / "out" / "bundle")


def test_a_source_that_cannot_be_reached_leaves_nothing_and_a_run_with_it_works(
    elsewhere, web, tmp_path
):
    page = web.pages["/spikes.nc"]
    web.put("/spikes.nc", status=503)
    with pytest.raises(UsageError, match=r"spikes\.nc"):
        brainscore_data.package(elsewhere, tmp_path / "out" / "bundle")
    assert list((tmp_path / "out").iterdir()) == []
    web.pages["/spikes.nc"] = page
    brainscore_data.package(elsewhere, tmp_path / "out" / "bundle")


@pytest.mark.parametrize("name", ["trials.csv", "tables/neuroids.csv", "trials.nc"])
def test_people_in_what_is_fetched_stop_it(name, at_home, elsewhere, web, tmp_path):
    """Before it is fetched nobody can look; afterwards it must not be too late."""
    path = at_home / name
    worker = "5c5dd44b8eb9dd0001a2b3c4"
    if path.suffix == ".csv":
        header, *rows = path.read_text().splitlines()
        lines = [f"{header},worker", *(f"{row},{worker}" for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    else:
        with h5py.File(path, "a") as file:
            file.attrs["worker"] = worker
    before = hashlib.sha256(web.pages[f"/{name}"].body).hexdigest()
    web.put(f"/{name}", path.read_bytes())
    manifest = elsewhere / "dataset.toml"
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = manifest.read_text().splitlines(keepends=True)
    of_it = f'"{name}" ='
    manifest.write_text(
        "".join(x.replace(before, after) if x.startswith(of_it) else x for x in lines)
    )
    with pytest.raises(DataError, match="BSD702") as error:
        brainscore_data.package(elsewhere, tmp_path / "bundle")
    assert f"{name}" in str(error.value)
    assert "the file is downloaded" in str(error.value)
    brainscore_data.package(elsewhere, tmp_path / "bundle", ignore=["BSD7"])
