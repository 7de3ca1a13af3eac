"""Progress: a bar on a terminal, a line every 30 seconds elsewhere, nothing in the library."""

from __future__ import annotations

import io
import sys

import pytest

from brainscore_data.progress import Reported, quiet


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that only moves when it is told to: a list with the time in it."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def shown_on(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_elsewhere_than_on_a_terminal_there_is_a_line_every_thirty_seconds(monkeypatch, clock):
    log = shown_on(monkeypatch, io.StringIO())
    with Reported("packaging assy_Doe2026.nc", 200) as progress:
        for second in range(1, 101):
            clock[0] = float(second)
            progress.advance(2)
    assert log.getvalue().splitlines() == [
        "packaging assy_Doe2026.nc: 30%",
        "packaging assy_Doe2026.nc: 60%",
        "packaging assy_Doe2026.nc: 90%",
    ]


def test_short_work_says_nothing_elsewhere(monkeypatch, clock):
    log = shown_on(monkeypatch, io.StringIO())
    with Reported("packaging", 100) as progress:
        clock[0] = 29.9
        progress.advance(100)
    assert log.getvalue() == ""


def test_on_a_terminal_the_line_is_drawn_anew_and_gone_in_the_end(monkeypatch, clock):
    terminal = shown_on(monkeypatch, Terminal())
    with Reported("downloading stimuli.zip", 10) as progress:
        clock[0] = 1.0
        progress.advance(5)
        assert terminal.getvalue().endswith("\r\x1b[Kdownloading stimuli.zip 50%")
        assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_total_that_is_known_later_counts(monkeypatch, clock):
    log = shown_on(monkeypatch, io.StringIO())
    with Reported("downloading", 0) as progress:
        progress.expect(400)
        clock[0] = 31.0
        progress.advance(100)
    assert log.getvalue() == "downloading: 25%\n"


def test_the_library_is_quiet_unless_told_otherwise(capfd):
    with quiet("packaging", 10) as progress:
        progress.expect(10)
        progress.advance(10)
    assert capfd.readouterr() == ("", "")
