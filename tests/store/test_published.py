"""Which version readers get where a server could not refuse the run that was late."""

from __future__ import annotations

import warnings

import pytest

import brainscore_data
from brainscore_data.auditing.audit import Audit
from brainscore_data.auditing.comparing import compare
from brainscore_data.auditing.pins import Pin, Place
from brainscore_data.auditing.reports import render_text
from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.brainio.s3 import load_file_from_s3
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.store.interface import StoredObject
from brainscore_data.store.published import published_version

NC = "assy_MajajHong2015.nc"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def run():
    from brainscore_data.publishing.published import Run

    return Run(who="majaj", when="2015-09-30T12:00:00+00:00")


@pytest.fixture(params=["checksums", "no checksums"])
def raced(request, memory_store, bundles, run):
    """A store with the version of the run that was first, and on top that of the late one."""
    store = memory_store(conditional=False, checksums=request.param == "checksums")
    first, late = (
        bundles.write(bundles.assembly("MajajHong2015", content)) for content in (b"first", b"late")
    )
    store.receipts = []
    store.before_write = lambda: store.receipts.append(publish_bundle(first, store, run=run))
    with pytest.raises(IncompleteError, match="is not published"):
        publish_bundle(late, store, run=run)
    assert [store.open(NC, v.version_id).read() for v in store.versions(NC)] == [b"first", b"late"]
    return store


def says_so(notice):
    return "version v1 is published" in notice and "later v2" in notice


def test_fetch_gives_what_is_published_and_tells_of_the_later_one(raced, tmp_path):
    told = []
    [path] = brainscore_data.fetch("MajajHong2015", store=raced, into=tmp_path, tell=told.append)
    assert path.read_bytes() == b"first"
    assert len(told) == 1
    assert says_so(told[0])


def test_fetch_warns_where_nobody_listens(raced, tmp_path):
    with pytest.warns(UserWarning, match="version v1 is published"):
        brainscore_data.fetch("MajajHong2015", store=raced, into=tmp_path)


def test_a_pinned_hash_without_a_version_is_that_of_what_is_published(raced, tmp_path):
    [item] = raced.receipts[0].receipts.items
    [path] = brainscore_data.fetch(
        "MajajHong2015", store=raced, into=tmp_path, sha1=item.nc.object.sha1, tell=print
    )
    assert path.read_bytes() == b"first"


def test_an_object_that_the_drop_in_downloads_is_the_published_one(raced, monkeypatch, tmp_path):
    monkeypatch.setattr("brainscore_data.brainio.s3.open_store", lambda _: raced)
    with pytest.warns(UserWarning, match="version v1 is published"):
        load_file_from_s3("file:///lab", NC, tmp_path / "rates.nc")
    assert (tmp_path / "rates.nc").read_bytes() == b"first"


def test_a_named_version_is_that_version_and_nothing_is_told(raced, tmp_path):
    told = []
    [path] = brainscore_data.fetch(
        "MajajHong2015", store=raced, into=tmp_path, version_id="v2", tell=told.append
    )
    assert (path.read_bytes(), told) == (b"late", [])


def test_lookup_says_which_one_readers_get(raced):
    told = []
    found = brainscore_data.lookup("MajajHong2015", store=raced, tell=told.append)
    assert [(each.version_id, each.latest, each.on_top) for each in found] == [
        ("v1", True, False),
        ("v2", False, True),
    ]
    assert [says_so(notice) for notice in told] == [True]


def test_lookup_says_when_it_cannot_see_which_one(raced):
    class WithoutTags:
        def __getattr__(self, name):
            return getattr(raced, name)

        def tags(self, key, version_id=None):
            raise UsageError("you may not s3:GetObjectTagging")

    told = []
    brainscore_data.lookup("MajajHong2015", store=WithoutTags(), tell=told.append)
    assert [("which of its versions is published is not seen" in each) for each in told] == [True]


