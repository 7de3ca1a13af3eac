"""From a folder to receipts on disk."""

from __future__ import annotations

import json
import re
import tempfile

import numpy as np
import pytest

import brainscore_data
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.records.receipts import load_receipts, save_receipts
from brainscore_data.store.s3.trial import PROBE_KEY

NC = "assy_MajajHong2015.nc"


@pytest.fixture
def url(tmp_path):
    return (tmp_path / "store").as_uri()


def test_receipts_for_programs_and_for_people_lie_in_the_bundles_folder(bundles, url):
    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    published = brainscore_data.publish(folder, url)
    assert load_receipts(folder / "receipts.json") == published.receipts
    assert "data_registry['MajajHong2015']" in (folder / "receipt.md").read_text()


def test_publishing_twice_leaves_the_receipts_as_they_are(bundles, url):
    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    brainscore_data.publish(folder, url, who="majaj")
    before = [(folder / name).read_bytes() for name in ("receipts.json", "receipt.md")]
    again = brainscore_data.publish(folder, url, who="hong")
    assert [(folder / name).read_bytes() for name in ("receipts.json", "receipt.md")] == before
    assert again.receipts.items[0].nc.run.status == "unchanged"


def test_receipts_can_lie_elsewhere_and_collect(bundles, url, tmp_path):
    receipts = tmp_path / "repository" / "receipts.json"
    receipts.parent.mkdir()
    for identifier in ("Kar2019", "MajajHong2015"):
        folder = bundles.write(bundles.assembly(identifier, b"rates"))
        brainscore_data.publish(folder, url, receipts=receipts)
    assert len(json.loads(receipts.read_text())["items"]) == 2


def test_the_receipts_of_finished_items_are_on_disk_when_the_next_is_interrupted(
    bundles, memory_store
):
    folder = bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip"), bundles.assembly("MajajHong2015", b"rates")
    )
    store = memory_store()

    class Interrupted:
        def __getattr__(self, name):
            return getattr(store, name)

        def write(self, write):
            if write.key == NC:
                raise KeyboardInterrupt
            return store.write(write)

    with pytest.raises(KeyboardInterrupt):
        brainscore_data.publish(folder, Interrupted())
    assert [item.identifier for item in load_receipts(folder / "receipts.json").items] == ["hvm"]
    brainscore_data.publish(folder, store)
    assert len(load_receipts(folder / "receipts.json").items) == 2


def test_a_damaged_receipts_file_stops_before_anything_is_written(bundles, url, tmp_path):
    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    (folder / "receipts.json").write_text("{")
    with pytest.raises(UsageError, match="JSON"):
        brainscore_data.publish(folder, url)
    assert not (tmp_path / "store").exists()


def test_a_place_where_receipts_cannot_be_kept_stops_before_anything_is_written(
    bundles, unprivileged
):
    kept, store = unprivileged / "kept", unprivileged / "store"
    kept.mkdir(mode=0o500)
    with pytest.raises(UsageError, match="permission denied"):
        brainscore_data.publish(unprivileged, store.as_uri(), receipts=kept / "receipts.json")
    assert not store.exists()


def test_a_folder_with_neither_manifest_nor_bundle_is_an_error_that_names_init(tmp_path, url):
    with pytest.raises(UsageError, match="brainscore-data init"):
        brainscore_data.publish(tmp_path, url)


def test_a_folder_that_is_not_there_is_an_error(tmp_path, url):
    with pytest.raises(UsageError, match="no such folder"):
        brainscore_data.publish(tmp_path / "gone", url)


def test_a_bundle_whose_bytes_changed_is_an_error_and_nothing_is_written(bundles, url, tmp_path):
    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    (folder / NC).write_bytes(b"ratez")
    with pytest.raises(DataError, match="as announced; nothing was stored"):
        brainscore_data.publish(folder, url)
    assert list((tmp_path / "store").rglob(f"{NC}*/*")) == []


def newer(text):
    record = json.loads(text)
    return json.dumps(record | {"schema": 2, "chunks": [], "items": "elsewhere"})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param(newer, "bundle schema 2 is not known to this version", id="newer"),
        pytest.param(lambda text: text[:-20], "bundle.json", id="cut off"),
        pytest.param(lambda text: text.replace(NC, "assy_Other.nc"), "assy_Other.nc", id="other"),
        pytest.param(lambda text: text.replace(NC, f"../{NC}"), "bundle.json", id="outside"),
    ],
)
def test_a_bundle_that_cannot_be_used_is_one_message_and_nothing_is_sent(
    bundles, s3_server, changed, message
):
    bucket = s3_server.new_bucket()
    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    record = folder / "bundle.json"
    record.write_text(changed(record.read_text()))
    with pytest.raises(BrainScoreDataError, match=re.escape(message)) as refused:
        brainscore_data.publish(folder, f"s3://{bucket}/data", endpoint_url=s3_server.endpoint_url)
    assert "package the dataset again" in refused.value.hint
    assert "Versions" not in s3_server.client().list_object_versions(Bucket=bucket)
    assert not (folder / "receipts.json").exists()


