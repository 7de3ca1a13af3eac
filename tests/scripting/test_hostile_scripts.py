"""Scripts that mean harm, or just go wrong."""

from __future__ import annotations

import os
import queue
import re
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from waiting import is_running, wait_until

from brainscore_data.base.errors import DataError
from brainscore_data.scripting.process import run_script

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

CI = {"CI": "true"}
WORKFLOW = {"CI": "true", "GITHUB_ACTIONS": "true"}
SECRET = "hunter2hunter2"  # noqa: S105 - nobody's


def test_on_a_laptop_a_script_sees_nothing_of_the_environment(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "home" / ".aws").mkdir()
    (tmp_path / "home" / ".aws" / "credentials").write_text(f"[default]\nkey={SECRET}\n")
    path = script(
        "import os, pathlib",
        "print(dict(os.environ))",
        "print(list(pathlib.Path.home().iterdir()), pathlib.Path('~/.aws').expanduser().exists())",
        "raise SystemExit(7)",
    )
    keys = {"AWS_SECRET_ACCESS_KEY": SECRET, "GITHUB_TOKEN": SECRET, "LIKES": "tea"}
    done = command("package", "--script", path, "-o", "bundle", "--yes", **keys)
    assert SECRET not in done.stdout
    assert "LIKES" not in done.stdout
    assert "'AWS_EC2_METADATA_DISABLED': 'true'" in done.stdout
    assert str(tmp_path / "home") not in done.stdout
    assert done.stdout.endswith("[] False\n")
    assert done.returncode == 1
    assert "the script ended with exit code 7; there is no bundle" in done.stderr
    assert not (tmp_path / "bundle").exists()


def test_a_variable_is_passed_on_by_its_name_unless_it_is_a_credential(
    command: Command, script: Callable[..., Path]
) -> None:
    path = script("import os", "print(os.environ['LIKES'])", "raise SystemExit(1)")
    line = ("package", "--script", path, "-o", "bundle", "--yes")
    assert command(*line, "--env", "LIKES", LIKES="tea").stdout == "tea\n"
    refused = command(*line, "--env", "GH_TOKEN", GH_TOKEN=SECRET)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "GH_TOKEN is not given to a script" in refused.stderr
    assert "there is no variable LIKES" in command(*line, "--env", "LIKES").stderr
    given = command(*line, "--env", f"GH_TOKEN={SECRET}")
    assert given.returncode == 2
    assert "pass it on with --env GH_TOKEN" in given.stderr
    assert SECRET not in given.stderr


def test_nobody_is_asked_where_nobody_can_answer(
    command: Command, script: Callable[..., Path]
) -> None:
    done = command("package", "--script", script("print('ran')"), "-o", "bundle")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--yes" in done.stderr


