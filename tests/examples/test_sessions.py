"""Sessions in NWB as archives have them: from init to a receipt, and what brainscore-core reads of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from how_often import each_by_night
from pictures import png

from brainscore_data.cli import main
from brainscore_data.records.receipts import load_receipts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reader_environment import Reader

RNG = np.random.default_rng(24)
ZONE = timezone(timedelta(hours=-5))
BEGAN = 1000.125  # clocks of rigs rarely begin at 0
ONSETS = BEGAN + 0.5 * np.arange(12)
SPIKES = [np.sort(RNG.uniform(BEGAN, BEGAN + 6, 80)) for _ in range(3)]
LFP = RNG.integers(-500, 500, (7000, 2), dtype="int16")
OBJECTS = [f"object{number}" for number in range(4)]
BINS = np.array([0, 0.05, 0.1, 0.15, 0.2])
OPTIONS = ("--yes", "--name", "Doe2023", "--measured", "spikes", "--visibility", "public",
           "--license", "CC0-1.0", "--bins", "0:200:50")  # fmt: skip


def session(**about: Any) -> Any:
    """Describe a session with electrodes and units."""
    from pynwb import NWBFile
    from pynwb.file import Subject

    nwb = NWBFile(
        session_description="objects were shown",
        identifier="3f1a",
        session_start_time=datetime(2023, 5, 3, 14, 12, 30, tzinfo=ZONE),
        experimenter=["Doe, Jane"],
        institution="A university",
    )
    nwb.subject = Subject(**{"subject_id": "J", "species": "Macaca mulatta", "sex": "M"} | about)
    array = nwb.create_electrode_group(
        name="array 1", description="96 channels", location="IT",
        device=nwb.create_device(name="Utah array"),
    )  # fmt: skip
    for number in range(5):
        nwb.add_electrode(
            x=float(number), location="V4" if number < 2 else "IT", imp=np.nan, group=array
        )
    nwb.add_unit_column("cluster label", "by the sorter")
    for number, times in enumerate(SPIKES):
        nwb.add_unit(
            spike_times=times, electrodes=[number], obs_intervals=[[BEGAN, BEGAN + 6]],
            waveform_mean=RNG.normal(size=30), **{"cluster label": "good"},
        )  # fmt: skip
    return nwb


def with_trials(nwb: Any) -> Any:
    """Say in the trials what was shown, and when within each."""
    nwb.add_trial_column("stimulus_id", "what was shown")
    nwb.add_trial_column("stimulus_onset", "in s")
    nwb.add_trial_column("reaction time", "in s")
    nwb.add_trial_column("licks", "when", index=True)
    for number, onset in enumerate(ONSETS):
        nwb.add_trial(
            start_time=onset - 0.1, stop_time=onset + 0.3, stimulus_onset=onset,
            stimulus_id=OBJECTS[number % 4], licks=[onset] * (number % 3),
            **{"reaction time": 0.3},
        )  # fmt: skip
    return nwb


def with_lfp(nwb: Any) -> Any:
    """Add a recording of two electrodes in another order, beside raw data and a camera."""
    from pynwb.ecephys import LFP as LFPS
    from pynwb.ecephys import ElectricalSeries
    from pynwb.image import ImageSeries

    some = nwb.create_electrode_table_region(region=[3, 1], description="two")
    times = BEGAN - 0.2 + np.arange(len(LFP)) / 1000
    lfp = ElectricalSeries(
        name="LFP data", data=LFP, electrodes=some, timestamps=times, conversion=1.95e-7
    )
    nwb.create_processing_module("ecephys", "lfp").add(LFPS(electrical_series=lfp))
    everywhere = nwb.create_electrode_table_region(region=[*range(5)], description="all")
    nwb.add_acquisition(
        ElectricalSeries(
            name="raw", data=LFP[:, [0] * 5], electrodes=everywhere, rate=1e3, starting_time=BEGAN
        )
    )
    nwb.add_acquisition(
        ImageSeries(
            name="camera", external_file=["../video/cam.mp4"], format="external",
            starting_frame=[0], rate=30.0, num_samples=3, unit="n.a.",
        )
    )  # fmt: skip
    return nwb


def in_a_table_of_its_own() -> Any:
    """Say what was shown in intervals, by file names, and not in trials."""
    from pynwb.epoch import TimeIntervals

    nwb = session()
    shown = TimeIntervals(name="image presentations", description="pictures")
    shown.add_column("image file", "its name")
    for number, onset in enumerate(ONSETS):
        name = f"D:\\set 1\\{OBJECTS[number % 4]}.png"
        shown.add_interval(start_time=onset, stop_time=onset + 0.3, **{"image file": name})
    nwb.add_time_intervals(shown)
    return nwb


def linked_inside(path: Path) -> None:
    """Let the columns of trials be where those of another table are."""
    with h5py.File(path, "a") as file:
        file["analysis/onsets"] = file["intervals/trials/stimulus_onset"][()]
        kept = dict(file["intervals/trials/stimulus_onset"].attrs)
        file["analysis/onsets"].attrs.update(kept)
        del file["intervals/trials/stimulus_onset"]
        file["intervals/trials/stimulus_onset"] = h5py.SoftLink("/analysis/onsets")


@dataclass(frozen=True)
class Study:
    """How a session is made, what is done to its file, and what is published."""

    made: Callable[[], Any]
    changed: Callable[[Path], None] = field(default=lambda _: None)
    items: tuple[str, ...] = ("Doe2023",)


STUDIES = {
    "with lfp": Study(lambda: with_lfp(with_trials(session())), items=("LFP_data", "spikes")),
    "an animal with a birthday": Study(
        lambda: with_trials(session(date_of_birth=datetime(2016, 2, 1, tzinfo=ZONE)))
    ),
    "no trials, other intervals": Study(in_a_table_of_its_own),
    "links within": Study(lambda: with_trials(session()), linked_inside),
}


def written(folder: Path, nwb: Any) -> Path:
    """Write a session, and pictures beside it."""
    from pynwb import NWBHDF5IO

    (folder / "stimuli").mkdir(parents=True)
    for number, name in enumerate(OBJECTS):
        (folder / "stimuli" / f"{name}.png").write_bytes(png(number))
    path = folder / "sub-J_ses-1_ecephys.nwb"
    with NWBHDF5IO(str(path), "w") as io:
        io.write(nwb)
    return path


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store that is a folder."""
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "store"


