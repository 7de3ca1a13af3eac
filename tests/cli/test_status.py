"""``status``: told from what is written down, and the command that comes next."""

from __future__ import annotations

import json

import pytest

STEPS = ("checked", "packaged", "published", "registered", "readable")


@pytest.fixture
def store(tmp_path):
    return (tmp_path / "store").as_uri()


@pytest.fixture
def states(study, command):
    """Give the states of an item, and what comes next, by the JSON of the command."""

    def run(identifier, *options, folder=study.folder):
        done = command("status", folder, "--output-format", "json", *options)
        assert done.code == 0, done.err
        [item] = [
            each for each in json.loads(done.out)["items"] if each["identifier"] == identifier
        ]
        return [item[step]["state"] for step in STEPS], item["next"]

    return run


def test_of_a_fresh_dataset_nothing_is_known(study, command, states):
    assert states("Doe2024") == (
        ["not known", "no", "no", "no", "no"],
        f"brainscore-data check {study.folder}",
    )
    done = command("status", study.folder)
    assert done.out.splitlines()[0].split() == ["item", *STEPS]
    assert "checked: not known: `--check` runs them" in done.out
    assert done.out.splitlines()[-1] == f"next: brainscore-data check {study.folder}"


def test_checks_are_run_where_that_is_wanted(study, states):
    assert states("Doe2024.V4", "--check") == (
        ["yes", "no", "no", "no", "no"],
        f"brainscore-data publish {study.folder} --store URL",
    )
    study.edit("stimuli.csv", "s2.png", "s9.png")
    steps, following = states("Doe2024.V4", "--check")
    assert (steps[0], following) == ("no", f"brainscore-data check {study.folder}")


def test_a_bundle_says_what_is_packaged(study, command, states, tmp_path, bundles):
    bundle = tmp_path / "bundle"
    assert command("package", study.folder, "-o", bundle).code == 0
    assert states("Doe2024", "--bundle", bundle)[0] == ["yes", "yes", "no", "no", "no"]
    other = bundles.write(bundles.assembly("Doe2024.V4", b"of another dataset"))
    assert states("Doe2024.V4", "--bundle", other)[0][1] == "no"
    (bundle / "bundle.json").write_text("{")
    assert command("status", study.folder, "--bundle", bundle).explains("damaged")


def test_receipts_say_what_is_published_and_what_is_new_in_the_manifest_is_not(
    study, command, states, store
):
    assert command("publish", study.folder, "--store", store).code == 0
    study.edit("dataset.toml", 'identifier = "Doe2024.IT"', 'identifier = "Doe2024.TE"')
    assert states("Doe2024")[0][:3] == ["yes", "yes", "yes"]
    steps, following = states("Doe2024.TE", "--check")
    assert steps[:3] == ["yes", "no", "no"]
    assert following == f"brainscore-data publish {study.folder} --store {store}"


def test_other_content_is_revised_and_then_published(study, command, states, store, tmp_path):
    assert command("publish", study.folder, "--store", store).code == 0
    study.edit("trials.csv", "602", "603")
    bundle = tmp_path / "bundle"
    assert command("package", study.folder, "-o", bundle).code == 0
    steps, following = states("Doe2024.choices", "--bundle", bundle)
    assert steps[2] == "other"
    assert following == f"brainscore-data revise Doe2024.choices {study.folder}"
    assert command("revise", "Doe2024.choices", study.folder).code == 0
    _, following = states("Doe2024.choices", "--bundle", bundle)
    assert following == f"brainscore-data publish {study.folder} --store {store}"


def test_a_plugin_says_what_is_registered(study, command, states, store, tmp_path):
    plugin = tmp_path / "brainscore_vision" / "data" / "doe2024"
    plugin.mkdir(parents=True)
    study.edit(
        "dataset.toml",
        'license = "CC-BY-4.0"',
        'license = "CC-BY-4.0"\nplugin = "brainscore_vision/data/doe2024"',
    )
    assert command("publish", study.folder, "--store", store).code == 0
    steps, following = states("Doe2024")
    assert (steps[3], following) == ("no", f"brainscore-data register {study.folder}")
    assert command("register", study.folder).code == 0
    steps, following = states("Doe2024")
    assert (steps[3], following) == ("yes", None)
    source = plugin / "__init__.py"
    receipts = json.loads(study.path("receipts.json").read_text())["items"]
    version = receipts[0]["csv"]["object"]["version_id"]
    source.write_text(source.read_text().replace(version, "an-earlier-one"))
    assert states("Doe2024")[0][3] == "other"


def test_a_store_is_asked_where_that_is_wanted_and_silence_is_no_traceback(
    study, command, states, store, tmp_path
):
    assert command("publish", study.folder, "--store", store).code == 0
    assert states("Doe2024")[0][4] == "not known"  # a folder does not tell
    assert states("Doe2024", "--ask")[0][4] == "yes"
    (tmp_path / "store").rename(tmp_path / "away")
    done = command("status", study.folder, "--ask")
    assert done.code == 0
    assert "readable: not known: " in done.out


def test_a_store_that_cannot_be_reached_is_not_known(study, command, store, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert command("publish", study.folder, "--store", store).code == 0
    receipts = study.path("receipts.json").read_text()
    there = json.loads(receipts)
    for item in there["items"]:
        for name in {"csv", "zip", "nc"} & item.keys():
            item[name]["object"] |= {
                "store": "s3://lab-data",
                "bucket": "lab-data",
                "endpoint": "http://127.0.0.1:9",
                "region": "us-east-1",
            }
    study.path("receipts.json").write_text(json.dumps(there))
    done = command("status", study.folder, "--ask")
    assert (done.code, done.err) == (0, "")
    assert "readable: not known: " in done.out
    assert "Traceback" not in done.out


def test_without_a_manifest_it_is_two_and_with_a_wrong_one_one(command, study, tmp_path):
    (tmp_path / "empty").mkdir()
    assert command("status", tmp_path / "empty").explains("there is no dataset.toml here")
    study.path("dataset.toml").write_text("schema = 1\n")
    assert command("status", study.folder).code == 1
