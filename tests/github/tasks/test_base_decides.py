"""A pull request that would switch its own checks off, and what a maintainer ignores instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from github_api import WRITING
from github_events import merge_group, pull_request, push

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran
    from github_repository import Pull

_TABLE = "[tool.brainscore-data]\n"
# All that selects rules, each of which would do by itself.
_OFF = {
    "at the root": {"pyproject.toml": f'{_TABLE}ignore = ["BSD7"]\n'},
    "beside the manifest": {"data/a/pyproject.toml": f'{_TABLE}ignore = ["BSD7"]\n'},
    "by select": {"pyproject.toml": f'{_TABLE}select = ["BSD1"]\n'},
    "by path": {
        "pyproject.toml": f'{_TABLE}[tool.brainscore-data.per-path-ignores]\n"*" = ["BSD7"]\n'
    },
}


def _with_people() -> dict[str, Any]:
    rows = "".join(f"{name},{name}@lab.example.org\n" for name in "abc")
    return dataset("data/a", "Author2026.public") | {
        "data/a/presentations.csv": f"stimulus_id,email\n{rows}"
    }


def _run(program: ActionProgram, command: str, pull: Pull, **inputs: str) -> Ran:
    program.check_out(program.repository.head_of(pull))
    event = pull_request(program.github, program.repository, pull)
    given = {"command": command, "changed-only": "true", "github-token": WRITING, **inputs}
    return program.run("pull_request", event, given)


def _pull(program: ActionProgram, files: dict[str, Any]) -> Pull:
    program.repository.commit(files, branch="data")
    return program.repository.open_pull("data")


@pytest.mark.parametrize("off", _OFF.values(), ids=_OFF)
def test_a_pull_request_does_not_switch_its_own_checks_off(
    action_program: ActionProgram, off: dict[str, str]
) -> None:
    program = action_program
    pull = _pull(program, _with_people() | off)
    packaged = _run(program, "package", pull)
    assert packaged.exit_code == 1, packaged.log
    assert "BSD7" in packaged.summary
    assert "hold until the change is merged" in packaged.summary
    assert not packaged.outputs["bundle-path"]
    assert not list(program.folder.rglob("*.nc"))


def test_the_comment_says_whose_settings_hold(action_program: ActionProgram) -> None:
    program = action_program
    found = _run(program, "check", _pull(program, _with_people() | _OFF["at the root"]))
    assert found.exit_code == 1, found.log
    [comment] = program.repository.comments.values()
    for text in (found.summary, comment.body):
        assert "BSD7" in text
        assert "The settings in `[tool.brainscore-data]` are changed here" in text
        assert "ignored by" not in text


def test_a_baseline_that_a_pull_request_writes_lets_nothing_pass(
    action_program: ActionProgram,
) -> None:
    from brainscore_data.check.engine.baseline import write_baseline
    from brainscore_data.check.engine.checking import check

    program = action_program
    pull = _pull(program, _with_people())
    program.check_out(program.repository.head_of(pull))
    known = program.workspace / "known.json"
    write_baseline(check([program.workspace / "data/a"]), known, [program.workspace])
    whole = known.read_text()
    program.repository.commit({"known.json": whole}, branch="data")
    refused = _run(program, "package", pull, baseline="known.json")
    assert refused.exit_code == 2, refused.log
    assert "no such file" in refused.summary

    program.repository.commit({"known.json": '{"schema": 1, "findings": []}'})
    pull = _pull(program, {"pyproject.toml": ""})
    program.repository.commit({"README.md": "more\n"})  # so that the base has it
    refused = _run(program, "package", pull, baseline="known.json")
    assert refused.exit_code == 1, refused.log
    assert "BSD7" in refused.summary

    program.repository.commit({"known.json": whole})
    passed = _run(program, "package", pull, baseline="known.json")
    assert passed.exit_code == 0, passed.log
    assert "ignored by `known.json of the base`" in passed.summary


def test_what_a_maintainer_ignores_is_named_from_the_check_to_the_receipt(
    action_program: ActionProgram,
) -> None:
    program = action_program
    program.repository.commit(_OFF["at the root"])
    pull = _pull(program, _with_people() | {"pyproject.toml": ""})
    said = "`BSD7` ignored by `pyproject.toml of the base`"
    assert said in _run(program, "check", pull).summary
    [comment] = program.repository.comments.values()
    assert said in comment.body

    before = program.repository.head()
    program.repository.commit(_OFF["at the root"], branch="data")
    after = program.repository.merge(pull)
    program.check_out(after)
    event = push(program.github, program.repository, before, after)
    packaged = program.run("push", event, {"command": "package"})
    assert packaged.exit_code == 0, packaged.log
    assert said in packaged.summary
    bundles = Path(packaged.outputs["bundle-path"])
    bundle = json.loads((bundles / "data/a/bundle.json").read_text())
    whose = [{"what": "BSD7", "by": "pyproject.toml of the base"}]
    assert bundle["checks"]["ignored_by"] == whose

    (program.folder / "store").mkdir()
    given = {"command": "publish", "bundle": str(bundles), "github-token": WRITING}
    given["store"] = (program.folder / "store").as_uri()
    published = program.run("push", event, given)
    assert published.exit_code == 0, published.log
    assert said in published.summary
    receipts = json.loads(published.outputs["receipts"])["data/a"]
    assert receipts["checks"]["ignored_by"] == whose
    bodies = [each.body for each in program.repository.comments.values()]
    assert any("Published" in each and said in each for each in bodies)


@pytest.mark.parametrize("event", ["merge_group", "push"])
def test_settings_that_come_with_the_data_hold_from_the_next_run_on(
    action_program: ActionProgram, event: str
) -> None:
    program = action_program
    before = program.repository.head()
    after = program.repository.commit(_with_people() | _OFF["at the root"])
    program.check_out(after)
    about = {"merge_group": merge_group, "push": push}[event]
    payload = about(program.github, program.repository, before, after)
    packaged = program.run(event, payload, {"command": "package"})
    assert packaged.exit_code == 1, packaged.log
    payload = about(program.github, program.repository, after, after)
    assert program.run(event, payload, {"command": "package"}).exit_code == 0
