"""Open and close by the command: what is shown, refused, done and written down."""

from __future__ import annotations

import json
import re

import pytest

from brainscore_data.plugins.new_plugin import parameter_lines
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.receipts import load_receipts, save_receipts
from brainscore_data.store.local.folder import LocalStore

RUN = Run("majaj", "2015-09-30T12:00:00+00:00")
PLUGIN = "brainscore_vision/data/kar2019"
MANIFEST = """\
schema = 1
[dataset]
license = "CC-BY-4.0"

# The stimuli.
[[stimulus_set]]
identifier = "Kar2019"
visibility = "private"   # until the paper is out
embargo = 2020-03-01
metadata = "a.csv"
files = "a"
"""
TEST = "\n".join(parameter_lines(name)[0] for name in ("Kar2019", "Kar2020"))


class Lab:
    """A repository whose plugin has a private stimulus set, and the commands about it."""

    def __init__(self, folder, bundles, command):
        self.store = LocalStore(folder / "store")
        self.root, self.home = folder / "repository", folder / "repository" / PLUGIN
        self.home.mkdir(parents=True)
        (self.root / ".git").mkdir()
        self._command = command
        item = bundles.stimulus_set("Kar2019", b"csv", b"zip", visibility="private")
        made = bundles.write(item, plugin=PLUGIN)
        self.receipts = publish_bundle(made, self.store, run=RUN).receipts
        save_receipts(self.receipts, self.home / "receipts.json")
        (self.home / "dataset.toml").write_text(MANIFEST)
        (self.home / "test.py").write_text(TEST)

    def set(self, word, *options, name="Kar2019", checkout=None, sure=("-y",)):
        place = ["--store", self.store.location.url, "--checkout", checkout or self.root]
        return self._command("visibility", "set", word, name, *place, *sure, *options)

    def tags(self, **versions):
        keys = {"zip": "stimulus_Kar2019.zip", "csv": "stimulus_Kar2019.csv"}
        return [
            self.store.tags(key, versions.get(each))["visibility"] for each, key in keys.items()
        ]

    def read(self):
        return {path.name: path.read_text() for path in self.home.iterdir()}

    def change(self, name, old, new):
        path = self.home / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))


@pytest.fixture
def lab(tmp_path, bundles, command):
    return Lab(tmp_path, bundles, command)


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_csv_and_zip_manifest_receipts_and_test_change_together(lab):
    before = lab.read()
    done = lab.set("public")
    assert (done.code, lab.tags()) == (0, ["public", "public"]), done.err
    for file in lab.receipts.items[0].files:
        assert f"version {file.object.version_id}: private → public" in done.out
    now = lab.read()
    assert 'visibility = "public"   # until the paper is out' in now["dataset.toml"]
    assert "embargo" not in now["dataset.toml"]
    [item] = load_receipts(lab.home / "receipts.json").items
    assert (item.visibility, item.csv.object) == ("public", lab.receipts.items[0].csv.object)
    assert ["private_access" in line for line in now["test.py"].splitlines()] == [False, True]

    done = lab.set("private")
    assert (done.code, lab.tags()) == (0, ["private", "private"]), done.err
    assert "may have read it since 2015-09-30" in done.out
    assert "downloaded copies stay" in done.out
    now = lab.read()
    assert (now["receipts.json"], now["test.py"]) == (before["receipts.json"], TEST)


def test_a_dry_run_changes_nothing(lab):
    before = lab.read()
    done = lab.set("public", "--dry-run", sure=())
    assert "private → public" in done.out
    assert "nothing was changed" in done.out
    assert (lab.tags(), lab.read()) == (["private", "private"], before)


def test_it_asks_first_and_a_no_changes_nothing(lab, monkeypatch):
    monkeypatch.setattr("click.confirm", lambda _: False)
    done = lab.set("public", sure=())
    assert done.out.endswith("Nothing was changed.\n")
    assert lab.tags() == ["private", "private"]


def test_restricted_data_and_what_is_under_embargo_are_not_opened(lab):
    lab.change("dataset.toml", "CC-BY-4.0", "restricted")
    lab.change("dataset.toml", "2020", "2999")
    done = lab.set("public")
    assert (done.code, lab.tags()) == (1, ["private", "private"])
    assert 'Kar2019 has license = "restricted"' in done.err
    assert "Kar2019 is under embargo until 2999-03-01" in done.err
    assert lab.set("private").code == 0


