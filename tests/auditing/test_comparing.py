"""What an audit says of one registration, whatever became of the object that it pins."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from auditing_lab import SPIKES, sha1_of

from brainscore_data.auditing.comparing import compare
from brainscore_data.auditing.pins import Pin, RegistrationPlace
from brainscore_data.base.errors import UsageError
from brainscore_data.cli import main
from brainscore_data.plugins.render import render_registrations
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.interface import StoredObject
from brainscore_data.store.s3.bucket import S3Store
from brainscore_data.store.urls import open_store

OTHER = b"other spikes"


def kinds(found):
    return [[problem["kind"] for problem in file["problems"]] for file in found["files"]]


def contents(found):
    return [file["content"] for file in found["files"]]


def test_a_pinned_version_with_the_pinned_bytes_is_fine(lab):
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    code, found = lab.audit("--read")
    assert (code, contents(found), kinds(found)) == (0, ["same"], [[]])
    assert found["files"][0]["basis"] == "read back"


def test_a_version_that_never_was_is_gone(lab):
    lab.put_assembly("Kar2019")
    lab.register("Kar2019", "3HL4kqtJlcpXroDTDmJ")
    code, found = lab.audit()
    assert (code, kinds(found)) == (1, [["gone"]])
    assert "'3HL4kqtJlcpXroDTDmJ'" in found["files"][0]["problems"][0]["message"]


@pytest.mark.parametrize("version", ["3HL4kqtJlcpXroDTDmJ", "null", None])
def test_a_key_that_never_was_is_gone(lab, version):
    lab.register("Kar2019", version)
    _, found = lab.audit("--allow-unversioned")
    assert kinds(found) == [["gone"]]
    assert "latest" not in found["files"][0]["problems"][0]["message"]


@pytest.mark.parametrize("version", ["3HL4kqtJlcpXroDTDmJ", "null"])
def test_a_version_that_is_gone_is_told_beside_the_one_that_is_there(lab, version):
    there = lab.put_assembly("Kar2019")
    lab.register("Kar2019", version)
    _, found = lab.audit("--allow-unversioned")
    (problem,) = found["files"][0]["problems"]
    assert f"version {version!r} of {lab.store}/assy_Kar2019.nc is not" in problem["message"]
    assert problem["message"].endswith(f"the latest there is {there!r}")
    lab.delete("Kar2019")
    _, found = lab.audit("--allow-unversioned")
    (problem,) = found["files"][0]["problems"]
    assert problem["message"].endswith("the latest there is a delete marker")


def test_a_null_version_that_is_gone_names_the_version_to_pin(lab):
    there = lab.put_assembly("Kar2019")
    lab.register("Kar2019", "null")
    _, found = lab.audit()
    assert kinds(found) == [["gone", "unversioned"]]
    assert all(there in each["message"] for each in found["files"][0]["problems"])


def test_a_pinned_version_below_a_delete_marker_is_fine(lab):
    version_id = lab.put_assembly("Kar2019")
    lab.delete("Kar2019")
    lab.register("Kar2019", version_id)
    code, found = lab.audit("--read")
    assert (code, contents(found)) == (0, ["same"])


def test_a_delete_marker_hides_what_is_pinned_without_a_version(lab):
    lab.put_assembly("Kar2019")
    lab.delete("Kar2019")
    lab.register("Kar2019", None)
    code, found = lab.audit("--allow-unversioned")
    assert (code, kinds(found)) == (1, [["gone"]])
    assert "deleted" in found["files"][0]["problems"][0]["message"]


def test_a_later_version_on_top_of_the_pinned_one_does_no_harm(lab):
    version_id = lab.put_assembly("Kar2019")
    lab.put_assembly("Kar2019", OTHER)
    lab.register("Kar2019", version_id)
    assert contents(lab.audit("--read")[1]) == ["same"]


def test_without_reading_nobody_knows_what_others_wrote(lab):
    lab.register("Kar2019", lab.put_assembly("Kar2019", OTHER))
    code, found = lab.audit()
    assert (code, contents(found), kinds(found)) == (0, ["unknown"], [[]])
    assert "does not know" in found["files"][0]["note"]


@pytest.mark.parametrize("claimed", [SPIKES, OTHER])
def test_the_word_of_its_writer_alone_leaves_it_unknown(lab, claimed):
    metadata = {"sha1": sha1_of(claimed)}
    lab.register("Kar2019", lab.put_assembly("Kar2019", Metadata=metadata))
    code, found = lab.audit()
    assert (code, contents(found)) == (0, ["unknown"])
    agrees = "so it is pinned" if claimed is SPIKES else f"{sha1_of(SPIKES)} is pinned"
    assert found["files"][0]["note"].endswith(f"their sha1 is {sha1_of(claimed)}, and {agrees}")


def test_reading_finds_other_bytes_whatever_their_writer_said(lab):
    metadata = {"sha1": sha1_of(SPIKES)}
    lab.register("Kar2019", lab.put_assembly("Kar2019", OTHER, Metadata=metadata))
    code, found = lab.audit("--read")
    assert (code, contents(found), kinds(found)) == (1, ["different"], [["different"]])
    message = found["files"][0]["problems"][0]["message"]
    assert sha1_of(OTHER) in message
    assert sha1_of(SPIKES) in message


@pytest.mark.parametrize("lab", [False], indirect=True)
@pytest.mark.parametrize("written", ["null", "", None])
def test_a_pin_without_a_version_is_a_mismatch_unless_that_is_accepted(lab, written):
    lab.put_assembly("Kar2019")
    lab.register("Kar2019", written)
    code, found = lab.audit("--read")
    assert (code, contents(found), kinds(found)) == (1, ["same"], [["unversioned"]])
    code, found = lab.audit("--read", "--allow-unversioned")
    assert (code, contents(found), kinds(found)) == (0, ["same"], [[]])


@pytest.mark.parametrize("lab", [False], indirect=True)
def test_an_overwritten_object_of_an_unversioned_bucket_is_different(lab):
    lab.put_assembly("Kar2019")
    lab.register("Kar2019", "null")
    lab.put_assembly("Kar2019", OTHER)
    assert kinds(lab.audit("--read")[1]) == [["different", "unversioned"]]


def test_where_a_version_could_be_pinned_it_is_named(lab):
    version_id = lab.put_assembly("Kar2019")
    lab.register("Kar2019", None)
    _, found = lab.audit()
    assert version_id in found["files"][0]["problems"][0]["message"]


READ, TAG = "GetObject", "GetObjectTagging"


@pytest.mark.parametrize(
    ("policies", "shall", "asked"),
    [
        (["everybody_may_read"], "public", [READ]),
        ([], "public", [READ, READ, TAG, READ]),
        ([], "private", [READ, TAG, READ]),
    ],
)
def test_reading_asks_no_more_than_its_answers_leave_open(
    lab, wire, monkeypatch, request, policies, shall, asked
):
    for policy in policies:
        request.getfixturevalue(policy)
    monkeypatch.setattr(S3Store, "conditions_hold", lambda _: True)
    version_id = lab.put_assembly("Kar2019", Tagging=f"visibility={shall}")
    key, sha1 = "assy_Kar2019.nc", sha1_of(SPIKES)
    place = RegistrationPlace("__init__.py", 1, "assembly", "Kar2019")
    pin = Pin(place, "Kar2019", lab.store, None, None, key, version_id, sha1, shall)
    store = open_store(lab.store, endpoint_url=wire.endpoint_url)

    found = compare(pin, store, read=True)

    assert (found.content, found.basis, found.problems) == ("same", "read back", ())
    assert found.public is bool(policies)
    # Once for a store, and not for each file of it, what was taken back is listed.
    once = {"HeadBucket", "ListObjectsV2"}
    assert [each for each in wire.operations() if each not in once] == asked


class TestWhoCanRead:
    @pytest.mark.usefixtures("everybody_may_read")
    def test_what_is_tagged_private_and_readable_by_all_is_exposed(self, lab):
        lab.register("Kar2019", lab.put_assembly("Kar2019", Tagging="visibility=private"))
        code, found = lab.audit()
        assert (code, kinds(found)) == (1, [["exposed"]])

    def test_what_is_tagged_public_and_readable_by_nobody_is_not_yet_readable(self, lab):
        lab.register("Kar2019", lab.put_assembly("Kar2019", Tagging="visibility=public"))
        code, found = lab.audit()
        assert (code, kinds(found)) == (0, [[]])
        said = "public, but not yet readable: it is tagged public"
        assert found["files"][0]["visibility"].startswith(said)
        assert f"assy_Kar2019.nc: {said}" in lab.run()[1]

    def test_what_is_tagged_private_and_closed_is_fine(self, lab):
        lab.register("Kar2019", lab.put_assembly("Kar2019", Tagging="visibility=private"))
        assert lab.audit()[0] == 0

    @pytest.mark.usefixtures("everybody_may_read")
    @pytest.mark.parametrize("tagging", ["visibility=public", "", "visibility=odd"])
    def test_what_is_tagged_public_or_not_at_all_may_be_read_by_all(self, lab, tagging):
        lab.register("Kar2019", lab.put_assembly("Kar2019", Tagging=tagging))
        assert lab.audit()[0] == 0

    @pytest.mark.usefixtures("everybody_may_read")
    def test_without_a_tag_the_ending_of_the_identifier_says_who_is_meant(self, lab):
        for identifier in ("Doe2026.private", "Doe2026-private", "Doe2026.public"):
            lab.register(identifier, lab.put_assembly(identifier.replace(".", "_")))
        code, found = lab.audit()
        assert (code, kinds(found)) == (1, [["exposed"], ["exposed"], []])
        assert "identifier ends in private" in found["files"][0]["problems"][0]["message"]

    def test_a_closed_file_whose_identifier_ends_with_public_is_hidden(self, lab):
        for identifier in ("Doe2026.public", "Doe2026.private", "Doe2026public"):
            lab.register(identifier, lab.put_assembly(identifier.replace(".", "_")))
        assert kinds(lab.audit()[1]) == [["hidden"], [], []]

    @pytest.mark.usefixtures("everybody_may_read")
    def test_a_tag_says_more_than_an_identifier(self, lab):
        version_id = lab.put_assembly("Doe2026_private", Tagging="visibility=public")
        lab.register("Doe2026.private", version_id)
        assert lab.audit()[0] == 0

    @pytest.mark.usefixtures("everybody_may_read")
    def test_where_nothing_says_it_what_readers_see_is_shown(self, lab):
        lab.register("Kar2019", lab.put_assembly("Kar2019"))
        code, found = lab.audit()
        assert (code, found["files"][0]["public"]) == (0, True)
        assert found["stores"][lab.store]["public"] == 1
        header = lab.run()[1].splitlines()[-2]
        assert header.split()[-1] == "public"

    def test_that_nobody_can_read_it_is_shown_as_well(self, lab):
        lab.register("Kar2019", lab.put_assembly("Kar2019"))
        assert lab.audit()[1]["files"][0]["public"] is False

    @pytest.mark.parametrize("file", ["dataset.toml", "receipts.json"])
    def test_what_the_repository_says_is_private_and_is_tagged_public_is_exposed(self, lab, file):
        lab.register("Kar2019", lab.put_assembly("Kar2019", Tagging="visibility=public"))
        lab.say("Kar2019", "private", file)
        code, found = lab.audit()
        assert (code, kinds(found)) == (1, [["exposed"]])
        (problem,) = found["files"][0]["problems"]
        said = f"assy_Kar2019.nc: data/{file} says private, and it is tagged"
        assert problem["message"].startswith(said)
        assert re.search(r"may have read it since 20\d\d-\d\d-\d\dT", problem["message"])
        assert "policy open it" not in lab.run()[1]

    @pytest.mark.usefixtures("everybody_may_read")
    def test_what_a_manifest_says_is_private_and_everybody_reads_is_exposed(self, lab):
        lab.register("Kar2019", lab.put_assembly("Kar2019"))
        lab.say("Kar2019", "private")
        code, found = lab.audit()
        assert (code, kinds(found)) == (1, [["exposed"]])
        assert "everybody can read it without" in found["files"][0]["problems"][0]["message"]

    def test_what_a_manifest_says_is_public_and_is_tagged_private_waits_for_its_release(self, lab):
        lab.register("Kar2019", lab.put_assembly("Kar2019", Tagging="visibility=private"))
        lab.say("Kar2019", "private", "receipts.json")
        lab.say("Kar2019", "public")
        code, found = lab.audit()
        assert (code, kinds(found)) == (0, [[]])
        said = "waits for its release: data/dataset.toml says public, its receipt private"
        waits = found["files"][0]["visibility"]
        assert waits.startswith(said)
        assert f"`brainscore-data visibility set public Kar2019 --store {lab.store}" in waits

    def test_what_a_manifest_says_is_public_and_nobody_reads_is_not_yet_readable(self, lab):
        lab.register("Kar2019.private", lab.put_assembly("Kar2019_private"))
        lab.say("Kar2019.private", "public")
        code, found = lab.audit()
        assert code == 0
        assert found["files"][0]["visibility"].startswith("public, but not yet readable")

    def test_a_manifest_that_cannot_be_read_is_told(self, lab):
        lab.register("Kar2019", lab.put_assembly("Kar2019"))
        (lab.folder / "dataset.toml").write_text("[")
        code, found = lab.audit()
        assert code == 0
        assert [each["where"] for each in found["not_audited"]] == ["dataset.toml"]


def test_both_files_of_a_stimulus_set_are_compared(lab):
    csv, zipped = lab.put("stimulus_hvm.csv", b"csv"), lab.put("stimulus_hvm.zip", b"zip")
    lab.plugin(
        f"stimulus_set_registry['hvm'] = lambda: load_stimulus_set_from_s3('hvm', "
        f"'{lab.bucket}/brainio', '{sha1_of(b'csv')}', '{sha1_of(b'gone')}', "
        f"csv_version_id='{csv}', zip_version_id='{zipped}')\n"
    )
    code, found = lab.audit("--read")
    assert [file["key"] for file in found["files"]] == ["stimulus_hvm.csv", "stimulus_hvm.zip"]
    assert (code, kinds(found)) == (1, [[], ["different"]])


def test_a_prefix_of_the_registration_s_own_is_followed(lab):
    version_id = lab.put("images_hvm.csv", b"csv")
    lab.put("images_hvm.zip", b"zip")
    lab.plugin(
        f"stimulus_set_registry['hvm'] = lambda: load_stimulus_set_from_s3('hvm', "
        f"'{lab.bucket}/brainio', '{sha1_of(b'csv')}', '{sha1_of(b'zip')}', '{version_id}', "
        f"None, filename_prefix='images_')\n"
    )
    assert contents(lab.audit("--read")[1]) == ["same", "same"]


def test_what_was_published_to_a_folder_is_compared_there(tmp_path, bundles, capsys):
    store = (tmp_path / "store").as_uri()
    bundle = bundles.write(
        bundles.assembly("Kar2019", SPIKES), bundles.stimulus_set("hvm", b"", b"")
    )
    run = Run("majaj", "2026-01-01T00:00:00+00:00")
    receipts = publish_bundle(bundle, open_store(store), run=run).receipts
    source = render_registrations(receipts)
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "__init__.py").write_text(source)
    arguments = ["audit", str(tmp_path / "plugin"), "--store", store, "--output-format", "json"]
    assert main(arguments) == 0
    # A folder can be edited by hand.
    assert set(contents(json.loads(capsys.readouterr().out))) == {"unknown"}
    assert main([*arguments, "--read"]) == 0
    assert set(contents(json.loads(capsys.readouterr().out))) == {"same"}


def test_who_can_read_both_files_of_a_stimulus_set_is_compared_in_a_folder_too(
    tmp_path, bundles, capsys
):
    store, plugin = (tmp_path / "store").as_uri(), tmp_path / "plugin"
    run = Run("majaj", "2026-01-01T00:00:00+00:00")
    bundle = bundles.write(bundles.stimulus_set("hvm", b"csv", b"zip"))
    receipts = publish_bundle(bundle, open_store(store), run=run).receipts
    plugin.mkdir()
    (plugin / "__init__.py").write_text(render_registrations(receipts))
    manifest = '[[stimulus_set]]\nidentifier = "hvm"\nvisibility = "private"\n'
    (plugin / "dataset.toml").write_text(manifest)
    assert main(["audit", str(plugin), "--store", store, "--output-format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert kinds(found) == [["exposed"], ["exposed"]]
    assert "whoever may read the folder" in found["files"][0]["problems"][0]["message"]


@dataclass(frozen=True)
class Vouching:
    """A store that knows the checksum of what it holds, as AWS does, and lets nobody read it."""

    stored: StoredObject

    #: Nothing was taken back.
    upkeep = SimpleNamespace(notes=lambda _: frozenset())

    def conditions_hold(self):
        return True

    def stat(self, key, version_id=None):
        return self.stored

    def tags(self, key, version_id=None):
        raise UsageError("this caller may not read tags")

    def readable_by_all(self, key, version_id=None):
        raise UsageError("the server says neither")


@pytest.mark.parametrize(
    ("pinned", "sha256", "content"),
    [
        (sha1_of(SPIKES), "a" * 64, "same"),
        (sha1_of(OTHER), "a" * 64, "different"),
        (sha1_of(SPIKES), "b" * 64, "unknown"),
    ],
)
def test_the_store_s_own_checksum_spares_reading(pinned, sha256, content):
    metadata = {"sha1": sha1_of(SPIKES), "sha256": "a" * 64}
    store = Vouching(StoredObject("assy_Kar2019.nc", "v1", 6, sha256, metadata))
    place = RegistrationPlace("__init__.py", 1, "assembly", "Kar2019")
    pin = Pin(place, "Kar2019", "s3://lab", None, None, "assy_Kar2019.nc", "v1", pinned)
    found = compare(pin, store)
    assert found.content == content
    assert found.basis == (None if content == "unknown" else "store checksum")
    assert [problem.kind for problem in found.problems] == ["different"] * (content == "different")
