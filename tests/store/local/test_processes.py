"""A local store between processes, kills and full disks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap

import pytest
from how_often import NIGHT

from brainscore_data.store.local.folder import LocalStore


@pytest.fixture
def root(tmp_path):
    return tmp_path / "store"


def run(code: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


RACING = """
    import pathlib, sys
    from brainscore_data.store.interface import KeyTakenError, VersionMovedError
    from brainscore_data.store.write import Write
    from brainscore_data.store.local.folder import LocalStore
    store, source = LocalStore(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2])
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(30):
        try:
            store.write(Write(f"{number}.csv", source))
            print(number, 1)
        except KeyTakenError:
            pass
        first = store.versions(f"{number}.csv")[0].version_id
        try:
            store.write(Write(f"{number}.csv", source, expected_version=first))
            print(number, 2)
        except VersionMovedError:
            pass
"""


def test_of_processes_that_write_the_same_version_at_once_exactly_one_wins(root, tmp_path):
    writers = []
    for name in ("one", "two", "three"):
        (tmp_path / name).write_text(name)
        command = [sys.executable, "-c", textwrap.dedent(RACING), root, tmp_path / name]
        writers.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    wins = {}
    for name, writer in zip(("one", "two", "three"), writers, strict=True):
        output, _ = writer.communicate()
        assert writer.returncode == 0
        for line in output.splitlines():
            assert line not in wins, f"{name} and {wins[line]} both won {line}"
            wins[line] = name

    assert len(wins) == 60
    store = LocalStore(root)
    for number in range(30):
        for slot, version in enumerate(store.versions(f"{number}.csv"), start=1):
            with store.open(f"{number}.csv", version.version_id) as stream:
                assert stream.read().decode() == wins[f"{number} {slot}"]


KILLED = """
    import os, pathlib, shutil, signal, sys
    from brainscore_data.store.write import Write
    from brainscore_data.store.local.folder import LocalStore

    folder, mode, stride = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    old, new = folder / "old", folder / "new"
    old.write_bytes(b"old content")
    new.write_bytes(b"new content " * 100_000)

    def content(store, version):
        with store.open("a.csv", version.version_id) as stream:
            return stream.read()

    def write(store):
        if mode == "create":
            return store.write(Write("a.csv", new, {"writer": "w"}, {"run": "1"}))
        first = store.versions("a.csv")[0].version_id
        return store.write(Write("a.csv", new, {"writer": "w"}, {"run": "1"}, first))

    def die_at(step):
        seen = 0
        def watch(frame, event, function):
            nonlocal seen
            owner = getattr(function, "__self__", None)
            module = getattr(function, "__module__", None) or type(owner).__module__
            if event == "c_call" and module in ("posix", "_io"):
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.setprofile(watch)

    step, outcomes = 0, []
    while True:
        step += stride
        root = folder / f"{mode}-{step}"
        store = LocalStore(root)
        if mode == "replace":
            store.write(Write("a.csv", old))
        before = [b"old content"] if mode == "replace" else []
        child = os.fork()
        if child == 0:
            die_at(step)
            write(LocalStore(root))
            sys.setprofile(None)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        assert status in (0, signal.SIGKILL), status
        after = [content(store, version) for version in store.versions("a.csv")]
        assert after in (before, [*before, new.read_bytes()]), (step, after)
        outcomes.append(after == before)
        if after == before:
            write(store)
        assert [content(store, v) for v in store.versions("a.csv")] == [*before, new.read_bytes()]
        assert store.tags("a.csv") == {"run": "1"}
        if status == 0:
            break
        for path in sorted((root / ".incoming").rglob("*"), reverse=True):
            os.utime(path, (0, 0))
        store.write(Write("b.csv", old))
        assert not list((root / ".incoming").iterdir()), step
        shutil.rmtree(root)
    print(step, sum(outcomes))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked writers")
@pytest.mark.parametrize("mode", ["create", "replace"])
def test_a_writer_killed_at_any_step_leaves_the_old_state_or_the_new_one(tmp_path, mode):
    """Die at every call into the operating system, by day at every third; look, and write again."""
    done = run(KILLED, tmp_path, mode, 1 if NIGHT else 3)

    assert done.returncode == 0, done.stderr
    steps, left_as_it_was = map(int, done.stdout.split())
    assert steps > 50
    assert 0 < left_as_it_was < steps


IN_A_MOUNT = """
    import pathlib, subprocess, sys
    from brainscore_data.base.errors import BrainScoreDataError
    from brainscore_data.store.write import Write
    from brainscore_data.store.local.folder import LocalStore

    mount, big, small = map(pathlib.Path, sys.argv[1:])
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], check=True)
    store = LocalStore(mount / "store")
    store.write(Write("small.csv", small))

    def attempt(key, source):
        try:
            store.write(Write(key, source))
        except BrainScoreDataError as error:
            print(type(error).__name__, error.exit_code, error.message, error.where, sep="|")

    print(store.capabilities().writable)
    attempt("big.csv", big)
    assert not list((mount / "store" / ".incoming").iterdir())
    attempt("again.csv", small)
    subprocess.run(["mount", "-o", "remount,ro", mount], check=True)
    print(store.capabilities().writable)
    attempt("late.csv", small)
    for key in ("small.csv", "again.csv", "big.csv", "late.csv"):
        print(key, len(store.versions(key)))
    with store.open("small.csv") as stream:
        assert stream.read() == small.read_bytes()
"""


def test_a_full_disk_and_a_read_only_one_are_told_and_nothing_is_stored(tmp_path, source):
    """On a file system of 1 MB that only this process sees."""
    possible = (
        subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", tmp_path],
            capture_output=True,
            check=False,
        )
        if shutil.which("unshare")
        else None
    )
    if possible is None or possible.returncode:
        pytest.skip("mounting a small file system needs root and `unshare`")
    big = tmp_path / "big"
    big.write_bytes(b"x" * 3_000_000)
    mount = tmp_path / "mount"

    done = subprocess.run(
        [
            *["unshare", "--mount", sys.executable, "-c", textwrap.dedent(IN_A_MOUNT)],
            mount,
            big,
            source,
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "True",
        f"UsageError|2|the disk is full|{mount}/store",
        "False",
        f"ReadOnlyStoreError|2|this store cannot be written to: Read-only file system|{mount}/store",
        "small.csv 1",
        "again.csv 1",
        "big.csv 0",
        "late.csv 0",
    ]
