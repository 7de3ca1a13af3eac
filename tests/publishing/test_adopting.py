"""What somebody else uploaded becomes receipts, or one error says why not."""

from __future__ import annotations

import pytest

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.publishing.adopting import adopt_bundle, adopt_identifier
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.receipts import load_receipts, merge_receipts
from brainscore_data.store.local.folder import LocalStore
from brainscore_data.store.tags import VISIBILITY_TAG
from brainscore_data.store.write import Write

PRIVATE = '[[assembly]]\nidentifier = "MajajHong2015"\nvisibility = "private"\n'
NC, CSV, ZIP = "assy_MajajHong2015.nc", "stimulus_hvm.csv", "stimulus_hvm.zip"


@pytest.fixture
def bundle(bundles):
    return bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip"), bundles.assembly("MajajHong2015", b"rates")
    )


class Portal:
    """A place where people put files, and nothing is said of them."""

    def __init__(self, folder):
        self.store = LocalStore(folder / "portal")
        self.url = self.store.location.url
        self._folder = folder

    def put(self, key, content, *, metadata=None, tags=None, after=None):
        path = self._folder / "uploading"
        path.write_bytes(content)
        written = self.store.write(Write(key, path, metadata or {}, tags or {}, after))
        return written.version_id

    def put_all(self, bundle):
        names = (each.name for each in bundle.iterdir() if each.name != "bundle.json")
        return {name: self.put(name, (bundle / name).read_bytes()) for name in names}


@pytest.fixture
def portal(tmp_path):
    return Portal(tmp_path)


def files_of(receipts):
    return [file for item in receipts.items for file in item.files]


def test_the_versions_that_were_named_get_receipts_that_say_how_they_are_known(bundle, portal):
    versions = portal.put_all(bundle)
    portal.put(NC, b"something later", after=versions[NC])
    done = adopt_bundle(bundle, portal.url, versions=versions).receipts
    assert {file.object.key: file.object.version_id for file in files_of(done)} == versions
    assert {file.run.status for file in files_of(done)} == {"adopted"}
    assert {file.object.verified for file in files_of(done)} == {"read whole by version id"}
    assert load_receipts(bundle / "receipts.json") == done
    assert "adopted" in (bundle / "receipt.md").read_text()


def test_a_receipt_of_an_adopted_file_is_the_one_that_publishing_gives_but_for_that(bundle, portal):
    """The contract: whoever reads receipts need not know that there is such a thing."""
    versions = portal.put_all(bundle)
    adopted = adopt_bundle(bundle, portal.url, versions=versions).receipts
    published = publish_bundle(bundle, portal.store, run=Run("majaj", "2015-09-30T12:00:00+00:00"))
    for one, other in zip(files_of(adopted), files_of(published.receipts), strict=True):
        aside = {"verified"}
        assert one.object.model_dump(exclude=aside) == other.object.model_dump(exclude=aside)
        assert one.object.digest is not None
    assert merge_receipts(adopted, published.receipts) == adopted


def test_adopting_again_writes_nothing(bundle, portal):
    versions = portal.put_all(bundle)
    adopt_bundle(bundle, portal.url, versions=versions)
    before = {path: path.stat().st_mtime_ns for path in bundle.iterdir()}
    adopt_bundle(bundle, portal.url, versions=versions)
    assert {path: path.stat().st_mtime_ns for path in bundle.iterdir()} == before


@pytest.mark.parametrize(
    ("uploaded", "said"),
    [
        (b"rites", "byte 1 (the first is 0): 0x69 in the store, 0x61 in the bundle"),
        (b"rat", "byte 3 (the first is 0): its end in the store, 0x65 in the bundle"),
        (b"rates!", "byte 5 (the first is 0): 0x21 in the store, its end in the bundle"),
    ],
    ids=["changed", "cut off", "longer"],
)
def test_other_bytes_than_the_bundles_are_named_with_their_first_difference(
    bundles, portal, uploaded, said
):
    bundle = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    version = portal.put(NC, uploaded)
    with pytest.raises(DataError) as error:
        adopt_bundle(bundle, portal.url, versions={NC: version})
    assert f"{NC} version {version} is not the bundle's" in error.value.message
    assert said in error.value.message
    assert not (bundle / "receipts.json").exists()


