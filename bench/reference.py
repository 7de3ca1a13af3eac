"""brainscore-core from PyPI in an environment of its own: what the tests and the bench compare with.

The environment is made once and kept in the user's cache folder, under a hash of what it holds.
``BRAINSCORE_DATA_READER_PYTHON`` names an interpreter that has brainscore-core already.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = ("brainscore-core==2.5.0", "pandas<3")


class NoEnvironmentError(Exception):
    """The environment cannot be made."""


def reference_interpreter() -> Path:
    """Give the interpreter that has brainscore-core; make its environment if there is none."""
    named = os.environ.get("BRAINSCORE_DATA_READER_PYTHON")
    return Path(named) if named else made_environment()


def made_environment() -> Path:
    """Make the environment, or find the one that an earlier run made."""
    import platformdirs
    from filelock import FileLock

    base = _base_interpreter()
    version = subprocess.check_output([base, "--version"], text=True)
    key = hashlib.sha256("\n".join([*REQUIREMENTS, version]).encode()).hexdigest()[:16]
    folder = platformdirs.user_cache_path("brainscore-data") / f"reader-{key}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _run([base, "-m", "venv", str(folder)])
            _run([str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS])
            (folder / "complete").touch()
    return python


def _base_interpreter() -> str:
    """Find a Python for which numpy 1.26 has wheels: this one, or an older one beside it."""
    if sys.version_info < (3, 13):
        return sys.executable
    for name in ("python3.12", "python3.11"):
        found = shutil.which(name)
        # pyenv leaves shims of versions that are not installed
        if found and not subprocess.run([found, "-V"], capture_output=True, check=False).returncode:
            return found
    return sys.executable


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        text = f"{' '.join(command)}\n{done.stderr[-3000:]}"
        raise NoEnvironmentError(text)
