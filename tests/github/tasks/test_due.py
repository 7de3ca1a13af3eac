"""What is due is proposed as one pull request, and nothing is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from github_api import WRITING
from github_events import schedule

from brainscore_data.packaging.bundling import package
from brainscore_data.publishing.folders import publish

if TYPE_CHECKING:
    from pathlib import Path

    from action_in_process import ActionProgram, Ran

BRANCH = "brainscore-data/due"
DAY = "embargo = 2020-03-01"


@pytest.fixture
def files(action_program: ActionProgram, tmp_path: Path) -> dict[str, Any]:
    """Make a private dataset, its receipts, and an embargo that ended after it was published."""
    made = dataset("data/a", "Author2026.private")
    for name, content in made.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    home = tmp_path / "data" / "a"
    manifest = (home / "dataset.toml").read_text().replace('"public"', '"private"')
    (home / "dataset.toml").write_text(manifest)
    package(home, tmp_path / "bundle")
    publish(tmp_path / "bundle", (tmp_path / "store").as_uri(), receipts=home)
    text = manifest.replace('visibility = "private"', f'visibility = "private"\n{DAY}')
    receipts = (home / "receipts.json").read_bytes()
    return made | {"data/a/dataset.toml": text, "data/a/receipts.json": receipts}


def _due(program: ActionProgram, files: dict[str, Any], **inputs: str) -> Ran:
    program.check_out(program.repository.commit(files))
    given = {"command": "due", "github-token": WRITING} | inputs
    return program.run("schedule", schedule(program.github, program.repository), given)


def test_what_is_due_is_one_pull_request_that_a_person_merges(
    action_program: ActionProgram, files: dict[str, Any]
) -> None:
    ran = _due(action_program, files)
    assert ran.exit_code == 0, ran.log
    repository = action_program.repository
    [pull] = repository.pulls.values()
    assert pull.branch == BRANCH
    assert "brainscore-data visibility set public Author2026.private --store" in pull.body
    text = repository.git.run("show", f"refs/heads/{BRANCH}:data/a/dataset.toml").decode()
    assert 'visibility = "public"' in text
    assert "embargo" not in text
    assert DAY in repository.git.run("show", "refs/heads/main:data/a/dataset.toml").decode()
    assert f"#{pull.number}" in ran.summary

    again = _due(action_program, {})
    assert again.exit_code == 0, again.log
    assert len(repository.pulls) == 1


def test_without_anything_due_nothing_is_asked(
    action_program: ActionProgram, files: dict[str, Any]
) -> None:
    later = str(files["data/a/dataset.toml"]).replace("2020", "2999")
    ran = _due(action_program, files | {"data/a/dataset.toml": later})
    assert (ran.exit_code, "None has ended" in ran.summary) == (0, True), ran.log
    assert not action_program.repository.pulls
