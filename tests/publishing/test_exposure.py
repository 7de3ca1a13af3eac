"""What publishing does about who can read what it publishes."""

from __future__ import annotations

import pytest

from brainscore_data.errors import UsageError
from brainscore_data.publishing import side_by_side
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.receipts import merge_receipts
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.local import LocalStore


def public(receipts):
    return [file.run.public for item in receipts.items for file in item.files]


@pytest.fixture
def stimuli(bundles):
    return bundles.write(bundles.stimulus_set("hvm", b"csv", b"zip"))


def test_a_folder_says_that_its_permissions_decide(bundles, tmp_path, run):
    folder = bundles.write(bundles.assembly("Kar2019", b"nc", visibility="private"))
    published = publish_bundle(folder, LocalStore(tmp_path / "store"), run=run)
    assert "is a folder: whoever may read its files" in published.notices[-1]
    assert public(published.receipts) == [None]
    again = publish_bundle(folder, LocalStore(tmp_path / "store"), run=run)
    assert again.notices == ()


def test_public_items_in_a_folder_say_nothing_of_everybody(stimuli, tmp_path, run):
    published = publish_bundle(stimuli, LocalStore(tmp_path / "store"), run=run)
    assert (public(published.receipts), published.notices) == ([None, None], ())


def test_nothing_is_written_where_private_items_would_be_exposed(bundles, memory_store, run):
    store = memory_store(exposes=("public", "private"))
    folder = bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip"),
        bundles.assembly("Kar2019", b"nc", visibility="private"),
    )
    with pytest.raises(UsageError, match="Kar2019 is private"):
        publish_bundle(folder, store, run=run)
    assert store.kept == {}


def test_what_is_public_by_now_is_told_by_a_later_run(stimuli, memory_store, run, other_run):
    store = memory_store(exposes=())
    first = publish_bundle(stimuli, store, run=run).receipts
    assert public(first) == ["not yet", "not yet"]
    store.exposes = ("public",)
    merged = merge_receipts(first, publish_bundle(stimuli, store, run=other_run).receipts)
    assert public(merged) == ["yes", "yes"]
    assert [file.run.who for file in merged.items[0].files] == ["majaj", "majaj"]


@pytest.fixture
def many(bundles):
    return bundles.write(*(bundles.assembly(f"Kar{year}", b"nc") for year in range(2000, 2030)))


def test_every_public_file_of_many_is_read_back(many, memory_store, run):
    published = publish_bundle(many, memory_store(exposes=("public",)), run=run)
    assert public(published.receipts) == ["yes"] * 30
    published = publish_bundle(many, memory_store(exposes=()), run=run)
    assert public(published.receipts) == ["not yet"] * 30


def test_a_store_that_never_answers_those_without_credentials_is_not_asked_for_every_file(
    many, memory_store, run
):
    class Silent(memory_store):
        asked = 0

        def readable_by_all(self, key, version_id=None):
            self.asked += 1
            raise StoreUnavailableError("no answer")

    store = Silent()
    published = publish_bundle(many, store, run=run)
    assert public(published.receipts) == ["not yet"] * 30
    assert store.asked <= side_by_side.AT_ONCE


def test_an_answer_that_says_neither_is_about_that_file_only(many, memory_store, run):
    class Strange(memory_store):
        def readable_by_all(self, key, version_id=None):
            if "Kar2003" in key:
                raise UsageError("neither yes nor no")
            return super().readable_by_all(key, version_id)

    published = publish_bundle(many, Strange(exposes=("public",)), run=run)
    assert public(published.receipts) == ["yes"] * 3 + ["not yet"] + ["yes"] * 26
