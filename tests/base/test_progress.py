"""Progress: a bar on a terminal, a line every 30 seconds elsewhere, nothing in the library."""

from __future__ import annotations

import io
import re
import sys

import pytest

from brainscore_data.base.progress import Reported, quiet


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


def text_of(terminal):
    """What was drawn, without colours and moves of the cursor, a line each."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue()).replace("\r", "\n")


def terminal_of(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    return shown_on(monkeypatch, Terminal())


def test_on_a_terminal_there_is_a_bar_and_it_is_gone_in_the_end(monkeypatch, clock):
    terminal = terminal_of(monkeypatch)
    with Reported("downloading [red]stimuli.zip", 10) as progress:
        clock[0] = 1.0
        progress.advance(5)
        drawn = text_of(terminal)
        assert "downloading [red]stimuli.zip ━━━━━━━━━━" in drawn
        assert " 50%" in drawn
    assert terminal.getvalue().endswith("\x1b[2K")


def test_without_colours_there_is_a_bar_all_the_same(monkeypatch, clock):
    terminal = terminal_of(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    with Reported("downloading", 10) as progress:
        clock[0] = 1.0
        progress.advance(5)
    assert "50%" in terminal.getvalue()
    assert "\x1b[3" not in terminal.getvalue()


def test_short_work_draws_nothing_on_a_terminal_either(monkeypatch, clock):
    terminal = terminal_of(monkeypatch)
    with Reported("downloading", 10) as progress:
        progress.advance(10)
    assert terminal.getvalue() == ""


def test_a_total_that_is_known_later_counts(monkeypatch, clock):
    log = shown_on(monkeypatch, io.StringIO())
    with Reported("downloading", 0) as progress:
        progress.expect(400)
        clock[0] = 31.0
        progress.advance(100)
    assert log.getvalue() == "downloading: 25%\n"


def test_bytes_and_files_are_told_with_their_share(monkeypatch, clock):
    log = shown_on(monkeypatch, io.StringIO())
    with Reported("publishing", 64_000_000) as progress:
        progress.expect_files(4)
        progress.advance_bytes(16_000_000)
        clock[0] = 30.0
        progress.advance_files()
        progress.advance_files()
        progress.advance_bytes(32_000_000)
        clock[0] = 60.0
        progress.advance_bytes(-32_000_000)
    assert log.getvalue().splitlines() == [
        "publishing: 25%, 16.0 MB of 64.0 MB, 1 of 4 files",
        "publishing: 25%, 16.0 MB of 64.0 MB, 2 of 4 files",
    ]


def test_bytes_without_a_known_total_are_told_alone(monkeypatch, clock):
    log = shown_on(monkeypatch, io.StringIO())
    with Reported("downloading", 0) as progress:
        clock[0] = 30.0
        progress.advance_bytes(1_500)
    assert log.getvalue() == "downloading: 1.5 kB\n"


def test_more_than_was_expected_does_not_break_the_bar(monkeypatch, clock):
    terminal = terminal_of(monkeypatch)
    with Reported("publishing", 10) as progress:
        clock[0] = 1.0
        progress.advance_bytes(12)
    assert " 120%" in text_of(terminal)


def test_the_library_is_quiet_unless_told_otherwise(capfd):
    with quiet("packaging", 10) as progress:
        progress.expect(10)
        progress.advance(10)
        progress.advance_bytes(10)
        progress.expect_files(1)
        progress.advance_files()
    assert capfd.readouterr() == ("", "")
