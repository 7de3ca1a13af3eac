"""Asking servers: what is given up, and what is not."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import local_https
import pytest

from brainscore_data.https import asking


@pytest.fixture
def slow_clock(monkeypatch):
    """Let every look at the clock be ten seconds after the one before."""
    ticks = itertools.count(step=10)
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))


@pytest.mark.usefixtures("slow_clock")
def test_many_small_answers_over_one_connection_are_no_slow_one(web, monkeypatch):
    monkeypatch.setattr(local_https._Handler, "protocol_version", "HTTP/1.1")
    web.put("/small", b"{}")
    ports = set()
    with asking.open_session() as session:
        for _ in range(20):
            with asking.answered(session, "GET", web.url("/small")) as response:
                ports.add(response.raw.connection.sock.getsockname()[1])
                assert response.content == b"{}"
    assert len(ports) == 1
