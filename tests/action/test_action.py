"""The action, run for real: installed from its locked files, and on data of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from github_api import READING
from github_events import environment, pull_request
from played_action import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from github_api import FakeGitHub
    from github_repository import Pull, Repository
    from played_action import Player

_SHADOWS = ("brainscore_data/__init__.py", "sitecustomize.py", "numpy.py", "h5py/__init__.py")


@pytest.fixture
def repository(github: FakeGitHub) -> Repository:
    found = github.repository("lab/data")
    found.commit({"README.md": "Data of a lab.\n"})
    return found


@pytest.fixture
def pull(repository: Repository) -> Pull:
    """Open a pull request with the example data, and with all that could be run by mistake."""
    folder = ROOT / "examples" / "gratings"
    files: dict[str, Any] = {
        f"data/gratings/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("receipt")
    }
    files |= dict.fromkeys(_SHADOWS, "raise SystemExit('what a pull request holds was run')\n")
    files |= {
        "uv.toml": 'index-url = "https://nowhere.invalid/simple"\n',
        ".python-version": "2.7\n",
        "pyproject.toml": '[tool.uv]\nindex-url = "https://nowhere.invalid/simple"\n',
    }
    repository.commit(files, branch="data")
    return repository.open_pull("data", title="Add ::error::gratings")


def _checked_out(player: Player, repository: Repository, commit: str) -> None:
    shutil.rmtree(player.workspace)
    clone = ["git", "clone", "-q", "--no-checkout", str(repository.git.path)]
    subprocess.run([*clone, str(player.workspace)], check=True)
    for arguments in (["fetch", "-q", "origin", "+refs/*:refs/all/*"], ["checkout", "-q", commit]):
        subprocess.run(["git", "-C", str(player.workspace), *arguments], check=True)


def test_nothing_of_a_pull_request_is_run_or_configures_anything(
    player: Player, github: FakeGitHub, repository: Repository, pull: Pull, tmp_path: Path
) -> None:
    _checked_out(player, repository, repository.head_of(pull))
    event = pull_request(github, repository, pull)
    job = environment(github, repository, "pull_request", event, tmp_path)
    checked = player.action(
        {"command": "check", "changed-only": "true"}, env=job | {"TOKEN_OF_THE_JOB": "ghs_reading"}
    )
    assert checked.conclusion == "success", checked.log
    assert json.loads(checked.outputs["datasets"]) == ["data/gratings"]
    assert checked.outputs["errors"] == "0"
    assert "ghs_reading" in checked.masked
    assert "ghs_reading" not in checked.log.replace("::add-mask::ghs_reading", "")


def test_a_pull_request_does_not_switch_its_own_checks_off(
    player: Player,
    github: FakeGitHub,
    repository: Repository,
    installed_action: Path,
    tmp_path: Path,
) -> None:
    """By settings at the root, beside the manifest and by path: what it sends is not packaged."""
    off = '[tool.brainscore-data]\nignore = ["BSD7"]\n'
    by_path = '[tool.brainscore-data.per-path-ignores]\n"*" = ["BSD7"]\n'
    people = "".join(f"{name},{name}@lab.example.org\n" for name in "abc")
    files = dataset("data/a", "Author2026.public") | {
        "data/a/presentations.csv": f"stimulus_id,email\n{people}",
        "data/a/pyproject.toml": off,
        "pyproject.toml": off + by_path,
    }
    repository.commit(files, branch="data", repository="student/data")
    pull = repository.open_pull("data", fork="student/data")
    _checked_out(player, repository, repository.head_of(pull))
    event = pull_request(github, repository, pull)
    job = environment(github, repository, "pull_request", event, tmp_path)
    packaged = player.action(
        {"command": "package", "changed-only": "true", "github-token": READING},
        action=installed_action,
        env=job,
    )
    assert packaged.conclusion == "failure", packaged.log
    assert packaged.outputs["bundle-path"] == ""
    assert "BSD7" in packaged.summary
    assert "changed here: those of the base" in packaged.summary
    assert not list(player.temporary.rglob("assy_*.nc"))


def test_a_wrong_command_installs_nothing_and_is_not_repeated(player: Player) -> None:
    played = player.action({"command": "check\n::error::x"})
    assert played.conclusion == "failure"
    assert [each["outcome"] for each in played.steps] == ["failure", "skipped"]
    assert [each["message"] for each in played.annotations] == [
        "The input 'command' has to be one of check, shard, package, publish, merge, comment, audit, due, site, approve"
    ]
    assert list(player.temporary.glob("brainscore-data.*")) == []


def test_a_tool_with_another_hash_is_not_started(player: Player, tmp_path: Path) -> None:
    """Where there is no Python, uv is downloaded: what comes has to be what was locked."""
    tools = tmp_path / "tools"
    tools.mkdir()
    needed = ["bash", "cut", "grep", "head", "mkdir", "mktemp", "sed", "sha256sum", "uname", "cat"]
    for name in needed:
        (tools / name).symlink_to(str(shutil.which(name)))
    curl = tools / "curl"
    curl.write_text(
        f"#!{tools}/bash\n"
        'while [ $# -gt 0 ]; do [ "$1" = -o ] && { echo evil > "$2"; exit; }; shift; done\n'
    )
    curl.chmod(0o755)
    played = player.action({"command": "check"}, env={"PATH": str(tools)})
    version = (ROOT / "action" / "locks" / "uv.txt").read_text().partition("uv==")[2].split()[0]
    assert played.conclusion == "failure"
    assert [each["message"] for each in played.annotations] == [
        f"uv was not what {version} has to be"
    ]
