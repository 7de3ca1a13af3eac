"""Tasks side by side: in order, as many as pay, and none after one that failed."""

from __future__ import annotations

import threading
import time

import pytest

from brainscore_data.base import in_flight
from brainscore_data.base.errors import DataError
from brainscore_data.base.in_flight import (
    LEAST_BYTES,
    MOST,
    START,
    Gate,
    all_side_by_side,
    side_by_side,
)


def in_one(batches):
    return [done for several in batches for done in several]


def test_results_come_in_the_order_of_the_tasks_whichever_is_ready_first():
    def work(number):
        time.sleep((number % 4) / 200)
        return number

    assert in_one(side_by_side(work, range(20))) == list(range(20))


def test_so_many_are_at_work_at_once():
    together = threading.Barrier(START, timeout=60)

    assert len(in_one(side_by_side(lambda task: together.wait(), range(2 * START))))


@pytest.mark.parametrize("error", [DataError("taken"), KeyboardInterrupt()])
def test_after_one_that_fails_no_other_is_begun_and_those_at_work_are_waited_for(error):
    begun, done = [], []

    def work(number):
        begun.append(number)
        time.sleep(0.01)
        if number == 5:
            raise error
        done.append(number)

    with pytest.raises(type(error)):
        all_side_by_side(work, range(200))
    assert len(begun) < 200
    assert sorted(done) == sorted(set(begun) - {5})


def test_whoever_stops_listening_stops_the_work():
    begun, stopped = [], threading.Event()

    def work(number):
        begun.append(number)
        assert number == 0 or stopped.wait(60)

    results = side_by_side(work, range(200))
    next(results)
    threading.Timer(0.1, stopped.set).start()  # it waits for those at work
    results.close()
    by_then = len(begun)
    time.sleep(0.05)

    assert len(begun) == by_then < 200


@pytest.fixture
def clock(monkeypatch):
    """Let time be what the test says."""
    now = [1.0]
    monkeypatch.setattr(in_flight.time, "monotonic", lambda: now[0])
    return now


def passed(gate, clock, *, seconds, size):
    """Let as many through as the gate has at once, in so many seconds."""
    for _ in range(gate.limit):
        with gate.through(size):
            clock[0] += seconds / gate.limit
    return gate.limit


def test_more_are_let_through_while_more_get_done_for_it(clock):
    gate = Gate()

    grown = [passed(gate, clock, seconds=1, size=10) for _ in range(6)]

    assert grown == [96, MOST, MOST, MOST, MOST, MOST]


def test_no_more_are_let_through_where_that_gets_no_more_done(clock):
    gate = Gate()

    grown = [passed(gate, clock, seconds=gate.limit, size=10) for _ in range(4)]

    assert grown == [96, 96, 96, 96]


def holds(gate, size, number):
    """Count how many of a size are at work at once, of so many that want to."""
    held, seen = threading.Semaphore(0), []

    def work(_):
        seen.append(1)
        held.acquire()

    def go():
        with gate.through(size):
            work(size)

    threads = [threading.Thread(target=go) for _ in range(number)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    at_work = len(seen)
    held.release(number)
    for thread in threads:
        thread.join()
    return at_work


def test_of_large_ones_few_are_at_work_as_the_user_waits_for_them_after_ctrl_c():
    assert holds(Gate(), LEAST_BYTES // 2, 5) == 2
    assert holds(Gate(), LEAST_BYTES * 2, 3) == 1