def read_by_core(reader: Reader, store: Path, folder: Path, identifier: str) -> dict[str, Any]:
    """Load what was published as brainscore-core does."""
    receipts = load_receipts(folder / "receipts.json").items
    [item] = [
        each for each in receipts if each.identifier == identifier and each.kind == "assembly"
    ]
    [path] = [each for each in store.rglob("*.nc") if each.is_file()
              and f"{item.nc.object.key}" in str(each)]  # fmt: skip
    source = "result = describe(assemblies.NeuroidAssembly.from_files(path, stimulus_set_identifier=None))"
    loaded: dict[str, Any] = reader.run(source, path=str(path))
    return loaded


def values(loaded: dict[str, Any], name: str | None = None) -> np.ndarray:
    found = loaded if name is None else loaded["coords"][name]
    return np.array(found["values"])


@pytest.mark.filterwarnings("ignore")  # pynwb's own, of what it will rename
@pytest.mark.parametrize("name", each_by_night(STUDIES, by_day={"with lfp"}))
def test_a_session_is_published_and_read_value_for_value(
    name: str, tmp_path: Path, store: Path, reader: Reader, capsys
):
    study, folder = STUDIES[name], tmp_path / "doe2023"
    study.changed(written(folder, study.made()))
    assert main(["init", str(folder), *OPTIONS]) == 0
    assert "TODO" not in capsys.readouterr().out
    assert main(["publish", str(folder), "--store", store.as_uri()]) == 0, capsys.readouterr().err
    spikes = study.items[-1]
    counts = read_by_core(
        reader, store, folder, spikes if spikes == "Doe2023" else f"Doe2023.{spikes}"
    )
    expected = [
        [np.histogram(times - onset, np.append(BINS, 9))[0][:4] for times in SPIKES]
        for onset in ONSETS
    ]
    np.testing.assert_array_equal(values(counts), expected)
    assert values(counts, "stimulus_id").tolist() == [OBJECTS[number % 4] for number in range(12)]
    assert values(counts, "time_bin_end").tolist() == [50, 100, 150, 200]
    assert values(counts, "region").tolist() == ["V4", "V4", "IT"]
    assert values(counts, "cluster_label").tolist() == ["good"] * 3
    if "LFP_data" in study.items:
        lfp = read_by_core(reader, store, folder, "Doe2023.LFP_data")
        volts, times = LFP * 1.95e-7, BEGAN - 0.2 + np.arange(len(LFP)) / 1000
        since = times - ONSETS[:, None] + 1e-5
        means = [
            [volts[(row >= low) & (row < low + 0.05)].mean(axis=0) for low in BINS[:-1]]
            for row in since
        ]
        np.testing.assert_array_equal(values(lfp), np.swapaxes(means, 1, 2))
        assert values(lfp, "neuroid_id").tolist() == [3, 1]
        assert values(lfp, "region").tolist() == ["IT", "V4"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.night
def test_the_birthday_of_a_person_is_not_published(tmp_path: Path, store: Path, capsys):
    born = {"species": "Homo sapiens", "date_of_birth": datetime(1987, 3, 2, tzinfo=ZONE)}
    folder = tmp_path / "doe2023"
    path = written(folder, with_trials(session(**born)))
    assert main(["init", str(folder), *OPTIONS]) == 0
    assert main(["publish", str(folder), "--store", store.as_uri()]) == 1
    assert "general/subject/date_of_birth' holds birth dates" in capsys.readouterr().err
    with h5py.File(path, "a") as file:
        del file["general/subject/date_of_birth"]
    assert main(["publish", str(folder), "--store", store.as_uri()]) == 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.night
def test_what_was_shown_is_asked_for_where_the_session_does_not_say(
    tmp_path: Path, store: Path, capsys, reader: Reader
):
    folder = tmp_path / "doe2023"
    written(folder, session())
    assert main(["init", str(folder), *OPTIONS]) == 0
    assert "presentations.csv: write a row for each presentation" in capsys.readouterr().out
    assert main(["publish", str(folder), "--store", store.as_uri()]) == 1
    rows = [f"{onset},{OBJECTS[number % 4]},0" for number, onset in enumerate(ONSETS)]
    (folder / "presentations.csv").write_text("\n".join(["onset,stimulus_id,repetition", *rows]))
    manifest = folder / "dataset.toml"
    kept, inside = [], False
    for line in manifest.read_text().splitlines():
        inside = line.startswith("# TODO") or (inside and line.startswith("#   "))
        kept += [] if inside else [line]
    manifest.write_text("\n".join(kept) + "\n")
    assert main(["publish", str(folder), "--store", store.as_uri()]) == 0, capsys.readouterr().err
    loaded = read_by_core(reader, store, folder, "Doe2023")
    expected = [
        [np.histogram(times - onset, np.append(BINS, 9))[0][:4] for times in SPIKES]
        for onset in ONSETS
    ]
    np.testing.assert_array_equal(values(loaded), expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.night
def test_a_recording_in_another_file_is_named_and_the_rest_published(
    tmp_path: Path, store: Path, capsys
):
    folder = tmp_path / "doe2023"
    path = written(folder, with_lfp(with_trials(session())))
    series = "processing/ecephys/LFP/LFP data"
    with h5py.File(path, "a") as file, h5py.File(tmp_path / "raw.nwb", "w") as other:
        other["data"] = LFP
        del file[f"{series}/data"]
        file[f"{series}/data"] = h5py.ExternalLink("raw.nwb", "/data")
    assert main(["init", str(folder), *OPTIONS]) == 0
    assert "a link to another file, raw.nwb" in capsys.readouterr().out
    assert main(["publish", str(folder), "--store", store.as_uri()]) == 0
