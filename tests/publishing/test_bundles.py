"""Publishing a bundle: what ends up in the store, and what the receipts say."""

from __future__ import annotations

import hashlib
import json

import pytest

from brainscore_data.base.errors import DataError, IncompleteError, UsageError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.comparison import Committed
from brainscore_data.publishing.planning import plan
from brainscore_data.records.bundle import Script, bundle_digest, load_bundle, save_bundle
from brainscore_data.store.interface import ReadOnlyStoreError
from brainscore_data.store.local.folder import LocalStore

NC = "assy_MajajHong2015_public.nc"
CSV, ZIP = "stimulus_hvm-public.csv", "stimulus_hvm-public.zip"


@pytest.fixture
def stimuli(bundles):
    return bundles.stimulus_set("hvm-public", b"stimulus_id,filename\n", b"PK hvm")


@pytest.fixture
def responses(bundles):
    return bundles.assembly("MajajHong2015.public", b"CDF rates", stimulus_set="hvm-public")


def objects(published):
    return [file.object for item in published.receipts.items for file in item.files]


def committed(receipts, **other):
    """Commit receipts; `other` is what they say instead."""
    document = json.loads(receipts.model_dump_json(by_alias=True))
    for item in document["items"]:
        for name in {"csv", "zip", "nc"} & set(item):
            item[name]["object"] |= other
    return Committed(lambda: [json.dumps(document).encode()])


def statuses(published):
    return [file.run.status for item in published.receipts.items for file in item.files]


@pytest.fixture(params=["checksums", "no checksums"])
def store(memory_store, request):
    return memory_store(checksums=request.param == "checksums")


def test_every_file_gets_a_version_and_a_receipt(bundles, stimuli, responses, store, run):
    published = publish_bundle(bundles.write(stimuli, responses), store, run=run)
    assert statuses(published) == ["new"] * 3
    for receipt in objects(published):
        stored = store.open(receipt.key.removeprefix("data/"), receipt.version_id).read()
        assert receipt.sha1 == hashlib.sha1(stored, usedforsecurity=False).hexdigest()
        assert receipt.sha256 == hashlib.sha256(stored).hexdigest()
        assert receipt.size == len(stored)
        assert receipt.verified == ("store checksum" if store.checksums else "read back")
    assert {receipt.store for receipt in objects(published)} == {"s3://lab/data"}


def test_publishing_twice_writes_nothing_and_gives_the_same_objects(
    bundles, stimuli, responses, store, run, other_run
):
    folder = bundles.write(stimuli, responses)
    first = publish_bundle(folder, store, run=run)
    again = publish_bundle(folder, store, run=other_run)
    assert objects(again) == objects(first)
    assert statuses(again) == ["unchanged"] * 3
    assert all(len(store.versions(key)) == 1 for key in (NC, CSV, ZIP))


