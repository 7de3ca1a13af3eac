"""Fetching files into a folder."""

from __future__ import annotations

import pytest

import brainscore_data
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.store.interface import NotStoredError
from brainscore_data.store.write import Write


def names(paths):
    return [path.name for path in paths]


def test_an_assembly_is_one_file(published, tmp_path, rates_nc):
    paths = brainscore_data.fetch("MajajHong2015", store=published.url, into=tmp_path / "new")
    assert names(paths) == ["assy_MajajHong2015.nc"]
    assert paths[0].read_bytes() == rates_nc


def test_a_stimulus_set_is_two(published, tmp_path):
    paths = brainscore_data.fetch("hvm", store=published.url, into=tmp_path)
    assert names(paths) == ["stimulus_hvm.csv", "stimulus_hvm.zip"]


def test_an_assembly_and_a_stimulus_set_of_one_name_are_both_fetched_unless_one_is_pinned(
    published, bundles, rates_nc, tmp_path
):
    from brainscore_data.publishing.bundles import publish_bundle
    from brainscore_data.publishing.published import Run

    twin = bundles.write(bundles.assembly("hvm", rates_nc))
    receipts = publish_bundle(twin, published.store, run=Run("majaj", "now")).receipts
    both = brainscore_data.fetch("hvm", store=published.url, into=tmp_path)
    assert len(both) == 3
    version_id = receipts.items[0].nc.object.version_id
    pinned = {"store": published.url, "into": tmp_path}
    assert names(brainscore_data.fetch("hvm", version_id=version_id, **pinned)) == ["assy_hvm.nc"]
    zip_sha1 = published.file(".zip").sha1
    assert len(brainscore_data.fetch("hvm", zip_sha1=zip_sha1, **pinned)) == 2


def test_a_file_whose_hash_is_wrong_does_not_appear(published, tmp_path):
    with pytest.raises(DataError):
        brainscore_data.fetch(
            "MajajHong2015", store=published.url, sha1="0" * 40, into=tmp_path / "out"
        )
    assert not (tmp_path / "out").exists()


def test_a_name_that_nobody_published_is_an_error(published, tmp_path):
    with pytest.raises(NotStoredError, match="nothing is published as 'Kar2019'"):
        brainscore_data.fetch("Kar2019", store=published.url, into=tmp_path)


def test_what_was_published_and_deleted_is_told_to_be_deleted(tmp_path, memory_store):
    store, file = memory_store(), tmp_path / "file"
    file.write_bytes(b"spikes")
    store.write(Write("assy_MajajHong2015.nc", file))
    store.delete("assy_MajajHong2015.nc")
    with pytest.raises(NotStoredError, match="'MajajHong2015' was published here, and deleted"):
        brainscore_data.fetch("MajajHong2015", store=store, into=tmp_path)


def test_a_file_in_the_folders_place_is_an_error(published, tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(UsageError, match="not a folder"):
        brainscore_data.fetch("hvm", store=published.url, into=tmp_path / "taken")


def test_what_is_changed_where_it_was_fetched_to_is_fetched_whole_again(
    published, tmp_path, rates_nc
):
    """It can be one file with the copy in the cache."""
    [changed] = brainscore_data.fetch("MajajHong2015", store=published.url, into=tmp_path / "one")
    with changed.open("r+b") as file:
        file.write(b"other")
    [again] = brainscore_data.fetch("MajajHong2015", store=published.url, into=tmp_path / "two")
    assert again.read_bytes() == rates_nc
    assert changed.read_bytes() != rates_nc
