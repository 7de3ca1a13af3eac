"""Receipts are kept while more are coming in, and all that are confirmed are kept in the end."""

from __future__ import annotations

import itertools
import os
import signal
import threading

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.keeping import Keeping

NAMES = [f"Majaj20{number}" for number in range(10, 40)]


class Kept:
    """Keeps receipts, and does something at one of the times."""

    def __init__(self):
        self.names, self.times, self.at = [], 0, lambda time: None

    def __call__(self, receipts):
        self.times += 1
        self.at(self.times)
        self.names += [item.identifier for item in getattr(receipts, "items", receipts)]


@pytest.fixture
def kept():
    return Kept()


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def folder(bundles):
    return bundles.write(*(bundles.assembly(name, name.encode()) for name in NAMES))


def assert_all_kept(kept, store):
    """Whatever is in the store has a receipt, and only that."""
    assert {f"assy_{name}.nc" for name in kept.names} == set(store.kept)
    assert len(kept.names) == len(set(kept.names))


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize("during", ["writing", "keeping"])
def test_ctrl_c_keeps_all_that_is_in_the_store(folder, memory_store, run, kept, during):
    """It comes while others are at work, and those are waited for."""
    store, at_work, writes = memory_store(), threading.Semaphore(0), itertools.count(1)
    write = store.write

    def slowly(each):
        if next(writes) == 10 and during == "writing":
            interrupt()
        at_work.acquire(timeout=0.02)  # several are under way when it comes
        return write(each)

    store.write = slowly
    if during == "keeping":
        kept.at = lambda time: interrupt() if time == 1 else None

    with pytest.raises(KeyboardInterrupt):
        publish_bundle(folder, store, run=run, keep=kept)

    assert kept.names
    assert_all_kept(kept, store)


def test_an_error_keeps_all_that_is_in_the_store(folder, memory_store, run, kept):
    store = memory_store()
    write = store.write

    def fail(each):
        if each.key == f"assy_{NAMES[7]}.nc":
            raise UsageError("out of order", where=each.key)
        return write(each)

    store.write = fail
    with pytest.raises(UsageError, match="out of order"):
        publish_bundle(folder, store, run=run, keep=kept)

    assert_all_kept(kept, store)


def test_a_receipt_is_kept_while_the_next_item_takes_its_time(receipts_of, kept):
    """So that even a killed process loses those of a moment only."""
    [first, second] = receipts_of("Kar2019", "MajajHong2015").items
    times = threading.Semaphore(0)
    kept.at = lambda time: times.release()
    with Keeping(kept) as keeping:
        for number, receipt in [(1, second), (0, first)]:
            keeping.confirm(number, receipt)
            assert times.acquire(timeout=60)
    assert keeping.receipts == [first, second]
    assert sorted(kept.names) == [first.identifier, second.identifier]


def test_ctrl_c_while_the_last_are_kept_comes_after_it(receipts_of, kept):
    [only] = receipts_of("Kar2019").items
    keeping = Keeping(kept)
    keeping.__enter__()
    keeping._ended.set()  # the thread has nothing more to do

    def once(time):
        if time == 1:
            raise KeyboardInterrupt

    kept.at = once
    keeping.confirm(0, only)
    with pytest.raises(KeyboardInterrupt):
        keeping.__exit__()
    assert kept.names == [only.identifier]


def test_receipts_that_cannot_be_kept_end_the_publication(folder, memory_store, run, kept):
    def fail(time):
        raise UsageError("no space left", where="receipts.json")

    kept.at = fail
    with pytest.raises(UsageError, match="no space left"):
        publish_bundle(folder, memory_store(), run=run, keep=kept)
