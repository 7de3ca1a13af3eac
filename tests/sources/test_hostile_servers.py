"""Servers of a stranger: they never end, they drip, and their name leads elsewhere a moment later."""

import socket
from types import SimpleNamespace

import pytest

from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.progress import Quiet
from brainscore_data.https import asking
from brainscore_data.https.archives import address_of
from brainscore_data.sources.pinning import fetch_source

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\n"
ONE_BYTE = b"1\r\na\r\n"


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"", b"H"),
        (HEAD + b"X-Endless: ", b"a"),
        (HEAD, b"X-Endless: 1\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", ONE_BYTE),
        (HEAD + b"Content-Length: 1000000\r\n\r\n", b"a"),
        (HEAD + b"\r\n", b"a"),
    ],
    ids=["status", "header", "headers", "chunks", "known length", "unknown length"],
)
def test_an_answer_that_drips_is_given_up(web, pinned, monkeypatch, begin, again):
    monkeypatch.setattr(asking, "COUNTED", 0.2)
    web.put("/x.zip", endless=(begin, again, 0.02))
    with pytest.raises(UsageError, match="cannot be reached: "):
        fetch_source("x.zip", pinned("/x.zip", b"x"))
    assert len(web.log) == 1 + asking.RETRIES


def test_the_time_that_we_take_to_write_is_not_counted(web, pinned, monkeypatch):
    now = [0.0]

    class Slow(Quiet):
        def advance(self, _):
            now[0] += 0.03

    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(asking, "COUNTED", 0.2)
    monkeypatch.setattr(asking, "SLOWEST", 1 << 26)
    body = bytes(1 << 20)
    web.put("/x.zip", body)
    kept = fetch_source("x.zip", pinned("/x.zip", body), progress=Slow())
    assert kept.read_bytes() == body
    assert len(web.log) == 1


@pytest.mark.parametrize(
    "begin",
    [HEAD + b"\r\n", HEAD + b"Content-Length: 99999999999999\r\n\r\n"],
    ids=["unknown length", "known length"],
)
def test_a_file_without_an_end_is_given_up(web, pinned, monkeypatch, begin):
    monkeypatch.setattr(Bound, "of", lambda *_: 1 << 20)
    web.put("/x.zip", endless=(begin, bytes(1 << 16), 0.0))
    with pytest.raises(DataError, match="it has more than 1048576 bytes"):
        fetch_source("x.zip", pinned("/x.zip", b"x"))
    assert len(web.log) == 1


def test_a_list_of_files_without_an_end_is_not_read_into_memory(internet):
    dataset = "persistentId=doi:10.1/x"
    page = f"dataverse.example.org/dataset.xhtml?{dataset}"
    internet.redirect("doi.org/10.1/x", f"https://{page}")
    internet.put(page)
    chunk = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
    endless = (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk, 0.0)
    internet.put(f"dataverse.example.org/api/datasets/:persistentId?{dataset}", endless=endless)
    with pytest.raises(DataError, match=r"dataverse\.example\.org lists more than 16 MiB of files"):
        address_of("doi:10.1/x/stimuli.zip")


def test_a_name_that_leads_inside_once_it_was_looked_at_gets_no_request(web, pinned, monkeypatch):
    answers = iter(["93.184.215.14"])

    def look_up(host, port, *_, **__):
        address = next(answers, "127.0.0.1") if host == "files.example" else host
        looked_up.append(address)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    looked_up: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    web.put("/x.zip", b"x")
    source = pinned("/x.zip", b"x")
    source = source.model_copy(update={"url": source.url.replace("localhost", "files.example")})
    with pytest.raises(UsageError, match=r"files\.example has a certificate that is not trusted"):
        fetch_source("x.zip", source)
    assert looked_up == ["93.184.215.14", "127.0.0.1"]
    assert web.log == []
