"""A recording that went on and on, cut at onsets: the means that numpy gives, and no more is read."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from brainscore_data.arrays import nwb_series
from brainscore_data.assemblies.opening import OpenedAssembly, open_assembly
from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_tables import BinnedSeries

if TYPE_CHECKING:
    from pathlib import Path

RATE, FIRST = 250.0, 3.25
RNG = np.random.default_rng(22)
TRACE = RNG.normal(size=(2000, 3)).astype("float32")
TIMES = FIRST + np.arange(len(TRACE)) / RATE
#: On samples, between them, and one after another of the same window.
ONSETS = np.array([3.65, 4.4013, 4.5, 7.1, 10.9])
JITTERED = np.sort(TIMES + RNG.uniform(-0.0015, 0.0015, len(TIMES)))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three series: at a rate, with listed times, and of one channel in volts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pynwb's own, of what it will rename
        from pynwb import NWBHDF5IO, NWBFile, TimeSeries
        from pynwb.ecephys import ElectricalSeries

        nwb = NWBFile(
            session_description="a session",
            identifier="doe2026",
            session_start_time=datetime(2026, 1, 1, tzinfo=UTC),
        )
        probe = nwb.create_device(name="probe")
        shank = nwb.create_electrode_group(
            name="shank", description="one", location="IT", device=probe
        )
        for _ in range(3):
            nwb.add_electrode(location="IT", group=shank)
        nwb.add_trial_column(name="stimulus_id", description="what was shown")
        for number, onset in enumerate(ONSETS):
            nwb.add_trial(start_time=onset, stop_time=onset + 0.2, stimulus_id=f"im{number % 2}")
        region = nwb.create_electrode_table_region(region=[0, 1, 2], description="all")
        nwb.add_acquisition(
            ElectricalSeries(
                name="lfp", data=TRACE, electrodes=region, rate=RATE, starting_time=FIRST,
                conversion=1e-3, channel_conversion=[1.0, 2.0, 4.0],
            )
        )  # fmt: skip
        nwb.add_acquisition(TimeSeries(name="uneven", data=TRACE, unit="V", timestamps=JITTERED))
        nwb.add_acquisition(
            TimeSeries(name="one", data=TRACE[:, 0], unit="V", rate=RATE, starting_time=FIRST)
        )
        path = tmp_path_factory.mktemp("series") / "session.nwb"
        with NWBHDF5IO(str(path), "w") as io:
            io.write(nwb)
    return path


def cut(session: Path, name: str, bins: tuple[float, float, float], **keys: Any) -> OpenedAssembly:
    start, stop, width = bins
    item = BinnedSeries.model_validate(
        {
            "identifier": "Doe2026",
            "visibility": "public",
            "class": "NeuroidAssembly",
            "series": f"session.nwb:acquisition/{name}",
            "onset": "start_time",
            "bins": {"start": start, "stop": stop, "width": width},
            "coords": {"presentation": "session.nwb:trials", "neuroid": "session.nwb:electrodes"},
        }
        | keys
    )
    return open_assembly(item, lambda name: session.parent / name)


def by_numpy(values: np.ndarray, times: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Average by asking of every sample whether it is in a bin."""
    interval = (times[-1] - times[0]) / (len(times) - 1)
    found = []
    for onset in ONSETS:
        since = times - onset + 0.01 * interval
        found.append(
            [
                values[(since >= low) & (since < high)].astype(float).mean(axis=0)
                for low, high in pairwise(edges)
            ]
        )
    return np.array(found).transpose(0, 2, 1)


@pytest.mark.parametrize("bins", [(-40, 160, 20), (0, 100, 4), (0, 90, 15)])
@pytest.mark.parametrize(
    ("series", "values", "times"),
    [("lfp", TRACE * (1e-3 * np.array([1, 2, 4.0])), TIMES), ("uneven", TRACE, JITTERED)],
)
def test_bins_are_the_means_that_numpy_gives(session: Path, series: str, values, times, bins):
    edges = np.arange(bins[0], bins[1] + 1, bins[2]) / 1000
    data = cut(session, series, bins).data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of uneven times some bins are empty
        np.testing.assert_array_equal(data.values, by_numpy(values, times, edges))
    assert data.dims == ("presentation", "neuroid", "time_bin")
    assert data["time_bin_start"].values.tolist() == [*np.arange(bins[0], bins[1], bins[2])]
    assert data["stimulus_id"].values.tolist() == ["im0", "im1", "im0", "im1", "im0"]
    assert data["region"].values.tolist() == ["IT"] * 3


def test_a_bin_as_long_as_a_sample_is_the_sample(session: Path):
    opened = cut(session, "lfp", (0, 40, 4))
    first = round((ONSETS[0] - FIRST) * RATE)
    expected = TRACE[first : first + 10] * (1e-3 * np.array([1, 2, 4.0]))
    np.testing.assert_array_equal(opened.data.values[0], expected.T)
    assert "session.nwb: each bin is the mean of 1 sample" in opened.notices


