"""Buckets, and a server in front of S3 that can lose, change and answer requests."""

from __future__ import annotations

import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from brainscore_data.store.interface import Capabilities
from brainscore_data.store.s3_capabilities import Findings
from brainscore_data.store.urls import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Wire:
    """What is between the store and the server.

    Attributes
    ----------
    before : callable
        Given a request, may change it, answer it, or lose it (``LOST``) before the server sees it.
    after : callable
        Given a request and the server's answer, may change the answer or lose it.
    """

    LOST = "lost"

    def __init__(self, server_url: str) -> None:
        self._server = urlsplit(server_url).netloc
        self.requests: list[Request] = []
        self.before: Callable[[Request], Answer | str | None] = lambda request: None
        self.after: Callable[[Request, Answer], Answer | str | None] = lambda request, answer: None
        self.endpoint_url = ""

    @staticmethod
    def error(status: int, code: str, message: str = "", **headers: str) -> Answer:
        """Answer as S3 does when something is wrong."""
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, {"Content-Type": "application/xml", **named}, body)

    def pass_on(self, request: Request) -> Answer | str:
        self.requests.append(request)
        early = self.before(request)
        if early is not None:
            return early
        connection = http.client.HTTPConnection(self._server)
        connection.request(request.method, request.path, request.body, request.headers)
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        connection.close()
        return self.after(request, answer) or answer


@pytest.fixture
def wire(s3_server) -> Iterator[Wire]:
    wire = Wire(s3_server.endpoint_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name != "Expect"}
            answer = wire.pass_on(Request(self.command, self.path, headers, body))
            self.close_connection = True
            if isinstance(answer, str):
                return
            self.send_response(answer.status)
            given = {name.lower() for name in answer.headers}
            for name, value in answer.headers.items():
                if name.lower() not in {"connection", "date", "server", "transfer-encoding"}:
                    self.send_header(name, value)
            if "content-length" not in given:
                self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = respond  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    wire.endpoint_url = f"http://127.0.0.1:{server.server_address[1]}"
    yield wire
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def bucket(s3_server):
    return s3_server.new_bucket()


@pytest.fixture
def client(s3_server):
    client = s3_server.client()
    yield client
    client.close()


@pytest.fixture
def through(wire, bucket, monkeypatch):
    """A store in the bucket, reached through the wire."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
    assert store.location.region == "us-east-1"  # asked for once, and not counted below
    wire.requests.clear()
    return store


@pytest.fixture
def as_aws(through, monkeypatch):
    """Let the store rely on what AWS does, where moto behind the wire does the same."""
    known = Capabilities(writable=True, versioning="enabled")
    monkeypatch.setitem(vars(through), "findings", Findings(known))


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "assembly.nc"
    path.write_bytes(b"spikes")
    return path


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.nc"
    path.write_bytes(b"other spikes")
    return path
