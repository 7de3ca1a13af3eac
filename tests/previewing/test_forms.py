"""The same preview as text and as Markdown, and on the command line."""

from __future__ import annotations

import json
import re

import cmarkgfm
import pytest

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
    main(["preview", str(odd_folder), "--no-check", "--output-format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["verdict"]) == (1, "1 item could not be read")
    stimuli, rates = told["items"][:2]
    assert stimuli["stimuli"]["count"] == 10
    assert [*rates["assembly"]["dims"][0]] == ["presentation", 32]
    assert not any(each.get("picture") for each in stimuli["stimuli"]["sample"])


def test_a_bundle_ends_with_its_preview_which_says_what_was_left_out(
    study_folder, tmp_path, capsys
):
    bundle = tmp_path / "bundle"
    assert main(["package", str(study_folder), "-o", str(bundle), "--preview"]) == 0
    lines, _, shown = capsys.readouterr().out.partition("\n\n")
    assert len(lines.splitlines()) == 1
    assert "BehavioralAssembly, presentation 2, text, " in shown
    assert " kB\n" in shown
    assert "took 2 of 3 rows: of 'phase' took 2 'main', left 1 'practice'" in " ".join(
        shown.split()
    )
    assert main(["package", str(study_folder), "-o", str(bundle)]) == 0
    assert "BehavioralAssembly" not in capsys.readouterr().out


@pytest.fixture
def study_folder(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "trials.csv").write_text("sentence,choice,phase\na,l,main\nb,r,main\nc,r,practice\n")
    (folder / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[assembly]]\nidentifier = "Doe2026"\n'
        'visibility = "public"\nclass = "BehavioralAssembly"\ntable = "trials.csv"\nvalue = "choice"\n'
        'columns = ["sentence", "choice"]\nwhere = { phase = "main" }\n'
    )
    return folder
