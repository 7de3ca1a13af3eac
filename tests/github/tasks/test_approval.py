"""Data that is published before its pull request is merged, because a maintainer says so."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from github_api import READING, WRITING
from github_events import pull_request, push, workflow_dispatch

from brainscore_data.cli import main
from brainscore_data.publishing.submitting import submit
from brainscore_data.records.receipts import save_receipts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from action_in_process import ActionProgram, Ran
    from github_repository import Pull
    from local_s3 import S3Server

HOME = "brainscore_vision/data/author2026"
PLUGIN = f"{HOME}/__init__.py"


@pytest.fixture
def pull(action_program: ActionProgram) -> Pull:
    """Open a fork's pull request with data, a benchmark, and a workflow that it would like better."""
    action_program.repository.commit(dataset("data/old", "Author2020.public"))
    files: dict[str, Any] = dataset(HOME, "Author2026.public") | {
        PLUGIN: "from brainio.assemblies import NeuroidAssembly\nfrom brainscore_core import data_registry\n",
        "benchmarks/author2026/__init__.py": "raise SystemExit('it was run')\n",
        ".github/workflows/check.yml": "on: pull_request\n",
    }
    described = str(files[f"{HOME}/dataset.toml"])
    files[f"{HOME}/dataset.toml"] = described.replace(
        "[dataset]\n", '[dataset]\nplugin = "brainscore_vision/data/author2026"\n'
    )
    action_program.repository.commit(files, branch="data", repository="student/data")
    return action_program.repository.open_pull("data", fork="student/data")


def _dispatched(program: ActionProgram, pull: Pull, head: str, **inputs: str) -> Ran:
    started = {"pull-request": str(pull.number), "head-sha": head, "bundle-sha256": ""}
    event = workflow_dispatch(program.github, program.repository, started)
    return program.run("workflow_dispatch", event, {"pull-request": str(pull.number), **inputs})


def _package(program: ActionProgram, pull: Pull, head: str) -> Ran:
    program.check_out(head)
    inputs = {"command": "package", "changed-only": "true", "github-token": READING}
    return _dispatched(program, pull, head, **inputs)


def _publish(program: ActionProgram, pull: Pull, head: str, bundle: str) -> Ran:
    (program.folder / "store").mkdir(exist_ok=True)
    return _dispatched(
        program,
        pull,
        head,
        command="publish",
        bundle=bundle,
        store=(program.folder / "store").as_uri(),
        comment="never",
    )


def _comment(program: ActionProgram, pull: Pull, head: str, published: Ran) -> Ran:
    subprocess.run(
        ["cp", "-r", published.outputs["receipts-path"], str(program.workspace / ".receipts")],
        check=True,
    )
    inputs = {"command": "comment", "path": ".receipts", "github-token": WRITING}
    return _dispatched(program, pull, head, **inputs)


