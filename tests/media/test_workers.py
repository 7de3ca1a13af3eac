from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from brainscore_data.base.errors import UsageError
from brainscore_data.media import workers
from brainscore_data.media.looks import look_at
from brainscore_data.media.workers import Request, Workers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(4):
        made = io.BytesIO()
        Image.new("RGB", (8, 8), (number, 0, 0)).save(made, "jpeg")
        (tmp_path / f"face_{number}.jpg").write_bytes(made.getvalue())
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def program(change: str) -> tuple[str, ...]:
    code = f"import os; from brainscore_data.media import looks, worker; {change}; worker.main()"
    return (sys.executable, "-P", "-c", code)


def test_a_worker_sees_what_its_own_process_would_see(folder: Path) -> None:
    (folder / "face_9.jpg").write_bytes(b"")
    (folder / os.fsdecode(b"face_\xff.jpg")).write_bytes(b"no image")
    with Workers(1) as some:
        found = some.looks(Request(str(folder), names(folder)))
    assert found == [look_at(str(folder / name)) for name in names(folder)]


def test_what_lies_in_the_working_directory_is_not_imported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("PIL", "json", "brainscore_data"):
        (folder / f"{module}.py").write_text("raise SystemExit")
    monkeypatch.chdir(folder)
    with Workers(1) as some:
        (found,) = some.looks(Request(str(folder), ["face_1.jpg"]))
    assert found.content is not None
    assert found.content.error is None


def test_a_script_without_a_guard_is_run_once(folder: Path) -> None:
    script = folder / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from brainscore_data.check.engine.checking import check\n"
        "print('run')\n"
        "print(check([Path('face_1.jpg')], select=['BSD3'], jobs=2).findings)\n"
    )
    done = subprocess.run(
        [sys.executable, script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["run", "()"]


def test_a_decoder_has_no_token_to_find(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("BRAINSCORE_DATA_INPUT_GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "MY_LAB")
    for name in secrets:
        monkeypatch.setenv(name, "secret")
    told = folder / "told"
    spy = f"open({str(told)!r}, 'w').write(repr(dict(os.environ)))"
    monkeypatch.setattr(workers, "COMMAND", program(spy))
    with Workers(1) as some:
        some.looks(Request(str(folder), ["face_1.jpg"]))
    assert "secret" not in told.read_text()
    assert "PYTHONPATH" in told.read_text()


def test_what_a_decoder_prints_is_no_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noisy = "worker.look_at = lambda path: (os.write(1, b'noise'), looks.look_at(path))[1]"
    monkeypatch.setattr(workers, "COMMAND", program(noisy))
    with Workers(1) as some:
        (found,) = some.looks(Request(str(folder), ["face_1.jpg"]))
    assert found.error is None


def test_a_lack_of_memory_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    greedy = "looks.decoded = lambda content: bytearray(1 << 60)"
    monkeypatch.setattr(workers, "COMMAND", program(greedy))
    with Workers(1) as some:
        (found,) = some.looks(Request(str(folder), ["face_1.jpg"]))
    assert found.content is not None
    assert "memory" in str(found.content.error)


@pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="a limit of Unix systems")
def test_a_decoder_without_end_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "worker.SECONDS = 1; looks.decoded = lambda content: sum(0 for _ in iter(int, 1))"
    monkeypatch.setattr(workers, "COMMAND", program(endless))
    with Workers(1) as some:
        (found,) = some.looks(Request(str(folder), ["face_1.jpg"]))
    assert found.content is not None
    assert "stopped" in str(found.content.error)


def test_a_missing_decoder_is_said_as_if_it_were_missing_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "COMMAND", program("import sys; sys.modules['PIL'] = None"))
    with Workers(1) as some:
        (look,) = some.looks(Request(str(folder), ["face_1.jpg"]))
    assert look.content is not None
    assert look.content.missing == "PIL"


def test_a_worker_that_cannot_be_started_is_no_fault_of_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with Workers(1) as some, pytest.raises(UsageError, match="could not be started"):
        some.looks(Request(str(folder), names(folder)))


def test_workers_end_with_the_process_that_asked(folder: Path) -> None:
    code = (
        "import os, sys\n"
        "from brainscore_data.media.workers import Request, Workers\n"
        "some = Workers(1)\n"
        f"some.looks(Request({str(folder)!r}, ['face_1.jpg']))\n"
        "print(some._started[0]._process.pid, flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    pid = int(done.stdout)
    end = time.monotonic() + 20
    while _is_there(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _is_there(pid)


def _is_there(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.startswith(b"Z")
