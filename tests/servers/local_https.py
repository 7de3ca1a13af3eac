"""A real https server on this machine, and a proxy that leads every host name to it."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from brainscore_data.dataset import https
from brainscore_data.dataset.manifest import Source

HOSTS = (
    "localhost",
    "127.0.0.1",
    "osf.io",
    "doi.org",
    "zenodo.org",
    "figshare.com",
    "api.figshare.com",
    "dataverse.example.org",
)


@dataclass
class Page:
    """What the server has at a path, and how it behaves there."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    ranges: bool = True
    honest_ranges: bool = True
    minds_if_range: bool = True
    etag: str | None = None
    cuts: list[int] = field(default_factory=list)  # one answer each breaks off after so many bytes
    first: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # answers before that
    gate: threading.Event | None = None  # waits for it after `open_bytes`
    open_bytes: int = 0


@dataclass
class Asked:
    host: str
    path: str
    headers: dict[str, str]
    status: int = 0
    sent: int = 0


class Web(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        # The handshake is done by the thread of the connection.
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = self.server_address[1]
        self.pages: dict[str, Page] = {}
        self.log: list[Asked] = []

    def put(self, path: str, body: bytes = b"", **behaviour: object) -> Page:
        self.pages[path] = Page(body, **behaviour)
        return self.pages[path]

    def redirect(self, path: str, target: str, status: int = 302) -> None:
        self.put(path, headers={"Location": target}, status=status)

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: connections that break are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        host = self.headers["Host"].partition(":")[0]
        asked = Asked(host, self.path, dict(self.headers))
        self.server.log.append(asked)
        pages = self.server.pages
        page = pages.get(f"{host}{self.path}") or pages.get(self.path) or Page(status=404)
        if page.first:
            asked.status, headers = page.first.pop(0)
            self._start(asked.status, headers | {"Content-Length": "0"})
            return
        asked.status, headers, body = self._chosen(page)
        self._start(asked.status, page.headers | headers | {"Content-Length": str(len(body))})
        if page.cuts:
            body = body[: page.cuts.pop(0)]
        with contextlib.suppress(OSError):
            if page.gate is not None:
                asked.sent += self.wfile.write(body[: page.open_bytes])
                page.gate.wait(60)
                body = body[page.open_bytes :]
            asked.sent += self.wfile.write(body)

    def _chosen(self, page: Page) -> tuple[int, dict[str, str], bytes]:
        tag = {"ETag": page.etag} if page.etag else {}
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, page.etag) or not page.minds_if_range
        if wanted is None or not page.ranges or not same or page.status != 200:
            return page.status, tag, page.body
        start = int(wanted[1])
        total = len(page.body)
        if start >= total:
            return 416, {"Content-Range": f"bytes */{total}"}, b""
        if not page.honest_ranges:
            return 206, tag | {"Content-Range": f"bytes 0-{total - 1}/{total}"}, page.body
        return 206, tag | {"Content-Range": f"bytes {start}-{total - 1}/{total}"}, page.body[start:]

    def _start(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Proxy(socketserver.ThreadingTCPServer):
    """Answers CONNECT as a proxy does; whatever the name, the server is ours."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.target = ("127.0.0.1", port)
        self.log: list[str] = []


class _Tunnel(socketserver.StreamRequestHandler):
    server: _Proxy

    def handle(self) -> None:
        self.server.log.append(self.rfile.readline().decode().split()[1])
        while self.rfile.readline().strip():
            pass
        with socket.create_connection(self.server.target) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pipe, args=(upstream, self.connection))
            back.start()
            _pipe(self.connection, upstream)
            back.join()


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(1 << 16):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def _serving(server: socketserver.BaseServer):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A server's TLS context and the file that lets clients trust it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    bundle = tmp_path_factory.mktemp("certificates") / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    return context, bundle


@pytest.fixture
def web(certificates, monkeypatch, tmp_path):
    """The https server; this process trusts it, and its cache is the test's own."""
    context, bundle = certificates
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(https, "FIRST_WAIT", 0.001)
    with _serving(Web(context)) as server:
        monkeypatch.setenv("BRAINSCORE_DATA_TRUSTED_HOSTS", f"localhost:{server.port}")
        yield server


@pytest.fixture
def internet(web, monkeypatch):
    """The same server, playing every host: the proxy of this test leads all names to it."""
    with _serving(_Proxy(web.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        yield web


@pytest.fixture
def pinned(web):
    """Give the source of a body at a path of the server, whether the server has it or not."""

    def pin(path: str, body: bytes) -> Source:
        return Source(url=web.url(path), sha256=hashlib.sha256(body).hexdigest())

    return pin