@pytest.mark.parametrize(
    "key",
    [
        (2, slice(None), slice(None)),
        (slice(1, 5, 2), 1, slice(3, 0, -1)),
        (slice(None), slice(1, 3), 4),
        (slice(3, 3), slice(None), slice(None)),
        (-1, -1, -1),
    ],
)
def test_any_part_is_that_of_the_whole(session: Path, key: Any):
    data = cut(session, "uneven", (0, 100, 20)).data
    np.testing.assert_array_equal(data[key].values, data.values[key])


def test_only_the_samples_of_what_is_asked_for_are_read(session: Path, monkeypatch):
    read = []
    opened = nwb_series.open_nwb

    def counting(*args: Any) -> Any:
        array = opened(*args)

        def counted(key: Any) -> np.ndarray:
            values = array.read(key)
            read.append(values.shape)
            return values

        return type(array)(array.shape, array.dtype, counted)

    monkeypatch.setattr(nwb_series, "open_nwb", counting)
    data = cut(session, "lfp", (0, 100, 20)).data
    assert read == []
    _ = data[3].values
    assert read == [(25, 3)]


def test_what_was_not_recorded_is_missing_and_said(session: Path):
    opened = cut(session, "lfp", (0, 400, 100))
    assert np.isnan(opened.data.values).sum() == 3  # the last presentation's last bin
    assert np.isnan(opened.data.values[-1, :, -1]).all()
    assert any("1 of 5 presentations, the first in row 5, have bins" in n for n in opened.notices)


@pytest.mark.parametrize(
    ("series", "keys", "said"),
    [
        ("lfp", {"bins": (0, 2, 1)}, r"acquisition/lfp: its samples are 4 ms apart, and bins of 1"),
        ("lfp", {"bins": (90_000, 90_100, 10)}, r"recorded from 3\.25 to 11\.2.*no bin is in it"),
        ("lfp", {"onset": "stimulus_id"}, "the time in 'stimulus_id' is not a number: 'im0'"),
        ("lfp", {"onset": "onset"}, "no column 'onset'"),
        ("lpf", {}, "mean 'acquisition/lfp'"),
        ("one", {}, r"3 rows, and the dimension 'neuroid' .* has the length 1"),
    ],
)
def test_what_cannot_be_cut_is_said_with_what_to_do(session: Path, series: str, keys, said: str):
    keys = dict(keys)
    with pytest.raises(DataError, match=said) as caught:
        cut(session, series, keys.pop("bins", (0, 100, 20)), **keys)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"timestamps": JITTERED[::-1]}, "timestamp 2 is before that of the sample before it"),
        ({"timestamps": JITTERED[:-1]}, "timestamps for 2000 samples"),
        ({"timestamps": np.append(JITTERED[:-1], np.nan)}, "timestamp"),
        ({"timestamps": None}, "does not say when its samples were taken"),
        ({"data": np.zeros((2000, 3, 2))}, "3 dimensions, and a recording has samples"),
    ],
)
def test_times_that_are_none_are_refused(session: Path, tmp_path: Path, changed, said: str):
    path = tmp_path / "session.nwb"
    path.write_bytes(session.read_bytes())
    with h5py.File(path, "a") as file:
        for name, values in changed.items():
            del file[f"acquisition/uneven/{name}"]
            if values is not None:
                file[f"acquisition/uneven/{name}"] = values
    with pytest.raises(DataError, match=said):
        cut(path, "uneven", (0, 100, 20))


def test_channels_in_another_order_than_the_electrodes_are_not_taken_for_them(
    session: Path, tmp_path: Path
):
    path = tmp_path / "session.nwb"
    path.write_bytes(session.read_bytes())
    with h5py.File(path, "a") as file:
        file["acquisition/lfp/electrodes"][...] = [2, 0, 1]
    with pytest.raises(DataError, match="the rows 2, 0, 1 of electrodes") as caught:
        cut(path, "lfp", (0, 100, 20))
    named = "session.nwb:acquisition/lfp/electrodes"
    assert f'neuroid = "{named}"' in (caught.value.hint or "")
    coords = {"presentation": "session.nwb:trials", "neuroid": named}
    assert cut(path, "lfp", (0, 100, 20), coords=coords).data["neuroid_id"].values.tolist() == [
        2,
        0,
        1,
    ]


def test_only_nwb_says_when_samples_were_taken(session: Path):
    np.save(session.with_name("trace.npy"), TRACE)
    with pytest.raises(DataError, match="only an NWB file") as caught:
        cut(session, "", (0, 100, 20), series="trace.npy")
    assert "`values`" in (caught.value.hint or "")


def test_an_onset_is_asked_for(session: Path):
    with pytest.raises(ValidationError, match="onset"):
        cut(session, "lfp", (0, 100, 20), onset=None)


@given(
    rate=st.floats(0.5, 50_000),
    first=st.floats(-1e4, 1e4),
    at=st.lists(st.integers(0, 5000), min_size=1, max_size=20),
)
def test_a_sample_is_not_before_its_own_time_however_it_was_rounded(rate, first, at):
    count = max(at) + 2
    array = nwb_series.StoredArray((count, 1), np.dtype("f8"), np.zeros)
    samples = nwb_series.at_a_rate(array, first, rate)
    times = first + np.array(at) / rate
    assert samples.before(times).tolist() == at
