"""The receipts of shards become those of the dataset, or it is said what stands against it."""

from __future__ import annotations

import pytest

import brainscore_data
from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.records.receipts import load_receipts, save_receipts
from brainscore_data.records.shard_receipts import load_shards, merge_shards, shard_receipts_in


@pytest.fixture
def example(repository_root, tmp_path):
    """The gratings: a stimulus set and two assemblies."""
    import shutil

    return shutil.copytree(repository_root / "examples" / "gratings", tmp_path / "gratings")


@pytest.fixture
def published(example, tmp_path):
    """Publish shards of the example, one by one as its machines do; gives where their receipts are."""
    store = (tmp_path / "store").as_uri()

    def publish(*shards, folder=example, receipts="receipts"):
        home = tmp_path / receipts
        home.mkdir(exist_ok=True)
        for shard in shards:
            brainscore_data.publish(folder, store, shard=shard, receipts=home, who="a machine")
        return home

    return publish


def test_all_shards_together_are_what_one_machine_would_have_said(published, example, tmp_path):
    home = published("1/3", "2/3", "3/3")
    assert [path.name for path in shard_receipts_in(home)] == [
        f"receipts.shard-{n}-of-3.json" for n in (1, 2, 3)
    ]
    merged = merge_shards(load_shards([home]))
    other = (tmp_path / "other").as_uri()
    whole = brainscore_data.publish(example, other).receipts
    assert merged.shard is None
    assert [item.identifier for item in merged.items] == [item.identifier for item in whole.items]
    assert [file.object.sha256 for item in merged.items for file in item.files] == [
        file.object.sha256 for item in whole.items for file in item.files
    ]


def test_shards_that_are_missing_are_named(published):
    home = published("2/3")
    with pytest.raises(IncompleteError, match="no receipts of shard 1/3, 3/3") as missing:
        merge_shards(load_shards([home]))
    assert "publish FOLDER --shard 1/3" in missing.value.hint
    published("1/3", "3/3")  # and nothing else is run again
    assert len(merge_shards(load_shards([home])).items) == 3


def test_a_shard_that_did_not_publish_all_of_its_items_is_named(published):
    home = published("1/2", "2/2")
    path = home / "receipts.shard-2-of-2.json"
    receipts = load_receipts(path)
    save_receipts(receipts.model_copy(update={"items": receipts.items[:1]}), path)
    with pytest.raises(IncompleteError, match="shard 2/2 has receipts of 1 of its 2 items"):
        merge_shards(load_shards([home]))


def test_shards_of_different_plans_do_not_go_together(published, example):
    home = published("1/2")
    manifest = example / "dataset.toml"
    manifest.write_text("# changed in between\n" + manifest.read_text())
    published("2/2")
    with pytest.raises(UsageError, match="of another plan than those in") as refused:
        merge_shards(load_shards([home]))
    assert refused.value.place.file.endswith("receipts.shard-2-of-2.json")


def test_the_same_shard_twice_agrees_or_is_refused(published, tmp_path):
    home, again = published("1/2", "2/2"), published("2/2", receipts="again")
    both = load_shards([home, again / "receipts.shard-2-of-2.json"])
    assert merge_shards(both) == merge_shards(load_shards([home]))
    path = again / "receipts.shard-2-of-2.json"
    path.write_text(path.read_text().replace('"version_id": "', '"version_id": "other-'))
    changed = load_receipts(path).items
    if changed == load_receipts(home / path.name).items:
        pytest.fail("the store gives no version ids")
    with pytest.raises(UsageError, match="is another object here than in"):
        merge_shards(load_shards([home, path]))


def test_receipts_of_no_shard_are_refused(published, example, tmp_path):
    home = published("1/2")
    whole = brainscore_data.publish(example, (tmp_path / "store").as_uri())
    save_receipts(whole.receipts, home / "receipts.json")
    with pytest.raises(UsageError, match="these receipts are of no shard"):
        merge_shards(load_shards([home, home / "receipts.json"]))
    with pytest.raises(UsageError, match="no receipts of shards in this folder"):
        load_shards([tmp_path])