def test_one_error_lists_every_file_that_is_not_as_it_should_be(bundle, portal):
    versions = portal.put_all(bundle)
    versions |= {NC: "7", CSV: "8"}
    with pytest.raises(DataError) as error:
        adopt_bundle(bundle, portal.url, versions=versions)
    assert error.value.count == 2
    assert f"{NC}: version 7 is not there" in error.value.message
    assert f"{CSV}: version 8 is not there" in error.value.message
    assert not (bundle / "receipts.json").exists()


def test_a_bundle_that_changed_since_it_was_packaged_is_not_adopted(bundles, portal):
    bundle = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    (bundle / NC).write_bytes(b"ratez")
    version = portal.put(NC, b"ratez")
    with pytest.raises(DataError, match=r"not those of bundle\.json"):
        adopt_bundle(bundle, portal.url, versions={NC: version})


def test_a_key_of_another_identifier_and_a_place_that_is_a_file_are_refused(bundle, portal):
    with pytest.raises(UsageError, match=r"'assy_Kar2019\.nc' is none of the files"):
        adopt_bundle(bundle, portal.url, versions={"assy_Kar2019.nc": "1"})
    with pytest.raises(UsageError, match="this is a file") as error:
        adopt_bundle(bundle, f"{portal.url}/{NC}", versions={})
    assert portal.url in error.value.hint


def test_what_is_private_and_open_is_not_adopted(bundles, portal, tmp_path):
    bundle = bundles.write(bundles.assembly("MajajHong2015", b"rates", visibility="private"))
    portal.put(NC, b"rates", tags={VISIBILITY_TAG: "public"})
    private = r"nothing was adopted:\n  - assy_MajajHong2015\.nc \(version \S+\) is private, but"
    with pytest.raises(DataError, match=private):
        adopt_bundle(bundle, portal.url, versions={})
    assert not (bundle / "receipts.json").exists()
    (tmp_path / "dataset.toml").write_text(PRIVATE)
    with pytest.raises(DataError, match=private):
        adopt_identifier(
            "MajajHong2015",
            portal.url,
            versions={},
            receipts=tmp_path,
            assembly_class="NeuroidAssembly",
        )


def test_what_others_published_is_adopted_without_a_bundle_and_without_a_digest(portal, tmp_path):
    version = portal.put(NC, b"rates")
    home = tmp_path / "brainscore_vision" / "data" / "majajhong2015"
    home.mkdir(parents=True)

    def adopt(**said):
        return adopt_identifier(
            "MajajHong2015", portal.url, versions={NC: version}, receipts=home, **said
        )

    with pytest.raises(UsageError, match="the store does not say of which class"):
        adopt()
    done = adopt(assembly_class="NeuroidAssembly", stimulus_set="hvm").receipts
    assert (done.plugin, done.dataset) == ("brainscore_vision/data/majajhong2015", "majajhong2015")
    (item,) = done.items
    assert (item.nc.object.digest, item.nc.object.size, item.visibility) == (None, 5, None)
    assert "Without a content digest" in (home / "receipt.md").read_text()
    assert adopt().receipts.items[0].assembly_class == "NeuroidAssembly"  # as its receipt says


def test_without_versions_both_files_of_a_stimulus_set_have_to_be_there(portal, tmp_path):
    portal.put(CSV, b"csv")
    with pytest.raises(DataError, match=r"stimulus_hvm\.zip is not there"):
        adopt_identifier("hvm", portal.url, versions={}, receipts=tmp_path)
    portal.put(ZIP, b"zip")
    done = adopt_identifier("hvm", portal.url, versions={}, receipts=tmp_path).receipts
    assert [item.kind for item in done.items] == ["stimulus_set"]
    with pytest.raises(DataError, match="there is nothing with the identifier 'hvm2'"):
        adopt_identifier("hvm2", portal.url, versions={}, receipts=tmp_path)


def test_two_identifiers_with_one_key_are_told_apart_by_what_the_writer_said(portal, tmp_path):
    portal.put("assy_Kar_a.nc", b"rates", metadata={"identifier": "Kar.a"})
    with pytest.raises(DataError, match=r"is the key of 'Kar\.a', not of 'Kar_a'"):
        adopt_identifier(
            "Kar_a", portal.url, versions={}, receipts=tmp_path, assembly_class="DataAssembly"
        )