class TestEqualContentInOtherBytes:
    """Its digest is what the object's writer says of it, and anybody who may write can say so."""

    @pytest.fixture(params=["memory", "folder"])
    def store(self, memory_store, tmp_path, request):
        return memory_store() if request.param == "memory" else LocalStore(tmp_path / "store")

    @pytest.fixture
    def forged(self, bundles):
        return bundles.write(
            bundles.stimulus_set("hvm-public", b"a csv", b"a zip", meanings=("rows", "images")),
            bundles.assembly("MajajHong2015.public", b"false rates", meaning="rates"),
        )

    @pytest.fixture
    def honest(self, bundles):
        return bundles.write(
            bundles.stimulus_set("hvm-public", b"the csv", b"the zip", meanings=("rows", "images")),
            bundles.assembly("MajajHong2015.public", b"true rates", meaning="rates"),
        )

    def test_is_other_content_where_its_writers_word_is_all_there_is(
        self, forged, honest, store, run, other_run
    ):
        publish_bundle(forged, store, run=other_run)
        with pytest.raises(DataError) as refused:
            publish_bundle(honest, store, run=run)
        for key in (NC, CSV, ZIP):
            assert f"{key}: taken by other content (version {store.stat(key).version_id}" in str(
                refused.value
            )
        assert refused.value.message.count("claims that its other bytes have the same content") == 3
        assert "replaces = " in refused.value.hint
        assert "commit the receipts.json" in refused.value.hint
        assert [len(store.versions(key)) for key in (NC, CSV, ZIP)] == [1, 1, 1]

    def test_is_unchanged_where_committed_receipts_pin_the_version_and_its_hash(
        self, forged, honest, store, run, other_run
    ):
        first = publish_bundle(forged, store, run=other_run)
        second = publish_bundle(honest, store, run=run, committed=committed(first.receipts))
        assert statuses(second) == ["unchanged"] * 3
        assert objects(second) == objects(first)  # of the stored bytes
        assert [len(store.versions(key)) for key in (NC, CSV, ZIP)] == [1, 1, 1]

    @pytest.mark.parametrize(
        "other",
        [
            {"version_id": "another"},
            {"sha256": "0" * 64},
            {"size": 1},
            {"digest": "cd1:" + "0" * 64},
            {"bucket": "another"},
            {"key": "another"},
        ],
        ids=lambda other: next(iter(other)),
    )
    def test_is_other_content_where_the_receipts_are_of_another_version(
        self, forged, honest, store, run, other_run, other
    ):
        receipts = publish_bundle(forged, store, run=other_run).receipts
        with pytest.raises(DataError, match="taken by other content"):
            publish_bundle(honest, store, run=run, committed=committed(receipts, **other))

    def test_is_other_content_when_another_run_puts_it_there_meanwhile(
        self, bundles, memory_store, run, other_run
    ):
        store = memory_store(conditional=False)
        theirs, ours = (
            bundles.write(bundles.assembly("MajajHong2015.public", content, meaning="rates"))
            for content in (b"false rates", b"true rates")
        )
        store.before_write = lambda: publish_bundle(theirs, store, run=other_run)
        with pytest.raises(IncompleteError, match="another run wrote other content first"):
            publish_bundle(ours, store, run=run)

    def test_names_no_receipts_where_nobody_claims_it(self, bundles, honest, store, run):
        publish_bundle(
            bundles.write(bundles.assembly("MajajHong2015.public", b"other", meaning="other")),
            store,
            run=run,
        )
        with pytest.raises(DataError) as refused:
            publish_bundle(honest, store, run=run)
        assert "claims" not in refused.value.message
        assert "receipts.json" not in refused.value.hint

    def test_is_other_content_if_the_pinned_bytes_are_not_there_any_more(
        self, bundles, memory_store, run
    ):
        store = memory_store(checksums=False)
        old, new = (
            bundles.write(bundles.assembly("MajajHong2015.public", content, meaning="rates"))
            for content in (b"true bytes", b"other bytes")
        )
        first = publish_bundle(old, store, run=run)
        store.kept[NC][0].content = b"rotten byte"
        with pytest.raises(DataError, match="taken by other content"):
            publish_bundle(new, store, run=run, committed=committed(first.receipts))


def test_what_others_wrote_without_metadata_is_recognised_by_its_bytes(
    bundles, responses, store, run
):
    by_hand = store.put_by_hand(NC, b"CDF rates")
    published = publish_bundle(bundles.write(responses), store, run=run)
    assert statuses(published) == ["unchanged"]
    assert objects(published)[0].version_id == by_hand.version_id


def test_a_key_taken_by_other_content_is_refused_and_nothing_at_all_is_written(
    bundles, stimuli, responses, store, run
):
    publish_bundle(
        bundles.write(bundles.assembly("MajajHong2015.public", b"earlier rates")), store, run=run
    )
    version = store.stat(NC).version_id
    with pytest.raises(DataError) as refused:
        publish_bundle(bundles.write(stimuli, responses), store, run=run)
    message = str(refused.value)
    assert f"version {version}" in message
    assert store.stat(NC).metadata["sha1"] in message
    assert "uploaded by majaj from commit " + "c" * 40 in message
    assert f'replaces = "{version}"' in message
    assert store.versions(CSV) == store.versions(ZIP) == []
    assert len(store.versions(NC)) == 1


def test_all_refused_items_are_listed_at_once(bundles, stimuli, responses, store, run):
    publish_bundle(
        bundles.write(
            bundles.stimulus_set("hvm-public", b"other csv", b"other zip"),
            bundles.assembly("MajajHong2015.public", b"earlier rates"),
        ),
        store,
        run=run,
    )
    with pytest.raises(DataError) as refused:
        publish_bundle(bundles.write(stimuli, responses), store, run=run)
    assert all(key in refused.value.message for key in (NC, CSV, ZIP))
    csv, zipped = store.stat(CSV).version_id, store.stat(ZIP).version_id
    assert f'replaces = {{ csv = "{csv}", zip = "{zipped}" }}' in refused.value.hint


