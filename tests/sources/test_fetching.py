import gzip
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset.manifest import Source
from brainscore_data.https import asking
from brainscore_data.sources.pinning import fetch_source, file_name

BODY = hashlib.shake_256(b"stimuli").digest(1_000_003)

CHILD = """
import sys
from brainscore_data.dataset.manifest import Source
from brainscore_data.sources.pinning import fetch_source
print("ready", flush=True)
print(fetch_source("stimuli.zip", Source(url=sys.argv[1], sha256=sys.argv[2])), flush=True)
"""


class Counted:
    def __init__(self):
        self.expected = 0
        self.done = 0

    def expect(self, amount):
        self.expected += amount

    def advance(self, amount):
        self.done += amount


def start(source):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, source.url, source.sha256],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def part_of(source):
    return cache_folder() / "sources" / f"{source.sha256}.part"


def leave_part(source, body, etag=""):
    part_of(source).parent.mkdir(parents=True)
    part_of(source).write_bytes(body)
    part_of(source).with_name(f"{source.sha256}.part.etag").write_text(etag)


def kept(source):
    """What the cache holds of a source, but for the lock."""
    return sorted(
        path.relative_to(cache_folder()).as_posix()
        for path in cache_folder().rglob("*")
        if path.is_file() and path.suffix != ".lock"
    )


# --- the main path


def test_a_source_is_downloaded_under_its_hash_with_its_name_and_ending(web, pinned):
    web.put("/stimuli.zip", BODY)
    source = pinned("/stimuli.zip", BODY)
    path = fetch_source("raw/stimuli.zip", source)
    assert path == cache_folder() / "sources" / source.sha256 / "stimuli.zip"
    assert path.read_bytes() == BODY
    assert kept(source) == [f"sources/{source.sha256}/stimuli.zip"]


def test_a_source_in_the_cache_needs_no_network(web, pinned):
    web.put("/stimuli.zip", BODY)
    source = pinned("/stimuli.zip", BODY)
    first = fetch_source("stimuli.zip", source)
    assert fetch_source("stimuli.zip", source) == first
    assert len(web.log) == 1


def test_the_cache_can_be_named_in_the_call(web, pinned, tmp_path):
    web.put("/stimuli.zip", BODY)
    path = fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY), cache=tmp_path / "mine")
    assert tmp_path / "mine" in path.parents


def test_the_cache_is_the_users_own_unless_the_environment_says_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("BRAINSCORE_DATA_CACHE")
    assert "brainscore-data" in cache_folder().parts


@pytest.mark.parametrize("damage", [b"short", b"x" * len(BODY)])
def test_a_damaged_copy_in_the_cache_is_fetched_again(web, pinned, damage):
    web.put("/stimuli.zip", BODY)
    source = pinned("/stimuli.zip", BODY)
    path = fetch_source("stimuli.zip", source)
    path.write_bytes(damage)
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY


def test_an_empty_file_can_be_a_source(web, pinned):
    web.put("/trials.csv", b"")
    assert fetch_source("trials.csv", pinned("/trials.csv", b"")).read_bytes() == b""


def test_progress_counts_the_bytes_that_come_and_knows_their_number(web, pinned):
    web.put("/stimuli.zip", BODY, cuts=[400_000])
    progress = Counted()
    fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY), progress=progress)
    assert progress.expected == progress.done == len(BODY)


@pytest.mark.parametrize("name", ["", "..", "a/..", "raw/", ".", "a\0b", "con:zip", "x" * 300])
def test_a_name_that_no_file_can_have_is_an_error_before_anything_is_fetched(web, pinned, name):
    with pytest.raises(DataError, match="cannot be the name of a file"):
        fetch_source(name, pinned("/stimuli.zip", BODY))
    assert web.log == []


@pytest.mark.parametrize("name", ["../../stimuli.zip", "/etc/stimuli.zip", "C:\\x\\stimuli.zip"])
def test_a_name_with_a_path_keeps_its_last_part_only(name):
    assert file_name(name) == "stimuli.zip"


# --- the hash