@pytest.mark.parametrize(
    "environment",
    [{"AWS_ACCESS_KEY_ID": SECRET}, {"ACTIONS_ID_TOKEN_REQUEST_URL": SECRET}, {"MY_TOKEN": SECRET}],
    ids=lambda each: next(iter(each)),
)
def test_in_ci_a_script_does_not_start_within_reach_of_credentials(
    environment: dict[str, str], command: Command, script: Callable[..., Path]
) -> None:
    path = script("print('ran')")
    done = command("package", "--script", path, "-o", "bundle", "--yes", **CI, **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"- the variable {next(iter(environment))}" in done.stderr
    assert SECRET not in done.stderr


def test_in_ci_all_that_is_within_reach_is_named(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    path = script("print('ran')")
    (path.parent / ".git").mkdir()
    (path.parent / ".git" / "config").write_text(f'[http "x"]\n\textraheader = {SECRET}\n')
    (tmp_path / "home" / ".netrc").write_text(SECRET)
    done = command("package", "--script", path, "-o", "bundle", **WORKFLOW)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"- {tmp_path}/home/.netrc\n" in done.stderr
    assert f"- {path.parent}/.git/config (http.extraheader)\n" in done.stderr
    assert "persist-credentials: false" in done.stderr
    assert SECRET not in done.stderr


def test_output_in_a_workflow_is_no_command(command: Command, script: Callable[..., Path]) -> None:
    path = script(
        "import os, sys",
        "print('::set-output name=a::b')",
        "print('::error::no', file=sys.stderr, flush=True)",
        "print(os.environ, sys.argv, open('/proc/self/cmdline').read())",
        "print('##[add-mask]no line end', end='', flush=True)",
        "os._exit(3)",
    )
    done = command("package", "--script", path, "-o", "bundle", **WORKFLOW)
    first, *said, last = done.stdout.splitlines()
    word = first.removeprefix("::stop-commands::")
    assert re.fullmatch(r"[0-9a-f]{64}", word)
    assert last == f"::{word}::"
    assert word not in "\n".join(said)
    assert {"::set-output name=a::b", "::error::no", "##[add-mask]no line end"} <= set(said)
    assert "::" not in done.stderr
    assert done.returncode == 1


def test_its_last_words_are_passed_on_however_late_they_are_heard(
    script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Late(queue.Queue[bytes]):
        def put(self, *arguments: Any) -> None:
            time.sleep(0.3)
            super().put(*arguments)

    monkeypatch.setattr(queue, "Queue", Late)
    path = script("import os", "os.write(1, b'its last words')", "os._exit(5)")
    with pytest.raises(DataError, match="exit code 5"):
        run_script(sys.executable, path, os.environ, alone=True, workflow=False)
    assert capfd.readouterr().out == "its last words"


def test_what_a_script_leaves_behind_in_ci_ends_with_it(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    path = script(
        "import os, time",
        "if os.fork() == 0:",
        "    open('started', 'w').write(str(os.getpid()))",
        "    end = time.monotonic() + 60",
        "    while time.monotonic() < end:",
        "        try:",
        "            os.write(1, b'::error::still here\\n')",
        "        except OSError:",
        "            pass",
        "        time.sleep(0.01)",
        "while not os.path.exists('started') or not open('started').read():",
        "    time.sleep(0.01)",
        "os._exit(5)",
    )
    done = command("package", "--script", path, "-o", "bundle", **WORKFLOW)
    assert done.returncode == 1
    assert re.fullmatch(r"::[0-9a-f]{64}::", done.stdout.splitlines()[-1])
    left_behind = int((tmp_path / "started").read_text())
    wait_until(lambda: not is_running(left_behind))


def test_output_without_end_from_a_process_that_escaped_does_not_hold_the_command_up(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    path = script(
        "import os, time",
        "if os.fork() == 0:",
        "    os.setsid()",
        "    open('escaped', 'w')",
        "    end = time.monotonic() + 120",
        "    while time.monotonic() < end and not os.path.exists('enough'):",
        "        os.write(1, b'x' * 10_000)",
        "    if not os.path.exists('enough'):",
        "        open('outlasted', 'w')",
        "    os._exit(0)",
        "while not os.path.exists('escaped'):",
        "    time.sleep(0.01)",
        "os._exit(5)",
    )
    try:
        done = command("package", "--script", path, "-o", "bundle", **CI)
    finally:
        (tmp_path / "enough").touch()
    assert done.returncode == 1
    assert "exit code 5" in done.stderr
    assert not (tmp_path / "outlasted").exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("raise SystemExit(0)",), "the script ended without an upload"),
        (("import os", "os._exit(0)"), "the script ended without an upload"),
        (("import os", "os.kill(os.getpid(), 9)"), "the script ended by SIGKILL"),
        (("raise RuntimeError('its own')",), "the script ended with exit code 1"),
        (("def",), "the script ended with exit code 1"),
    ],
    ids=["exit", "_exit", "killed", "raises", "syntax"],
)
def test_however_a_script_ends_without_a_bundle_it_is_said_in_a_line(
    lines: tuple[str, ...],
    said: str,
    command: Command,
    script: Callable[..., Path],
    tmp_path: Path,
) -> None:
    done = command("package", "--script", script(*lines), "-o", "bundle", "--yes")
    assert done.returncode == 1
    assert said in done.stderr
    assert "brainscore_data/cli" not in done.stderr  # no traceback of ours
    assert sorted(each.name for each in tmp_path.iterdir()) == ["doe2024", "home"]


def test_a_bundle_that_is_there_stays_when_a_script_fails(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("{}")
    done = command("package", "--script", script("raise SystemExit(2)"), "-o", "bundle", "--yes")
    assert done.returncode == 1
    assert (tmp_path / "bundle" / "bundle.json").read_text() == "{}"


def test_what_is_no_interpreter_or_lacks_packages_is_said_before_anything_runs(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    bare = tmp_path / "bare" / "python"
    bare.parent.mkdir()
    # As an interpreter answers that has no packages, whatever this one has.
    bare.write_text('#!/bin/sh\nexec python3 -S -I "$@"\n')
    bare.chmod(0o755)
    line = ("package", "--script", script("print('ran')"), "-o", "bundle", "--yes", "--python")
    for python, said in (
        (bare, "not installed there, or too old: h5py>="),
        ("/bin/true", "this is not a Python interpreter that can be used"),
        ("no-such-python", "this is not a Python interpreter that can be used"),
    ):
        done = command(*line, python)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("folder", "--script", "data_packaging.py"),
        (),
        ("folder", "--python", "python3"),
        ("folder", "--yes"),
        ("--script", "not-there.py"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_said(arguments: tuple[str, ...], command: Command) -> None:
    done = command("package", *arguments, "-o", "bundle")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
