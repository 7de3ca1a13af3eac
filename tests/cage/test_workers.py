"""What goes into the cage and what comes out; what a hostile parser can do there, and what not."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import in_the_cage
import pytest
from in_the_cage import Seen
from waiting import is_running, wait_until

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.hints import told
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Progress
from brainscore_data.cage import confinement
from brainscore_data.cage import workers as cage
from brainscore_data.cage.limits import Limits
from brainscore_data.cage.workers import StoppedError, Workers

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits this")


def landlock() -> bool:
    return confinement._call(444, None, 0, 1) >= 1 if sys.platform == "linux" else False


confined = pytest.mark.skipif(not landlock(), reason="this kernel has no Landlock")
pytestmark = pytest.mark.usefixtures("can_import_what_is_called")
SMALL = Limits(memory=2 << 30, seconds=1, written=1 << 20)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readable")
    with Workers(2, readable=[folder]) as found:
        yield found, folder


@pytest.fixture
def workers(shared):
    return shared[0]


def test_what_a_function_takes_and_gives_comes_through_as_it_is(workers):
    made = Seen("n\udc80\n", (1, 2), (1.5, math.inf), {"a": None, "": 3}, (Place("x.csv", 4),))
    assert workers.call(in_the_cage.seen, made=made) == made


@linux
def test_a_program_can_be_ready_before_it_is_called():
    with Workers(1) as found:
        found.warm_up(frozenset({"wave", "this_is_not_installed"}))
        wait_until(lambda: found.call(in_the_cage.has_imported, module="wave"))


def test_nan_stays_nan(workers):
    made = workers.call(in_the_cage.seen, made=Seen("", (), (math.nan,), {}))
    assert math.isnan(made.values[0])


def test_a_program_stays_warm(workers):
    assert len({workers.call(in_the_cage.process) for _ in range(5)}) <= 2


def test_calls_in_many_threads_use_no_more_programs_than_there_are_jobs(workers):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: workers.call(in_the_cage.process), range(40)))
    assert len(found) <= 2
    assert os.getpid() not in found


@pytest.mark.parametrize(("patience", "started"), [(0.0, 2), (600.0, 1)])
def test_another_program_is_started_when_calls_have_waited_for_what_it_costs(
    monkeypatch, patience, started
):
    monkeypatch.setattr(cage, "PATIENCE", patience)
    with Workers(2) as workers, ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(workers.call, in_the_cage.sleep, seconds=0.5) for _ in range(2)]
        assert [each.result() for each in calls] == [1, 1]
        assert len(workers._started) == started


def test_an_error_keeps_its_place_its_hint_for_each_reader_and_its_count(workers):
    with pytest.raises(DataError) as caught:
        workers.call(in_the_cage.raise_placed)
    error = caught.value
    assert error.message == "is wrong"
    assert error.place == Place("a.csv", 3)
    assert error.count == 2
    assert told(error.hint, "function") == "accept it with force=True"


def test_what_no_library_says_it_raises_is_an_error_of_the_data(workers):
    with pytest.raises(DataError, match=r"^cannot be read: LookupError: key 7 is not there$"):
        workers.call(in_the_cage.raise_unforeseen)


def test_a_library_that_is_missing_is_missing_outside_too(workers):
    with pytest.raises(ModuleNotFoundError) as caught:
        workers.call(in_the_cage.miss_a_module)
    assert caught.value.name == "av"


def test_a_crash_is_said_of_the_file_and_the_next_call_works(workers):
    with pytest.raises(
        StoppedError, match=r"^a\.nc: cannot be read: its parser crashed \(SIGSEGV\)"
    ):
        workers.call(in_the_cage.crash, where="a.nc")
    assert workers.call(in_the_cage.process)


@linux
@pytest.mark.parametrize(
    ("function", "arguments", "limit", "setting"),
    [
        (in_the_cage.allocate, {"gib": 3}, "needs more memory than it may take (2 GiB)", "MEMORY"),
        (in_the_cage.compute, {"seconds": 60}, "was stopped after", "SECONDS"),
        (in_the_cage.sleep, {"seconds": 60}, "was stopped after 4 seconds", "SECONDS"),
    ],
    ids=["memory", "processor", "clock"],
)
def test_a_limit_is_named_with_the_setting_that_raises_it(
    workers, function, arguments, limit, setting
):
    with pytest.raises(StoppedError) as caught:
        workers.call(function, limits=SMALL, where="a.nc", **arguments)
    assert limit in caught.value.message
    assert f"BRAINSCORE_DATA_CAGE_{setting}" in caught.value.hint


@linux
def test_a_file_is_not_written_beyond_its_limit(tmp_path):
    with (
        Workers(1, writable=[tmp_path]) as workers,
        pytest.raises(DataError, match="cannot be read"),
    ):
        workers.call(in_the_cage.write, path=tmp_path / "large", size=2 << 20, limits=SMALL)
    assert (tmp_path / "large").stat().st_size <= SMALL.written


@linux
def test_open_files_are_limited(shared):
    workers, folder = shared
    (folder / "a.txt").write_text("")
    with pytest.raises(DataError, match="Too many open files"):
        workers.call(in_the_cage.open_many, path=folder / "a.txt", number=1000)


def test_no_secret_of_ours_is_in_its_environment(monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "planted")
    with Workers(1) as workers:
        assert "planted" not in workers.call(in_the_cage.environment).values()


@linux
def test_it_never_gets_new_privileges(workers):
    assert workers.call(in_the_cage.new_privileges) is False


@confined
def test_it_reads_what_it_is_to_read_and_nothing_else(shared, tmp_path):
    workers, folder = shared
    (folder / "given.txt").write_text("given")
    (tmp_path / "secret.txt").write_text("secret")
    assert workers.call(in_the_cage.content, path=folder / "given.txt") == "given"
    with pytest.raises(DataError, match="Permission denied"):
        workers.call(in_the_cage.content, path=tmp_path / "secret.txt")


@confined
def test_it_writes_only_where_it_is_to_write(shared, tmp_path):
    workers, folder = shared
    with pytest.raises(DataError, match="Permission denied"):
        workers.call(in_the_cage.write, path=folder / "new", size=1)
    with Workers(1, writable=[tmp_path]) as others:
        assert others.call(in_the_cage.write, path=tmp_path / "new", size=1) == 1


@confined
def test_it_cannot_ask_the_system_for_our_environment(workers):
    with pytest.raises(DataError, match="Permission denied"):
        workers.call(in_the_cage.environment_of_parent)


@confined
def test_it_connects_to_nobody(workers):
    if confinement._call(444, None, 0, 1) < 4:
        pytest.skip("this kernel's Landlock knows no network")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(DataError, match="Permission denied"),
    ):
        workers.call(in_the_cage.connect, port=server.getsockname()[1])


@confined
def test_it_signals_nobody(workers):
    if confinement._call(444, None, 0, 1) < 6:
        pytest.skip("this kernel's Landlock knows no signals")
    with pytest.raises(DataError, match="not permitted"):
        workers.call(in_the_cage.signal_parent)


def test_an_answer_that_the_function_does_not_promise_is_refused(workers):
    with pytest.raises(StoppedError, match="gave an invalid answer"):
        workers.call(in_the_cage.promise_a_number)


def test_what_a_library_prints_is_no_answer(workers):
    assert workers.call(in_the_cage.print_what_is_no_answer) == 1


def test_how_far_a_call_has_come_is_reported_in_plain_text(workers):
    told = []

    class Told(Progress):
        def advance(self, amount: int) -> None:
            told.append(amount)

    @contextlib.contextmanager
    def report(label: str, total: int):
        told.append((label, total))
        yield Told()
        told.append("end")

    assert workers.call(in_the_cage.report_steps, report=report) == 1
    first, *steps, end, begun, more = [each for each in told if each != 0]
    assert first[1] == 10
    assert "\x1b" not in first[0]
    assert sum(steps) == 10
    assert (end, begun, more) == ("end", ("more", 0), "end")


@pytest.mark.parametrize("line", ["not even JSON", "[]", "7", "null", "{}", '{"mark": []}'])
def test_a_program_that_was_taken_over_says_nothing_but_that_of_one_file(line):
    with Workers(1) as workers:
        with pytest.raises(StoppedError, match="gave an invalid answer"):
            workers.call(in_the_cage.answer_as_somebody_else, line=line)
        assert workers.call(in_the_cage.process)


@linux
def test_it_ends_with_all_that_it_started(tmp_path):
    told_in = tmp_path / "pid"
    with Workers(1, writable=[tmp_path]) as workers, pytest.raises(StoppedError):
        workers.call(in_the_cage.start_a_child_and_sleep, told=told_in, limits=SMALL)
    child = told_in.read_text()
    wait_until(lambda: not is_running(child))


def test_stopping_ends_calls_that_are_under_way():
    workers = Workers(1)
    failures = []

    def call() -> None:
        try:
            workers.call(in_the_cage.sleep, seconds=1000)
        except (DataError, UsageError) as error:
            failures.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    wait_until(lambda: workers._started)
    time.sleep(0.3)
    workers.stop()
    thread.join(60)
    assert len(failures) == 1


def test_a_program_that_cannot_be_started_is_said_to_be_so(monkeypatch):
    monkeypatch.setattr(cage, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with Workers(1) as workers, pytest.raises(UsageError, match=r"it crashed \(exit status 3\)"):
        workers.call(in_the_cage.process)


@pytest.mark.parametrize("said", ["0", "-1", "many", "1.5"])
def test_a_setting_that_is_no_number_is_refused(monkeypatch, said):
    monkeypatch.setenv("BRAINSCORE_DATA_CAGE_MEMORY", said)
    with pytest.raises(UsageError, match="BRAINSCORE_DATA_CAGE_MEMORY"):
        Limits.of(0)


def test_a_setting_raises_a_limit(monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_CAGE_SECONDS", "1000")
    assert Limits.of(0).seconds == 1000


def test_limits_grow_with_the_file():
    assert Limits.of(1 << 30).memory > Limits.of(0).memory
    assert Limits.of(1 << 30).seconds > Limits.of(0).seconds
    assert Limits.of(1 << 30).written > Limits.of(0).written
