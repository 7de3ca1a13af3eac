"""Retracted: closed, with a reason that whoever asks is told from then on. Erased: gone."""

from __future__ import annotations

import json

import pytest

from brainscore_data.auditing.audit import audit
from brainscore_data.base.errors import DataError
from brainscore_data.plugins.render import render_registrations
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.reading.verification import verify
from brainscore_data.reading.versions import fetch
from brainscore_data.records.receipts import load_receipts, save_receipts
from brainscore_data.store.interface import ReadOnlyStoreError
from brainscore_data.store.local.folder import LocalStore
from brainscore_data.store.local.upkeep import LocalUpkeep

RUN = Run("majaj", "2015-09-30T12:00:00+00:00")
WHY = "the labels of two objects were swapped"
MANIFEST = """\
schema = 1
[dataset]
license = "CC-BY-4.0"
[[assembly]]
identifier = "Kar2019"
visibility = "{visibility}"
{more}
class = "NeuroidAssembly"
data = "a.nc"
"""


class Lab:
    """A repository with a public assembly, and the commands about it."""

    def __init__(self, folder, bundles, command):
        self.store, self._bundles = LocalStore(folder / "store"), bundles
        self.home = folder / "repository" / "brainscore_vision" / "data" / "kar2019"
        self.home.mkdir(parents=True)
        self.root = folder / "repository"
        (self.root / ".git").mkdir()
        self._command = command
        self.receipts = self.publish(b"nc").receipts
        (self.home / "dataset.toml").write_text(MANIFEST.format(visibility="public", more=""))
        text = render_registrations(self.receipts, folder=self.home.as_posix())
        (self.home / "__init__.py").write_text(text)

    @property
    def version(self):
        return self.receipts.items[0].nc.object.version_id

    def publish(self, content, **facts):
        bundle = self._bundles.write(self._bundles.assembly("Kar2019", content, **facts))
        done = publish_bundle(bundle, self.store, run=RUN)
        save_receipts(done.receipts, self.home / "receipts.json")
        return done

    def run(self, *words):
        place = ["--store", self.store.location.url]
        return self._command(*words, *place)

    def retract(self, *options, because=WHY):
        checkout = ["--checkout", self.root]
        return self.run("retract", "Kar2019", "--because", because, *checkout, *options)

    def erase(self, *options):
        return self.run("erase", "Kar2019", "--because", WHY, "--checkout", self.root, *options)

    def due(self):
        return self._command("visibility", "due", self.root)

    def list(self):
        return self._command("list", self.store.location.url).out

    def verify(self):
        told = []
        return verify(load_receipts(self.home / "receipts.json"), tell=told.append), told

    def audit(self):
        return audit(self.root, [self.store.location.url], resume=self.root / "audit")


