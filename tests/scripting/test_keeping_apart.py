"""What a script can learn of other processes, become, and leave behind; as a user, not as root."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waiting import wait_until

import brainscore_data
from brainscore_data.cage import confinement

if sys.platform != "linux":
    pytest.skip("only Linux keeps a script apart", allow_module_level=True)

SECRET = "hunter2hunter2"  # noqa: S105 - nobody's
NOBODY = 65534
Start = Callable[..., "subprocess.Popen[str]"]


def may_run(python: str, **more: object) -> bool:
    with contextlib.suppress(OSError):
        line = [
            python,
            "-c",
            f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})",
        ]
        return subprocess.run(line, check=False, **more).returncode == 0  # type: ignore[call-overload, no-any-return]
    return False


@pytest.fixture(scope="module")
def user() -> dict[str, object]:
    """Who runs the command: root sees everything, so it steps down."""
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@pytest.fixture(scope="module")
def python(user: dict[str, object]) -> str:
    found = (each for each in (sys.executable, "/usr/bin/python3") if may_run(each, **user))
    return next(found, "") or pytest.skip("no such Python that a user may run")


@pytest.fixture
def folder(user: dict[str, object]) -> Iterator[Path]:
    """A folder of that user's; the way to pytest's is closed to others."""
    made = Path(tempfile.mkdtemp(prefix="brainscore-data-user-"))
    if user:
        os.chown(made, NOBODY, NOBODY)
    yield made
    shutil.rmtree(made)


@pytest.fixture(params=["namespaces", "none"])
def start(
    request: pytest.FixtureRequest, python: str, user: dict[str, object], folder: Path
) -> Start:
    """Start the command with a script, with namespaces for it or without."""
    path = str(folder)  # without util-linux
    if request.param == "namespaces":
        path = os.environ["PATH"]
        tried = [
            "unshare",
            "--user",
            "--map-current-user",
            "--pid",
            "--fork",
            "--mount-proc",
            "true",
        ]
        if shutil.which("unshare") is None or subprocess.run(tried, check=False, **user).returncode:  # type: ignore[call-overload]
            pytest.skip("users have no namespaces here")

    def run(*lines: str, **environment: str) -> subprocess.Popen[str]:
        script = folder / "data_packaging.py"
        script.write_text("\n".join((*lines, "")))
        module = [python, "-m", "brainscore_data", "package", "--script", str(script)]
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            # A shell as that of a user, or of a step, which has the same environment.
            [
                "/bin/sh",
                "-c",
                '"$@"; exit $?',
                "sh",
                *module,
                "--yes",
                "-o",
                "bundle",
                "--env",
                "PYTHONPATH",
            ],
            env={
                "PATH": path,
                "PYTHONPATH": f"{Path(brainscore_data.__file__).parents[1]}:"
                + ":".join(site.getsitepackages()),
                "HOME": str(folder),
                **environment,
            },
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **user,
        )

    return run


LOOK = """
import glob, json, os, subprocess
told = {'processes': len(glob.glob('/proc/[0-9]*'))}
with open(f'/proc/{os.getppid()}/stat') as stream:
    command = stream.read().rpartition(')')[2].split()[1]
if command != '0':
    told['of the command'] = os.stat(f'/proc/{command}/environ').st_uid
for each in glob.glob('/proc/[0-9]*'):
    try:
        with open(f'{each}/environ', 'rb') as stream:
            if b'hunter2' in stream.read():
                told.setdefault('secrets', []).append(each)
    except OSError:
        continue
told['status'] = open('/proc/self/status').read()
if os.path.exists('id'):
    told['became'] = subprocess.run(['./id', '-u'], capture_output=True, text=True).stdout.strip()
open('written', 'w').close()
os.mkdir('folder'); os.rename('written', 'folder/written')
json.dump(told, open('told.json', 'w'))
raise SystemExit(7)
"""


def test_a_script_sees_no_other_process_becomes_nobody_else_and_writes_as_the_user(
    start: Start, folder: Path
) -> None:
    if os.geteuid() == 0:
        shutil.copy("/usr/bin/id", folder / "id")
        (folder / "id").chmod(0o4755)
    with start(LOOK, MY_TOKEN=SECRET) as process:
        _, error = process.communicate()
    assert "ended with exit code 7" in error
    told = json.loads((folder / "told.json").read_text())
    assert "NoNewPrivs:\t1" in told["status"]
    owner = folder.stat().st_uid
    assert told.get("became", str(owner)) == str(owner)
    assert (folder / "folder" / "written").stat().st_uid == owner
    if "of the command" in told:
        assert told["of the command"] == 0
        seen_by_users = confinement._landlock() < 2  # its own parent apart
    else:
        assert told["processes"] == 2
        seen_by_users = False
    assert seen_by_users or "secrets" not in told


HOLD = """
import fcntl, os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        held = open('held', 'w')
        fcntl.flock(held, fcntl.LOCK_EX)
        open('holding', 'w').close()
        time.sleep(120)
    os._exit(0)
while not os.path.exists('holding'):
    time.sleep(0.01)
"""


def is_free(path: Path) -> bool:
    """Say whether nobody holds a file any more."""
    with path.open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_whatever_a_script_started_ends_with_it_and_how_it_ended_is_said(
    start: Start, folder: Path
) -> None:
    with start(HOLD, "os.kill(os.getpid(), signal.SIGTERM)") as process:
        _, error = process.communicate()
    assert "ended by SIGTERM" in error
    assert is_free(folder / "held")


def test_ctrl_c_reaches_a_script_which_may_clean_up(start: Start, folder: Path) -> None:
    wait = (
        "try:",
        "    open('waiting', 'w').close()",
        "    time.sleep(120)",
        "except KeyboardInterrupt:",
        "    open('cleaned', 'w').close()",
    )
    with start(HOLD, *wait) as process:
        while not (folder / "waiting").exists():
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, error = process.communicate()
    assert "interrupted" in error
    assert (folder / "cleaned").exists()
    assert is_free(folder / "held")


def test_a_script_ends_with_the_command(start: Start, folder: Path) -> None:
    # It kills what started it, as somebody else would; it need not be asked for its leave.
    with start(HOLD, "time.sleep(120)") as process:
        while not (folder / "holding").exists():
            assert process.poll() is None
            time.sleep(0.05)
        told = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        os.kill(int(told.stdout), 9)
        process.communicate()
    wait_until(lambda: is_free(folder / "held"))


def test_what_is_secretive_is_not_seen_by_others_of_the_same_user(
    python: str, user: dict[str, object]
) -> None:
    source = (
        "import contextlib, os, sys; from brainscore_data.cage.confinement import secretive\n"
        "look = 'import sys; open(sys.argv[1]).read()', f'/proc/{os.getpid()}/environ'\n"
        "with secretive() if sys.argv[1] == 'yes' else contextlib.nullcontext():\n"
        "    sys.exit(os.spawnv(os.P_WAIT, sys.executable, [sys.executable, '-c', *look]))"
    )
    codes = [
        subprocess.run(  # type: ignore[call-overload]
            [python, "-c", source, yes],
            env={"PYTHONPATH": str(Path(brainscore_data.__file__).parents[1])},
            stderr=subprocess.DEVNULL,
            check=False,
            **user,
        ).returncode
        for yes in ("no", "yes")
    ]
    assert codes == [0, 1]
