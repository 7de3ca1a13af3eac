"""Where programs of the cage come from: forked from one that has done their imports, or started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import in_the_cage
import pytest
from waiting import is_running, wait_until

from brainscore_data.base.bounds import SETTING
from brainscore_data.base.errors import DataError
from brainscore_data.cage import workers as cage
from brainscore_data.cage.workers import StoppedError, Workers

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks"),
    pytest.mark.usefixtures("can_import_what_is_called"),
]


@pytest.fixture(scope="module")
def workers():
    with Workers(2) as found:
        yield found


def in_both(workers, function):
    """Call a function twice at once, where there are two programs."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(workers, "_patience", 0.0)
        while len(workers._started) < 2:
            wait([pool.submit(workers.call, in_the_cage.sleep, seconds=0.2) for _ in range(2)])
        return [*pool.map(lambda _: workers.call(function), range(2))]


def test_a_program_begins_with_its_imports_done(workers):
    assert workers.call(in_the_cage.is_imported)


def test_one_that_lacks_the_imports_of_a_call_makes_place_for_one_that_has_them():
    with Workers(1) as workers:
        before = workers.call(in_the_cage.process)
        assert workers.call(in_the_cage.is_imported)
        after = workers.call(in_the_cage.process)
        assert before != after
        assert not is_running(before)
        assert workers.call(in_the_cage.is_imported)
        assert workers.call(in_the_cage.process) == after


def test_programs_come_from_one_and_after_a_crash_again(workers):
    template = workers.call(in_the_cage.parent)
    with pytest.raises(StoppedError, match="SIGSEGV"):
        workers.call(in_the_cage.crash)
    assert workers.call(in_the_cage.parent) == template != os.getpid()


def test_each_has_a_session_of_its_own(workers):
    assert workers.call(in_the_cage.session) == workers.call(in_the_cage.process)


def test_no_program_has_a_pipe_of_another_or_the_socket_of_their_template(workers):
    one, other = in_both(workers, in_the_cage.pipes_and_sockets)
    assert len(workers._started) == 2
    assert all(each.startswith("pipe:") for each in one | other)
    assert len(one) == len(other) == 2
    assert one == other or not one & other


def test_all_end_with_the_workers_and_the_template_stays_for_the_next():
    with Workers(1) as workers:
        process, template = workers.call(in_the_cage.process), workers.call(in_the_cage.parent)
    assert not is_running(process)
    with Workers(1) as workers:
        assert workers.call(in_the_cage.parent) == template


def test_a_template_knows_the_environment_of_those_who_ask(monkeypatch):
    with Workers(1) as workers:
        template = workers.call(in_the_cage.parent)
    monkeypatch.setenv(SETTING, "3")
    with Workers(1) as workers:
        assert workers.call(in_the_cage.parent) != template


def test_a_program_is_where_the_one_that_asks_is_and_has_a_folder_for_what_is_short_lived(
    monkeypatch, tmp_path
):
    scratch = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        with Workers(1, readable=[folder]) as workers:
            assert workers.call(in_the_cage.folder) == str(folder)
            scratch.append(Path(workers.call(in_the_cage.scratch)))
            assert scratch[-1].is_dir()
    assert not any(path.exists() for path in scratch)
    assert scratch[0] != scratch[1]


def test_where_the_folder_is_gone_a_program_starts_all_the_same(monkeypatch, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with Workers(1) as workers:
        assert workers.call(in_the_cage.process) != os.getpid()


ALONE = """
import os, sys
sys.path[:0] = {paths}
import in_the_cage
from brainscore_data.cage.workers import Workers

def template():
    with Workers(1) as workers:
        return workers.call(in_the_cage.parent)

ours = template()
if os.fork() == 0:
    print("copy", template() != ours, flush=True)
    os._exit(0)
os.wait()
print("original", template() == ours, ours)
"""


def test_a_copy_of_the_process_has_a_template_of_its_own_and_all_end_with_it():
    paths = [str(Path(in_the_cage.__file__).parent)]
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(paths=paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    copy, original = done.stdout.splitlines()
    assert copy == "copy True"
    assert original.startswith("original True")
    assert done.stderr == ""
    assert not is_running(original.split()[-1])


IDLE = """
import socket
from brainscore_data.cage import template
template._IDLE_SECONDS = 0.01
print(template.fork_for_each())
"""


def test_a_template_that_nobody_asks_ends():
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, its:
        done = subprocess.run(
            [sys.executable, "-c", IDLE], stdin=its, stdout=-1, text=True, timeout=60, check=True
        )
    assert done.stdout == "False\n"


def test_when_the_template_was_killed_there_is_another():
    with Workers(1) as workers:
        template, process = workers.call(in_the_cage.parent), workers.call(in_the_cage.process)
        os.kill(template, signal.SIGKILL)
        wait_until(lambda: not is_running(process))  # it ends with its template
        with pytest.raises(StoppedError, match=r"crashed \(SIGKILL\)"):
            workers.call(in_the_cage.process)
        assert workers.call(in_the_cage.parent) not in {template, os.getpid()}


def test_where_nothing_is_forked_programs_are_started(monkeypatch):
    monkeypatch.setattr(cage, "can_fork", lambda: False)
    with Workers(1) as workers:
        assert workers.call(in_the_cage.parent) == os.getpid()
        assert workers.call(in_the_cage.is_imported) is False
        with pytest.raises(StoppedError, match="SIGSEGV"):
            workers.call(in_the_cage.crash)
        assert workers.call(in_the_cage.session) == workers.call(in_the_cage.process)


THREAD = """
import os, sys, threading

if "pytest" not in sys.modules:
    threading.Thread(target=threading.Event().wait, daemon=True).start()

def parent() -> int:
    return os.getppid()
"""


def test_what_brings_a_thread_is_not_forked_but_started(monkeypatch, tmp_path):
    (tmp_path / "brings_a_thread.py").write_text(THREAD)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    import brings_a_thread

    with Workers(1) as workers:
        assert workers.call(in_the_cage.parent) != os.getpid()
        assert workers.call(brings_a_thread.parent) == os.getpid()
        with pytest.raises(StoppedError, match="SIGSEGV"):
            workers.call(in_the_cage.crash)
        assert workers.call(in_the_cage.parent) == os.getpid()


def test_libraries_are_compiled_once_and_not_in_every_program(monkeypatch, tmp_path):
    (tmp_path / "never_compiled.py").write_text("def one() -> int:\n    return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import never_compiled

    with Workers(1) as workers:
        assert workers.call(never_compiled.one) == 1
        with pytest.raises(DataError, match="Permission denied"):
            workers.call(in_the_cage.write, path=tmp_path / "new", size=1)
    assert [*tmp_path.glob("__pycache__/never_compiled.*.pyc")]