def test_verify_tells_of_the_later_one_and_finds_nothing_wrong(raced, monkeypatch):
    monkeypatch.setattr("brainscore_data.reading.verification.opened", lambda *_, **__: raced)
    told = []
    assert brainscore_data.verify(raced.receipts[0].receipts, tell=told.append) == []
    assert [says_so(notice) for notice in told] == [True]


@pytest.mark.parametrize("version", ["v1", None])
def test_audit_compares_a_pin_with_what_is_published_and_notes_the_later_one(raced, version):
    [item] = raced.receipts[0].receipts.items
    place = Place("__init__.py", 1, "assembly", "MajajHong2015")
    pin = Pin(place, "MajajHong2015", "s3://lab", None, None, NC, version, item.nc.object.sha1)
    found = compare(pin, raced, read=True, allow_unversioned=True)
    assert (found.content, found.problems) == ("same", ())
    assert says_so(found.on_top)
    assert "note: " + found.on_top in render_text(Audit((found,), ()))


def test_a_replacement_is_what_readers_get_and_nothing_lies_on_top(memory_store, bundles, run):
    store = memory_store(conditional=False)
    publish_bundle(bundles.write(bundles.assembly("MajajHong2015", b"v1")), store, run=run)
    corrected = bundles.write(bundles.assembly("MajajHong2015", b"v2", replaces="v1"))
    publish_bundle(corrected, store, run=run)
    found = published_version(store, NC)
    assert (found.version, found.on_top, found.notice) == (store.stat(NC), None, "")


def test_a_replacement_is_told_by_its_metadata_where_tags_are_lost(memory_store, bundles, run):
    store = memory_store(conditional=False)
    publish_bundle(bundles.write(bundles.assembly("MajajHong2015", b"first")), store, run=run)
    second = bundles.write(bundles.assembly("MajajHong2015", b"second", replaces="v1"))
    publish_bundle(second, store, run=run)
    for version in store.kept[NC]:
        version.tags = {}

    assert published_version(store, NC).version.version_id == "v2"


def test_of_two_delete_markers_the_last_one_counts(memory_store, bundles, run):
    store = memory_store(conditional=False)
    for content in (b"v1", b"v2"):
        store.put_by_hand(NC, content)
        store.delete(NC)
    assert published_version(store, NC).version.deleted
    store.put_by_hand(NC, b"v3")
    store.put_by_hand(NC, b"v4")
    assert store.open(NC, published_version(store, NC).version.version_id).read() == b"v3"


def test_where_conditions_hold_the_latest_is_published_whoever_wrote_it(memory_store, tmp_path):
    store = memory_store()
    for content in (b"old", b"new"):
        store.put_by_hand(NC, content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [path] = brainscore_data.fetch("MajajHong2015", store=store, into=tmp_path)
    assert path.read_bytes() == b"new"


def test_who_may_not_list_versions_gets_the_latest(raced):
    class Unlisted:
        def __getattr__(self, name):
            return getattr(raced, name)

        def versions(self, key):
            raise UsageError("you may not s3:ListBucketVersions")

    assert published_version(Unlisted(), NC).version == raced.stat(NC)


def test_a_key_that_was_never_written_has_no_published_version(raced):
    assert published_version(raced, "assy_Kar2019.nc").version is None


def test_a_delete_marker_is_not_taken_for_a_version_on_top(raced):
    raced.delete(NC)
    found = published_version(raced, NC)
    assert isinstance(found.version, StoredObject)
    assert found.version.deleted
    assert found.on_top is None


def test_what_replaces_a_version_that_did_not_stand_is_not_published(memory_store):
    store = memory_store(conditional=False)
    for content in (b"first", b"late", b"of the late one"):
        store.put_by_hand(NC, content)
    store.kept[NC][2].tags = {"replaces": "v2"}
    found = published_version(store, NC)
    assert (found.version.version_id, found.on_top.version_id) == ("v1", "v3")
    store.kept[NC][2].tags = {"replaces": "v1"}
    assert published_version(store, NC).version.version_id == "v3"