def test_the_lines_of_a_refusal_when_pasted_replace_exactly_that_version(bundles, store, run):
    publish_bundle(bundles.write(bundles.assembly("MajajHong2015.public", b"v1")), store, run=run)
    first = store.stat(NC).version_id
    corrected = bundles.write(bundles.assembly("MajajHong2015.public", b"v2", replaces=first))
    published = publish_bundle(corrected, store, run=run)
    assert statuses(published) == ["replaced"]
    assert [store.open(NC, v.version_id).read() for v in store.versions(NC)] == [b"v1", b"v2"]
    assert statuses(publish_bundle(corrected, store, run=run)) == ["unchanged"]


def test_replacing_a_version_that_is_no_longer_the_latest_is_refused(bundles, store, run):
    publish_bundle(bundles.write(bundles.assembly("MajajHong2015.public", b"v1")), store, run=run)
    first = store.stat(NC).version_id
    publish_bundle(
        bundles.write(bundles.assembly("MajajHong2015.public", b"v2", replaces=first)),
        store,
        run=run,
    )
    late = bundles.write(bundles.assembly("MajajHong2015.public", b"v3", replaces=first))
    with pytest.raises(DataError, match=f"`replaces` names version {first}"):
        publish_bundle(late, store, run=run)
    assert len(store.versions(NC)) == 2


def test_a_replacement_of_what_this_store_never_had_is_created_and_the_user_told(
    bundles, store, run
):
    folder = bundles.write(bundles.assembly("MajajHong2015.public", b"v2", replaces="elsewhere"))
    published = publish_bundle(folder, store, run=run)
    assert statuses(published) == ["new"]
    assert any("elsewhere" in notice for notice in published.notices)


def test_only_the_changed_file_of_a_stimulus_set_is_replaced(bundles, stimuli, store, run):
    publish_bundle(bundles.write(stimuli), store, run=run)
    versions = {"csv": store.stat(CSV).version_id, "zip": store.stat(ZIP).version_id}
    corrected = bundles.stimulus_set("hvm-public", b"better csv", b"PK hvm", replaces=versions)
    published = publish_bundle(bundles.write(corrected), store, run=run)
    assert published.receipts.items[0].csv.run.status == "replaced"
    assert published.receipts.items[0].zip.run.status == "unchanged"
    assert len(store.versions(ZIP)) == 1


def test_a_delete_marker_on_top_counts_as_taken(bundles, responses, store, run):
    folder = bundles.write(responses)
    publish_bundle(folder, store, run=run)
    store.delete(NC)
    with pytest.raises(DataError, match="delete marker"):
        publish_bundle(folder, store, run=run)
    assert len(store.versions(NC)) == 2


def test_the_zip_goes_before_the_csv_and_whoever_loses_it_stops_there(
    bundles, stimuli, store, run, other_run
):
    other = bundles.write(bundles.stimulus_set("hvm-public", b"other csv", b"other zip"))
    ours = bundles.write(stimuli)
    store.before_write = lambda: publish_bundle(other, store, run=other_run)

    class Conditional:  # looks again in the moment of writing, as a real store does
        def __getattr__(self, name):
            return getattr(store, name)

        def write(self, write):
            if store.before_write is not None:
                race, store.before_write = store.before_write, None
                race()
            return store.write(write)

    with pytest.raises(DataError, match=r"another run put other content.*uploaded by hong"):
        publish_bundle(ours, Conditional(), run=run)
    assert store.open(CSV).read() == b"other csv"


def test_a_bundle_whose_file_has_another_items_key_is_refused(bundles, store, run):
    item, files = bundles.assembly("MajajHong2015.public", b"rates")
    stolen = item.model_copy(update={"identifier": "Kar2019"})
    with pytest.raises(DataError, match=r"readers look for assy_Kar2019\.nc"):
        publish_bundle(bundles.write((stolen, files)), store, run=run)


def test_two_identifiers_with_one_key_are_refused(bundles, store, run):
    folder = bundles.write(
        bundles.assembly("MajajHong2015.public", b"a"),
        bundles.assembly("MajajHong2015_public", b"a"),
    )
    with pytest.raises(DataError, match="both become"):
        publish_bundle(folder, store, run=run)


