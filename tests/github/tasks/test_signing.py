"""What a job that publishes leaves to be signed by the next: the public files, each time the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from example_workflows import workflow
from github_events import push

from brainscore_data.records.signing import PREDICATE_TYPE

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran


def _published(program: ActionProgram, bundle: Path) -> Ran:
    commit = program.repository.head()
    inputs = {
        "command": "publish",
        "bundle": str(bundle.relative_to(program.workspace)),
        "store": (program.folder / "store").as_uri(),
        "comment": "never",
    }
    return program.run("push", push(program.github, program.repository, commit, commit), inputs)


def test_the_public_files_are_left_to_be_signed_and_a_second_run_leaves_the_same(
    action_program: ActionProgram, bundles: Any, tmp_path: Path
) -> None:
    program = action_program
    (tmp_path / "store").mkdir()
    program.workspace.mkdir()
    made = bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip"),
        bundles.assembly("Kar2019", b"rates", visibility="private"),
    )
    bundle = made.rename(program.workspace / "bundle")
    left = []
    for statuses in ("new", "unchanged"):
        ran = _published(program, bundle)
        assert (ran.exit_code, ran.outputs["subjects"]) == (0, "2"), ran.log
        assert statuses in ran.log
        folder = Path(ran.outputs["receipts-path"]) / ".attest"
        lines = (folder / "subjects.txt").read_text().splitlines()
        # As actions/attest reads them: a digest, a flag or blank, a name.
        assert all(
            re.fullmatch(r"[0-9a-f]{64} [ *]stimulus_hvm\.(csv|zip)", each) for each in lines
        )
        predicate = json.loads((folder / "predicate.json").read_text())
        left.append(lines)
        assert "Kar2019" not in json.dumps(predicate)
        assert predicate["receipts"]["bundle"]["checks"] is None
    assert left[0] == left[1]


def test_a_run_with_nothing_public_leaves_nothing(
    action_program: ActionProgram, bundles: Any, tmp_path: Path
) -> None:
    (tmp_path / "store").mkdir()
    action_program.workspace.mkdir()
    made = bundles.write(bundles.assembly("Kar2019", b"rates", visibility="private"))
    ran = _published(action_program, made.rename(action_program.workspace / "bundle"))
    assert ran.outputs["subjects"] == "0"
    assert not (Path(ran.outputs["receipts-path"]) / ".attest").exists()


def test_the_workflows_sign_what_is_left_and_nothing_of_private_runs() -> None:
    for name in ("publish-on-merge", "publish-on-approval"):
        job = workflow(name)["jobs"]["attest"]
        (given,) = (step["with"] for step in job["steps"] if "attest@" in step["uses"])
        assert given == {
            "subject-checksums": ".receipts/.attest/subjects.txt",
            "predicate-path": ".receipts/.attest/predicate.json",
            "predicate-type": PREDICATE_TYPE,
        }
        assert "needs.publish.outputs.subjects > 0" in job["if"]
        assert job["permissions"] == {"id-token": "write", "attestations": "write"}
