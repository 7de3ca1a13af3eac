"""What the action does from an event to a comment."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from github_api import READING, WRITING
from github_events import pull_request, push, workflow_dispatch

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran
    from github_repository import Pull


@pytest.fixture
def pull(action_program: ActionProgram) -> Pull:
    files = dataset("data/a", "Author2026.public") | {"data/a/neuroids.csv": "neuroid_id\nn1\n"}
    action_program.repository.commit(files, branch="data")
    return action_program.repository.open_pull("data")


def _check(program: ActionProgram, pull: Pull, token: str = WRITING) -> Ran:
    program.check_out(program.repository.head_of(pull))
    event = pull_request(program.github, program.repository, pull)
    return program.run(
        "pull_request",
        event,
        {"command": "check", "changed-only": "true", "approval": "true", "github-token": token},
    )


def _run_check(program: ActionProgram, commit: str) -> Ran:
    program.check_out(commit)
    event = push(program.github, program.repository, commit, commit)
    return program.run("push", event, {"command": "check", "path": "data"})


def _package(program: ActionProgram, before: str, after: str, **inputs: str) -> Ran:
    program.check_out(after)
    event = push(program.github, program.repository, before, after)
    return program.run("push", event, {"command": "package", **inputs})


def _publish(program: ActionProgram, packaged: Ran, before: str, after: str, **inputs: str) -> Ran:
    event = push(program.github, program.repository, before, after)
    given = {
        "command": "publish",
        "bundle": packaged.outputs["bundle-path"],
        "store": (program.folder / "store").as_uri(),
        "github-token": WRITING,
        **inputs,
    }
    (program.folder / "store").mkdir(exist_ok=True)
    return program.run("push", event, given)


def _comments(program: ActionProgram) -> list[str]:
    return [each.body for each in program.repository.comments.values()]


def test_findings_become_a_comment_which_is_updated_when_they_are_mended(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    found = _check(program, pull)
    assert found.exit_code == 1
    assert int(found.outputs["errors"]) > 0
    assert "::error title=" in found.log
    assert "file=data/a/" in found.log
    assert str(program.workspace) not in found.summary
    assert len(_comments(program)) == 1
    assert "1 error" in _comments(program)[0]
    assert "/publish" not in _comments(program)[0]

    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    mended = _check(program, pull)
    assert mended.exit_code == 0, mended.log
    assert len(_comments(program)) == 1
    assert "1 error" not in _comments(program)[0]
    assert f"/publish {program.repository.head_of(pull)}\n" in _comments(program)[0]
    assert mended.outputs["comment-id"] == found.outputs["comment-id"]


def test_merged_data_is_published_once_with_its_receipt_on_the_pull_request(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    before = program.repository.head()
    after = program.repository.merge(pull, "squash")
    packaged = _package(program, before, after)
    assert packaged.exit_code == 0, packaged.log
    page = Path(packaged.outputs["preview-path"]).read_text(encoding="utf-8")
    assert "Author2026.public" in page
    assert "### `Author2026.public`" in packaged.summary
    published = _publish(program, packaged, before, after)
    assert published.exit_code == 0, published.log
    assert (published.outputs["published"], published.outputs["unchanged"]) == ("1", "0")
    receipts = json.loads(published.outputs["receipts"])
    assert receipts["data/a"]["items"][0]["nc"]["run"]["pull_request"] == pull.number
    assert "Author2026.public" in _comments(program)[0]
    assert published.outputs["receipts"] in published.summary  # whole, whatever the comment holds

    again = _publish(program, packaged, before, after)
    assert (again.outputs["published"], again.outputs["unchanged"]) == ("0", "1")
    assert len(_comments(program)) == 1
    assert again.outputs["comment-id"] == published.outputs["comment-id"]


@pytest.mark.parametrize("register", ["", "comment", "none"])
def test_the_registration_is_in_the_receipt_unless_nobody_wants_it(
    action_program: ActionProgram, pull: Pull, register: str
) -> None:
    program = action_program
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    before = program.repository.head()
    after = program.repository.merge(pull)
    packaged = _package(program, before, after)
    _publish(program, packaged, before, after, register=register)
    [comment] = _comments(program)
    assert ("data_registry['Author2026.public']" in comment) is (register != "none")
    assert "register --pull-request" in comment


def test_a_fork_gets_annotations_and_the_line_that_a_maintainer_needs(
    action_program: ActionProgram,
) -> None:
    program = action_program
    program.repository.commit(
        dataset("data/a", "Author2026.public"), branch="data", repository="student/data"
    )
    pull = program.repository.open_pull("data", fork="student/data")
    found = _check(program, pull, READING)
    assert found.exit_code == 0, found.log
    assert _comments(program) == []
    head = program.repository.head_of(pull)
    line = found.summary.rstrip().splitlines()[-2]
    assert line == f"/publish {head}"


@pytest.mark.parametrize("token", [READING, WRITING])
def test_no_comment_is_attempted_from_a_fork(action_program: ActionProgram, token: str) -> None:
    """Not even with a token that could: whose text it would be is not ours to say."""
    program = action_program
    files = dataset("data/a", "Author2026.public") | {"data/a/neuroids.csv": "neuroid_id\nn1\n"}
    program.repository.commit(files, branch="data", repository="student/data")
    found = _check(program, program.repository.open_pull("data", fork="student/data"), token)
    assert found.exit_code == 1
    assert program.github.asked("POST") == program.github.asked("PATCH") == []
    assert program.github.asked("GET", "comments") == []
    assert _comments(program) == []


def test_a_fork_with_errors_is_told_to_mend_them_below_the_table(
    action_program: ActionProgram,
) -> None:
    program = action_program
    files = dataset("data/a", "Author2026.public") | {"data/a/neuroids.csv": "neuroid_id\nn1\n"}
    program.repository.commit(files, branch="data", repository="student/data")
    pull = program.repository.open_pull("data", fork="student/data")
    found = _check(program, pull, READING)
    assert "/publish" not in found.summary
    lines = found.summary.splitlines()
    [told] = [n for n, line in enumerate(lines) if line.startswith("This run may not comment")]
    assert "before the errors are fixed" in lines[told]
    assert lines[told - 1] == ""  # or it would be a row of what is above it


def test_every_error_of_every_dataset_counts(action_program: ActionProgram) -> None:
    program = action_program
    before = program.repository.head()
    people = "".join(f"{name},{name}@lab.example.org\n" for name in "abc")
    broken = {
        "neuroids.csv": "neuroid_id\nn1\n",
        "presentations.csv": f"stimulus_id,email\n{people}",
    }
    files: dict[str, Any] = {}
    for number, name in enumerate("ab"):
        files |= dataset(f"data/{name}", f"Author202{number}") | {
            f"data/{name}/{file}": text for file, text in broken.items()
        }
    packaged = _package(program, before, program.repository.commit(files))
    checked = _run_check(program, program.repository.head())
    assert packaged.exit_code == 1
    assert int(packaged.outputs["errors"]) == int(checked.outputs["errors"]) >= 4


def test_a_token_that_may_only_read_costs_the_comment_and_nothing_else(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    found = _check(program, pull, READING)
    assert found.exit_code == 0
    assert "/publish" in found.summary


def test_a_comment_that_fails_after_the_upload_keeps_the_receipt(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    before = program.repository.head()
    after = program.repository.merge(pull)
    packaged = _package(program, before, after)
    published = _publish(program, packaged, before, after, **{"github-token": READING})
    assert published.exit_code == 3, published.log
    assert published.outputs["published"] == "1"
    assert "Receipt for" in published.summary
    assert "comment with the receipts is missing" in published.summary
    again = _publish(program, packaged, before, after)
    assert again.exit_code == 0
    assert again.outputs["unchanged"] == "1"
    assert len(_comments(program)) == 1


def test_a_push_without_a_pull_request_leaves_its_receipt_in_the_summary(
    action_program: ActionProgram,
) -> None:
    program = action_program
    before = program.repository.head()
    after = program.repository.commit(dataset("data/a", "Author2026.public"))
    packaged = _package(program, before, after)
    published = _publish(program, packaged, before, after)
    assert published.exit_code == 0, published.log
    assert _comments(program) == []
    assert "without a pull request" in published.summary
    assert "comment-id" not in published.outputs


@pytest.mark.parametrize("private", [False, True])
def test_private_items_leave_a_private_repository_only(
    action_program: ActionProgram, *, private: bool
) -> None:
    program = action_program
    program.repository.private = private
    before = program.repository.head()
    files = dataset("data/a", "Author2026.private", visibility="private")
    after = program.repository.commit(files | dataset("data/b", "Author2026.public"))
    packaged = _package(program, before, after)
    bundles = sorted((program.folder / "work" / "bundles").rglob("*.nc"))
    names = {each.name for each in bundles}
    if private:
        assert names == {"assy_Author2026_private.nc", "assy_Author2026_public.nc"}
    else:
        assert "assy_Author2026_private.nc" not in names
        assert "assy_Author2026_private" not in json.dumps(packaged.outputs)


def test_one_broken_dataset_does_not_stop_the_others(action_program: ActionProgram) -> None:
    program = action_program
    before = program.repository.head()
    broken = dataset("data/a", "Author2025") | {"data/a/responses.npy": b"no array"}
    after = program.repository.commit(broken | dataset("data/b", "Author2026.public"))
    packaged = _package(program, before, after)
    assert packaged.exit_code == 1
    assert packaged.outputs["errors"] == "1"
    assert json.loads(packaged.outputs["datasets"]) == ["data/a", "data/b"]
    published = _publish(program, packaged, before, after)
    assert list(json.loads(published.outputs["receipts"])) == ["data/b"]


def test_a_script_is_refused_beside_credentials(action_program: ActionProgram) -> None:
    program = action_program
    program.check_out("HEAD")
    event = workflow_dispatch(program.github, program.repository)
    inputs = {"command": "package", "script": "package.py"}
    refused = program.run(
        "workflow_dispatch", event, inputs, {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "s3cret"}
    )
    assert refused.exit_code == 2
    assert "may not run beside credentials" in refused.summary
    assert "s3cret" not in refused.summary + refused.log


SCRIPT = b"""\
import numpy as np
import xarray as xr
from brainio.packaging import package_data_assembly

