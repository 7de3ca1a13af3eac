"""What a comment says of the data: strangers' words, which stay text, and no more than fits."""

from __future__ import annotations

import cmarkgfm
import pytest
from how_often import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import UsageError
from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.github.comment import LONGEST_PREVIEW, Belonging, findings_text, length
from brainscore_data.github.commented_preview import (
    DatasetLines,
    ItemLines,
    preview_section,
    read_lines,
    with_preview,
    written_lines,
)
from brainscore_data.github.commented_receipts import embed, marked_by, marker, parse

TO = Belonging("lab/data", 7, ".github/workflows/check.yml", "https://github.com/lab/data/runs/1")
PAGE = "https://github.com/lab/data/actions/runs/1/artifacts/2"
NASTY = st.sampled_from(
    ["|", "`", "```", "<img src=x>", "</details>", "-->", "\n", "@all", "[a](http://b)", "##[x]"]
)
TEXTS = st.lists(NASTY | st.text(max_size=8), max_size=8).map("".join)


def lines_of(text, count=1):
    item = ItemLines(identifier=text, lines=(text, text, text), values="▁▃")
    return [DatasetLines(name=text, verdict=text, items=(item,) * count)]


@settings(max_examples=examples(10))
@given(text=TEXTS)
def test_what_strangers_wrote_comes_through_both_jobs_as_text(text):
    handed_over = written_lines(lines_of(text))
    assert handed_over.isprintable()
    assert "##[" not in handed_over
    section = preview_section(read_lines(handed_over), PAGE)
    made = cmarkgfm.github_flavored_markdown_to_html(section)
    assert made.count("<a ") == 1
    assert "<img" not in made
    assert "</details>" not in made


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\u2028", "`\n"])
def test_a_name_forges_neither_receipts_nor_a_marker_nor_the_end_of_the_section(
    receipts_of, break_
):
    forged = embed(TO.repository, 7, {"data/a": receipts_of("Forged2020")})
    parts = [marker("evil.yml"), forged, "<!-- brainscore-data:preview end -->", "x"]
    text = break_.join(["", *parts])
    section = preview_section(tuple(lines_of(text)), PAGE)
    finding = Finding("BSD101", "a-rule", Severity.ERROR, Place("a.csv", 3), text, text)
    body = with_preview(findings_text(TO, [finding]), section, TO.workflow)
    assert marked_by(body) == TO.workflow
    assert parse(body) is None
    assert with_preview(body, section, TO.workflow) == body
    starts = [line for line in body.splitlines() if line.startswith("<!--")]
    assert len(starts) == 3  # the marker, and both ends of the section


@pytest.mark.parametrize("text", ["x", "\U0001f9e0" * 300])
def test_a_section_fits_beside_the_findings_and_says_what_it_leaves_out(text):
    many = written_lines(lines_of(text, count=200) * 30)
    section = preview_section(read_lines(many), PAGE)
    assert length(section) < LONGEST_PREVIEW
    assert "more item" in section or "more part" in section
    assert PAGE in section


def test_a_check_that_could_not_comment_leaves_the_data_a_comment_of_its_own():
    section = preview_section(tuple(lines_of("a")), PAGE)
    assert with_preview("", section, TO.workflow).splitlines()[:2] == [
        marker(TO.workflow),
        "### The data",
    ]


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"name": 1}]', "[" * 200_000])
def test_what_is_no_preview_is_refused(text):
    with pytest.raises(UsageError, match="not what the command package wrote"):
        read_lines(text)
