"""The action's commands `shard` and `merge`, and `package` of one shard."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from action_in_process import dataset
from github_events import push

if TYPE_CHECKING:
    from pathlib import Path

    from action_in_process import ActionProgram, Ran

ONE_AT_A_TIME = "400"


@pytest.fixture
def shards(action_program: ActionProgram) -> list[dict[str, str]]:
    """Commit a public and a private assembly, and plan a shard for each."""
    program = action_program
    files = dataset("data/a", "Author2026.public")
    manifest = str(files["data/a/dataset.toml"])
    table = manifest[manifest.index("[[assembly]]") :].replace('"public"', '"private"')
    private = table.replace("Author2026.public", "Author2026.private")
    files["data/a/dataset.toml"] = f"{manifest}\n{private}"
    program.check_out(program.repository.commit(files))
    planned = _run(program, command="shard", **{"max-bytes": ONE_AT_A_TIME})
    assert planned.exit_code == 0, planned.log
    include: list[dict[str, str]] = json.loads(planned.outputs["matrix"])["include"]
    return include


def _run(program: ActionProgram, **inputs: str) -> Ran:
    head = program.repository.head()
    event = push(program.github, program.repository, head, head)
    return program.run("push", event, inputs)


def _published(program: ActionProgram, shard: dict[str, str], into: Path) -> Ran:
    given = {"path": shard["path"], "shard": shard["shard"]}
    packaged = _run(program, command="package", **given)
    assert packaged.exit_code == 0, packaged.log
    store = program.folder / "store"
    store.mkdir(exist_ok=True)
    bundle = packaged.outputs["bundle-path"]
    ran = _run(program, command="publish", bundle=bundle, store=store.as_uri(), comment="never")
    shutil.copytree(ran.outputs["receipts-path"], into, dirs_exist_ok=True)
    return ran


def test_each_shard_is_published_by_a_job_and_what_is_private_is_not_missed(
    action_program: ActionProgram, shards: list[dict[str, str]], tmp_path: Path
) -> None:
    program, left = action_program, tmp_path / "left"
    assert [each["name"] for each in shards] == ["data/a 1/2", "data/a 2/2"]
    _published(program, shards[0], left)
    early = _run(program, command="merge", path=str(left), comment="never")
    assert early.exit_code == 3
    assert "there are no receipts of shard 2/2" in early.log
    _published(program, shards[1], left)
    merged = _run(program, command="merge", path=str(left), comment="never")
    assert merged.exit_code == 0, merged.log
    [receipts] = json.loads(merged.outputs["receipts"]).values()
    assert [item["identifier"] for item in receipts["items"]] == ["Author2026.public"]
    assert "shard" not in receipts
    assert merged.outputs["subjects"] == "1"


def test_a_shard_of_another_plan_is_not_packaged(
    action_program: ActionProgram, shards: list[dict[str, str]]
) -> None:
    given = {"path": "data/a", "shard": "1/2@sha256:" + "0" * 64}
    ran = _run(action_program, command="package", **given)
    assert ran.exit_code == 2
    assert "this is shard 1/2 of another plan" in ran.log
    assert ran.outputs["bundle-path"] == ""


def test_a_dataset_that_fits_no_runner_is_named(
    action_program: ActionProgram, shards: list[dict[str, str]]
) -> None:
    ran = _run(action_program, command="shard", **{"max-bytes": "300"})
    assert ran.exit_code == 2
    assert "of disk, and a shard may take 300 B" in ran.log
    assert ran.outputs["matrix"] == ""
    wrong = _run(action_program, command="shard", **{"max-bytes": "12GB"})
    assert "it is a number of bytes" in wrong.log