def test_a_broken_manifest_is_found_before_anything_is_opened(lab):
    lab.change("dataset.toml", "schema = 1", "schema = 1\nsurprise = 2")
    assert lab.set("public").code == 1
    assert lab.tags() == ["private", "private"]


def test_without_a_manifest_the_line_to_change_is_printed(lab):
    (lab.home / "dataset.toml").unlink()
    done = lab.set("public")
    assert done.code == 0
    assert '[[stimulus_set]] Kar2019: visibility = "public"' in done.err
    assert load_receipts(lab.home / "receipts.json").items[0].visibility == "public"


def test_without_receipts_the_only_version_is_meant(lab, elsewhere):
    done = lab.set("public", checkout=elsewhere)
    assert (done.code, lab.tags()) == (0, ["public", "public"])
    assert 'visibility = "public"' in done.err


def test_of_several_versions_without_receipts_one_has_to_be_named(lab, elsewhere, bundles):
    [item] = lab.receipts.items
    old = {"csv": item.csv.object.version_id, "zip": item.zip.object.version_id}
    newer = bundles.stimulus_set("Kar2019", b"2", b"3", visibility="private", replaces=old)
    publish_bundle(bundles.write(newer), lab.store, run=RUN)
    refused = lab.set("public", checkout=elsewhere)
    assert refused.code == 2
    assert "has 2 versions" in refused.err
    assert "--version-id" in refused.err
    named = [word for each in old.values() for word in ("--version-id", each)]
    assert lab.set("public", *named, checkout=elsewhere).code == 0
    assert (lab.tags(**old), lab.tags()) == (["public", "public"], ["private", "private"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"size": 3', '"size": 4', "is not what .*receipts.json says"),
        ('"version_id": "1.', '"version_id": "7.', "is not whole: .* is not there"),
    ],
)
def test_what_is_not_the_receipts_is_refused_whole(lab, old, new, said):
    lab.change("receipts.json", old, new)
    done = lab.set("public")
    assert (done.code, lab.tags()) == (1, ["private", "private"])
    assert re.search(said, done.err), done.err


def test_a_version_that_is_not_the_receipts_is_refused(lab):
    done = lab.set("public", "--version-id", "1.aaaaaaaaaaaaaaaaaaaaaaaa")
    assert (done.code, lab.tags()) == (1, ["private", "private"])
    assert "is none of these" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ["visibility", "set", "public", "Kar2018", "-y"],
        ["visibility", "show", "Kar2018"],
        ["retract", "Kar2018", "--because", "a mistake", "-y"],
        ["erase", "Kar2018", "--because", "names", "--confirm", "Kar2018"],
    ],
)
def test_what_was_never_published_is_told(lab, command, words):
    done = command(*words, "--store", lab.store.location.url, "--checkout", lab.root)
    assert done.code == 1
    assert done.explains("nothing is published as 'Kar2018'; did you mean 'Kar2019'?")


def test_show_says_who_can_read_each_file(lab, command):
    url, place = lab.store.location.url, ["--checkout", lab.root]
    text = command("visibility", "show", url, *place).out
    assert "a folder: whoever may read its files reads all of them" in text
    assert "stimulus_Kar2019.zip" in text
    shown = command(
        "visibility", "show", "Kar2019", "--store", url, *place, "--output-format", "json"
    )
    found = json.loads(shown.out)
    assert found["mode"] == "folder"
    assert [file["tag"] for file in found["items"][0]["files"]] == ["private", "private"]
    assert command("visibility", "show", "Kar2019").code == 2


def test_due_lists_what_an_admin_may_open_and_asks_no_store(lab, command):
    found = command("visibility", "due", lab.root)
    assert "visibility set public Kar2019 --store file:" in found.out
    assert (
        "No embargo has ended" in command("visibility", "due", lab.root, "--on", "2019-01-01").out
    )
    asked = command("visibility", "due", lab.root, "--output-format", "json")
    assert [each["embargo"] for each in json.loads(asked.out)] == ["2020-03-01"]
    assert lab.tags() == ["private", "private"]