def test_approved_data_is_published_before_the_merge_which_then_changes_nothing(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    head = program.repository.head_of(pull)
    packaged = _package(program, pull, head)
    assert packaged.exit_code == 0, packaged.log
    assert json.loads(packaged.outputs["datasets"]) == [HOME]  # not what others have sent
    published = _publish(program, pull, head, packaged.outputs["bundle-path"])
    assert (published.exit_code, published.outputs["published"]) == (0, "1"), published.log
    run = json.loads(published.outputs["receipts"])[HOME]["items"][0]["nc"]["run"]
    assert (run["pull_request"], run["commit"]) == (pull.number, head)
    commented = _comment(program, pull, head, published)
    assert commented.exit_code == 0, commented.log
    [comment] = program.repository.comments.values()
    assert comment.number == pull.number

    before = program.repository.head()
    after = program.repository.merge(pull)
    program.check_out(after)
    event = push(program.github, program.repository, before, after)
    merged = program.run("push", event, {"command": "package"})
    inputs = {
        "command": "publish",
        "bundle": merged.outputs["bundle-path"],
        "store": (program.folder / "store").as_uri(),
        "github-token": WRITING,
    }
    again = program.run("push", event, inputs)
    # The dataset that was never published is published with it; nothing else is.
    assert (again.outputs["published"], again.outputs["unchanged"]) == ("1", "1"), again.log


def test_the_contributor_registers_pushes_and_the_merge_changes_nothing(
    action_program: ActionProgram, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Brain-Score's repositories need it: the plugin's tests load the data before the merge."""
    program = action_program
    head = program.repository.head_of(pull)
    packaged = _package(program, pull, head)
    published = _publish(program, pull, head, packaged.outputs["bundle-path"])
    _comment(program, pull, head, published)

    program.check_out(head)  # the contributor's own
    monkeypatch.chdir(program.workspace)
    monkeypatch.setenv("GITHUB_API_URL", program.github.api_url)
    monkeypatch.setenv("GITHUB_TOKEN", READING)
    command = ["register", "--pull-request", str(pull.number), "--repository", "lab/data"]
    assert main(command) == 0
    written = {
        name: (program.workspace / name).read_text(encoding="utf-8")
        for name in (PLUGIN, f"{HOME}/receipts.json")
    }
    assert "'Author2026.public'" in written[PLUGIN].replace('"', "'")
    program.repository.commit(dict(written), branch="data", repository="student/data")

    monkeypatch.chdir(program.folder / "work")
    before = program.repository.head()
    program.repository.commit({"data/old/dataset.toml": None})
    after = program.repository.merge(pull)
    program.check_out(after)
    event = push(program.github, program.repository, before, after)
    merged = program.run("push", event, {"command": "package"})
    inputs = {
        "command": "publish",
        "bundle": merged.outputs["bundle-path"],
        "store": (program.folder / "store").as_uri(),
        "github-token": WRITING,
    }
    again = program.run("push", event, inputs)
    counts = {name: again.outputs[name] for name in ("published", "unchanged", "replaced")}
    assert counts == {"published": "0", "unchanged": "1", "replaced": "0"}, again.log


def test_the_comment_suggests_the_pins_on_the_lines_of_a_forks_pull_request(
    action_program: ActionProgram, receipts_of: Any
) -> None:
    program = action_program
    registered = "data_registry['Author2026'] = lambda: load(identifier='Author2026', sha1='')\n"
    loader = "from brainscore_core.supported_data_standards.brainio.s3 import load_assembly_from_s3 as load\n"
    program.repository.commit(
        {PLUGIN: loader + registered}, branch="data", repository="student/data"
    )
    pull = program.repository.open_pull("data", fork="student/data")
    receipts = receipts_of("Author2026", plugin=HOME, stimulus_set=None)
    home = program.workspace / ".receipts" / HOME
    home.mkdir(parents=True)
    save_receipts(receipts, home / "receipts.json")
    inputs = {"command": "comment", "path": ".receipts", "github-token": WRITING}
    head = program.repository.head_of(pull)
    ran = _dispatched(program, pull, head, **inputs)
    assert ran.exit_code == 0, ran.log
    [comment] = program.repository.review_comments.values()
    assert (comment.path, comment.line, comment.commit) == (PLUGIN, 2, head)
    assert f"sha1='{receipts.items[0].nc.object.sha1}'" in comment.body
    assert _dispatched(program, pull, head, **inputs, register="none").exit_code == 0
    assert len(program.repository.review_comments) == 1


def test_packaging_again_gives_the_bundle_that_the_check_run_gave(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    head = program.repository.head_of(pull)
    program.check_out(head)
    event = pull_request(program.github, program.repository, pull)
    checked = program.run("pull_request", event, {"command": "package", "changed-only": "true"})
    bundles: Path = program.folder / "work" / "bundles"
    first = (bundles / HOME / "bundle.json").read_bytes()
    bundles.rename(program.folder / "checked")
    packaged = _package(program, pull, head)
    assert (checked.exit_code, packaged.exit_code) == (0, 0)
    assert (bundles / HOME / "bundle.json").read_bytes() == first


def test_a_head_that_moved_after_the_review_is_refused(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    head = program.repository.head_of(pull)
    more = {f"{HOME}/neuroids.csv": "neuroid_id,region\nn1,V1\nn2,IT\n"}
    program.repository.commit(more, branch="data", repository="student/data")
    refused = _package(program, pull, head)
    assert refused.exit_code == 2
    assert "look at what came after the commit that was reviewed" in refused.summary


def test_half_a_commits_name_is_refused(action_program: ActionProgram, pull: Pull) -> None:
    program = action_program
    head = program.repository.head_of(pull)
    program.check_out(head)
    refused = _dispatched(program, pull, head[:10], command="package")
    assert refused.exit_code == 2
    assert "not the whole name of a commit" in refused.summary


@pytest.fixture
def submitted(
    action_program: ActionProgram, pull: Pull, s3_server: S3Server, bundles: Any
) -> Callable[..., Ran]:
    """Submit a private bundle; gives a function that publishes it as a maintainer says."""
    program, bucket = action_program, s3_server.new_bucket()
    bundle = bundles.write(bundles.assembly("Author2026.private", b"nc", visibility="private"))
    endpoint = {"endpoint_url": s3_server.endpoint_url}
    done = submit(bundle, f"s3://{bucket}/data/staging/jane", **endpoint)

    def publish(digest: str | None = None, path: str = HOME) -> Ran:
        head = program.repository.head_of(pull)
        digest = done.digest.removeprefix("sha256:") if digest is None else digest
        started = {"pull-request": str(pull.number), "head-sha": head, "bundle-sha256": digest}
        event = workflow_dispatch(program.github, program.repository, started)
        inputs = {"command": "publish", "bundle": done.url, "store": f"s3://{bucket}/data"}
        inputs |= {"path": path, "endpoint-url": s3_server.endpoint_url, "comment": "never"}
        inputs |= {"pull-request": str(pull.number)}
        return program.run("workflow_dispatch", event, inputs)

    return publish


def test_what_was_submitted_is_copied_by_its_digest_and_its_receipts_have_a_home(
    submitted: Callable[..., Ran], pull: Pull
) -> None:
    published = submitted()
    assert (published.exit_code, published.outputs["published"]) == (0, "1"), published.log
    [item] = json.loads(published.outputs["receipts"])[HOME]["items"]
    assert item["identifier"] == "Author2026.private"
    assert item["nc"]["run"]["pull_request"] == pull.number


@pytest.mark.parametrize(
    ("digest", "path", "said"),
    [
        ("", HOME, "a submitted bundle is only published if its digest is approved"),
        ("0" * 64, HOME, "not the bundle that was approved"),
        (None, "../elsewhere", "this is outside of the repository"),
    ],
)
def test_what_was_submitted_and_not_approved_is_refused(
    submitted: Callable[..., Ran], digest: str | None, path: str, said: str
) -> None:
    refused = submitted(digest, path)
    assert refused.exit_code == 2
    assert said in refused.summary + refused.log


@pytest.mark.parametrize("poison", ["bytes", "size", "link", "elsewhere"])
def test_a_poisoned_bundle_publishes_nothing(
    action_program: ActionProgram, pull: Pull, poison: str
) -> None:
    program = action_program
    head = program.repository.head_of(pull)
    packaged = _package(program, pull, head)
    bundle = program.folder / "work" / "bundles" / HOME
    [file] = bundle.glob("*.nc")
    secret = program.folder / "secret"
    secret.write_bytes(file.read_bytes())
    if poison == "bytes":
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    elif poison == "size":
        file.write_bytes(file.read_bytes() + b"x")
    elif poison == "link":
        file.unlink()
        file.symlink_to(secret)
    else:
        described = bundle / "bundle.json"
        described.write_text(described.read_text().replace(file.name, "../../../../secret"))
    refused = _publish(program, pull, head, packaged.outputs["bundle-path"])
    assert refused.exit_code in (1, 2), refused.log
    assert not [each for each in (program.folder / "store").rglob("*.nc*") if each.is_file()]
