"""``revise``: the versions of the receipts go into the manifest, and nothing else changes."""

from __future__ import annotations

import json
import tomllib

import pytest


@pytest.fixture
def published(study, command, tmp_path):
    """Give the study, and the versions of its files in the store."""
    study.edit(
        "dataset.toml", 'class = "BehavioralAssembly"', 'class = "BehavioralAssembly" # rated'
    )
    assert command("publish", study.folder, "--store", (tmp_path / "store").as_uri()).code == 0
    items = json.loads(study.path("receipts.json").read_text())["items"]
    return {
        (item["identifier"], name): item[name]["object"]["version_id"]
        for item in items
        for name in ("csv", "zip", "nc")
        if name in item
    }


def lines(study):
    return study.path("dataset.toml").read_text().splitlines()


def test_an_assembly_gets_a_line_and_all_others_stay(study, published, command):
    before = lines(study)
    done = command("revise", "Doe2024.V4", study.folder)
    version = published["Doe2024.V4", "nc"]
    assert (done.code, done.out) == (
        0,
        f"{study.folder}/dataset.toml: the assembly 'Doe2024.V4' replaces version {version} now\n",
    )
    assert "next: `brainscore-data publish" in done.err
    added = [line for line in lines(study) if line not in before]
    assert added == [f'replaces = "{version}"']
    assert [line for line in lines(study) if line not in added] == before
    assert lines(study).index(added[0]) == before.index('identifier = "Doe2024.V4"') + 1


def test_a_stimulus_set_gets_the_versions_of_both_files(study, published, command):
    done = command("revise", "Doe2024", study.folder)
    versions = {name: published["Doe2024", name] for name in ("csv", "zip")}
    assert f"csv version {versions['csv']} and zip version {versions['zip']} now" in done.out
    [stimuli] = tomllib.loads(study.path("dataset.toml").read_text())["stimulus_set"]
    assert stimuli["replaces"] == versions


def test_done_twice_it_changes_nothing_the_second_time(study, published, command):
    assert command("revise", "Doe2024", study.folder).code == 0
    before = study.path("dataset.toml").stat().st_mtime_ns, lines(study)
    again = command("revise", "Doe2024", study.path("dataset.toml"))
    assert again.code == 0
    assert again.out.rstrip().endswith("already")
    assert (study.path("dataset.toml").stat().st_mtime_ns, lines(study)) == before


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "old",
    [
        'replaces = { csv = "1", zip = "2" } # the first',
        "replaces.csv = '1'\nreplaces.zip = '2'",
        '[stimulus_set.replaces]\ncsv = "1"\nzip = "2" # the first',
    ],
)
def test_what_it_replaced_before_is_changed_where_it_stands(
    study, published, command, old, newline
):
    text = study.path("dataset.toml").read_text()
    text = text.replace('files = "stimuli"', f'files = "stimuli"\n{old}').replace("\n", newline)
    study.path("dataset.toml").write_bytes(text.encode())
    done = command("revise", "Doe2024", study.folder)
    assert "now, and not csv version 1 and zip version 2" in done.out, done.err
    versions = {name: published["Doe2024", name] for name in ("csv", "zip")}
    expected = old.replace("\n", newline)
    for number, name in (("1", "csv"), ("2", "zip")):
        for quote in "\"'":
            expected = expected.replace(f"{quote}{number}{quote}", f'"{versions[name]}"')
    found = study.path("dataset.toml").read_bytes().decode()
    assert found.replace("'", '"') == text.replace(old.replace("\n", newline), expected).replace(
        "'", '"'
    )


def test_what_is_revised_is_published_in_place_of_what_was(study, published, command, tmp_path):
    assert command("revise", "Doe2024.choices", study.folder).code == 0
    study.edit("trials.csv", "602", "603")
    done = command("publish", study.folder, "--store", (tmp_path / "store").as_uri())
    assert (done.code, done.out.count("| replaced |")) == (0, 1)


def test_an_identifier_that_is_not_listed_is_two(study, published, command):
    refused = command("revise", "Doe2024.V5", study.folder)
    assert refused.code == 2
    assert refused.explains("lists no 'Doe2024.V5'", "did you mean 'Doe2024.V4'?")


def test_what_was_never_published_is_two(study, command, published):
    study.edit("dataset.toml", 'identifier = "Doe2024.IT"', 'identifier = "Doe2024.TE"')
    before = lines(study)
    refused = command("revise", "Doe2024.TE", study.folder)
    assert refused.code == 2
    assert refused.explains("no receipt for the assembly", "publish it without")
    assert lines(study) == before
    study.path("receipts.json").unlink()
    assert command("revise", "Doe2024", study.folder).explains("there are no receipts here")


def test_without_a_manifest_it_is_two(command, tmp_path):
    assert command("revise", "Doe2024", tmp_path).code == 2


def test_a_store_without_versions_replaces_nothing(study, published, command):
    receipts = json.loads(study.path("receipts.json").read_text())
    for item in receipts["items"]:
        for name in {"csv", "zip", "nc"} & item.keys():
            item[name]["object"]["version_id"] = None
    study.path("receipts.json").write_text(json.dumps(receipts))
    refused = command("revise", "Doe2024", study.folder)
    assert (refused.code, refused.explains("keeps no versions", "another identifier")) == (2, True)


def test_the_folder_is_the_one_that_you_are_in(study, published, command, monkeypatch):
    monkeypatch.chdir(study.folder)
    assert command("revise", "Doe2024").code == 0
