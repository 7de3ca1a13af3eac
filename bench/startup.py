"""Case h: how long the command takes to start, against Python itself."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from bench.environments import our_environment
from bench.pairs import Run, in_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.pairs import Comparison

TITLE = "start-up"
_REGISTRATIONS = 300
# As in .pre-commit-hooks.yaml.
_NAMES_HOOK = ["check", "--select", "BSD1", "--"]
_REGISTRATION = """\
stimulus_set_registry["Author{number}{year}"] = lambda: load_stimulus_set_from_s3(
    identifier="Author{number}{year}", bucket="brainscore-storage/brainio-brainscore",
    csv_sha1="{sha1}", zip_sha1="{sha1}", csv_version_id="v{number}", zip_version_id="w{number}")
"""


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare ``--help`` and the hook of names with an empty program.

    The hook runs as pre-commit runs it: its entry, then the file with 300 registrations, from the
    root of a repository. Modules are compiled beforehand, as pip does when it installs a hook.
    """
    pairs = pairs if quick else pairs * 3
    repository, environment = folder / "repository", our_environment(folder)
    plugin = _plugin(repository)
    (repository / ".git").mkdir()
    command = [sys.executable, "-m", "brainscore_data"]
    programs = {
        "--help": [*command, "--help"],
        f"the hook of names on {_REGISTRATIONS} registrations": [*command, *_NAMES_HOOK, plugin],
    }
    for program in programs.values():
        _timed(program, repository, environment)
    return tuple(
        in_pairs(
            f"an empty program against {name}",
            lambda: _timed([sys.executable, "-c", "pass"], repository, environment),
            lambda program=program: _timed(program, repository, environment),
            pairs,
        )
        for name, program in programs.items()
    )


def _plugin(repository: Path) -> str:
    """Write a plugin and give its place in the repository."""
    path = repository / "brainscore_vision" / "data" / "bench2024" / "__init__.py"
    path.parent.mkdir(parents=True)
    registrations = (
        _REGISTRATION.format(
            number=_letters(number), year=2000 + number % 25, sha1=f"{number:040x}"
        )
        for number in range(_REGISTRATIONS)
    )
    path.write_text(
        "from brainscore_vision import stimulus_set_registry\n\n" + "".join(registrations)
    )
    return str(path.relative_to(repository))


def _letters(number: int) -> str:
    """Write a number in letters, so that names are as different as people's are."""
    return "".join(chr(ord("a") + (number * factor) % 26) for factor in (1, 7, 11, 3, 17))


def _timed(command: list[str], repository: Path, environment: Mapping[str, str]) -> Run:
    begin = time.perf_counter()
    done = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begin
    # A check may find something in names that are made up.
    if done.returncode not in (0, 1):
        text = f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}"
        raise SystemExit(text)
    return Run(seconds)
