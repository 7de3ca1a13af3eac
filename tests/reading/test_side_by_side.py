"""Files are read at the same time: over a line that takes time, most of it is waiting."""

from __future__ import annotations

import threading

import pytest

import brainscore_data
from brainscore_data.brainio import s3


class Meeting:
    """A store that opens no file until a second one is asked for, too."""

    def __init__(self, store):
        self._store = store
        self._both = threading.Barrier(2, timeout=60)

    def __getattr__(self, name):
        return getattr(self._store, name)

    def open(self, key, *arguments, **options):
        if key.startswith("stimulus_"):
            self._both.wait()
        return self._store.open(key, *arguments, **options)


@pytest.fixture
def store(published, monkeypatch):
    store = Meeting(published.store)
    monkeypatch.setattr("brainscore_data.reading.verification.opened", lambda *_, **__: store)
    return store


def test_the_two_files_of_a_stimulus_set_are_fetched_at_once(store, tmp_path):
    assert len(brainscore_data.fetch("hvm", store=store, into=tmp_path)) == 2


def test_the_two_files_of_a_stimulus_set_are_loaded_at_once(store):
    assert len(brainscore_data.load_stimulus_set("hvm", store=store)) > 0


def test_the_drop_in_loads_the_two_files_at_once(store, published, monkeypatch):
    monkeypatch.setattr(s3, "open_store", lambda _: store)
    hashes = published.file(".csv").sha1, published.file(".zip").sha1
    versions = published.file(".csv").version_id, published.file(".zip").version_id
    assert len(s3.load_stimulus_set_from_s3("hvm", published.url, *hashes, *versions)) > 0


def test_files_are_verified_at_once(store, published):
    assert brainscore_data.verify(published.receipts) == []