@pytest.fixture
def lab(tmp_path, bundles, command, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("getpass.getuser", lambda: "majaj")
    return Lab(tmp_path, bundles, command)


def test_it_is_closed_and_written_down_and_its_bytes_stay(lab, tmp_path):
    done = lab.retract("-y")
    assert done.code == 0, done.err
    assert "downloaded copies stay" in done.out
    tags = lab.store.tags("assy_Kar2019.nc", lab.version)
    assert (tags["visibility"], len(tags["retracted"])) == ("private", 10)
    assert 'visibility = "private"' in (lab.home / "dataset.toml").read_text()
    [item] = load_receipts(lab.home / "receipts.json").items
    assert (item.visibility, item.nc.run.public) == ("private", "retracted")

    told = []
    [path] = fetch(
        "Kar2019", store=lab.store, into=tmp_path, version_id=lab.version, tell=told.append
    )
    assert path.read_bytes() == b"nc"
    assert told[0].endswith(f"by majaj: {WHY}")


def test_lookup_verify_audit_and_list_tell_why(lab):
    lab.retract("-y")
    assert f"by majaj: {WHY}" in lab.run("lookup", "Kar2019").out
    [found] = json.loads(lab.run("lookup", "Kar2019", "--json").out)
    assert (found["taken_back"]["state"], found["taken_back"]["because"]) == ("retracted", WHY)

    mismatches, told = lab.verify()
    assert mismatches == []
    assert WHY in told[0]

    found = lab.audit()
    assert found.mismatches == ()
    assert WHY in found.compared[0].visibility
    assert found.exit_code == 0
    assert "retracted" in lab.list()


def test_one_that_is_open_again_is_a_mismatch(lab):
    lab.retract("-y")
    lab.store.set_visibility("assy_Kar2019.nc", lab.version, "public")
    assert "tagged visibility=public" in lab.verify()[0][0].message
    assert [each.kind for each in lab.audit().compared[0].problems] == ["exposed"]


def test_publish_says_retracted_in_place_of_waiting_for_a_release(lab):
    lab.retract("-y")
    done = lab.publish(b"nc")
    assert done.receipts.items[0].nc.run.public == "retracted"
    assert WHY in done.notices[0]
    assert not any("release" in each or "visibility set" in each for each in done.notices)


def test_a_correction_follows_and_what_was_retracted_does_not_come_back(lab):
    lab.retract("-y")
    corrected = lab.publish(b"right", replaces=lab.version)
    assert corrected.receipts.items[0].nc.run.status == "replaced"
    assert corrected.receipts.items[0].nc.run.public is None
    again = corrected.receipts.items[0].nc.object.version_id
    with pytest.raises(DataError, match=f"this content was retracted on .*{WHY}"):
        lab.publish(b"nc", replaces=again)


def test_it_is_not_opened_any_more_and_never_due(lab):
    (lab.home / "dataset.toml").write_text(
        MANIFEST.format(visibility="private", more="embargo = 2020-01-01")
    )
    lab.retract("-y")
    assert "No embargo has ended" in lab.due().out
    refused = lab.run("visibility", "set", "public", "Kar2019", "--checkout", lab.root, "-y")
    assert (refused.code, "retracted on" in refused.err) == (1, True)
    assert "--undo" in refused.err
    assert lab.store.tags("assy_Kar2019.nc")["visibility"] == "private"


def test_an_earlier_version_is_retracted_by_its_id(lab):
    lab.publish(b"right", replaces=lab.version)
    done = lab.retract("-y", "--version-id", lab.version)
    assert done.code == 0, done.err
    assert lab.store.tags("assy_Kar2019.nc", lab.version)["visibility"] == "private"
    assert lab.store.tags("assy_Kar2019.nc")["visibility"] == "public"
    assert load_receipts(lab.home / "receipts.json").items[0].visibility == "public"


def test_a_version_that_is_not_there_is_refused(lab):
    for done in (
        lab.retract("-y", "--version-id", "9.aaaaaaaaaaaaaaaaaaaaaaaa"),
        lab.erase("--version-id", "9.aaaaaaaaaaaaaaaaaaaaaaaa", "--confirm", "Kar2019"),
    ):
        assert done.code == 1
        assert done.explains("is none of these", lab.version)
    assert lab.verify() == ([], [])


@pytest.mark.parametrize("because", ["", "two\nlines", "a" * 1001])
def test_a_reason_is_a_line_of_text(lab, because):
    done = lab.retract("-y", because=because)
    assert (done.code, "a reason is one line" in done.err) == (2, True)
    assert lab.store.tags("assy_Kar2019.nc")["visibility"] == "public"


def test_a_dry_run_and_a_no_change_nothing(lab, monkeypatch):
    monkeypatch.setattr("click.confirm", lambda _: False)
    assert "nothing was changed" in lab.retract("--dry-run").out
    assert "Nothing was changed" in lab.retract().out
    assert lab.store.tags("assy_Kar2019.nc")["visibility"] == "public"
    assert lab.verify() == ([], [])


def test_retracting_again_keeps_the_first_word(lab):
    lab.retract("-y")
    before = lab.run("lookup", "Kar2019", "--json").out
    again = lab.retract("-y")
    assert WHY in again.out
    assert lab.run("lookup", "Kar2019", "--json").out == before


def test_a_retraction_by_mistake_is_undone_and_what_it_was_about_stays_closed(lab):
    refused = lab.retract("--undo", "-y")
    assert (refused.code, "Kar2019 is not retracted" in refused.err) == (1, True)
    lab.retract("-y")
    done = lab.retract("--undo", "-y", because="the other dataset was meant")
    assert done.code == 0, done.err
    assert f"by majaj: {WHY}" in done.out
    assert "retracted" not in lab.run("lookup", "Kar2019").out
    assert lab.store.tags("assy_Kar2019.nc")["visibility"] == "private"
    assert lab.verify() == ([], [])
    assert lab.publish(b"nc").receipts.items[0].nc.run.public == "waits for its release"

    opened = lab.run("visibility", "set", "public", "Kar2019", "--checkout", lab.root, "-y")
    assert opened.code == 0, opened.err
    assert lab.retract("-y").code == 0
    assert f"by majaj: {WHY}" in lab.run("lookup", "Kar2019").out


def test_an_undo_that_was_cut_off_is_finished_by_running_it_again(lab, bundles, monkeypatch):
    item = bundles.stimulus_set("Kar2019", b"csv", b"zip")
    done = publish_bundle(bundles.write(item), lab.store, run=RUN)
    save_receipts(done.receipts, lab.home / "receipts.json")
    lab.retract("-y")
    real = LocalUpkeep.put_note

    def fails(self, name, content):
        if ".csv/" in name:
            raise ReadOnlyStoreError("no more")
        real(self, name, content)

    monkeypatch.setattr(LocalUpkeep, "put_note", fails)
    assert lab.retract("--undo", "-y").code == 2
    monkeypatch.setattr(LocalUpkeep, "put_note", real)
    assert lab.retract("--undo", "-y").code == 0
    assert "retracted" not in lab.run("lookup", "Kar2019").out


def test_erase_deletes_the_exact_version_and_says_what_remains(lab):
    lab.publish(b"right", replaces=lab.version)
    done = lab.erase("--version-id", lab.version, "--confirm", "Kar2019")
    assert done.code == 0, done.err
    assert lab.store.stat("assy_Kar2019.nc", lab.version) is None
    assert lab.store.stat("assy_Kar2019.nc").size == 5
    for copy in ("other versions", "caches of readers", "artifacts", "commits", "backups"):
        assert copy in done.out
    assert lab.receipts.items[0].nc.object.sha1 in done.out


def test_a_tombstone_answers_when_nothing_is_left(lab):
    assert lab.erase("--confirm", "Kar2019").code == 0
    found = lab.run("lookup", "Kar2019")
    assert (found.code, "erased on" in found.out, WHY in found.out) == (0, True, True)
    assert "it is gone: erased on" in lab.verify()[0][0].message
    audited = lab.audit()
    assert audited.exit_code == 1
    assert WHY in audited.compared[0].problems[0].message
    assert "erased" in lab.list()
    with pytest.raises(DataError, match=f"this content was erased .*{WHY}"):
        lab.publish(b"nc")
    with pytest.raises(DataError, match=f"was erased .*{WHY}"):
        fetch("Kar2019", store=lab.store, version_id=lab.version, sha1="a" * 40)
    refused = lab.run("visibility", "set", "public", "Kar2019", "--checkout", lab.root, "-y")
    assert (refused.code, "it was erased on" in refused.err) == (1, True)


def test_the_identifier_is_typed_and_another_one_erases_nothing(lab, monkeypatch):
    monkeypatch.setattr("click.prompt", lambda _: "Kar2018")
    done = lab.erase()
    assert (done.code, "nothing was erased" in done.err) == (2, True)
    assert "nothing was erased" in lab.erase("--dry-run").out
    assert lab.verify() == ([], [])


def test_an_erasure_that_was_cut_off_is_finished_by_running_it_again(lab, bundles, monkeypatch):
    item = bundles.stimulus_set("Kar2019", b"csv", b"zip")
    done = publish_bundle(bundles.write(item), lab.store, run=RUN)
    save_receipts(done.receipts, lab.home / "receipts.json")
    real = LocalUpkeep.erase

    def fails(self, key, version_id):
        if key.endswith(".csv"):
            raise ReadOnlyStoreError("no more")
        real(self, key, version_id)

    monkeypatch.setattr(LocalUpkeep, "erase", fails)
    cut = lab.erase("--confirm", "Kar2019")
    assert (cut.code, "erased so far: stimulus_Kar2019.zip" in cut.err) == (2, True)
    assert lab.run("visibility", "set", "public", "Kar2019", "--checkout", lab.root).code == 1
    monkeypatch.setattr(LocalUpkeep, "erase", real)
    assert lab.erase("--confirm", "Kar2019").code == 0
    assert lab.store.versions("stimulus_Kar2019.csv") == []
