"""How far a publication says that it is, and what it clears away."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.write import unwatched

KEYS = ["stimulus_hvm.zip", "stimulus_hvm.csv", "assy_MajajHong2015.nc"]


@pytest.fixture
def folder(bundles):
    return bundles.write(
        bundles.stimulus_set("hvm", b"stimulus_id", b"pictures"),
        bundles.assembly("MajajHong2015", b"spikes " * 100),
    )


class Counted:
    """Counts what `publish_bundle` reports."""

    def __init__(self):
        self.total, self.steps = 0, []

    @contextmanager
    def __call__(self, label, total):
        self.total = total
        yield self

    def __getattr__(self, name):
        """Take note of bytes, and of nothing else that is told."""
        return self.steps.append if name in {"advance", "advance_bytes"} else lambda *_: None


def test_every_byte_is_counted_once_whether_it_was_sent_or_there_before(folder, memory_store, run):
    store = memory_store()
    for _ in ("new", "unchanged"):
        counted = Counted()
        publish_bundle(folder, store, run=run, report=counted)
        assert sum(counted.steps) == counted.total > 700


def test_bytes_are_counted_while_they_are_sent(folder, memory_store, run):
    store = memory_store()

    class SendsInPieces:
        def __getattr__(self, name):
            return getattr(store, name)

        def write(self, write):
            stored = store.write(replace(write, sent=unwatched))
            for _ in range(stored.size + 5):
                write.sent(1)
            write.sent(-10)  # some were sent again
            return stored

    counted = Counted()
    publish_bundle(folder, SendsInPieces(), run=run, report=counted)

    assert sum(counted.steps) == counted.total
    assert counted.steps.count(1) == counted.total + 15


def test_what_earlier_runs_left_behind_is_cleared_away_when_all_is_published(
    folder, memory_store, run
):
    store = memory_store()
    for number in (1, 2):
        publish_bundle(folder, store, run=run)
        assert store.tidied == [KEYS] * number


def test_clearing_away_can_fail(folder, memory_store, run):
    store = memory_store()

    class Busy:
        def __getattr__(self, name):
            return getattr(store, name)

        def tidy(self, keys):
            raise StoreUnavailableError("busy")

    assert len(publish_bundle(folder, Busy(), run=run).receipts.items) == 2