def test_metadata_depends_on_the_content_and_tags_on_the_run(
    bundles, responses, memory_store, run, other_run
):
    folder, one, other = bundles.write(responses), memory_store(), memory_store()
    publish_bundle(folder, one, run=run)
    publish_bundle(folder, other, run=other_run)
    metadata = one.stat(NC).metadata
    assert metadata == other.stat(NC).metadata
    assert set(metadata) == {"sha1", "sha256", "digest", "identifier", "license", "writer"}
    assert json.dumps(metadata).isascii()
    assert one.tags(NC) == {
        "uploadedBy": "majaj",
        "visibility": "public",
        "dataset": "majajhong2015",
        "commit": "c" * 40,
    }
    assert other.tags(NC)["uploadedBy"] == "hong"


def test_metadata_stays_ascii_and_under_two_kilobytes_whatever_the_writers_are_called(
    bundles, responses, store, run
):
    writers = {f"bibliothèque-{number}": "1.0\n" for number in range(500)}
    publish_bundle(bundles.write(responses, writers=writers), store, run=run)
    metadata = store.stat(NC).metadata
    assert sum(len(key) + len(value) for key, value in metadata.items()) < 2048
    assert all(value.isascii() and value.isprintable() for value in metadata.values())


def test_tags_keep_to_the_characters_of_s3(bundles, responses, store, run):
    publish_bundle(bundles.write(responses, dataset="a|b&c <d>"), store, run=run)
    assert store.tags(NC)["dataset"] == "a_b_c _d_"


def test_tags_are_no_longer_than_s3_takes(bundles, responses, store, run):
    publish_bundle(bundles.write(responses, dataset="d" * 300), store, run=run)
    assert store.tags(NC)["dataset"] == "d" * 256


def test_a_store_without_versions_is_refused_unless_it_is_allowed(
    bundles, responses, memory_store, run
):
    store = memory_store(versioned=False)
    folder = bundles.write(responses)
    with pytest.raises(UsageError, match="keeps no versions"):
        publish_bundle(folder, store, run=run)
    assert store.versions(NC) == []
    published = publish_bundle(folder, store, run=run, allow_unversioned=True)
    assert objects(published)[0].version_id is None
    again = publish_bundle(folder, store, run=run, allow_unversioned=True)
    assert objects(again) == objects(published)


def test_nothing_is_ever_overwritten_in_a_store_without_versions(bundles, memory_store, run):
    store = memory_store(versioned=False, null_id="null")
    store.put_by_hand(NC, b"v1")
    folder = bundles.write(bundles.assembly("MajajHong2015.public", b"v2", replaces="null"))
    with pytest.raises(DataError, match="taken by other content"):
        publish_bundle(folder, store, run=run, allow_unversioned=True)
    assert store.open(NC).read() == b"v1"


def test_content_without_a_version_id_in_a_versioned_store_needs_to_be_allowed(
    bundles, responses, memory_store, run
):
    store = memory_store(versioned=False)
    store.put_by_hand(NC, b"CDF rates")
    store.versioned = True
    folder = bundles.write(responses)
    with pytest.raises(DataError, match="without a version id"):
        publish_bundle(folder, store, run=run)
    assert statuses(publish_bundle(folder, store, run=run, allow_unversioned=True)) == ["unchanged"]


def test_versioning_that_is_switched_off_during_the_run_is_an_error(bundles, responses, store, run):
    store.before_write = lambda: setattr(store, "versioned", False)
    with pytest.raises(UsageError, match="no version id"):
        publish_bundle(bundles.write(responses), store, run=run)


def test_a_read_only_store_is_an_error_only_if_something_has_to_be_written(
    bundles, responses, store, run
):
    folder = bundles.write(responses)
    store.writable = False
    with pytest.raises(ReadOnlyStoreError) as refused:
        publish_bundle(folder, store, run=run)
    assert refused.value.told("command").endswith("choose another store with --store")
    assert refused.value.told("function").endswith("choose another bucket_name")
    assert refused.value.told("workflow").endswith("choose another store with the input `store`")
    store.writable = True
    publish_bundle(folder, store, run=run)
    store.writable = False
    assert statuses(publish_bundle(folder, store, run=run)) == ["unchanged"]