def test_another_file_than_the_pinned_one_is_an_error_that_names_both_hashes(web, pinned):
    web.put("/stimuli.zip", b"changed at the host")
    source = pinned("/stimuli.zip", BODY)
    with pytest.raises(DataError) as caught:
        fetch_source("stimuli.zip", source)
    assert source.url in caught.value.message
    assert source.sha256 in caught.value.message
    assert pinned("", b"changed at the host").sha256 in caught.value.message
    assert f"source add {source.url} --name stimuli.zip --replace" in caught.value.hint
    assert "stimuli.zip" in caught.value.where
    assert kept(source) == []


def test_a_web_page_in_place_of_data_is_called_that(web, pinned):
    web.put("/x.zip", b"<html>", headers={"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(DataError, match="the server sent a web page"):
        fetch_source("x.zip", pinned("/x.zip", BODY))


def test_a_page_that_is_the_pinned_file_is_fine(web, pinned):
    web.put("/sentences.html", b"<html>", headers={"Content-Type": "text/html"})
    source = pinned("/sentences.html", b"<html>")
    assert fetch_source("sentences.html", source).read_bytes() == b"<html>"


# --- interruptions


def test_a_connection_that_breaks_is_taken_up_where_it_broke(web, pinned):
    web.put("/stimuli.zip", BODY, cuts=[300_000, 300_000])
    path = fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY))
    assert path.read_bytes() == BODY
    assert [asked.status for asked in web.log] == [200, 206, 206]
    assert sum(asked.sent for asked in web.log) < len(BODY) + 100_000


def test_a_connection_that_breaks_often_is_no_matter_while_there_is_progress(web, pinned):
    web.put("/stimuli.zip", BODY, cuts=[70_000] * 12)
    assert fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY)).read_bytes() == BODY
    assert len(web.log) == 13


def test_a_server_that_ignores_range_is_asked_for_everything_again(web, pinned):
    web.put("/stimuli.zip", BODY, cuts=[300_000], ranges=False)
    assert fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY)).read_bytes() == BODY
    assert [asked.status for asked in web.log] == [200, 200]


def test_a_server_that_sends_another_range_is_asked_for_everything_again(web, pinned):
    web.put("/stimuli.zip", BODY, cuts=[300_000], honest_ranges=False)
    assert fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY)).read_bytes() == BODY
    assert [asked.status for asked in web.log] == [200, 206, 200]


def test_a_file_that_changed_meanwhile_is_fetched_from_the_start(web, pinned):
    source = pinned("/stimuli.zip", BODY)
    leave_part(source, b"of last year's file", etag='"last year"')
    web.put("/stimuli.zip", BODY, etag='"this year"')
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY
    assert [asked.status for asked in web.log] == [200]


def test_a_resumed_file_with_the_wrong_hash_is_fetched_once_more(web, pinned):
    source = pinned("/stimuli.zip", BODY)
    leave_part(source, b"x" * 1000)
    web.put("/stimuli.zip", BODY)
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY
    assert [asked.status for asked in web.log] == [206, 200]


def test_a_part_that_is_complete_already_is_only_checked(web, pinned):
    source = pinned("/stimuli.zip", BODY)
    leave_part(source, BODY)
    web.put("/stimuli.zip", BODY)
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY
    assert [asked.status for asked in web.log] == [416]


def test_a_part_that_is_longer_than_the_file_is_thrown_away(web, pinned):
    source = pinned("/stimuli.zip", BODY)
    leave_part(source, BODY + b"more")
    web.put("/stimuli.zip", BODY)
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY
    assert [asked.status for asked in web.log] == [416, 200]


def test_a_server_that_always_breaks_off_leaves_the_part_for_the_next_run(web, pinned):
    source = pinned("/stimuli.zip", BODY)
    page = web.put("/stimuli.zip", BODY, cuts=[300_000] + [0] * 10)
    with pytest.raises(UsageError, match="localhost cannot be reached") as caught:
        fetch_source("stimuli.zip", source)
    assert "the part downloaded so far is kept" in caught.value.hint
    assert part_of(source).stat().st_size > 200_000
    page.cuts.clear()
    web.log.clear()
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY
    assert web.log[0].status == 206


def test_a_run_that_was_killed_is_continued_by_the_next(web, pinned):
    source = pinned("/stimuli.zip", BODY)
    page = web.put("/stimuli.zip", BODY, gate=threading.Event(), open_bytes=600_000)
    child = start(source)
    while not part_of(source).is_file() or part_of(source).stat().st_size < 500_000:
        assert child.poll() is None, child.communicate()
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    page.gate.set()
    had = part_of(source).stat().st_size
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY
    last = web.log[-1]
    assert (last.headers["Range"], last.status) == (f"bytes={had}-", 206)


