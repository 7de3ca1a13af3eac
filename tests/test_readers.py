"""Every class of assembly through the whole program: a folder in, brainscore-core gets it back.

The form in which the manifest has it is the one in which such data usually comes.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from compared import assert_loaded
from matlab_recordings import SPIKES as RATES
from matlab_recordings import recording
from nwb_sessions import SPIKES as TIMES
from pictures import png
from reader_server import describe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from published_to_s3 import OnS3

STIMULI = pd.DataFrame(
    {
        "stimulus_id": ["grüße", "n1", "n2"],
        "filename": ["a.png", "b.png", "c.png"],
        "object_name": ["cup", "duck", "N,A"],
        "size": [1.5, 2.0, 0.1],
        "is_animal": [False, True, False],
        "order": [3, 1, 2],
    }
)
STIMULUS_SET = """
[[stimulus_set]]
identifier = "Doe2026.objects"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""
NAMES = {"identifier": "Doe2026", "stimulus_set_identifier": "Doe2026.objects"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset's folder with three stimuli in it."""
    folder = tmp_path / "doe2026"
    (folder / "stimuli").mkdir(parents=True)
    STIMULI.to_csv(folder / "stimuli.csv", index=False)
    for name in STIMULI["filename"]:
        (folder / "stimuli" / name).write_bytes(png(ord(name[0])))
    return folder


def save_array(folder: Path, data: xr.DataArray) -> str:
    """Leave an array and a table for each dimension; gives what the manifest says of them."""
    np.save(folder / "values.npy", data.values)
    coords = []
    for dim in data.dims:
        columns = {name: its.values for name, its in data.coords.items() if its.dims == (dim,)}
        pd.DataFrame(columns).to_csv(folder / f"{dim}.csv", index=False)
        coords.append(f'{dim} = "{dim}.csv"')
    dims = ", ".join(f'"{dim}"' for dim in data.dims)
    return f'values = "values.npy"\ndims = [{dims}]\ncoords = {{ {", ".join(coords)} }}\n'


def save_netcdf(data: xr.DataArray, path: Path) -> None:
    """Leave an array as netCDF; instants as the integers they are, which every xarray can write."""
    units = {"units": "nanoseconds since 1970-01-01"}
    for name, its in data.coords.items():
        if its.dtype.kind == "M":
            data = data.assign_coords({name: (its.dims, its.values.astype("int64"), units)})
    if data.dtype.kind == "M":
        data = data.astype("int64").assign_attrs(units)
    data.to_netcdf(path, engine="netcdf4")


def item(assembly_class: str, form: str, *, stimulus_set: bool = True) -> str:
    """Write what the manifest says about the assembly, and its stimulus set if it has one."""
    head = (
        f'[[assembly]]\nidentifier = "Doe2026"\nvisibility = "public"\nclass = "{assembly_class}"\n'
    )
    if not stimulus_set:
        return head + form
    return f'{STIMULUS_SET}{head}stimulus_set = "Doe2026.objects"\n{form}'


def assert_registered(
    on_s3: OnS3, assembly_class: str, *, stimulus_set: bool, merges: bool
) -> None:
    registration = on_s3.registration()
    assert f"cls={assembly_class}," in registration
    assert ("stimulus_set_loader=" in registration) is stimulus_set
    assert ("merge_stimulus_set_meta=False" in registration) is (stimulus_set and not merges)


def test_a_neuroid_assembly_from_an_array_and_tables(
    folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    data = xr.DataArray(
        np.random.default_rng(1).normal(size=(5, 2)).astype("float32"),
        dims=["presentation", "neuroid"],
        coords={
            "stimulus_id": ("presentation", ["n1", "grüße", "n2", "n1", "n1"]),
            "repetition": ("presentation", [0, 0, 0, 1, 2]),
            "neuroid_id": ("neuroid", ["IT-1", "IT-2"]),
            "noise_ceiling": ("neuroid", [0.25, np.nan]),
        },
        attrs=NAMES | {"lab": "doe", "windows": [70, 170]},
    )
    form = save_array(folder, data) + 'attributes = { lab = "doe", windows = [70, 170] }\n'
    on_s3 = publish_to_s3(folder, item("NeuroidAssembly", form))
    assert_registered(on_s3, "NeuroidAssembly", stimulus_set=True, merges=True)
    loaded = on_s3.assembly("Doe2026")
    assert loaded["class"] == "NeuroidAssembly"
    assert_loaded(loaded, data, merged=STIMULI)
    # The stimulus set itself, and as the assembly's attribute.
    stimulus_set = on_s3.stimulus_set("Doe2026.objects")
    assert {name: its["values"] for name, its in stimulus_set["columns"].items()} == {
        name: STIMULI[name].tolist() for name in STIMULI
    }
    assert stimulus_set["identifier"] == "Doe2026.objects"
    assert dict(stimulus_set["files"]) == dict(
        zip(STIMULI["stimulus_id"], STIMULI["filename"], strict=True)
    )
    assert loaded["attrs"]["stimulus_set"] == stimulus_set


@pytest.mark.parametrize("version", ["v7", "v73"])
def test_a_neuroid_assembly_from_a_matlab_file(
    version: str, folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    shutil.copyfile(recording(version), folder / "recording.mat")
    parts = {"presentation": "presentations", "neuroid": "neuroids", "time_bin": "time_bins"}
    coords = ", ".join(f'{dim} = "recording.mat:{part}"' for dim, part in parts.items())
    dims = ", ".join(f'"{dim}"' for dim in parts)
    form = f'values = "recording.mat:spikes"\ndims = [{dims}]\ncoords = {{ {coords} }}\n'
    loaded = publish_to_s3(folder, item("NeuroidAssembly", form)).assembly("Doe2026")
    expected = xr.DataArray(
        RATES,
        dims=list(parts),
        coords={
            "stimulus_id": ("presentation", ["n1", "n2", "n1", "n2"]),
            "repetition": ("presentation", [0, 0, 1, 1]),
            "session": ("presentation", ["01", "01", "02", "02"]),
            "novel": ("presentation", [True, False, False, True]),
            "weight": ("presentation", [0.1, np.nan, 1e-7, float(np.float32(0.1))]),
            "neuroid_id": ("neuroid", ["IT-1", "IT-2", "IT-3"]),
            "depth": ("neuroid", [1, 2, 3]),
            "hemisphere": ("neuroid", ["L", "R", "LR"]),
            "time_bin_start": ("time_bin", [70, 120]),
            "time_bin_end": ("time_bin", [120, 170]),
        },
        attrs=NAMES,
    )
    assert_loaded(loaded, expected, merged=STIMULI)


def test_a_neuroid_assembly_of_spikes_in_an_nwb_session(
    folder: Path, nwb_session: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    shutil.copyfile(nwb_session, folder / "session.nwb")
    form = (
        'spikes = "session.nwb:spikes"\nonset = "start_time"\n'
        "bins = { start = 0, stop = 400, width = 200 }\n"
        'coords = { presentation = "session.nwb:trials", neuroid = "session.nwb:units" }\n'
    )
    on_s3 = publish_to_s3(folder, item("NeuroidAssembly", form, stimulus_set=False))
    onsets = np.arange(8) / 2
    counts = [
        [np.histogram(times - onset, [0, 0.2, 0.4, 9])[0][:2] for times in TIMES]
        for onset in onsets
    ]
    expected = xr.DataArray(
        np.array(counts),
        dims=["presentation", "neuroid", "time_bin"],
        coords={
            "presentation_id": ("presentation", np.arange(8)),
            "start_time": ("presentation", onsets),
            "stop_time": ("presentation", onsets + 0.4),
            "stimulus_id": ("presentation", [f"im{number % 4}" for number in range(8)]),
            "correct": ("presentation", [number % 3 > 0 for number in range(8)]),
            "neuroid_id": ("neuroid", [0, 1, 2]),
            "quality": ("neuroid", ["a", "b", "a"]),
            "region": ("neuroid", ["V4", "IT", "IT"]),
            "depth": ("neuroid", [100.5, 201.0, 301.5]),
            "group_name": ("neuroid", ["shankV4", "shankIT", "shankIT"]),
            "time_bin_start": ("time_bin", [0.0, 200.0]),
            "time_bin_end": ("time_bin", [200.0, 400.0]),
        },
        attrs={"identifier": "Doe2026"},
    )
    assert_loaded(on_s3.assembly("Doe2026"), expected)


def test_a_neuron_recording_assembly_from_netcdf(
    folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    data = xr.DataArray(
        np.arange(12, dtype="uint16").reshape(3, 2, 2),
        dims=["presentation", "neuroid", "time_bin"],
        coords={
            "stimulus_id": ("presentation", ["n2", "n1", "grüße"]),
            "recorded": ("presentation", np.array(["2015-09-30", "NaT", "2016-01-01"], "M8[ns]")),
            "correct": ("presentation", [True, False, True]),
            "neuroid_id": ("neuroid", [1, 2]),
            "region": ("neuroid", ["V4", ""]),
            "time_bin_start": ("time_bin", [70.0, 170.0]),
            "time_bin_end": ("time_bin", [170.0, 270.0]),
            "session": ((), "monday"),
        },
        attrs={"unit": "spikes/s"},
    )
    save_netcdf(data, folder / "rates.nc")
    on_s3 = publish_to_s3(folder, item("NeuronRecordingAssembly", 'data = "rates.nc"\n'))
    assert_registered(on_s3, "NeuronRecordingAssembly", stimulus_set=True, merges=True)
    loaded = on_s3.assembly("Doe2026")
    assert loaded["class"] == "NeuronRecordingAssembly"
    assert_loaded(loaded, data.assign_attrs(NAMES), merged=STIMULI)


def test_a_model_features_assembly_from_an_array_and_tables(
    folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    data = xr.DataArray(
        np.random.default_rng(2).normal(size=(4, 3)),
        dims=["neuroid", "presentation"],
        coords={
            "neuroid_id": ("neuroid", ["c0", "c1", "f0", "f1"]),
            "layer": ("neuroid", ["conv1", "conv1", "fc", "fc"]),
            "channel": ("neuroid", [0, 1, 0, 1]),
            "stimulus_id": ("presentation", ["grüße", "n1", "n2"]),
        },
        attrs=NAMES,
    )
    on_s3 = publish_to_s3(folder, item("ModelFeaturesAssembly", save_array(folder, data)))
    loaded = on_s3.assembly("Doe2026")
    assert loaded["class"] == "ModelFeaturesAssembly"
    assert_loaded(loaded, data, merged=STIMULI, companions=["presentation"])


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_a_behavioral_assembly_from_a_table_of_trials(
    ending: str, folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    trials = pd.DataFrame(
        {
            "image_url": [f"https://example.org/{name}.png" for name in ["n1", "n2", "n1", "n2"]],
            "worker": [f"A1{number}" for number in range(4)],
            "rt": [512.5, np.nan, 430.25, 99.0],
            "choice": ["dog", "cat", "dog", "dog"],
            "comment": ["", "easy", "", ""],
            "trial_type": ["normal", "normal", "normal", "practice"],
        }
    )
    if ending == "csv":
        trials.to_csv(folder / "trials.csv", index=False)
    elif ending == "xlsx":
        trials.to_excel(folder / "trials.xlsx", index=False)
    else:
        trials.to_parquet(folder / "trials.parquet", index=False)
    form = f"""\
table = "trials.{ending}"
value = "choice"
columns = ["rt", "choice", "comment"]
stimulus_id = {{ column = "image_url", from = "stem" }}
where = {{ trial_type = "normal" }}
missing = ""
"""
    on_s3 = publish_to_s3(folder, item("BehavioralAssembly", form))
    assert_registered(on_s3, "BehavioralAssembly", stimulus_set=True, merges=True)
    loaded = on_s3.assembly("Doe2026")
    assert loaded["class"] == "BehavioralAssembly"
    expected = xr.DataArray(
        ["dog", "cat", "dog"],
        dims=["presentation"],
        coords={
            "stimulus_id": ("presentation", ["n1", "n2", "n1"]),
            "rt": ("presentation", [512.5, np.nan, 430.25]),
            "choice": ("presentation", ["dog", "cat", "dog"]),
            "comment": ("presentation", ["", "easy", ""]),
        },
        attrs=NAMES,
    )
    assert_loaded(loaded, expected, merged=STIMULI)


def test_a_behavioral_assembly_with_probabilities_of_choices(
    folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    data = xr.DataArray(
        [[0.25, 0.75], [1.0, 0.0]],
        dims=["presentation", "choice"],
        coords={
            "stimulus_id": ("presentation", ["n1", "n2"]),
            "truth": ("presentation", ["dog", "cat"]),
            "label": ("choice", ["cat", "dog"]),
        },
        attrs=NAMES,
    )
    on_s3 = publish_to_s3(folder, item("BehavioralAssembly", save_array(folder, data)))
    assert_loaded(on_s3.assembly("Doe2026"), data, merged=STIMULI, companions=["choice"])


def test_a_property_assembly_refers_to_its_stimulus_set(
    folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    data = xr.DataArray(
        [[0.5, 12.0], [np.nan, 8.25], [0.125, 3.0]],
        dims=["neuroid", "neuronal_property"],
        coords={
            "neuroid_id": ("neuroid", ["a", "b", "c"]),
            "region": ("neuroid", ["V1", "V1", "V2"]),
            "property": ("neuronal_property", ["bandwidth", "peak"]),
        },
        attrs=NAMES,
    )
    on_s3 = publish_to_s3(folder, item("PropertyAssembly", save_array(folder, data)))
    assert_registered(on_s3, "PropertyAssembly", stimulus_set=True, merges=False)
    loaded = on_s3.assembly("Doe2026")
    assert loaded["class"] == "PropertyAssembly"
    assert_loaded(loaded, data, companions=["neuronal_property"])
    assert loaded["attrs"]["stimulus_set"] == on_s3.stimulus_set("Doe2026.objects")


@pytest.fixture
def spikes(folder: Path) -> dict[str, xr.DataArray]:
    """Spike times and two extras, each in a file of its name."""
    found = {
        "spikes": xr.DataArray(
            [0.001, 0.25, 7.5],
            dims=["event"],
            coords={"neuroid_id": ("event", ["a", "b", "a"]), "electrode": ("event", [7, 8, 7])},
            attrs={"unit": "s"},
        ),
        "trials": xr.DataArray(
            np.array([0.0, 7.0]),
            dims=["trial"],
            coords={
                "stimulus_id": ("trial", ["n1", "grüße"]),
                "rewarded": ("trial", [True, False]),
            },
            attrs={"rig": "left"},
        ),
        "positions": xr.DataArray(
            [3, 4], dims=["electrode"], coords={"depth": ("electrode", [1.5, 2])}
        ),
    }
    for name, data in found.items():
        save_netcdf(data, folder / f"{name}.nc")
    return found


SPIKES = 'data = "spikes.nc"\nextras = { trials = "trials.nc", positions = "positions.nc" }\n'


def assert_spikes(loaded: dict[str, Any], spikes: dict[str, xr.DataArray]) -> None:
    """Compare spike times and their extras."""
    for name, companions in (("trials", []), ("positions", ["electrode"])):
        extra = loaded["attrs"].pop(name)
        assert extra["class"] == "MetadataAssembly"
        del extra["attrs"]["stimulus_set_identifier"]  # the reader gives it to every extra
        assert_loaded(extra, spikes[name], companions=companions)
    assert_loaded(loaded, spikes["spikes"].assign_attrs(NAMES))


def test_a_spike_times_assembly_and_its_extras_from_netcdf(
    folder: Path, spikes: dict[str, xr.DataArray], publish_to_s3: Callable[..., OnS3]
) -> None:
    on_s3 = publish_to_s3(folder, item("SpikeTimesAssembly", SPIKES))
    assert_registered(on_s3, "SpikeTimesAssembly", stimulus_set=True, merges=False)
    loaded = on_s3.assembly("Doe2026")
    assert loaded["class"] == "SpikeTimesAssembly"
    assert_loaded(loaded, spikes["spikes"].assign_attrs(NAMES))
    # The registration's loader shows no extras; that of the class does.
    assert_spikes(on_s3.from_files("Doe2026", "SpikeTimesAssembly", "Doe2026.objects"), spikes)


def test_our_own_loader_shows_the_extras_of_a_spike_times_assembly(
    folder: Path,
    spikes: dict[str, xr.DataArray],
    publish_to_s3: Callable[..., OnS3],
    plugin: Callable[[str], Any],
) -> None:
    on_s3 = publish_to_s3(folder, item("SpikeTimesAssembly", SPIKES))
    data, _ = plugin(on_s3.registration("own"))
    assert_spikes(describe(data["Doe2026"]()), spikes)


def test_a_metadata_assembly_without_a_stimulus_set(
    folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    data = xr.DataArray(
        np.array(["2015-09-30T12:00:00.000000001", "NaT"], "M8[ns]"),
        dims=["event"],
        coords={"kind": ("event", ["fixation", "reward"]), "trial": ("event", [0, 0])},
        attrs={"identifier": "Doe2026"},
    )
    save_netcdf(data, folder / "events.nc")
    form = 'data = "events.nc"\n'
    on_s3 = publish_to_s3(folder, item("MetadataAssembly", form, stimulus_set=False))
    assert_registered(on_s3, "MetadataAssembly", stimulus_set=False, merges=False)
    loaded = on_s3.assembly("Doe2026")
    assert loaded["class"] == "MetadataAssembly"
    assert "stimulus_set" not in loaded["attrs"]
    assert_loaded(loaded, data)


def test_a_data_assembly_of_any_dimensions(
    folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    data = xr.DataArray(
        np.random.default_rng(3).integers(0, 2, size=(2, 3, 2, 1)).astype(bool),
        dims=["subject", "presentation", "x", "y"],
        coords={
            "subject_name": ("subject", ["01", "02"]),
            "age": ("subject", np.array([3, 4], "int64")),
            "stimulus_id": ("presentation", ["n1", "n2", "n1"]),
            "run": ("presentation", [1, 1, 2]),
        },
        attrs=NAMES,
    )
    save_netcdf(data, folder / "masks.nc")
    on_s3 = publish_to_s3(folder, item("DataAssembly", 'data = "masks.nc"\n'))
    assert_registered(on_s3, "DataAssembly", stimulus_set=True, merges=True)
    loaded = on_s3.assembly("Doe2026")
    assert loaded["class"] == "DataAssembly"
    assert_loaded(loaded, data, merged=STIMULI)