def test_a_published_bundle_on_s3_is_registered_in_brain_scores_own_form(bundles, s3_server):
    bucket = s3_server.new_bucket()
    folder = bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip"), bundles.assembly("MajajHong2015", b"rates")
    )
    url, endpoint = f"s3://{bucket}/data", s3_server.endpoint_url
    first = brainscore_data.publish(folder, url, endpoint_url=endpoint)
    again = brainscore_data.publish(folder, url, endpoint_url=endpoint)
    assert [i.files[0].object for i in first.receipts.items] == [
        i.files[0].object for i in again.receipts.items
    ]
    stored = first.receipts.items[1].nc.object
    assert (stored.bucket, stored.key) == (bucket, f"data/{NC}")
    listed = s3_server.client().list_object_versions(Bucket=bucket)["Versions"]
    versions = [each for each in listed if not each["Key"].endswith(PROBE_KEY)]
    assert len(versions) == 3
    assert stored.version_id in {version["VersionId"] for version in versions}
    assert brainscore_data.verify(folder) == []


def test_an_item_whose_visibility_changed_is_told_beside_what_its_receipt_said(
    bundles, memory_store, tmp_path
):
    store, key, first = memory_store(), "assy_MajajHong2015.nc", None
    for visibility, said in [
        ("public", []),
        ("private", ["its receipt said public and says private", "it may have been read since"]),
        ("public", ["its receipt said private and says public"]),
    ]:
        folder = bundles.write(bundles.assembly("MajajHong2015", b"r", visibility=visibility))
        if store.kept:  # the store's owner was asked first
            store.kept[key][-1].tags["visibility"] = visibility
        published = brainscore_data.publish(folder, store, receipts=tmp_path)
        since = [] if first is None or visibility == "public" else [f"read since {first}"]
        assert all(each in " ".join(published.notices) for each in (*said, *since))
        first = first or published.receipts.items[0].nc.run.when
        assert bool(published.notices) is bool(said)
        assert load_receipts(tmp_path / "receipts.json").items[0].visibility == visibility


def test_receipts_stay_as_they_are_where_the_store_is_more_open(bundles, url, tmp_path):
    kept = [tmp_path / "receipts.json", tmp_path / "receipt.md"]
    brainscore_data.publish(
        bundles.write(bundles.assembly("MajajHong2015", b"r")), url, receipts=tmp_path
    )
    before = [path.read_bytes() for path in kept]
    folder = bundles.write(bundles.assembly("MajajHong2015", b"r", visibility="private"))
    with pytest.raises(DataError, match="MajajHong2015 is private, but assy_MajajHong2015"):
        brainscore_data.publish(folder, url, receipts=tmp_path)
    assert [path.read_bytes() for path in kept] == before


def test_the_license_of_the_dataset_is_in_the_receipt_of_every_item(bundles, url, tmp_path):
    stimuli, rates = bundles.stimulus_set("hvm", b"csv", b"zip"), bundles.assembly("Kar2019", b"r")
    for item, license_ in [(stimuli, "CC0-1.0"), (rates, "restricted")]:
        brainscore_data.publish(bundles.write(item, license=license_), url, receipts=tmp_path)
    items = load_receipts(tmp_path / "receipts.json").items
    assert [item.license for item in items] == ["CC0-1.0", "restricted"]


def test_receipts_of_earlier_versions_are_read_and_written_as_they_are(receipts_of, tmp_path):
    path = tmp_path / "receipts.json"
    save_receipts(receipts_of("hvm", "MajajHong2015"), path)
    assert "license" not in path.read_text()
    before = path.read_bytes()
    save_receipts(load_receipts(path), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("option", [{"ignore": ["BSD7"]}, {"baseline": "known.json"}])
def test_a_bundle_takes_nothing_that_is_about_checks(bundles, url, tmp_path, option):
    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    with pytest.raises(UsageError, match="checked when it was packaged"):
        brainscore_data.publish(folder, url, **option)
    assert not (tmp_path / "store").exists()


def test_what_a_killed_run_left_in_the_temporary_folder_is_gone_after_the_next(
    url, tmp_path, monkeypatch
):
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    left = temporary / "brainscore-data-publishing-0123456789abcdef-abcdefgh"
    (left / "work" / "bundle").mkdir(parents=True)
    (left / "in-use.lock").touch()
    (dataset := tmp_path / "dataset").mkdir()
    (dataset / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\nreference = "doi:10.1101/408385"\n'
        '[[assembly]]\nidentifier = "Kar2019"\nvisibility = "public"\nclass = "DataAssembly"\n'
        'values = "rates.npy"\ndims = ["neuroid"]\ncoords = { neuroid = "neuroids.csv" }\n'
    )
    np.save(dataset / "rates.npy", [1.0, 2.0])
    (dataset / "neuroids.csv").write_text("neuroid_id,region\nn1,IT\nn2,V4\n")

    brainscore_data.publish(dataset, url)
    # The cage keeps its own folder for as long as this process lives.
    assert [each for each in temporary.iterdir() if "-cage-" not in each.name] == [left]
    assert list((left / "work").iterdir()) == []
