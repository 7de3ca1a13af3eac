"""Receipts at the base commit, from git where there is a checkout, and from GitHub where not."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from github_api import READING
from github_events import ZERO, merge_group, pull_request, push, schedule, workflow_dispatch

from brainscore_data.base.errors import IncompleteError
from brainscore_data.github.base_commit import base_receipts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from action_in_process import ActionProgram
    from github_api import FakeGitHub
    from github_repository import Repository
    from made_up import Bundles

    from brainscore_data.github.context import Context

RECEIPTS = "data/a/receipts.json"


@pytest.fixture
def receipts(receipts_of: Any) -> str:
    return str(receipts_of("MajajHong2015.public").model_dump_json(by_alias=True))


@pytest.fixture
def pinned(real: Any) -> Callable[..., bool]:
    """Whether the receipts at an event's base pin the version of ``receipts_of``."""

    def ask(context: Context, checkout: Path, receipts: str, folder: str = "data/a") -> bool:
        said = json.loads(receipts)["items"][0]["nc"]["object"]
        location = type("Location", (), {"bucket": said["bucket"], "prefix": ""})
        store = type("Store", (), {"location": location})
        stored = type("Stored", (), {"key": said["key"], "version_id": said["version_id"]})
        return bool(base_receipts(context, checkout, folder, real).pins(store, stored))  # type: ignore[arg-type]

    return ask


def test_the_base_is_what_was_there_before_the_event(
    github: FakeGitHub, repository: Repository, context_of: Any
) -> None:
    before = repository.head()
    head = repository.commit({"data/a/values.csv": "2\n"}, branch="more")
    pull = repository.open_pull("more")
    opened = pull_request(github, repository, pull)
    after = repository.merge(pull)
    events = {
        "push": push(github, repository, before, after),
        "pull_request": opened,
        "merge_group": merge_group(github, repository, before, head),
    }
    assert {name: context_of(name, event).base for name, event in events.items()} == dict.fromkeys(
        events, before
    )
    assert context_of("push", push(github, repository, ZERO, after)).base is None
    for name, event in {
        "schedule": schedule(github, repository),
        "workflow_dispatch": workflow_dispatch(github, repository, {}),
    }.items():
        assert context_of(name, event).base == after


@pytest.mark.parametrize("checked_out", [True, False])
def test_the_receipts_that_a_push_brings_do_not_count_and_those_before_it_do(
    github: FakeGitHub,
    repository: Repository,
    context_of: Any,
    checkout: Any,
    pinned: Any,
    receipts: str,
    tmp_path: Path,
    checked_out: bool,
) -> None:
    before = repository.head()
    brought = repository.commit({RECEIPTS: receipts})
    later = repository.commit({"README.md": "more\n"})
    place = checkout(later) if checked_out else tmp_path
    asked = len(github.asked("GET", ".*/contents/.*"))
    for ends, expected in (((before, brought), False), ((brought, later), True)):
        context = context_of("push", push(github, repository, *ends))
        assert pinned(context, place, receipts) is expected
    assert (len(github.asked("GET", ".*/contents/.*")) == asked) is checked_out


def test_github_is_asked_for_the_dataset_alone_and_only_when_it_matters(
    github: FakeGitHub,
    repository: Repository,
    context_of: Any,
    real: Any,
    pinned: Any,
    receipts: str,
    tmp_path: Path,
) -> None:
    repository.commit({RECEIPTS: receipts, "data/b/receipts.json": "{}"})
    context = context_of("workflow_dispatch", workflow_dispatch(github, repository, {}))
    base_receipts(context, tmp_path, "data/a", real)
    assert not github.asked("GET", ".*/contents/.*")
    assert pinned(context, tmp_path, receipts)
    assert not pinned(context, tmp_path, receipts, folder="data/b")
    assert not pinned(context, tmp_path, receipts, folder="elsewhere")


def test_no_answer_from_github_is_an_error_and_not_a_missing_receipt(
    github: FakeGitHub,
    repository: Repository,
    context_of: Any,
    pinned: Any,
    receipts: str,
    tmp_path: Path,
) -> None:
    context = context_of("workflow_dispatch", workflow_dispatch(github, repository, {}))
    github.fail(path=".*/contents/.*", times=99)
    with pytest.raises(IncompleteError, match=r"data/a/receipts\.json"):
        pinned(context, tmp_path, receipts)


def test_the_action_takes_other_bytes_for_unchanged_once_the_receipts_were_merged(
    action_program: ActionProgram, bundles: Bundles
) -> None:
    program = action_program
    (program.folder / "store").mkdir()

    def publish(content: bytes, before: str, after: str) -> Any:
        made = bundles.write(bundles.assembly("MajajHong2015", content, meaning="rates"))
        place = program.workspace / "bundles" / "data" / "a"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(made, place)
        inputs = {
            "command": "publish",
            "bundle": "bundles",
            "store": (program.folder / "store").as_uri(),
            "github-token": READING,
            "comment": "never",
        }
        event = push(program.github, program.repository, before, after)
        return program.run("push", event, inputs)

    start = program.repository.head()
    merged = program.repository.commit({"data/a/dataset.toml": "schema = 1\n"})
    first = publish(b"zlib 1.2", start, merged)
    assert first.exit_code == 0, first.log
    receipts = json.loads(first.outputs["receipts"])["data/a"]
    registered = program.repository.commit({RECEIPTS: json.dumps(receipts)})
    refused = publish(b"zlib 1.3 ng", merged, registered)
    assert refused.exit_code == 1
    assert "claims that its other bytes have the same content" in refused.log
    later = program.repository.commit({"README.md": "more\n"})
    again = publish(b"zlib 1.3 ng", registered, later)
    assert (again.exit_code, again.outputs["unchanged"]) == (0, "1"), again.log
