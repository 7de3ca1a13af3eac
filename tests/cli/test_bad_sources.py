"""Files of ``[sources]`` that are not what was pinned, or cannot be had."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest


@pytest.fixture
def pinned(study, web):
    """Move the nc to the server, and pin it there."""

    def pin(url=None):
        content = study.path("v4.nc").read_bytes()
        study.path("v4.nc").unlink()
        page = web.put("/v4.nc", content)
        url, sha256 = url or web.url("/v4.nc"), hashlib.sha256(content).hexdigest()
        entry = f'"v4.nc" = {{ url = "{url}", sha256 = "{sha256}" }}'
        study.edit("dataset.toml", "[dataset]", f"[sources]\n{entry}\n\n[dataset]")
        return page

    return pin


def test_a_file_with_another_hash_is_one_and_is_never_used(
    study, pinned, command, contents, tmp_path
):
    page = pinned()
    right, page.body = page.body, b"another file"
    packaged = command("package", study.folder, "-o", tmp_path / "out" / "bundle")
    assert packaged.code == 1
    assert packaged.explains(
        "dataset.toml, [sources] 'v4.nc'",
        hashlib.sha256(right).hexdigest(),
        hashlib.sha256(b"another file").hexdigest(),
        "brainscore-data source add",
        "--replace",
    )
    assert contents(tmp_path / "out") == {}
    assert b"another file" not in contents(tmp_path / "cache").values()

    page.body = right
    assert command("package", study.folder, "-o", tmp_path / "out" / "bundle").code == 0


def test_a_web_page_in_place_of_the_file_is_called_one(study, pinned, command, tmp_path):
    page = pinned()
    page.body, page.headers = b"<html>Please log in</html>", {"Content-Type": "text/html"}
    packaged = command("package", study.folder, "-o", tmp_path / "out")
    assert packaged.code == 1
    assert packaged.explains("[sources] 'v4.nc'", "a web page", "open the address in a browser")


# What the server answers → the exit code, and the words.
ANSWERS = {
    404: (1, ["answers 404", "is the address right"]),
    403: (1, ["answers 403", "without logging in"]),
    503: (2, ["cannot be reached", "503", "run it again"]),
}


@pytest.mark.parametrize(("status", "told"), ANSWERS.items())
def test_an_answer_without_the_file_is_explained(
    study, pinned, command, contents, tmp_path, status, told
):
    page = pinned()
    page.status = status
    packaged = command("package", study.folder, "-o", tmp_path / "out" / "bundle")
    assert packaged.code == told[0]
    assert packaged.explains("dataset.toml, [sources] 'v4.nc'", *told[1])
    assert contents(tmp_path / "out") == {}
    page.status = 200
    assert command("package", study.folder, "-o", tmp_path / "out" / "bundle").code == 0


def test_a_server_that_cannot_be_reached_is_two(
    study, pinned, command, contents, tmp_path, monkeypatch, closed_port
):
    pinned(url=f"https://localhost:{closed_port}/v4.nc")
    monkeypatch.setenv("BRAINSCORE_DATA_TRUSTED_HOSTS", f"localhost:{closed_port}")
    packaged = command("package", study.folder, "-o", tmp_path / "out" / "bundle")
    assert packaged.code == 2
    assert packaged.explains("[sources] 'v4.nc'", "localhost cannot be reached", "your connection")
    assert contents(tmp_path / "out") == {}


def test_a_host_that_does_not_exist_is_two(study, pinned, command, tmp_path):
    pinned(url="https://no-such-host.invalid/v4.nc")
    packaged = command("package", study.folder, "-o", tmp_path / "out")
    assert packaged.code == 2
    assert packaged.explains("no-such-host.invalid cannot be reached", "check the address")


def test_an_address_within_the_lab_is_one_and_says_how_to_allow_it(
    study, pinned, command, tmp_path, monkeypatch
):
    pinned()
    monkeypatch.delenv("BRAINSCORE_DATA_TRUSTED_HOSTS")
    packaged = command("package", study.folder, "-o", tmp_path / "out")
    assert packaged.code == 1
    assert packaged.explains("not in the public internet", "BRAINSCORE_DATA_TRUSTED_HOSTS=")


def test_ctrl_c_during_a_download_is_130_and_the_next_run_works(
    study, pinned, web, command, contents, tmp_path
):
    page = pinned()
    page.open_bytes, page.gate = 4000, threading.Event()
    out = tmp_path / "out" / "bundle"
    child = subprocess.Popen(
        [sys.executable, "-m", "brainscore_data", "package", study.folder, "-o", out],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )
    while child.poll() is None and not any(asked.sent for asked in web.log):
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    printed, told = child.communicate(timeout=60)
    page.gate.set()

    assert (child.returncode, printed) == (130, "")
    assert told == "interrupted; running it again is safe\n"
    assert contents(out.parent) == {}
    page.gate = None
    assert command("package", study.folder, "-o", out).code == 0
