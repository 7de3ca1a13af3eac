"""The command in a process and a HOME of its own, as a contributor or a job runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import brainscore_data

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., subprocess.CompletedProcess[str]]

_SOURCE = Path(brainscore_data.__file__).parents[1]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run ``brainscore-data`` with little in its environment but what is given."""
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "brainscore_data", *map(str, arguments)],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(_SOURCE),
                "PYTHONHASHSEED": "0",
                "HOME": str(home),
                **environment,
            },
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    return run


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Path]:
    """Write a packaging script into a folder named like a plugin."""

    def write(*lines: str) -> Path:
        path = tmp_path / "doe2024" / "data_packaging.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        return path

    return write