def test_bytes_that_change_on_the_way_get_no_receipt(bundles, responses, store, run):
    folder = bundles.write(responses)

    class Damaging:
        def __getattr__(self, name):
            return getattr(store, name)

        def write(self, write):
            write.path.write_bytes(b"CDF rotes")
            return store.write(write)

    kept = []
    with pytest.raises(DataError, match="other bytes than the bundle's"):
        publish_bundle(folder, Damaging(), run=run, keep=kept.append)
    assert kept == []


def test_a_plan_says_what_would_be_done_and_writes_nothing(bundles, stimuli, responses, store, run):
    publish_bundle(bundles.write(stimuli), store, run=run)
    found = plan(load_bundle(bundles.write(stimuli, responses)), store)
    assert [file.status for item in found.items for file in item.files] == [
        "unchanged",
        "unchanged",
        "new",
    ]
    assert store.versions(NC) == []


class TestAStoreThatIgnoresConditions:
    @pytest.fixture
    def store(self, memory_store):
        return memory_store(conditional=False)

    def test_the_receipt_says_that_versions_were_listed(self, bundles, responses, store, run):
        published = publish_bundle(bundles.write(responses), store, run=run)
        assert published.receipts.items[0].nc.run.guard == "versions listed"

    def test_of_two_writers_of_different_content_the_earliest_wins_and_the_later_is_told(
        self, bundles, responses, store, run, other_run
    ):
        other = bundles.write(bundles.assembly("MajajHong2015.public", b"other rates"))
        ours = bundles.write(responses)
        store.before_write = lambda: publish_bundle(other, store, run=other_run)
        with pytest.raises(IncompleteError, match=r"uploaded by hong.*earliest wins"):
            publish_bundle(ours, store, run=run)
        # Nor does it win by running again, although its version is on top.
        with pytest.raises(DataError, match="taken by other content"):
            publish_bundle(ours, store, run=run)
        assert statuses(publish_bundle(other, store, run=other_run)) == ["unchanged"]

    def test_two_writers_of_the_same_content_get_the_same_receipt(
        self, bundles, responses, store, run, other_run
    ):
        folder, theirs = bundles.write(responses), []
        store.before_write = lambda: theirs.append(publish_bundle(folder, store, run=other_run))
        ours = publish_bundle(folder, store, run=run)
        assert objects(ours) == objects(theirs[0])
        assert objects(publish_bundle(folder, store, run=run)) == objects(ours)

    def test_a_replacement_stands_although_it_is_not_the_earliest(
        self, bundles, responses, store, run
    ):
        publish_bundle(bundles.write(responses), store, run=run)
        first = store.stat(NC).version_id
        corrected = bundles.write(bundles.assembly("MajajHong2015.public", b"v2", replaces=first))
        assert statuses(publish_bundle(corrected, store, run=run)) == ["replaced"]
        assert statuses(publish_bundle(corrected, store, run=run)) == ["unchanged"]

    def test_a_replacement_still_works_after_a_lost_race(
        self, bundles, responses, store, run, other_run
    ):
        other = bundles.write(bundles.assembly("MajajHong2015.public", b"other rates"))
        ours = bundles.write(responses)
        store.before_write = lambda: publish_bundle(other, store, run=other_run)
        with pytest.raises(IncompleteError):
            publish_bundle(ours, store, run=run)
        standing = store.versions(NC)[0].version_id
        corrected = bundles.write(
            bundles.assembly("MajajHong2015.public", b"CDF rates", replaces=standing)
        )
        published = publish_bundle(corrected, store, run=run)
        assert statuses(published) == ["replaced"]
        assert objects(publish_bundle(corrected, store, run=run)) == objects(published)


def test_how_to_approve_what_a_script_made_is_told_to_each_reader(bundles, responses, store, run):
    folder = bundles.write(responses)
    made = {"script": Script(name="package.py", sha256="0" * 64)}
    save_bundle(load_bundle(folder).model_copy(update=made), folder)
    with pytest.raises(UsageError) as refused:
        publish_bundle(folder, store, run=run)
    digest = bundle_digest(folder)
    assert refused.value.told("command").endswith(f" --approve-digest {digest}")
    assert refused.value.told("workflow").endswith(
        f"by its digest:\n    start publish-data.yml with bundle-sha256: {digest[7:]}"
    )
