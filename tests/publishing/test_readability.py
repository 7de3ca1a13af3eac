"""What publishing does about who can read what it publishes."""

from __future__ import annotations

import pytest

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.in_flight import START
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.readability import changed_notices
from brainscore_data.records.receipts import merge_receipts
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.local.folder import LocalStore


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
    assert store.asked <= START


def test_an_answer_that_says_neither_is_about_that_file_only(many, memory_store, run):
    class Strange(memory_store):
        def readable_by_all(self, key, version_id=None):
            if "Kar2003" in key:
                raise UsageError("neither yes nor no")
            return super().readable_by_all(key, version_id)

    published = publish_bundle(many, Strange(exposes=("public",)), run=run)
    assert public(published.receipts) == ["yes"] * 3 + ["not yet"] + ["yes"] * 26


def items(bundles, visibility):
    return bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip", visibility=visibility),
        bundles.assembly("Kar2019", b"nc", visibility=visibility),
    )


def folder_store(tmp_path, memory_store):
    return LocalStore(tmp_path / "store")


def closed_bucket(tmp_path, memory_store):
    return memory_store(exposes=())


def bucket_with_a_policy(tmp_path, memory_store):
    return memory_store(exposes=("public",))


STORES = [folder_store, closed_bucket, bucket_with_a_policy]


@pytest.mark.parametrize("made", STORES)
def test_what_became_private_and_is_public_in_the_store_is_an_error_for_every_file(
    made, bundles, tmp_path, memory_store, run
):
    store, kept = made(tmp_path, memory_store), []
    publish_bundle(items(bundles, "public"), store, run=run)
    with pytest.raises(DataError) as error:
        publish_bundle(items(bundles, "private"), store, run=run, keep=kept.append)
    assert error.value.exit_code == 1
    assert kept == []
    for name in ("stimulus_hvm.csv", "stimulus_hvm.zip", "assy_Kar2019.nc"):
        (line,) = (line for line in str(error.value).splitlines() if name in line)
        written = store.stat(name).written
        assert line.endswith(f"may have read it since {written or 'it was written'}")
    said = "everybody can read it" if made is bucket_with_a_policy else "tagged visibility=public"
    assert said in str(error.value)
    assert 'visibility = "public"' in error.value.hint


@pytest.mark.parametrize("made", STORES)
def test_what_became_public_and_is_private_in_the_store_waits_for_its_release(
    made, bundles, tmp_path, memory_store, run
):
    store = made(tmp_path, memory_store)
    publish_bundle(items(bundles, "private"), store, run=run)
    published = publish_bundle(items(bundles, "public"), store, run=run)
    assert public(published.receipts) == ["waits for its release"] * 3
    assert [item.visibility for item in published.receipts.items] == ["public", "public"]


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("made", STORES)
def test_what_is_as_its_manifest_says_is_published_again_without_a_word(
    visibility, made, bundles, tmp_path, memory_store, run
):
    store = made(tmp_path, memory_store)
    first = publish_bundle(items(bundles, visibility), store, run=run).receipts
    again = publish_bundle(items(bundles, visibility), store, run=run)
    assert public(again.receipts) == public(first)
    closed = made is closed_bucket and visibility == "public"
    commands = [f"`brainscore-data visibility set public {name}" for name in ("hvm", "Kar2019")]
    assert len(again.notices) == (2 if closed else 0)
    assert all(map(str.__contains__, again.notices, commands))


def test_one_file_of_a_stimulus_set_that_is_open_is_enough(bundles, memory_store, run):
    store = memory_store()
    folder = bundles.write(bundles.stimulus_set("hvm", b"csv", b"zip", visibility="private"))
    publish_bundle(folder, store, run=run)
    store.kept["stimulus_hvm.csv"][-1].tags["visibility"] = "public"
    with pytest.raises(DataError, match=r"hvm is private, but stimulus_hvm.csv \(version v"):
        publish_bundle(folder, store, run=run)


def test_nothing_new_is_written_where_an_item_that_is_there_is_too_open(bundles, memory_store, run):
    store = memory_store()
    publish_bundle(items(bundles, "public"), store, run=run)
    folder = bundles.write(
        bundles.assembly("Kar2019", b"nc", visibility="private"), bundles.assembly("Kar2020", b"nc")
    )
    with pytest.raises(DataError, match="nothing was published"):
        publish_bundle(folder, store, run=run)
    assert "assy_Kar2020.nc" not in store.kept


def test_tags_that_cannot_be_seen_are_no_error(bundles, memory_store, run):
    class Discreet(memory_store):
        def tags(self, key, version_id=None):
            raise UsageError("you may not read tags")

        def readable_by_all(self, key, version_id=None):
            return False

    store = Discreet()
    publish_bundle(items(bundles, "private"), store, run=run)
    assert publish_bundle(items(bundles, "private"), store, run=run).notices == ()
    published = publish_bundle(items(bundles, "public"), store, run=run)
    assert public(published.receipts) == ["not yet"] * 3


def test_a_state_that_nobody_can_see_is_told_as_not_known(bundles, tmp_path, run):
    store = LocalStore(tmp_path / "store")
    publish_bundle(items(bundles, None), store, run=run)
    published = publish_bundle(items(bundles, "private"), store, run=run)
    (notice,) = published.notices
    assert notice.startswith("hvm, Kar2019: not known who can read what is there")


def test_a_public_version_that_a_private_one_replaces_is_named(bundles, memory_store, run):
    store = memory_store()
    publish_bundle(bundles.write(bundles.assembly("Kar2019", b"nc")), store, run=run)
    version_id = store.stat("assy_Kar2019.nc").version_id
    corrected = bundles.assembly("Kar2019", b"ok", visibility="private", replaces=version_id)
    (notice,) = publish_bundle(bundles.write(corrected), store, run=run).notices
    assert notice.startswith(f"assy_Kar2019.nc version {version_id}, which is replaced, stays")
    assert "everybody can read it without credentials" in notice


def test_of_one_identifier_under_two_prefixes_each_has_a_visibility_of_its_own(receipts_of):
    receipts = receipts_of("Kar2019")
    [public] = receipts.items
    ceiling = public.model_copy(update={"prefix": "ceiling_", "visibility": "private"})
    both = receipts.model_copy(update={"items": [public, ceiling]})
    assert changed_notices(both, both) == ()


def test_a_file_of_which_nobody_said_who_may_read_it_is_not_read_back(bundles, memory_store, run):
    """As brainio's functions have it: the bucket decides."""
    asked = []

    class Watched(memory_store):
        def readable_by_all(self, key, version_id=None):
            asked.append(key)
            return True

    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates", visibility=None))
    published = publish_bundle(folder, Watched(), run=run)
    assert (published.receipts.items[0].nc.run.public, asked) == (None, [])
