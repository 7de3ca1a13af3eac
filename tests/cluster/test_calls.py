"""Calls on real workers of dask: carried out in a cage there, and by another worker if one dies."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import in_the_cage
import pytest
from dask_clusters import dask_cluster
from distributed import Client
from waiting import wait_until

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.cage.workers import StoppedError
from brainscore_data.cluster.calls import GoneError, NotAlikeError
from brainscore_data.cluster.connecting import connected

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="workers are looked at in /proc"),
    pytest.mark.usefixtures("can_import_what_is_called"),
]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two workers, each looked after by a nanny."""
    with dask_cluster(tmp_path_factory.mktemp("two"), workers=2, nanny=True) as found:
        yield found


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("scheduler")) as found:
        yield found


@pytest.fixture
def without_workers(scheduler):
    """A cluster to which workers come that the test starts."""
    yield scheduler
    scheduler.stop_workers()


@pytest.fixture
def cage(two, tmp_path):
    with connected(two.address) as found:
        yield found.cage([tmp_path])


def test_a_call_is_carried_out_in_the_cage_of_a_worker(cage, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET", "hush")
    environment = cage.call(in_the_cage.environment)
    assert "PATH" in environment
    assert "SECRET" not in environment
    assert cage.call(in_the_cage.folder) == os.getcwd()  # noqa: PTH109
    (tmp_path / "a.txt").write_text("spikes")
    assert cage.call(in_the_cage.content, about=[tmp_path / "a.txt"], path=tmp_path / "a.txt") == (
        "spikes"
    )


def test_a_result_comes_from_the_worker_itself(two, cage):
    def gathers_nothing(dask_scheduler):
        dask_scheduler.handlers["gather"] = None

    def gathers(dask_scheduler):
        dask_scheduler.handlers["gather"] = dask_scheduler.gather

    with Client(scheduler_file=two.address, set_as_default=False) as client:
        client.run_on_scheduler(gathers_nothing)
        try:
            assert cage.call(in_the_cage.folder) == os.getcwd()  # noqa: PTH109
        finally:
            client.run_on_scheduler(gathers)


def test_workers_can_be_ready_before_they_are_called(cage):
    cage.warm_up(in_the_cage.is_imported)
    wait_until(lambda: cage.call(in_the_cage.has_imported, module="wave"))


def test_what_the_run_may_not_read_a_worker_does_not_read(cage, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("hush")
    with pytest.raises(DataError, match="PermissionError"):
        cage.call(in_the_cage.content, path=secret)


def test_errors_come_back_as_they_are_raised_here(cage):
    with pytest.raises(DataError) as raised:
        cage.call(in_the_cage.raise_placed)
    error = raised.value
    assert (str(error.place), error.count, error.exit_code) == ("a.csv:3", 2, 1)
    assert error.told("function").endswith("accept it with force=True")
    with pytest.raises(StoppedError) as stopped:
        cage.call(in_the_cage.crash, where="a.png")
    assert "SIGSEGV" in stopped.value.how
    with pytest.raises(ModuleNotFoundError, match="av"):
        cage.call(in_the_cage.miss_a_module)


def test_the_other_worker_does_what_a_killed_one_had_begun(without_workers, tmp_path):
    cluster = without_workers
    cluster.start_worker()
    cluster.start_worker()
    with connected(cluster.address) as found:
        cage = found.cage([tmp_path])
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(cage.call, in_the_cage.compute, seconds=0.5) for _ in range(4)]
            cluster.kill(cluster.busy())
            assert [each.result() for each in asked] == [1, 1, 1, 1]


@pytest.mark.night  # by day the scheduler dies under a check: test_checks.py
def test_when_the_scheduler_goes_away_that_is_one_error(tmp_path):
    with dask_cluster(tmp_path, workers=1) as cluster, connected(cluster.address) as found:
        cage = found.cage([tmp_path])
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(cage.call, in_the_cage.sleep, seconds=100)
            cluster.busy()
            cluster.kill(cluster.scheduler)
            with pytest.raises(GoneError, match="went away") as raised:
                asked.result(timeout=60)
        assert raised.value.exit_code == 3
        with pytest.raises(GoneError):
            cage.call(in_the_cage.process)


def test_a_worker_that_starts_late_is_used(without_workers, tmp_path):
    cluster = without_workers
    with connected(cluster.address) as found:
        cage = found.cage([tmp_path])
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(cage.call, in_the_cage.sleep, seconds=0.1)
            cluster.start_worker()
            assert asked.result(timeout=60) == 1


def test_stopping_takes_back_what_is_under_way(two, tmp_path):
    with connected(two.address) as found, ThreadPoolExecutor(1) as pool:
        cage = found.cage([tmp_path])
        asked = pool.submit(cage.call, in_the_cage.sleep, seconds=100)
        threading.Timer(1, cage.stop).start()
        with pytest.raises(GoneError):
            asked.result(timeout=60)


def test_a_worker_with_another_version_is_refused_by_name(without_workers, tmp_path):
    other = tmp_path / "other" / "brainscore_data-0.0.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: brainscore-data\nVersion: 0.0.9\n"
    )
    named = r"worker tcp://\S+ .*brainscore-data 0\.0\.9"
    with connected(without_workers.address) as found:
        without_workers.start_worker(paths=(other.parent,))  # when the others have been asked
        with pytest.raises(NotAlikeError, match=named):
            found.cage([tmp_path]).call(in_the_cage.process)
    with pytest.raises(NotAlikeError, match=named), connected(without_workers.address):
        pass


