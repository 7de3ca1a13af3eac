"""The same preview as text and as Markdown, and on the command line."""

from __future__ import annotations

import re

import cmarkgfm

from brainscore_data.cli import main
from brainscore_data.previewing.plain_text import text
from brainscore_data.previewing.summary_markdown import markdown


def test_text_fits_the_terminal_and_begins_each_item_with_three_lines(seen):
    whole = seen().whole
    for width in (40, 80):
        assert max(map(len, text(whole, width=width).splitlines())) <= width
    said = text(whole)
    assert "Odd2026\n  stimulus set of 10 stimuli, 5 columns of metadata, 1 empty cell" in said
    assert "\n  public, CC-BY-4.0 (Creative Commons Attribution 4.0 International)\n" in said
    assert "took 36 of 40 rows" in said
    assert said.endswith("odd2026: 1 item could not be read\n")
    assert "\u202e" not in said


def test_ascii_terminals_get_ascii(seen):
    lines = [each for each in text(seen().whole, ascii_only=True).splitlines() if "|" in each]
    assert lines
    assert all(each.isascii() for each in lines)


def test_markdown_renders_nothing_of_strangers(seen):
    made = cmarkgfm.github_flavored_markdown_to_html(markdown(seen().whole))
    assert "<img" not in made
    assert "<script" not in made
    assert re.search("&lt;script&gt;|script>document", made)


def test_the_command_prints_and_writes_a_page(odd_folder, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["preview", str(odd_folder), "--no-check", "--html", str(page)]) == 1
    assert "could not be read" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    main(["preview", str(odd_folder), "--no-check", "--output-format", "markdown"])
    assert capsys.readouterr().out.startswith("## Preview of `odd2026`")