rates = xr.DataArray(
    np.arange(6.0).reshape(3, 2),
    dims=["presentation", "neuroid"],
    coords={
        "stimulus_id": ("presentation", ["a", "b", "c"]),
        "repetition": ("presentation", [0, 0, 0]),
        "neuroid_id": ("neuroid", ["n1", "n2"]),
        "region": ("neuroid", ["V4", "IT"]),
    },
)
for visibility in ("public", "private"):
    packaged = package_data_assembly(
        rates, f"Author2026.{visibility}", None, "NeuroidAssembly", "lab", visibility=visibility
    )
    print(packaged["sha1"])
"""


def test_the_bundle_of_a_script_is_published_once_its_digest_is_approved(
    action_program: ActionProgram,
) -> None:
    program = action_program
    commit = program.repository.commit({"data/a/package.py": SCRIPT})
    program.check_out(commit)
    event: Any = workflow_dispatch(program.github, program.repository)
    inputs = {"command": "package", "script": "data/a/package.py"}
    packaged = program.run("workflow_dispatch", event, inputs)
    assert packaged.exit_code == 0, packaged.log
    assert "Author2026.private" in packaged.summary.partition("Private items")[2]
    bundle = Path(packaged.outputs["bundle-path"])
    (described,) = bundle.rglob("bundle.json")
    digest = hashlib.sha256(described.read_bytes()).hexdigest()
    assert digest in packaged.summary

    store = (program.folder / "store").as_uri()
    publish = {"command": "publish", "store": store, "bundle": str(bundle)}
    refused = program.run("workflow_dispatch", event, publish)
    assert refused.exit_code == 2, refused.log
    assert digest in refused.log
    event["inputs"] = {"bundle-sha256": digest}
    published = program.run("workflow_dispatch", event, publish)
    assert published.exit_code == 0, published.log
    assert published.outputs["published"] == "1"


def test_what_a_script_does_not_call_private_is_in_its_bundle(
    action_program: ActionProgram,
) -> None:
    program = action_program
    old = SCRIPT.replace(b", visibility=visibility", b"")  # as scripts for brainio are
    old = old.replace(b'"public"', b'"rates"')
    program.check_out(program.repository.commit({"data/a/package.py": old}))
    event = workflow_dispatch(program.github, program.repository)
    inputs = {"command": "package", "script": "data/a/package.py"}
    packaged = program.run("workflow_dispatch", event, inputs)
    assert packaged.exit_code == 0, packaged.log
    names = {path.name for path in Path(packaged.outputs["bundle-path"]).rglob("*.nc")}
    assert names == {"assy_Author2026_rates.nc"}
    assert "Author2026.private" in packaged.summary.partition("Private items")[2]  # by its name


def test_publishing_parses_no_data(action_program: ActionProgram, pull: Pull) -> None:
    """What is not installed beside the command ``publish`` is not imported by it either."""
    import subprocess
    import sys

    heavy = ["numpy", "pandas", "xarray", "netCDF4", "h5py", "pyarrow", "av", "PIL"]
    program = (
        "import sys, brainscore_data.github.tasks.publishing, brainscore_data.publishing.folders,"
        f"brainscore_data.github.action; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_registrations_are_proposed_in_one_pull_request(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    before = program.repository.head()
    after = program.repository.merge(pull)
    packaged = _package(program, before, after)
    wanted = {"register": "pull-request", "register-labels": "data"}
    published = _publish(program, packaged, before, after, **wanted)
    assert published.exit_code == 0, published.log
    proposed = [each for each in program.repository.pulls.values() if each is not pull]
    assert [each.labels for each in proposed] == [["data"]]
    head = program.repository.head_of(proposed[0])
    names = program.repository.git.line("diff", "--name-only", after, head).splitlines()
    assert names == ["data/a/receipts.json"]
    again = _publish(program, packaged, before, after, **wanted)
    assert again.exit_code == 0, again.log
    assert len(program.repository.pulls) == 2


def test_a_job_of_its_own_posts_what_another_published(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    before = program.repository.head()
    after = program.repository.merge(pull)
    published = _publish(program, _package(program, before, after), before, after, comment="never")
    assert _comments(program) == []
    said = program.run(
        "push",
        push(program.github, program.repository, before, after),
        {
            "command": "comment",
            "path": published.outputs["receipts-path"],
            "github-token": WRITING,
        },
    )
    assert said.exit_code == 0, said.log
    assert "Author2026.public" in _comments(program)[0]
    assert said.outputs["comment-url"].startswith(program.github.server_url)


def test_what_cannot_be_packaged_has_a_page_that_begins_with_its_errors(
    action_program: ActionProgram,
) -> None:
    program = action_program
    before = program.repository.head()
    files = dataset("data/a", "Author2026.public") | {"data/a/neuroids.csv": "neuroid_id\nn1\n"}
    packaged = _package(program, before, program.repository.commit(files))
    assert (packaged.exit_code, packaged.outputs["bundle-path"]) == (1, "")
    page = Path(packaged.outputs["preview-path"]).read_text(encoding="utf-8")
    reason, item = "nothing is packaged, because checks found errors", 'aria-labelledby="item-'
    assert 0 < page.index(reason) < page.index(item)


def test_the_comment_of_a_check_says_what_is_in_the_data_and_links_its_page(
    action_program: ActionProgram, pull: Pull
) -> None:
    program = action_program
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    checked = _check(program, pull)
    head = program.repository.head_of(pull)
    packaged = _package(program, program.repository.head(), head)
    repository = f"{program.github.server_url}/{program.repository.name}"

    def said(page: str) -> str:
        inputs = {
            "command": "comment",
            "preview": packaged.outputs["preview"],
            "preview-url": page,
            "github-token": WRITING,
        }
        event = pull_request(program.github, program.repository, pull)
        ran = program.run("pull_request", event, inputs)
        assert ran.exit_code == 0, ran.log
        assert ran.outputs["comment-id"] == checked.outputs["comment-id"]
        (body,) = _comments(program)
        return body

    page = f"{repository}/actions/runs/1/artifacts/2"
    body = said(page)
    head_line, lines = body.splitlines()[1], body.partition("**`Author2026.public`**")[2]
    assert head_line == "### The checks found 1 warning: it can be merged"
    assert lines.splitlines()[2].startswith("- `NeuroidAssembly, ")
    assert lines.splitlines()[3].startswith("- `public, CC-BY-4.0")
    assert f"**[See the data]({page})**" in lines
    assert "Checked with" in lines
    assert said(page) == body
    assert "See the data" not in said("https://example.org/another")  # nobody else's page
    assert _check(program, pull).exit_code == 0
    assert "brainscore-data:preview" not in _comments(program)[0]  # a new check is of new data


def test_a_site_of_the_repository_is_left_for_the_pages(action_program: ActionProgram) -> None:
    program = action_program
    before = program.repository.head()
    plugin = (
        "data_registry['Author2026.public'] = lambda: load_assembly_from_s3(\n"
        "    identifier='Author2026.public', version_id='a', sha1='b', bucket='lab/data')\n"
    )
    files = dataset("data/a", "Author2026.public")
    after = program.repository.commit(files | {"brainscore_vision/data/a/__init__.py": plugin})
    program.check_out(after)
    event = push(program.github, program.repository, before, after)
    ran = program.run("push", event, {"command": "site", "previews": "true"})
    assert ran.exit_code == 0, ran.log
    pages = Path(ran.outputs["site-path"])
    assert "1 page" in ran.summary
    assert "Author2026.public" in (pages / "index.html").read_text(encoding="utf-8")
    page = (pages / "items" / "Author2026.public.html").read_text(encoding="utf-8")
    assert 'class="heat"' in page
    assert "not tried" in page