def test_two_processes_that_fetch_the_same_source_download_it_once(web, pinned):
    source = pinned("/stimuli.zip", BODY)
    page = web.put("/stimuli.zip", BODY, gate=threading.Event(), open_bytes=1000)
    children = [start(source), start(source)]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    while not web.log:
        time.sleep(0.01)
    page.gate.set()
    answers = [child.communicate(timeout=60) for child in children]
    expected = cache_folder() / "sources" / source.sha256 / "stimuli.zip"
    assert [out.strip() for out, _ in answers] == [str(expected)] * 2, answers
    assert expected.read_bytes() == BODY
    assert len(web.log) == 1


# --- servers in a bad mood


def test_a_server_that_is_busy_is_asked_again(web, pinned):
    moods = [(503, {}), (429, {"Retry-After": "0"}), (500, {}), (429, {"Retry-After": "soon"})]
    web.put("/stimuli.zip", BODY, first=moods)
    assert fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY)).read_bytes() == BODY


def test_a_server_that_stays_down_is_an_error_of_the_environment(web, pinned):
    web.put("/stimuli.zip", BODY, status=503)
    with pytest.raises(UsageError, match="localhost answers 503") as caught:
        fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY))
    assert caught.value.exit_code == 2
    assert len(web.log) == 1 + asking.RETRIES


def test_a_server_that_wants_an_hours_pause_is_left_alone(web, pinned):
    web.put("/stimuli.zip", BODY, first=[(429, {"Retry-After": "3600"})])
    with pytest.raises(UsageError, match="429"):
        fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY))
    assert len(web.log) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_an_error_of_the_data_at_once(web, pinned, status):
    web.put("/stimuli.zip", BODY, status=status)
    with pytest.raises(DataError, match=f"localhost answers {status}") as caught:
        fetch_source("stimuli.zip", pinned("/stimuli.zip", BODY))
    assert caught.value.hint
    assert len(web.log) == 1


