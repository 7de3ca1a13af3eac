"""Without a store, what is registered answers: hash, version, bucket, and whom to ask."""

from __future__ import annotations

import json
import subprocess

import pytest
from git_repositories import new_repository

from brainscore_data.records.receipts import save_receipts

PLUGIN = "brainscore_vision/data/kar2019/__init__.py"
SHA1, VERSION = "a" * 40, "6TfLb8mKxDYE"
REGISTRATION = f"""\
data_registry['Kar2019'] = lambda: load_assembly_from_s3(
    identifier='dicarlo.Kar2019', version_id='{VERSION}', sha1='{SHA1}',
    bucket='brainscore-storage/brainio', cls=NeuroidAssembly)
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Give a checkout in which Kohitij Kar registered an assembly, and somebody else a line after it."""
    root = new_repository(tmp_path / "vision")
    plugin = root / PLUGIN
    plugin.parent.mkdir(parents=True)
    for name, text in (("Kohitij Kar", REGISTRATION), ("dependabot", REGISTRATION + "# typo\n")):
        plugin.write_text(text)
        who = ["-c", f"user.name={name}", "-c", "user.email=a@b"]
        when = {"GIT_COMMITTER_DATE": "2019-04-29T12:00Z", "GIT_AUTHOR_DATE": "2019-04-29T12:00Z"}
        for line in (["add", "."], [*who, "commit", "-qm", "It"]):
            subprocess.run(["git", "-C", str(root), *line], check=True, env=when)
    monkeypatch.chdir(plugin.parent)
    return root


@pytest.mark.parametrize("name", ["dicarlo.Kar2019", "Kar2019"])
def test_hash_version_and_bucket_are_told_and_who_registered_them(root, command, name):
    done = command("lookup", name)
    assert done.code == 0, done.err
    assert [line.split(None, 2) for line in done.out.splitlines()] == [
        ["assy_dicarlo_Kar2019.nc"],
        ["version", "id", VERSION],
        ["sha1", SHA1],
        ["store", "s3://brainscore-storage/brainio"],
        ["registered", f"{PLUGIN}:1"],
        ["ask", "Kohitij", "Kar, who registered it on 2019-04-29"],
    ]


def test_receipts_say_who_published_it_and_manifests_who_shall_read_it(root, command, receipts_of):
    receipts = receipts_of("dicarlo.Kar2019")
    said = {"store": "s3://brainscore-storage/brainio", "key": "brainio/assy_dicarlo_Kar2019.nc"}
    said |= {"endpoint": None, "version_id": VERSION}
    run = {"who": "majaj", "when": "2026-11-30T12:00:00+00:00", "pull_request": 12}
    run["public"] = "retracted"
    changed = receipts.model_dump(mode="json", by_alias=True)
    changed["items"][0]["nc"]["object"] |= said
    changed["items"][0]["nc"]["run"] |= run
    changed["items"][0]["visibility"] = "private"
    save_receipts(type(receipts).model_validate(changed), root / "receipts.json")
    [found] = json.loads(command("lookup", "Kar2019", "--json").out)
    assert found == {
        "store": said["store"],
        "endpoint": None,
        "region": None,
        "key": "assy_dicarlo_Kar2019.nc",
        "version_id": VERSION,
        "sha1": SHA1,
        "registration": f"{PLUGIN}:1: assembly 'Kar2019'",
        "visibility": "private",
        "retracted": True,
        "ask": "majaj, who published it on 2026-11-30, pull request 12",
    }


def test_without_a_history_whoever_looks_after_the_store_is_asked(root, command):
    (root / ".git" / "shallow").write_text("0" * 40 + "\n")
    assert "whoever looks after s3://brainscore-storage/brainio" in command("lookup", "Kar2019").out


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (["Kar2018"], 1, ["no registration names 'Kar2018'; did you mean 'Kar2019'?", "--store"]),
        (["Kar2019", "--read"], 2, ["without --store no store is asked: --read means nothing"]),
        (["Kar2019", "--endpoint-url", "http://a"], 2, ["--endpoint-url means nothing"]),
    ],
)
def test_what_cannot_be_answered_is_one_message(root, command, line, code, words):
    answer = command("lookup", *line)
    assert answer.code == code
    assert answer.explains(*words)


def test_a_registration_that_may_be_it_and_does_not_tell_is_named(root, command):
    with (root / PLUGIN).open("a") as plugin:
        plugin.write("data_registry['Other'] = load(ITS_NAME)\n")
        plugin.write("data_registry[NAME] = load(ITS_NAME)\n")
    done = command("lookup", "Kar2019")
    assert done.code == 0
    assert f"note: {PLUGIN}:6: assembly: it is not known what it registers" in done.err
    assert "Other" not in done.err
