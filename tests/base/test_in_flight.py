"""Tasks side by side: in order, as many as pay, and none after one that failed."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

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


@pytest.fixture
def closed(monkeypatch):
    """Tell when nobody is let through any more."""
    told, close = threading.Event(), Gate.close

    def close_and_tell(gate):
        close(gate)
        told.set()

    monkeypatch.setattr(Gate, "close", close_and_tell)
    return told


@pytest.mark.parametrize("error", [DataError("taken"), KeyboardInterrupt()])
def test_after_one_that_fails_no_other_is_begun_and_those_at_work_are_waited_for(error, closed):
    begun, done = [], []

    def work(number):
        begun.append(number)
        if number == 5:
            raise error
        assert closed.wait(60)
        done.append(number)

    with pytest.raises(type(error)):
        all_side_by_side(work, range(200))
    assert len(begun) <= START
    assert sorted(done) == sorted(set(begun) - {5})


def test_whoever_stops_listening_stops_the_work(closed):
    begun, done = [], []

    def work(number):
        begun.append(number)
        assert number == 0 or closed.wait(60)
        done.append(number)

    results = side_by_side(work, range(200))
    next(results)
    results.close()  # it waits for those at work

    assert len(begun) <= START + 1  # and the first one
    assert sorted(done) == sorted(begun)


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


@pytest.mark.parametrize(("size", "at_once"), [(LEAST_BYTES // 2, 2), (LEAST_BYTES * 2, 1)])
def test_of_large_ones_few_are_at_work_as_the_user_waits_for_them_after_ctrl_c(size, at_once):
    gate, begun, held = Gate(), threading.Semaphore(0), threading.Semaphore(0)

    def work():
        with gate.through(size):
            begun.release()
            held.acquire()

    with ThreadPoolExecutor(5) as pool:
        for _ in range(5):
            pool.submit(work)
        try:
            assert all(begun.acquire(timeout=60) for _ in range(at_once))
            assert not begun.acquire(timeout=0.05)
        finally:
            held.release(5)
