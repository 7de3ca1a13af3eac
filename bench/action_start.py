"""Case s: how long the action takes from its start to its first useful work, and to its end.

Caches of packages are warm (the first pair fills them): a runner that is new downloads them first.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.pairs import Run, in_pairs

if TYPE_CHECKING:
    from bench.pairs import Comparison

TITLE = "start of the action"
_ROOT = Path(__file__).resolve().parents[1]
# What is imported when a command begins with its work.
_BEGINS = {
    "check": "brainscore_data.github.tasks.checking, brainscore_data.check.checking",
    "publish": "brainscore_data.github.tasks.publishing, brainscore_data.publishing.folders, boto3",
}


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare the start of commands, and a whole check of the example, with an empty step."""
    programs = {
        f"start of {command}": lambda command=command: _begun(folder, command)
        for command in _BEGINS
    } | {"check of the example": lambda: _checked(folder)}
    for program in [] if quick else programs.values():
        program()  # fills the caches
    return tuple(
        in_pairs(f"an empty step against {name}", _empty_step, program, pairs)
        for name, program in programs.items()
    )


def _empty_step() -> Run:
    begin = time.perf_counter()
    subprocess.run([*_BASH, "-c", "true"], check=True)
    return Run(time.perf_counter() - begin)


def _begun(folder: Path, command: str) -> Run:
    begin = time.perf_counter()
    python, work = _installed(folder, command)
    _told([python, "-I", "-X", "utf8", "-c", f"import {_BEGINS[command]}"], work, {})
    return Run(time.perf_counter() - begin)


def _checked(folder: Path) -> Run:
    event = folder / "event.json"
    event.write_text("{}", encoding="utf-8")
    job = {
        "GITHUB_ACTOR": "bench",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "lab/data",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "1",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": "1" * 40,
        "GITHUB_WORKFLOW": "bench",
        "GITHUB_WORKSPACE": str(_ROOT),
        "BRAINSCORE_DATA_INPUT_COMMAND": "check",
        "BRAINSCORE_DATA_INPUT_PATH": "examples/gratings",
    }
    begin = time.perf_counter()
    python, work = _installed(folder, "check")
    _told([python, "-I", "-X", "utf8", "-m", "brainscore_data.github"], work, job)
    return Run(time.perf_counter() - begin)


_BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")


def _installed(folder: Path, command: str) -> tuple[str, str]:
    """Run the action's first step; gives its outputs, Python and folder."""
    temporary = tempfile.mkdtemp(dir=folder)
    output = Path(temporary, "output")
    env = {
        "BRAINSCORE_DATA_INPUT_COMMAND": command,
        "GITHUB_ACTION_PATH": str(_ROOT),
        "GITHUB_OUTPUT": str(output),
        "RUNNER_TEMP": temporary,
    }
    _told([*_BASH, str(_ROOT / "action" / "install.sh")], temporary, env)
    said = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return said["python"], said["folder"]


def _told(command: list[str], folder: str, env: dict[str, str]) -> None:
    environment = {**os.environ, **env}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        text = f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        raise SystemExit(text)
