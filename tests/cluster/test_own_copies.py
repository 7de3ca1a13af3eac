"""Files of `[sources]` on machines that do not share a cache: each fetches and verifies its own copy."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import in_the_cage
import numpy as np
import pytest
from dask_clusters import dask_cluster
from pictures import png
from sourced_dataset import sourced_dataset
from waiting import wait_until

import brainscore_data
from brainscore_data.base.place import Place
from brainscore_data.check.engine.checking import carry_out, plan
from brainscore_data.cluster.calls import NotAlikeError
from brainscore_data.cluster.connecting import connected
from brainscore_data.cluster.in_order import Piece
from brainscore_data.cluster.on_worker import stamp_of
from brainscore_data.cluster.own_copies import moved
from brainscore_data.dataset.assembly_tables import ArrayAssembly
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.packaging.netcdf.handed_out import SlabRows
from brainscore_data.packaging.one_item import Located
from brainscore_data.packaging.one_part import PartsElsewhere
from brainscore_data.packaging.stimulus_reference import StimulusReference
from brainscore_data.sources.pinning import fetch_source

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="workers are looked at in /proc"),
    pytest.mark.usefixtures("can_import_what_is_called"),
]
BODY = b"spikes " * 200_000
_HEAD = 'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n'
_STIMULI = """\
[[stimulus_set]]
identifier = "Doe2026"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli.zip"
"""
_FIRST = 1 << 19  # bytes that a server sends before it waits


class Pinned(NamedTuple):
    manifest: Path
    path: Path  # in the cache of this process


@pytest.fixture
def pinned_text(web, tmp_path):
    """Pin a text, and fetch it into the cache of this process."""

    def pin(more: str = "") -> Pinned:
        web.put("/a.txt", BODY)
        manifest = tmp_path / "dataset" / "dataset.toml"
        manifest.parent.mkdir()
        sha256 = hashlib.sha256(BODY).hexdigest()
        entry = f'"a.txt" = {{ url = "{web.url("/a.txt")}", sha256 = "{sha256}"{more} }}'
        manifest.write_text(f"{_HEAD}{_STIMULI}[sources]\n{entry}\n")
        return Pinned(manifest, fetched(manifest, "a.txt"))

    return pin


@pytest.fixture
def unseen(monkeypatch, tmp_path):
    """Let workers take what is in the cache of this process for other files, as on other machines."""

    def stamp(path: str) -> tuple[int, int] | None:
        found = stamp_of(path)
        return (found[0], 0) if found and path.startswith(f"{tmp_path}/cache/") else found

    monkeypatch.setattr("brainscore_data.cluster.calls.stamp_of", stamp)


def fetched(manifest: Path, name: str) -> Path:
    return fetch_source(name, load_dataset(manifest).manifest.sources[name])


def machine(name: str | Path, *more: str) -> tuple[str, ...]:
    """Give a worker a cache of its own."""
    return ("env", *more, f"BRAINSCORE_DATA_CACHE={name}")


def read_by_a_worker(cluster, pinned: Pinned) -> str:
    with connected(cluster.address) as found:
        cage = found.cage([pinned.manifest.parent, pinned.path.parent], [pinned.manifest])
        return cage.call(in_the_cage.content, about=[pinned.path], path=pinned.path)


def asked_for(web, path: str) -> list[str | None]:
    return [each.headers.get("Range") for each in web.log if each.path == path]


@pytest.mark.usefixtures("unseen")
def test_a_package_has_the_same_bytes_and_a_machine_fetches_a_source_once(web, tmp_path):
    dataset = tmp_path / "dataset"
    sourced_dataset(dataset, web, [20_000])  # two slabs
    ignored = ["BSD2", "BSD3", "BSD4"]
    here = brainscore_data.package(dataset, tmp_path / "here", ignore=ignored)
    with dask_cluster(tmp_path) as cluster:
        for _ in range(2):
            cluster.start_worker(before=machine(tmp_path / "other"))
        web.log.clear()
        there = brainscore_data.package(
            dataset, tmp_path / "there", ignore=ignored, cluster=cluster.address
        )
    assert there.items == here.items
    assert asked_for(web, "/0.npy") == [None]
    copies = [path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("0.npy")]
    assert sorted(copies) == ["cache", "other"]


@pytest.mark.usefixtures("unseen")
def test_findings_in_a_source_are_the_same(web, tmp_path):
    dataset = tmp_path / "dataset"
    (dataset / "stimuli").mkdir(parents=True)
    rows = ["stimulus_id,filename,object_name"]
    for number in range(9):
        content = png(number) if number != 7 else png(number)[:40]
        (dataset / "stimuli" / f"{number}.png").write_bytes(content)
        rows.append(f"s{number},{number}.png,cat")
    (dataset / "stimuli.csv").write_text("\n".join(rows) + "\n")
    body = Path(shutil.make_archive(tmp_path / "zip", "zip", dataset / "stimuli")).read_bytes()
    shutil.rmtree(dataset / "stimuli")
    web.put("/stimuli.zip", body)
    sha256 = hashlib.sha256(body).hexdigest()
    entry = f'"stimuli.zip" = {{ url = "{web.url("/stimuli.zip")}", sha256 = "{sha256}" }}'
    (dataset / "dataset.toml").write_text(f"{_HEAD}{_STIMULI}[sources]\n{entry}\n")
    fetched(dataset / "dataset.toml", "stimuli.zip")
    with dask_cluster(tmp_path) as cluster:
        cluster.start_worker(before=machine(tmp_path / "other"))
        with connected(cluster.address) as found:
            planned = plan([dataset])
            cage = found.cage(planned.readable, planned.subjects.manifests)
            there = carry_out(planned, cage)
    shutil.rmtree(tmp_path / "cache" / "media")  # what that run has learned
    here = carry_out(planned)
    assert there.findings == here.findings
    assert any("7.png" in str(each) for each in here.findings)
    assert [*(tmp_path / "other").rglob("stimuli.zip")]


def test_a_worker_reads_in_a_cache_that_it_sees_and_else_its_own_copy(web, pinned_text, tmp_path):
    pinned = pinned_text()
    web.log.clear()
    hidden = f'mount -t tmpfs none {tmp_path / "cache"} && exec "$@"'
    there = ("unshare", "--mount", "--map-root-user", "sh", "-c", hidden, "sh")
    with dask_cluster(tmp_path, workers=1) as cluster:
        assert read_by_a_worker(cluster, pinned) == BODY.decode()
        assert web.log == []
        cluster.stop_workers()
        try:
            cluster.start_worker(before=(*machine(tmp_path / "other"), *there))
        except TimeoutError as error:
            pytest.skip(f"no worker with a view of its own can be started here: {error}")
        for _ in range(2):
            assert read_by_a_worker(cluster, pinned) == BODY.decode()
    assert asked_for(web, "/a.txt") == [None]


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_another_worker_of_the_machine_goes_on_for_one_that_is_killed(
    web, pinned_text, tmp_path, ranges
):
    pinned = pinned_text()
    page = web.put("/a.txt", BODY, ranges=ranges, gate=threading.Event(), open_bytes=_FIRST)
    web.log.clear()
    with dask_cluster(tmp_path) as cluster, ThreadPoolExecutor(1) as pool:
        fetching = cluster.start_worker(before=machine(tmp_path / "other"))
        asked = pool.submit(read_by_a_worker, cluster, pinned)
        wait_until(
            lambda: any(path.stat().st_size for path in (tmp_path / "other").rglob("*.part"))
        )
        cluster.kill(fetching)
        page.gate.set()
        cluster.start_worker(before=machine(tmp_path / "other"))
        assert asked.result(timeout=60) == BODY.decode()
    first, *again = asked_for(web, "/a.txt")
    assert first is None
    assert [each is not None and int(each[6:-1]) > 0 for each in again] == [True]
    assert web.log[-1].status == (206 if ranges else 200)


@pytest.mark.usefixtures("unseen")
def test_a_worker_fetches_with_its_own_rights_or_is_named_with_the_source_and_what_to_do(
    web, pinned_text, tmp_path, monkeypatch
):
    monkeypatch.setenv("LAB_TOKEN", "hush")
    pinned = pinned_text(', token-env = "LAB_TOKEN"')
    said = r"worker tcp://\S+ .*cannot fetch the source 'a.txt' itself: "
    (tmp_path / "file").write_text("")
    with dask_cluster(tmp_path) as cluster:
        for before, reason, hint in (
            (machine(tmp_path / "no-token", "--unset=LAB_TOKEN"), "no token", "set LAB_TOKEN"),
            (machine(tmp_path / "file" / "below"), "", "BRAINSCORE_DATA_CACHE to a folder"),
            (
                machine(tmp_path / "no-way", "BRAINSCORE_DATA_TRUSTED_HOSTS="),
                "localhost",
                "TRUSTED_HOSTS=localhost",
            ),
        ):
            cluster.start_worker(before=before)
            with pytest.raises(NotAlikeError, match=said + f".*{reason}") as raised:
                read_by_a_worker(cluster, pinned)
            assert hint in raised.value.hint
            assert "folder that all workers see" in raised.value.hint
            assert "hush" not in str(raised.value)
            cluster.stop_workers()
        web.put("/a.txt", b"another file")
        cluster.start_worker(before=machine(tmp_path / "changed"))
        with pytest.raises(NotAlikeError, match=said + ".*not the pinned file") as raised:
            read_by_a_worker(cluster, pinned)
        assert raised.value.exit_code == 2
        assert [*tmp_path.rglob("a.txt")] == [pinned.path]
        cluster.stop_workers()
        web.put("/a.txt", BODY)
        web.log.clear()
        cluster.start_worker(before=machine(tmp_path / "other", "LAB_TOKEN=its-own"))
        assert read_by_a_worker(cluster, pinned) == BODY.decode()
    assert {each.headers.get("Authorization") for each in web.log} == {"Bearer its-own"}


def test_workers_do_without_the_csv_of_a_published_stimulus_set(tmp_path):
    """The caller has it in a cache, which is no file of `[sources]`, and compares the stimuli."""
    handed_out: list[Piece] = []

    class Order:
        add = staticmethod(handed_out.append)

    csv = tmp_path / "stimulus_Doe2026.csv"
    reference = StimulusReference("Doe2026", "Doe2026", csv, is_registered=True)
    paths = {"values.npy": tmp_path / "values.npy"}
    located = Located(tmp_path, Place("dataset.toml"), paths, reference)
    item = ArrayAssembly.model_validate(
        {
            "identifier": "Doe2026.public",
            "visibility": "public",
            "class": "NeuroidAssembly",
            "values": "values.npy",
            "dims": ["presentation", "neuroid"],
            "coords": {"presentation": "presentations.csv", "neuroid": "neuroids.csv"},
        }
    )
    rows = SlabRows("", "data", 0, 9, (3, 2), shuffle=True, stored=8, size=144)
    PartsElsewhere(Order(), item, located).hand_out(json.loads(json.dumps(rows._asdict())))
    [piece] = handed_out
    assert piece.about == (paths["values.npy"],)
    assert piece.arguments["located"].files == piece.about


def test_arguments_name_the_folder_of_the_worker_wherever_they_named_that_of_the_caller():
    class Batch(NamedTuple):
        where: str
        sizes: tuple[int, ...]

    values = np.arange(2)
    arguments = {
        "path": Path("/a/b.npy"),
        "inside": ("/a", "/ab", "/c"),
        "batch": Batch("/a/b", (1, 2)),
        "pinned": Pinned(Path("/a"), Path("/x/a")),
        "values": values,
    }
    assert moved(arguments, "/a", "/z") == {
        "path": Path("/z/b.npy"),
        "inside": ("/z", "/ab", "/c"),
        "batch": Batch("/z/b", (1, 2)),
        "pinned": Pinned(Path("/z"), Path("/x/a")),
        "values": values,
    }
