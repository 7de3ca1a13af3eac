"""Recovering what was lost: hashes and version ids, from the store alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

import brainscore_data
from brainscore_data.base.errors import UsageError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.interface import NotStoredError
from brainscore_data.store.write import Write


def test_what_a_receipt_says_is_recovered_from_the_store_alone(published):
    found = brainscore_data.lookup("MajajHong2015", store=published.url, read=True)[0]
    nc = published.file(".nc")
    for name in ("store", "key", "version_id", "sha1", "sha256", "size", "digest"):
        assert getattr(found, name) == getattr(nc, name)
    assert found.verified == "read back"
    assert found.tags["uploadedBy"] == "majaj"
    assert found.object == nc


def test_the_object_of_a_receipt_is_rebuilt_without_reading_any_data(published):
    class Unread:
        def __getattr__(self, name):
            if name == "open":
                raise AssertionError("the data was read")
            return getattr(published.store, name)

    found = brainscore_data.lookup("hvm", store=Unread())
    assert [version.object for version in found] == [published.file(".csv"), published.file(".zip")]


def test_metadata_that_is_no_hash_is_not_taken_for_one(published, tmp_path):
    by_hand = tmp_path / "by-hand.nc"
    by_hand.write_bytes(b"rates")

    class Claiming:
        def __getattr__(self, name):
            return getattr(published.store, name)

        def versions(self, key):
            lies = {"sha1": "f" * 40, "sha256": "rates?", "digest": "cd1"}
            return [replace(stored, metadata=lies) for stored in published.store.versions(key)]

    published.store.write(Write("assy_Kar2019.nc", by_hand))
    found = brainscore_data.lookup("Kar2019", store=Claiming())[0]
    assert found.sha256 == hashlib.sha256(b"rates").hexdigest()
    assert found.object is None


class Unlisted:
    """A store whose versions this caller may not list."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def versions(self, key):
        raise UsageError(f"you may not s3:ListBucketVersions for {key}")


def test_without_the_permission_to_list_it_is_said_what_was_not_seen(published):
    notices = []
    found = brainscore_data.lookup("hvm", store=Unlisted(published.store), tell=notices.append)
    assert [version.object for version in found] == [published.file(".csv"), published.file(".zip")]
    assert all(
        "only its latest version is seen" in notice and "s3:ListBucketVersions" in notice
        for notice in notices
    )
    assert len(notices) == 3


def test_where_nothing_at_all_can_be_seen_that_is_an_error(published):
    class Forbidden(Unlisted):
        def stat(self, key, version_id=None):
            raise UsageError("you may not s3:GetObject")

    with pytest.raises(UsageError, match="ListBucketVersions"):
        brainscore_data.lookup("hvm", store=Forbidden(published.store))


def test_what_only_the_writer_vouches_for_is_called_that(published):
    found = brainscore_data.lookup("hvm", store=published.url)
    assert [version.key for version in found] == ["stimulus_hvm.csv", "stimulus_hvm.zip"]
    assert {version.verified for version in found} == {"metadata"}


def test_all_versions_are_listed_the_latest_marked(published, bundles):
    nc = published.file(".nc")
    newer = bundles.write(bundles.assembly("MajajHong2015", b"new", replaces=nc.version_id))
    publish_bundle(newer, published.store, run=Run("hong", "now"))
    found = brainscore_data.lookup("MajajHong2015", store=published.url)
    assert [version.latest for version in found] == [False, True]
    assert found[0].version_id == nc.version_id


def test_objects_without_metadata_are_read_and_hashed(published, tmp_path):
    by_hand = tmp_path / "by-hand.nc"
    by_hand.write_bytes(b"rates")
    published.store.write(Write("assy_Kar2019.nc", by_hand))
    found = brainscore_data.lookup("Kar2019", store=published.url)[0]
    assert found.sha1 == hashlib.sha1(b"rates", usedforsecurity=False).hexdigest()
    assert found.verified == "read back"
    assert found.digest is None


def test_a_writer_that_the_stores_own_checksum_contradicts_is_not_believed(published):
    class WithChecksums:
        def __getattr__(self, name):
            return getattr(published.store, name)

        def versions(self, key):
            lies = {"sha1": "0" * 40, "sha256": "0" * 64}
            return [
                replace(stored, sha256=published.file(key).sha256, metadata=lies)
                for stored in published.store.versions(key)
            ]

    found = brainscore_data.lookup("MajajHong2015", store=WithChecksums())[0]
    assert found.sha1 == published.file(".nc").sha1
    assert found.verified == "read back"


def test_a_name_that_nobody_published_is_an_error(published):
    with pytest.raises(NotStoredError, match="Kar2019"):
        brainscore_data.lookup("Kar2019", store=published.url)
