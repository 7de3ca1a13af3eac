"""A script in a process of its own: what it needs to run and nothing that opens a door."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import signal
import site
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

from brainscore_data.base.child_environment import harmless
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.cage.confinement import secretive
from brainscore_data.records.script_uploads import RECORD
from brainscore_data.scripting import child
from brainscore_data.scripting.credentials import secret_variables
from brainscore_data.scripting.supervising import Supervised

# To reach the network as its author would, and to draw without a screen.
_MORE = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "MPLBACKEND"),
)


_CHILD = child.__file__
_OLDEST = (3, 11)
# What the drop-in imports when it packages, whichever way.
_NEEDED = ("h5py", "netCDF4", "numpy", "pandas", "pyarrow", "pydantic", "xarray")
_BLOCK = 1 << 16
# Seconds: to the next look whether the script has ended, for what is still in the pipe then, and
# for a script to end by itself after Ctrl-C.
_SOON, _LAST_WORDS, _PATIENCE = 0.05, 2.0, 3.0


def in_ci(environment: Mapping[str, str]) -> bool:
    """Say whether this runs in CI, where nobody is asked.

    >>> in_ci({"CI": "true"}), in_ci({"CI": "false"}), in_ci({"GITHUB_ACTIONS": "true"})
    (True, False, True)
    """
    return any(
        environment.get(name, "").strip().lower() not in ("", "0", "false", "no")
        for name in ("CI", "GITHUB_ACTIONS")
    )


def scrubbed(
    environment: Mapping[str, str], *, home: Path, record: Path, named: Sequence[str] = ()
) -> dict[str, str]:
    """Make the environment of a script."""
    secret = set(secret_variables(environment))
    for name in named:
        if name not in environment:
            plain, given, _ = name.partition("=")
            if given:  # as other programs take it; the value may be nobody's business
                raise UsageError(
                    f"--env names a variable, and this is one with its value: {plain}=…",
                    hint=f"set {plain} in the environment, and pass it on with --env {plain}",
                )
            raise UsageError(f"there is no variable {name}", hint="set it, or leave --env out")
        if name in secret or name == RECORD:
            raise UsageError(
                f"the variable {name} is not given to a script",
                hint="a script never gets credentials: it has to work without them",
            )
    kept = {
        name: value
        for name, value in harmless(environment, more=[*_MORE, *named]).items()
        if name not in secret
    }
    installed = site.getuserbase()
    startup = str(Path(__file__).parent / "startup")
    return {
        **kept,
        # Every interpreter that the script starts is redirected as its own is.
        "PYTHONPATH": os.pathsep.join(filter(None, [startup, kept.get("PYTHONPATH")])),
        "HOME": str(home),
        "USERPROFILE": str(home),
        # What `pip install --user` put there stays importable.
        **({"PYTHONUSERBASE": installed} if Path(installed).is_dir() else {}),
        # The other ways to keys: files elsewhere than in HOME, and the machine's own role.
        # https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / ".aws" / "credentials"),
        "GIT_TERMINAL_PROMPT": "0",
        RECORD: str(record.resolve()),  # wherever the script goes
    }


def require_interpreter(
    python: str, environment: Mapping[str, str], cluster: str | None = None
) -> None:
    """Make sure that an interpreter can run the drop-in, and reaches the cluster if there is one.

    Nothing of a script is run for that.
    """
    wanted = json.dumps(_oldest_versions(cluster))
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter that the user named
            [python, _CHILD, "probe", wanted, cluster or ""],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        found = json.loads(done.stdout)
        version = tuple(found["version"])
        missing, unreached = found["missing"], found["cluster"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "this is not a Python interpreter that can be used",
            where=python,
            hint=f"it has to be Python {_OLDEST[0]}.{_OLDEST[1]} or newer, such as "
            "ENVIRONMENT/bin/python",
        ) from error
    if version < _OLDEST:
        raise UsageError(
            f"this is Python {'.'.join(map(str, version))}, and {_OLDEST[0]}.{_OLDEST[1]} is "
            "the oldest that will do",
            where=python,
            hint="name a newer one with --python",
        )
    if missing:
        raise UsageError(
            f"not installed there, or too old: {', '.join(missing)}",
            where=python,
            hint=f"{python} -m pip install {' '.join(repr(each) for each in missing)}",
        )
    if unreached:
        message, where, hint = unreached
        raise UsageError(message, where=where, hint=hint)


def run_script(
    python: str,
    script: Path,
    environment: Mapping[str, str],
    cluster: str | None = None,
    *,
    alone: bool,
    workflow: bool,
) -> None:
    """Run a script to its end; `alone`, it has no terminal and what it started ends with it.

    In a `workflow` of GitHub, no line that it says is a command.
    """
    command = [python, _CHILD, "run", str(script), cluster or ""]
    sys.stdout.flush()
    with contextlib.ExitStack() as stack:
        # Where nothing else keeps a script from reading our environment, the system refuses it.
        stack.enter_context(secretive())
        if workflow:
            stack.enter_context(_no_commands(sys.stdout.buffer))
        code = (_alone if alone else _attended)(command, environment)
    if code == 0:
        return
    how = f"with exit code {code}" if code > 0 else f"by {_signal_name(-code)}"
    raise DataError(
        f"the script ended {how}; there is no bundle",
        where=str(script),
        hint="its output is above; it gets only those of your variables that --env names",
    )


def _attended(command: list[str], environment: Mapping[str, str]) -> int:
    script = Supervised(command, environment)
    try:
        return script.ended()
    except KeyboardInterrupt:  # which the script has had, too, if it came from the keyboard
        with contextlib.suppress(subprocess.TimeoutExpired):
            script.process.wait(_PATIENCE)
        raise
    finally:
        script.end()


def _alone(command: list[str], environment: Mapping[str, str]) -> int:
    """Run it with its output through a pipe: nothing that it leaves behind can write on."""
    reading, writing = os.pipe()
    said: queue.Queue[bytes] = queue.Queue(maxsize=64)
    listening = threading.Thread(target=_listen, args=(reading, said), daemon=True)
    listening.start()
    try:
        script = Supervised(
            command,
            environment,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        os.close(writing)
    out = sys.stdout.buffer
    try:
        while script.process.poll() is None:
            _pass_on(said, out)
        return script.ended()
    finally:
        script.end()
        _end_session(script.process.pid)
        until = time.monotonic() + _LAST_WORDS
        while time.monotonic() < until and (listening.is_alive() or not said.empty()):
            _pass_on(said, out)


def _listen(pipe: int, said: queue.Queue[bytes]) -> None:
    while block := os.read(pipe, _BLOCK):
        said.put(block)
    os.close(pipe)


def _pass_on(said: queue.Queue[bytes], out: BinaryIO) -> None:
    """Write what was said next, if it comes soon."""
    with contextlib.suppress(queue.Empty):
        out.write(said.get(timeout=_SOON))
        out.flush()


def _end_session(leader: int) -> None:
    """End what a process started, unless that has taken a session of its own."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


@contextlib.contextmanager
def _no_commands(out: BinaryIO) -> Iterator[None]:
    """Let no line be a command to the runner, in either of its forms.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
    The script cannot know the word that ends it: it is neither in its environment nor in an
    argument.
    """
    word = secrets.token_hex(32)
    out.write(f"::stop-commands::{word}\n".encode())
    out.flush()
    try:
        yield
    finally:
        out.write(f"\n::{word}::\n".encode())  # at the beginning of a line, whatever was said
        out.flush()


def _oldest_versions(cluster: str | None) -> dict[str, str]:
    """Look up which versions this project asks for."""
    needed = [*_NEEDED]
    if cluster is not None:
        needed += ["distributed", *(["cryptography"] if cluster.startswith("local:") else [])]
    oldest = {}
    for requirement in metadata.requires("brainscore-data") or ():
        name, _, rest = requirement.partition(";")[0].strip().partition(">=")
        oldest[name.strip().casefold()] = rest.partition(",")[0].strip()
    return {name: oldest.get(name.casefold(), "0") for name in needed}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
