"""`package` on a cluster writes the bytes that it writes on one machine."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dask_clusters import dask_cluster
from how_often import each_by_night

import brainscore_data
from brainscore_data.base.errors import DataError
from brainscore_data.cluster.calls import GoneError
from brainscore_data.cluster.in_order import InOrder, Piece
from brainscore_data.packaging.netcdf.chunks import ChunkLayout, chunk_at, cut
from brainscore_data.packaging.netcdf.handed_out import packed_chunks, stored_chunk, unpacked_chunks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are looked at in /proc")
# Two slabs of 32 MiB, and a little.
PRESENTATIONS, NEUROIDS = 66_000, 256
_HEAD = 'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n'
_ASSEMBLY = '[[assembly]]\nidentifier = "Doe2026.{name}"\nvisibility = "public"\nclass = "NeuroidAssembly"\n'
_ARRAY = """\
values = "values.npy"
dims = ["presentation", "neuroid"]
coords = { presentation = "presentation.csv", neuroid = "neuroid.csv" }
"""
_STIMULI = """\
[[stimulus_set]]
identifier = "Doe2026"
visibility = "public"
metadata = "stimuli.csv"
files = "{files}"
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two workers, each looked after by a nanny."""
    with dask_cluster(tmp_path_factory.mktemp("two"), workers=2, nanny=True) as found:
        yield found


def _values(kind: str) -> np.ndarray:
    random = np.random.default_rng(7)
    if kind == "noise":
        return random.standard_normal((PRESENTATIONS, NEUROIDS), dtype="f4")
    counts = random.poisson(3, (PRESENTATIONS, NEUROIDS)).astype("f4")
    return (counts - counts.mean(0)) / counts.std(0)  # each column has few values


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    presentations = pd.DataFrame(
        {"stimulus_id": [f"s{n}" for n in range(PRESENTATIONS)], "repetition": 0}
    )
    neuroids = pd.DataFrame({"neuroid_id": [f"n{n}" for n in range(NEUROIDS)], "region": "IT"})
    presentations.to_csv(folder / "presentation.csv", index=False)
    neuroids.to_csv(folder / "neuroid.csv", index=False)
    return {"presentation": presentations, "neuroid": neuroids}


def array(folder: Path, kind: str = "noise") -> None:
    """Write a dataset of an array and two tables."""
    _tables(folder)
    np.save(folder / "values.npy", _values(kind))
    (folder / "dataset.toml").write_text(_HEAD + _ASSEMBLY.format(name=kind) + _ARRAY)


def few_values(folder: Path) -> None:
    array(folder, "counts")


def netcdf(folder: Path) -> None:
    import xarray as xr

    coordinates = {
        name: (dim, table[name].to_numpy(dtype=object))
        for dim, table in _tables(folder).items()
        for name in table
    }
    data = xr.DataArray(_values("noise"), coordinates, ("presentation", "neuroid"))
    data.to_netcdf(folder / "data.nc")
    manifest = _HEAD + _ASSEMBLY.format(name="netcdf") + 'data = "data.nc"\n'
    (folder / "dataset.toml").write_text(manifest)


def trials(folder: Path) -> None:
    """Write a long table: what a person answered, and when."""
    size = 5_000_000
    table = pd.DataFrame({"stimulus_id": np.arange(size) % 2400, "rt": np.arange(size) * 0.5})
    table.to_parquet(folder / "trials.parquet", row_group_size=1_000_000)
    item = _ASSEMBLY.format(name="trials").replace("Neuroid", "Behavioral")
    item += 'table = "trials.parquet"\nvalue = "rt"\ncolumns = ["stimulus_id"]\n'
    (folder / "dataset.toml").write_text(_HEAD + item)


def stimuli(folder: Path) -> None:
    """Write texts, which are deflated, and among them sounds by name, which are not."""
    (folder / "texts").mkdir()
    random = np.random.default_rng(3)
    rows = ["stimulus_id,filename,object_name"]
    for number in range(60):
        suffix = "npz" if number % 7 == 3 else "txt"
        words = random.integers(0, 5000, 200_000 if number % 5 == 0 else 3000)
        (folder / "texts" / f"{number}.{suffix}").write_text(" ".join(map(str, words)))
        rows.append(f"s{number},{number}.{suffix},word")
    (folder / "stimuli.csv").write_text("\n".join(rows) + "\n")
    (folder / "dataset.toml").write_text(_HEAD + _STIMULI.format(files="texts"))


def stimuli_in_a_zip(folder: Path) -> None:
    import shutil

    stimuli(folder)
    shutil.make_archive(str(folder / "texts"), "zip", folder / "texts")
    shutil.rmtree(folder / "texts")
    (folder / "dataset.toml").write_text(_HEAD + _STIMULI.format(files="texts.zip"))


def packaged(folder: Path, out: Path, cluster: str | None = None):
    return brainscore_data.package(folder, out, ignore=["BSD3", "BSD4", "BSD2"], cluster=cluster)


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "dataset"
    folder.mkdir()
    return folder


def at_the_first_part(monkeypatch, do) -> list[int]:
    """Do something when the first part is waited for; gives as many as were."""
    taken: list[int] = []
    take = InOrder.take

    def watched(self) -> bytes:
        taken.append(1)
        if len(taken) == 1:
            do()
        return take(self)

    monkeypatch.setattr(InOrder, "take", watched)
    return taken


@pytest.mark.parametrize(
    "made",
    [
        array,
        stimuli,
        *(pytest.param(each, marks=pytest.mark.night) for each in (few_values, netcdf, trials)),
        pytest.param(stimuli_in_a_zip, marks=pytest.mark.night),
    ],
    ids=lambda each: each.__name__,
)
def test_the_bytes_are_those_of_one_machine(two, dataset, tmp_path, made, monkeypatch):
    made(dataset)
    taken = at_the_first_part(monkeypatch, lambda: None)
    here = packaged(dataset, tmp_path / "here")
    assert not taken
    there = packaged(dataset, tmp_path / "there", two.address)
    assert taken
    assert there.items == here.items  # sizes, sha1, sha256 and digests
    for file in here.items[0].files:
        contents = {(tmp_path / out / file.name).read_bytes() for out in ("here", "there")}
        assert len(contents) == 1


@pytest.mark.parametrize("made", each_by_night([array, stimuli], by_day=[array]))
def test_a_worker_that_is_killed_in_the_middle_costs_no_data(dataset, tmp_path, made, monkeypatch):
    made(dataset)
    with dask_cluster(tmp_path, workers=2) as cluster:
        taken = at_the_first_part(monkeypatch, lambda: cluster.kill(cluster.busy()))
        there = packaged(dataset, tmp_path / "there", cluster.address)
    assert taken
    assert there.items == packaged(dataset, tmp_path / "here").items


def test_when_the_scheduler_goes_away_there_is_one_error_and_no_bundle(
    dataset, tmp_path, monkeypatch
):
    stimuli(dataset)
    with dask_cluster(tmp_path, workers=1) as cluster:
        at_the_first_part(monkeypatch, lambda: cluster.kill(cluster.scheduler))
        with pytest.raises(GoneError, match="scheduler of the cluster went away") as raised:
            packaged(dataset, tmp_path / "out", cluster.address)
    assert raised.value.exit_code == 3
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_other_values_than_those_that_were_hashed_are_refused():
    layout = ChunkLayout((100, 4), shuffle=True)
    values = np.arange(4000.0).reshape(1000, 4)
    packed = packed_chunks(values, layout)
    assert len(unpacked_chunks(packed, values, layout)) == 10
    with pytest.raises(DataError, match="read other values"):
        unpacked_chunks(packed, values + 1, layout)
    with pytest.raises(DataError, match="not asked for"):
        unpacked_chunks(packed[:-1], values, layout)


def test_bytes_that_are_stored_as_they_are_do_not_come_back():
    layout = ChunkLayout((500, 100), shuffle=True, stored=3)
    values = np.random.default_rng(7).standard_normal((750, 100), dtype="f4")  # and a padded chunk
    packed = packed_chunks(values, layout)
    assert len(packed) < values.nbytes / 3
    whole = [
        stored_chunk(chunk_at(values, at, layout.chunks), layout, found)
        for at, found in zip(
            cut(values.shape, layout.chunks), unpacked_chunks(packed, values, layout), strict=True
        )
    ]
    assert whole == [
        stored_chunk(chunk_at(values, at, layout.chunks), layout)
        for at in cut(values.shape, layout.chunks)
    ]


def test_of_many_parts_few_are_under_way_and_they_come_back_in_order():
    begun: list[int] = []
    most_bytes = under_way = 0

    class Two:
        threads = 2

        def begun(self, function, *, about, memory, arguments):
            nonlocal most_bytes, under_way
            begun.append(arguments["number"])
            under_way += 32 << 20
            most_bytes = max(most_bytes, under_way)
            return arguments["number"]

        def result(self, future) -> bytes:
            nonlocal under_way
            under_way -= 32 << 20
            return b"%d" % future

    order = InOrder(Two())
    for number in range(50):
        order.add(Piece(bytes, {"number": number}, (), 32 << 20))
    assert begun == [0, 1, 2, 3, 4, 5]
    assert [order.take() for _ in range(50)] == [b"%d" % number for number in range(50)]
    assert most_bytes == 6 * (32 << 20)
