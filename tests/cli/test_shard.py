"""``shard``, ``--shard`` and ``receipt merge``: from one plan to the receipts of all."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def store(tmp_path):
    return (tmp_path / "store").as_uri()


def test_a_plan_is_a_line_for_each_shard_or_json_or_a_matrix(study, command):
    done = command("shard", study.folder, "--count", 2)
    assert done.code == 0, done.err
    head, first, second, _, plan = done.out.splitlines()
    assert head.split() == ["shard", "items", "input", "disk", "first", "item"]
    assert (first.split()[0], second.split()[0]) == ("1/2", "2/2")
    digest = plan.removeprefix("plan: ")

    said = json.loads(command("shard", study.folder, "--count", 2, "--output-format", "json").out)
    assert (said["schema"], said["dataset"], said["plan"]) == (1, study.folder.name, digest)
    assert {item["identifier"] for shard in said["shards"] for item in shard["items"]} == {
        "Doe2024",
        "Doe2024.V4",
        "Doe2024.IT",
        "Doe2024.choices",
    }

    lines = command("shard", study.folder, "--max-bytes", "1GB", "--output-format", "github").out
    outputs = dict(line.split("=", 1) for line in lines.splitlines())
    [only] = json.loads(outputs["matrix"])["include"]
    path = study.folder.as_posix()
    assert only == {"name": f"{path} 1/1", "path": path, "shard": f"1/1@{outputs['plan']}"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give --count or --max-bytes: one of them"),
        (["--count", "2", "--max-bytes", "1GB"], "give --count or --max-bytes: one of them"),
        (["--count", "0"], "0 is not in the range"),
        (["--max-bytes", "some"], "'some' is no size: write 500MB or 12GB"),
        (["--max-bytes", "10kB"], "of disk, and a shard may take 10.0 kB"),
        (["--count", "5"], "4 items cannot be in 5 shards"),
    ],
)
def test_a_plan_that_cannot_be_made_is_wrong_usage(study, command, options, said):
    done = command("shard", study.folder, *options)
    assert done.code == 2
    assert said in done.err


def test_each_machine_publishes_its_shard_and_the_receipts_are_merged(study, command, store):
    shards = [("publish", study.folder, "--store", store, "--shard", f"{n}/3") for n in (1, 2, 3)]
    assert [command(*each).code for each in shards[:2]] == [0, 0]
    early = command("receipt", "merge", study.folder)
    assert early.code == 3
    assert "there are no receipts of shard 3/3" in early.err
    assert not (study.folder / "receipts.json").exists()
    assert command(*shards[2]).code == 0
    merged = command("receipt", "merge", study.folder)
    assert merged.code == 0, merged.err
    assert "4 items of 3 files" in merged.err
    assert "shard" not in json.loads((study.folder / "receipts.json").read_text())
    shown = command("receipt", study.folder)
    assert shown.out == merged.out
    assert command("receipt", "show", study.folder).out == shown.out


def test_a_bundle_of_a_shard_knows_what_it_is(study, command, store, tmp_path):
    made = command("package", study.folder, "-o", tmp_path / "made", "--shard", "2/2")
    assert made.code == 0, made.err
    refused = command("publish", tmp_path / "made", "--store", store, "--shard", "2/2")
    assert refused.code == 2
    assert "leave --shard and --disk out" in refused.err
    assert command("publish", tmp_path / "made", "--store", store).code == 0
    assert (tmp_path / "made" / "receipts.shard-2-of-2.json").is_file()


def test_a_shard_that_is_not_there_is_refused(study, command, store, contents):
    before = contents(study.folder)
    done = command("publish", study.folder, "--store", store, "--shard", "9/3")
    assert done.code == 2
    assert "there is no shard 9 of 3" in done.err
    assert contents(study.folder) == before