@pytest.mark.usefixtures("web")
def test_nobody_listening_is_an_error_of_the_environment(closed_port, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_TRUSTED_HOSTS", f"localhost:{closed_port}")
    source = Source(url=f"https://localhost:{closed_port}/x.zip", sha256="0" * 64)
    with pytest.raises(UsageError, match="localhost cannot be reached: Connection refused"):
        fetch_source("x.zip", source)


def test_a_name_that_cannot_be_looked_up_is_an_error_of_the_environment(web):
    source = Source(url="https://no-such-host.invalid/x.zip", sha256="0" * 64)
    with pytest.raises(UsageError, match=r"no-such-host\.invalid cannot be looked up"):
        fetch_source("x.zip", source)


def test_a_silent_server_is_given_up(web, pinned, monkeypatch):
    monkeypatch.setattr(asking, "TIMEOUT", 0.2)
    page = web.put("/x.zip", BODY, gate=threading.Event(), open_bytes=0)
    with pytest.raises(UsageError, match="no answer for"):
        fetch_source("x.zip", pinned("/x.zip", BODY))
    page.gate.set()


def test_a_server_without_a_proper_certificate_is_refused(web, pinned, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", requests.certs.where())
    with pytest.raises(
        UsageError, match="localhost has a certificate that is not trusted"
    ) as caught:
        fetch_source("x.zip", pinned("/x.zip", BODY))
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    assert web.log == []


def test_a_bundle_of_certificates_that_is_not_there_says_so(web, pinned, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file.pem")
    with pytest.raises(UsageError, match=r"/no/such/file\.pem"):
        fetch_source("x.zip", pinned("/x.zip", BODY))


# --- redirects and trust


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(web, pinned, status):
    web.redirect("/download", "/somewhere", status)
    web.redirect("/somewhere", web.url("/stimuli.zip"), status)
    web.put("/stimuli.zip", BODY)
    assert fetch_source("stimuli.zip", pinned("/download", BODY)).read_bytes() == BODY


def test_what_a_redirect_carries_with_it_is_not_read(web, pinned, monkeypatch):
    monkeypatch.setattr(asking, "TIMEOUT", 20.0)  # less than the gate
    endless = {"gate": threading.Event(), "open_bytes": 10, "headers": {"Location": "/x.zip"}}
    page = web.put("/download", b"y" * 1000, status=302, **endless)
    web.put("/x.zip", BODY)
    assert fetch_source("x.zip", pinned("/download", BODY)).read_bytes() == BODY
    assert not page.gate.is_set()
    page.gate.set()
    assert [asked.path for asked in web.log] == ["/download", "/x.zip"]


def test_a_redirected_download_is_resumed_as_well(web, pinned):
    web.redirect("/download", "/stimuli.zip")
    web.put("/stimuli.zip", BODY, cuts=[300_000])
    assert fetch_source("stimuli.zip", pinned("/download", BODY)).read_bytes() == BODY
    assert [asked.status for asked in web.log] == [302, 200, 302, 206]


def test_redirects_in_a_loop_end(web, pinned):
    web.redirect("/a", "/b")
    web.redirect("/b", "/a")
    with pytest.raises(DataError, match="more than 10 redirects"):
        fetch_source("x.zip", pinned("/a", BODY))
    assert len(web.log) == 11


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("http://localhost:{port}/x.zip", "is not https"),
        ("https://127.0.0.1:{port}/x.zip", "not in the public internet"),
        ("https://169.254.169.254/latest/meta-data", "not in the public internet"),
        ("https://me:secret@localhost:{port}/x.zip", "user name or password"),
        ("file:///etc/passwd", "is not https"),
        ("https://[::1", "not a URL"),
    ],
)
def test_a_redirect_to_where_no_source_may_be_is_not_followed(web, pinned, target, message):
    web.redirect("/download", target.format(port=web.port))
    web.put("/x.zip", BODY)
    with pytest.raises(DataError, match=message) as caught:
        fetch_source("x.zip", pinned("/download", BODY))
    assert "secret" not in str(caught.value)
    assert [asked.path for asked in web.log] == ["/download"]


def test_a_server_inside_is_refused_unless_it_is_trusted(web, pinned, monkeypatch):
    monkeypatch.delenv("BRAINSCORE_DATA_TRUSTED_HOSTS")
    web.put("/x.zip", BODY)
    with pytest.raises(DataError, match="not in the public internet"):
        fetch_source("x.zip", pinned("/x.zip", BODY))
    assert web.log == []


def test_passwords_in_netrc_stay_at_home(web, pinned, tmp_path):
    (tmp_path / "netrc").write_text("machine localhost login me password hunter2\n")
    (tmp_path / "netrc").chmod(0o600)
    web.redirect("/download", "/x.zip")
    web.put("/x.zip", BODY)
    fetch_source("x.zip", pinned("/download", BODY))
    assert not any("Authorization" in asked.headers for asked in web.log)


def test_a_proxy_is_used_where_there_is_one(internet):
    internet.put("osf.io/download/abcde/", BODY)
    source = Source(url="https://osf.io/download/abcde/", sha256=hashlib.sha256(BODY).hexdigest())
    assert fetch_source("stimuli.zip", source).read_bytes() == BODY


def test_compressed_transfer_is_not_asked_for(web, pinned):
    web.put("/x.csv", BODY)
    fetch_source("x.csv", pinned("/x.csv", BODY))
    assert web.log[0].headers["Accept-Encoding"] == "identity"


def test_a_server_that_compresses_unasked_is_understood_but_not_resumed(web, pinned):
    headers = {"Content-Encoding": "gzip"}
    web.put("/x.csv", gzip.compress(BODY), headers=headers, cuts=[500_000])
    assert fetch_source("x.csv", pinned("/x.csv", BODY)).read_bytes() == BODY
    assert [asked.status for asked in web.log] == [200, 206, 200]


# --- the cache's disk


def test_a_cache_that_cannot_be_written_to_is_an_error_of_the_environment(web, pinned, tmp_path):
    (tmp_path / "occupied").write_text("a file")
    with pytest.raises(UsageError, match="no folder"):
        fetch_source("x.zip", pinned("/x.zip", BODY), cache=tmp_path / "occupied")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_full_disk_is_an_error_of_the_environment(web, pinned):
    web.put("/x.zip", BODY)
    source = pinned("/x.zip", BODY)
    part_of(source).parent.mkdir(parents=True)
    part_of(source).symlink_to("/dev/full")
    with pytest.raises(UsageError, match="the disk is full"):
        fetch_source("x.zip", source)
