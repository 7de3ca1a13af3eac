"""What a contributor can write, and what must not come of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from action_in_process import TOML, dataset
from github_api import WRITING
from github_events import pull_request
from how_often import NIGHT

from brainscore_data.github.changed_datasets import MOST_JOBS

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran
    from github_repository import Pull

_HOSTILE = "Author2026.<img src=x>|`@org/team` [x](javascript:x) ::set-env name=PATH::/x"
_COMMANDS = {"error", "warning", "notice", "add-mask", "stop-commands", "debug", "group"}


def _check(program: ActionProgram, pull: Pull) -> Ran:
    program.check_out(program.repository.head_of(pull))
    event = pull_request(program.github, program.repository, pull)
    inputs = {"command": "check", "changed-only": "true", "github-token": WRITING}
    return program.run("pull_request", event, inputs)


def _outside_code(markdown: str) -> str:
    fenced = re.sub(r"^(`{3,})[^\n]*\n.*?^\1\n", "", markdown, flags=re.DOTALL | re.MULTILINE)
    spans = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", fenced)
    return re.sub(r"<code>.*?</code>", "", spans)


def _commands(log: str) -> set[str]:
    """List the workflow commands that the runner would obey."""
    obeyed, until = set(), None
    for line in log.splitlines():
        found = re.match(r"\s*::([^:\s]+)[^:]*::(.*)", line)
        if found is None:
            continue
        name, value = found.groups()
        if until is not None:
            until = None if name == until else until
        else:
            obeyed.add(name)
            until = value if name == "stop-commands" else None
    return obeyed


def test_titles_branches_and_identifiers_stay_text(action_program: ActionProgram) -> None:
    program = action_program
    branch = "a`b|<b>;$(touch$IFS-x)@org/x"
    files = dataset("data/a", _HOSTILE)
    files["data/a/neuroids.csv"] = f'neuroid_id,region\n"{_HOSTILE}",V1\n"{_HOSTILE}",V1\n'
    program.repository.commit(files, branch=branch)
    title = "%0A::set-output name=errors::0 @org/team <script>"
    pull = program.repository.open_pull(branch, title=title, body=title)
    found = _check(program, pull)
    assert found.exit_code == 1, found.log
    assert _commands(found.log) <= _COMMANDS
    [comment] = program.repository.comments.values()
    for text in (comment.body, found.summary):
        assert "Author2026" in text  # it was said, but
        seen = _outside_code(text)
        for bad in ("<img", "<script", "@org", "javascript:", "set-env", "touch"):
            assert bad not in seen, seen
    assert int(found.outputs["errors"]) > 0


def test_a_comment_that_a_contributor_made_to_look_like_ours_is_left_alone(
    action_program: ActionProgram,
) -> None:
    program = action_program
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    pull = program.repository.open_pull("data")
    _check(program, pull)
    [ours] = program.repository.comments.values()
    forged = program.repository.add_comment(pull.number, "contributor", ours.body)
    del program.repository.comments[ours.id]
    _check(program, pull)
    assert len(program.repository.comments) == 2
    assert program.repository.comments[forged.id].updated == 0


def test_more_datasets_than_jobs_fit_a_comment_and_a_matrix(action_program: ActionProgram) -> None:
    program = action_program
    many = 500 if NIGHT else MOST_JOBS + 4
    files = {
        f"data/set{number:03}/dataset.toml": TOML.format(
            identifier=f"Author2026.set{number:03}", visibility="public"
        )
        for number in range(many)
    }
    program.repository.commit(dict(files), branch="data")
    found = _check(program, program.repository.open_pull("data"))
    assert found.exit_code == 1
    assert len(json.loads(found.outputs["datasets"])) == many
    jobs = json.loads(found.outputs["matrix"])["include"]
    assert len(jobs) == MOST_JOBS
    assert sum(len(each["path"].splitlines()) for each in jobs) == many
    [comment] = program.repository.comments.values()
    assert len(comment.body) <= 65_536
    assert "more" in comment.body
    # Ten of a kind are what GitHub shows of a step; the rest is counted.
    assert len(re.findall(r"^::error ", found.log, re.MULTILINE)) <= 10
    assert "more annotations are not shown" in found.log
