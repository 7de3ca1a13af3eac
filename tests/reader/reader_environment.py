"""brainscore-core from PyPI in an environment of its own, as a fixture.

The environment is made once and kept in the user's cache folder, under a hash of what it holds.

- ``BRAINSCORE_DATA_READER_PYTHON`` names an interpreter that has brainscore-core already.
- ``BRAINSCORE_DATA_NO_READER=1`` skips the tests that need it, e.g. offline; without it, an
  environment that cannot be made is a failure.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUIREMENTS = ("brainscore-core==2.5.0", "pandas<3")
SERVER = Path(__file__).with_name("reader_server.py")


class ReaderError(Exception):
    """The reader raised; `kind` is the class of what it raised."""

    def __init__(self, kind: str, message: str, traceback: str) -> None:
        super().__init__(f"{kind}: {message}\n{traceback}")
        self.kind = kind


@dataclass(frozen=True)
class Reader:
    """brainscore-core's loaders, at the other end of a pipe.

    Assemblies come back as dicts: dims, shape, dtype, values, coords, attrs; instants as integer
    nanoseconds. What the reader raises is raised as `ReaderError`.
    """

    process: subprocess.Popen[str]
    complaints: Path

    def run(
        self,
        source: str,
        *,
        env: Mapping[str, str] | None = None,
        **variables: Any,
    ) -> Any:
        """Execute a snippet that sets `result`; `variables` are names it can use.

        It finds the modules `assemblies`, `fetch`, `s3`, `stimuli` of brainscore-core and the
        function `describe`, which turns an assembly or a stimulus set into what JSON can hold.
        """
        request = {"source": source, "env": dict(env or {}), "variables": variables}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            pytest.fail(f"the reader's process ended:\n{self.complaints.read_text()[-4000:]}")
        decoded = json.loads(answer)
        if "error" in decoded:
            raise ReaderError(**decoded["error"])
        return decoded["result"]

    def assembly_from_file(self, path: Path | str, cls: str, **kwargs: Any) -> dict[str, Any]:
        """Load with ``cls.from_files``."""
        source = "result = describe(getattr(assemblies, cls).from_files(path, **kwargs))"
        return self.run(source, path=str(path), cls=cls, kwargs=kwargs)

    def assembly_from_s3(
        self,
        *,
        cls: str,
        stimulus_set: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Load with ``load_assembly_from_s3``.

        `stimulus_set` are the arguments of ``load_stimulus_set_from_s3``, if there is one; `env`
        needs AWS_ENDPOINT_URL, credentials, and BRAINIO_HOME as the folder to download to.
        """
        source = """
loader = (lambda: s3.load_stimulus_set_from_s3(**stimulus_set)) if stimulus_set else None
result = describe(s3.load_assembly_from_s3(
    cls=getattr(assemblies, cls), stimulus_set_loader=loader, **kwargs))
"""
        chosen = dict(stimulus_set) if stimulus_set else None
        return self.run(source, env=env, cls=cls, stimulus_set=chosen, kwargs=kwargs)

    def stimulus_set_from_s3(
        self, *, env: Mapping[str, str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Load with ``load_stimulus_set_from_s3``: columns, and stimulus id → file name."""
        source = "result = describe(s3.load_stimulus_set_from_s3(**kwargs))"
        return self.run(source, env=env, kwargs=kwargs)


@pytest.fixture(scope="session")
def reader_interpreter() -> Path:
    """The interpreter of an environment that has brainscore-core."""
    if os.environ.get("BRAINSCORE_DATA_NO_READER") == "1":
        pytest.skip("BRAINSCORE_DATA_NO_READER=1: not compared with brainscore-core")
    named = os.environ.get("BRAINSCORE_DATA_READER_PYTHON")
    return Path(named) if named else made_environment()


@pytest.fixture(scope="session")
def reader(reader_interpreter: Path) -> Iterator[Reader]:
    """brainscore-core's loaders, in a process that stays for the session."""
    with tempfile.TemporaryDirectory() as folder:
        complaints = Path(folder) / "stderr"
        with (
            complaints.open("w") as stderr,
            subprocess.Popen(
                [str(reader_interpreter), "-I", str(SERVER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                cwd=folder,
            ) as process,
        ):
            yield Reader(process, complaints)
            assert process.stdin is not None
            process.stdin.close()


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
        pytest.fail(
            "the environment with brainscore-core cannot be made (offline? then set "
            f"BRAINSCORE_DATA_NO_READER=1):\n{' '.join(command)}\n{done.stderr[-3000:]}"
        )