DIES_WHEN_IT_IS_ASKED = """
import importlib.metadata, os
known = importlib.metadata.version
importlib.metadata.version = lambda name: os._exit(9) if name == "brainscore-data" else known(name)
"""


def test_a_worker_that_dies_while_it_is_asked_for_its_version_is_one_fewer(
    without_workers, tmp_path
):
    (tmp_path / "sitecustomize.py").write_text(DIES_WHEN_IT_IS_ASKED)
    without_workers.start_worker()
    without_workers.start_worker(paths=(tmp_path,))
    with connected(without_workers.address) as found:
        assert found.cage([tmp_path]).call(in_the_cage.sleep, seconds=0.0) == 1


def test_a_worker_with_little_memory_is_refused_before_it_is_asked(without_workers, tmp_path):
    cluster = without_workers
    with connected(cluster.address) as found:
        cluster.start_worker("--memory-limit", "200 MiB")
        with pytest.raises(NotAlikeError, match=r"worker tcp://\S+ .*200 MiB of memory"):
            found.cage([tmp_path])


def test_one_that_cannot_hold_a_piece_of_the_work_is_named_before_it_gets_it(
    without_workers, tmp_path
):
    with connected(without_workers.address) as found:
        cage = found.cage([tmp_path])
        without_workers.start_worker("--memory-limit", "300 MiB")
        assert cage.call(in_the_cage.sleep, seconds=0.0) == 1
        wait_until(lambda: cage.threads)  # who is there is asked once a second
        with pytest.raises(NotAlikeError, match=r"300 MiB of memory, but .* needs 352"):
            cage.begun(in_the_cage.process, memory=352 << 20, arguments={})


def test_a_file_that_a_worker_does_not_see_is_named_with_the_worker(without_workers, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.txt").write_text("spikes")
    # Its own machine has another folder in this place.
    hidden = f'mount -t tmpfs none {files} && exec "$@"'
    cluster = without_workers
    with connected(cluster.address) as found:
        try:
            cluster.start_worker(
                before=("unshare", "--mount", "--map-root-user", "sh", "-c", hidden, "sh")
            )
        except TimeoutError as error:
            pytest.skip(f"no worker with a view of its own can be started here: {error}")
        cage = found.cage([files])
        with pytest.raises(NotAlikeError, match=rf"worker tcp://\S+ .*cannot read {files}/a.txt"):
            cage.call(in_the_cage.content, about=[files / "a.txt"], path=files / "a.txt")


def test_another_file_of_that_name_is_refused_too(cage, tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("spikes")
    monkeypatch.setattr("brainscore_data.cluster.calls.stamp_of", lambda path: (6, 1))
    with pytest.raises(NotAlikeError, match=r"a\.txt is a different file there"):
        cage.call(in_the_cage.content, about=[path], path=path)


def test_a_cluster_that_is_not_there_is_wrong_usage(monkeypatch, tmp_path):
    monkeypatch.setattr("brainscore_data.cluster.connecting._SECONDS", 0.5)
    with (
        pytest.raises(UsageError, match="no scheduler of dask answers"),
        connected("tcp://127.0.0.1:1"),
    ):
        pass
    (tmp_path / "scheduler.json").write_text("{}")
    for bad in ("nonsense", "local:0", "tcp:/", str(tmp_path), str(tmp_path / "scheduler.json")):
        with pytest.raises(UsageError), connected(bad):
            pass
