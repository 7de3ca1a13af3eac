"""At a terminal: the question, its answers, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import brainscore_data

if TYPE_CHECKING:
    from collections.abc import Callable

pty = pytest.importorskip("pty")


def started(script: Path, *options: str, **more: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [
            *(sys.executable, "-m", "brainscore_data", "package"),
            *("--script", script, "-o", "bundle", *options),
        ],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(brainscore_data.__file__).parents[1]),
            "HOME": str(script.parent),
            **more.pop("environment", {}),  # type: ignore[dict-item]
        },
        cwd=script.parents[1],
        stdout=subprocess.PIPE,
        **more,
    )


@pytest.mark.parametrize(
    ("answer", "options", "said", "code"),
    [
        ("y", (), b"ran\n", 1),
        ("n", (), b"", 2),
        pytest.param("n", ("--cluster", "local:1"), b"", 2, marks=pytest.mark.night),
    ],
)
def test_a_script_runs_if_the_answer_is_yes(
    answer: str, options: tuple[str, ...], said: bytes, code: int, script: Callable[..., Path]
) -> None:
    ours, theirs = pty.openpty()
    with started(script("print('ran')"), *options, stdin=theirs, stderr=theirs) as process:
        os.write(ours, f"{answer}\n".encode())
        assert process.communicate()[0] == said
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert process.returncode == code
    assert "but it can read and write whatever you can" in shown
    assert ("The workers of local:1 run its code, too" in shown) == bool(options)
    assert "Run it? [y/N]" in shown


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}], ids=["laptop", "CI"])
def test_ctrl_c_ends_the_script_too(
    environment: dict[str, str], script: Callable[..., Path], tmp_path: Path
) -> None:
    path = script(
        "import os, time",
        "open('started.new', 'w').write(str(os.getpid()))",
        "os.rename('started.new', 'started')",
        "time.sleep(60)",
    )
    with started(path, "--yes", environment=environment, stderr=subprocess.PIPE) as process:
        while not (tmp_path / "started").exists():
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate()
    assert process.returncode == 130
    assert b"interrupted" in error
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "started").read_text()), 0)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["doe2024", "started"]
