"""What is said to the runner reaches it, and what anybody else prints does not."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from played_action import ROOT, interpreted

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.github.runner import Runner

if TYPE_CHECKING:
    from pathlib import Path


def _finding(number: int) -> Finding:
    place = Place("a,b:c.csv", number)
    return Finding("BSD101", "name", Severity.ERROR, place, "50%\nof it", "fix it")


@pytest.fixture
def told(github_expressions: None, tmp_path: Path) -> object:
    """Have the interpreter's runner read a log."""

    def read(log: str) -> dict[str, object]:
        (tmp_path / "log").write_text(log, encoding="utf-8")
        (tmp_path / "action.yml").write_text(
            "runs:\n  using: composite\n  steps: [{run: 'cat log', shell: bash}]\n"
        )
        return interpreted(
            {
                "action": str(tmp_path),
                "workspace": str(tmp_path),
                "runner_temp": str(tmp_path),
                "env": {"PATH": "/usr/bin:/bin"},
            }
        )

    return read


def test_what_others_print_is_text(told: object) -> None:
    stream = io.StringIO()
    runner = Runner({}, stream)
    with runner.obeying_nothing():
        stream.write("::error::not ours\n##[warning]nor this\n::add-mask::e\n")
        runner.annotate(_finding(3))
        stream.write("::error::not ours\n")
        runner.mask("s3cret\nof two lines")
        runner.error(DataError("broken\n::error::x", where="file"))
        stream.write("::add-mask::e\n")
    stream.write("::notice::the next step is heard\n")
    heard = told(stream.getvalue())  # type: ignore[operator]
    levels = [each["level"] for each in heard["annotations"]]
    assert levels == ["error", "error", "notice"]
    first, second, _ = heard["annotations"]
    assert (first["file"], first["line"]) == ("a,b:c.csv", "3")
    assert second["message"] == "file: broken\n::error::x"
    assert set(heard["masked"]) == {"s3cret", "of two lines"}


def test_the_eleventh_annotation_is_counted_instead() -> None:
    stream = io.StringIO()
    runner = Runner({}, stream)
    for number in range(25):
        runner.annotate(_finding(number))
    assert stream.getvalue().count("::error ") == 10
    assert runner.not_annotated == 15


def test_an_output_cannot_set_another(tmp_path: Path) -> None:
    runner = Runner({"GITHUB_OUTPUT": str(tmp_path / "out")}, io.StringIO())
    runner.output("datasets", "one\nEOF\nreceipts=forged\ndatasets<<EOF\ntwo\nEOF")
    lines = (tmp_path / "out").read_text().splitlines()
    name, _, end = lines[0].partition("<<")
    assert name == "datasets"
    assert lines.count(end) == 1
    assert lines[-1] == end


def test_a_summary_that_is_too_long_is_cut_at_a_line(tmp_path: Path) -> None:
    runner = Runner({"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}, io.StringIO())
    runner.summary("äöü\n" * 200_000)
    text = (tmp_path / "summary").read_text(encoding="utf-8")
    assert len(text.encode()) < 1 << 20
    assert set(text.splitlines()) == {"äöü", "", "…the rest is in the log."}


def test_what_follows_in_the_summary_is_no_further_row_of_a_table(tmp_path: Path) -> None:
    runner = Runner({"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}, io.StringIO())
    runner.summary("| a |\n| --- |\n| b |\n")
    runner.summary("not in the table")
    text = (tmp_path / "summary").read_text(encoding="utf-8")
    assert "| b |\n\nnot in the table" in text


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\u202eb", "a\x9b2Jb", "##[add-mask]a"])
def test_no_name_says_anything_to_a_terminal_or_to_the_runner(name: str) -> None:
    stream = io.StringIO()
    Runner({}, stream).say(f"packaging {name}\tdone")
    said = stream.getvalue()
    assert all(each.isprintable() or each in "\t\n" for each in said)
    assert "##[" not in said
    assert said.startswith("packaging ")
    assert said.endswith("\tdone\n")


def test_without_the_files_nothing_is_written() -> None:
    Runner({}, io.StringIO()).output("datasets", "[]")
    assert (ROOT / "action.yml").is_file()
