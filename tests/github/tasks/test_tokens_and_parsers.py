"""What a job knows, and what the programs that it starts to read a stranger's files are told."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from github_api import WRITING
from github_events import pull_request
from pictures import png

from brainscore_data.cage import templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from action_in_process import ActionProgram

_SECRETS = {
    name: f"hunter2-{name}"
    for name in (
        *("GITHUB_TOKEN", "BRAINSCORE_DATA_INPUT_GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN"),
        *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        *("AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "CONNECTION_STRING"),
    )
}


_STIMULI = """
[[stimulus_set]]
identifier = "Author2026.pictures"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""


def _with_stimuli() -> dict[str, str | bytes]:
    files = dataset("data/a", "Author2026.public")
    return files | {
        "data/a/dataset.toml": str(files["data/a/dataset.toml"]) + _STIMULI,
        "data/a/stimuli.csv": "stimulus_id,filename\na,a.png\nb,b.png\nc,c.png\n",
        **{f"data/a/stimuli/{name}.png": png(number) for number, name in enumerate("abc")},
    }


@pytest.fixture(autouse=True)
def new_template(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start the cage's template here: one that was kept has been told its environment before."""
    mine = templates._Mine()
    monkeypatch.setattr(templates, "_mine", mine)
    yield
    for template in mine.kept.values():
        template.stop()
    mine.starter.shutdown()


@pytest.mark.parametrize("command", ["check", "package"])
def test_no_program_that_the_action_starts_is_told_a_token(
    command: str, action_program: ActionProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = action_program
    program.repository.commit(_with_stimuli(), branch="data")
    pull = program.repository.open_pull("data")
    program.check_out(program.repository.head_of(pull))
    for name, value in _SECRETS.items():
        monkeypatch.setenv(name, value)
    started: list[tuple[Any, dict[str, str]]] = []

    class Noted(subprocess.Popen[Any]):
        def __init__(self, line: Any, *args: Any, env: Any = None, **more: Any) -> None:
            # Not GitHub's own git, nor what the standard library asks about the machine.
            if str(program.repository.git.path) not in map(str, line) and line[0] != "uname":
                started.append((line, dict(os.environ if env is None else env)))
            super().__init__(line, *args, env=env, **more)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    event = pull_request(program.github, program.repository, pull)
    ran = program.run(
        "pull_request", event, {"command": command, "github-token": WRITING}, _SECRETS
    )
    assert ran.exit_code == 0, ran.log
    assert any(sys.executable in line for line, _ in started), "nothing was parsed apart"
    told = {(str(line), name) for line, env in started for name in env.keys() & _SECRETS.keys()}
    assert not told
    assert not any("hunter2" in str(env.values()) for _, env in started)
    assert "hunter2" not in ran.summary
