"""Items that are hosted elsewhere: checked and packaged, compared with what lies there, and not sent."""

from __future__ import annotations

import hashlib
import re
import shutil

import pytest

import brainscore_data
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.cli import main
from brainscore_data.dataset.reading import parse_manifest
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.bundle import load_bundle

RUN = Run("majaj", "2015-09-30T12:00:00+00:00", run_id="first")
KEY = "assy_MajajHong2015.nc"


@pytest.fixture
def folder(web, bundles):
    return bundles.write(
        bundles.assembly("Kar2019", b"other"),
        bundles.assembly("MajajHong2015", b"spikes", hosted=web.url("/lab")),
    )


@pytest.fixture
def publish(folder, memory_store):
    def go(store=None, **options):
        store = store or memory_store()
        return store, publish_bundle(folder, store, run=RUN, **options)

    return go


def test_what_lies_there_gets_a_receipt_and_nothing_of_it_is_sent(web, publish):
    web.put(f"/lab/{KEY}", b"spikes")
    kept = []
    store, published = publish(keep=lambda new: kept.append(len(new.items)))
    assert list(store.kept) == ["assy_Kar2019.nc"]
    other, hosted = published.receipts.items
    assert (other.identifier, hosted.identifier) == ("Kar2019", "MajajHong2015")
    file = hosted.files[0]
    assert (file.run.status, file.run.public, file.run.guard) == ("adopted", "yes", None)
    assert (file.object.store, file.object.key) == (web.url("/lab"), KEY)
    assert (file.object.version_id, file.object.verified) == (None, "read back")
    assert file.object.sha256 == hashlib.sha256(b"spikes").hexdigest()
    assert sum(kept) == 2
    assert brainscore_data.verify(published.receipts.model_copy(update={"items": [hosted]})) == []
    assert any("is hosted at" in notice for notice in published.notices)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "dataset.toml says that it is hosted there, but it is not"),
        (b"spikeS", "has other bytes than"),
    ],
)
def test_what_is_not_there_ends_it_before_anything_is_written(
    web, publish, memory_store, body, message
):
    if body is not None:
        web.put(f"/lab/{KEY}", body)
    store = memory_store()
    with pytest.raises(DataError, match=message) as error:
        publish(store)
    assert "nothing was published" in error.value.hint
    assert store.kept == {}


def test_a_dry_run_asks_no_host(web, publish):
    store, published = publish(dry_run=True)
    assert (store.kept, web.log) == ({}, [])
    assert "MajajHong2015 is hosted at" in published.notices[-1]


def test_a_host_inside_of_a_network_is_not_asked(web, publish, monkeypatch):
    """The address is a contributor's."""
    monkeypatch.delenv("BRAINSCORE_DATA_TRUSTED_HOSTS")
    web.put(f"/lab/{KEY}", b"spikes")
    with pytest.raises(BrainScoreDataError, match="is not in the public internet"):
        publish()
    assert web.log == []


ITEM = {
    "identifier": "hvm",
    "visibility": "public",
    "metadata": "stimuli.csv",
    "files": "stimuli",
    "hosted": "https://lab.org/data",
    "sha256": {"csv": "0" * 64, "zip": "1" * 64},
}


def parsed(**changes):
    item = {name: value for name, value in (ITEM | changes).items() if value is not None}
    document = {
        "schema": 1,
        "dataset": {"license": "CC-BY-4.0", "reference": "doi:10.1000/x"},
        "stimulus_set": [item],
    }
    return parse_manifest(document, "dataset.toml").stimulus_sets[0]


class TestTheManifest:
    @pytest.mark.parametrize("place", ["https://lab.org/data", "doi:10.5281/zenodo.1"])
    def test_it_names_a_place_and_bytes(self, place):
        assert parsed(hosted=place).hosted == place

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"sha256": None}, "hosted and sha256 go together"),
            ({"hosted": None}, "hosted and sha256 go together"),
            ({"visibility": "private"}, "cannot be private"),
            ({"replaces": {"csv": "1", "zip": "2"}}, "replaces none"),
            ({"hosted": "http://lab.org/data"}, "hosted"),
            ({"hosted": "https://lab.org/data?token=1"}, "hosted"),
            ({"hosted": "s3://lab/data"}, "hosted"),
            ({"sha256": {"csv": "0" * 64}}, "zip"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, changes, message):
        with pytest.raises(BrainScoreDataError, match=message):
            parsed(**changes)


def test_packaging_compares_with_the_bytes_that_are_pinned(tmp_path, repository_root, capsys):
    study, out = tmp_path / "study", tmp_path / "bundle"
    shutil.copytree(repository_root / "examples" / "gratings", study)
    manifest = study / "dataset.toml"
    before, head, after = manifest.read_text().partition("[[assembly]]\n")

    def packaged(sha256):
        more = f'hosted = "https://lab.org/data"\nsha256 = "{sha256}"\n'
        manifest.write_text(f"{before}{head}{more}{after}")
        return main(["package", str(study), "-o", str(out)])

    assert packaged("0" * 64) == 1
    found = re.search("packaging gives .* its sha256 is ([0-9a-f]{64})", capsys.readouterr().err)
    assert not out.exists()
    assert packaged(found[1]) == 0
    hosted = [item for item in load_bundle(out).items if item.hosted]
    assert [(item.hosted, item.nc.sha256) for item in hosted] == [
        ("https://lab.org/data", found[1])
    ]
