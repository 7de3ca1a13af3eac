"""The text of a comment: short enough, and nothing of a contributor's comes alive in it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import cmarkgfm
import pytest
from how_often import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.github.comment import LONGEST, Belonging, findings_text, receipts_text
from brainscore_data.github.commented_receipts import embed, marked_by, marker, parse

TO = Belonging(
    "lab/data", 7, ".github/workflows/check.yml", "https://github.com/lab/data/actions/runs/1"
)
NASTY = st.sampled_from(
    ["|", "\\|", "`", "``", "```", "~~~", "<img src=x>", "</details>", "-->", "<!--", "&#64;"]
) | st.sampled_from(
    ["@brain-score/all", "#1", "lab/data#1", "::error::x", "\n", "\r", "[a](http://b)", "www.a.org"]
)
TEXTS = st.lists(NASTY | st.text(max_size=8), max_size=8).map("".join)


class Seen(HTMLParser):
    """What a browser would show, cell by cell, and which elements it would make."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.rows: list[int] = []
        self.outside = ""
        self._code = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1
        self._code += tag in ("code", "pre")

    def handle_endtag(self, tag):
        self._code -= tag in ("code", "pre")

    def handle_data(self, data):
        self.outside += "" if self._code else data


RENDERERS = [
    pytest.param(cmarkgfm.github_flavored_markdown_to_html, id="cmark-gfm"),
    pytest.param(MarkdownIt("gfm-like", {"linkify": False, "html": True}).render, id="markdown-it"),
]
OWN = {
    "details",
    "summary",
    "ul",
    "li",
    "h3",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "p",
    "sub",
    "a",
    "pre",
    "br",
}


def finding(message: str = "wrong", file: str = "a.csv", hint: str = "fix it") -> Finding:
    return Finding("BSD101", "some-rule", Severity.ERROR, Place(file, 3), message, hint)


@pytest.mark.parametrize("render", RENDERERS)
@settings(max_examples=examples(10))
@given(message=TEXTS, file=TEXTS, hint=TEXTS)
def test_no_finding_gets_out_of_its_cell(render, message, file, hint):
    seen = Seen(render(findings_text(TO, [finding(message, file or "a", hint)])))
    assert seen.elements <= OWN
    assert seen.rows == [5, 5]
    assert not set("@#[]`|") & set(seen.outside)


@pytest.mark.parametrize("render", RENDERERS)
@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(identifier=TEXTS, folder=TEXTS, version=TEXTS)
def test_no_receipt_gets_out_of_its_cell(render, identifier, folder, version, receipts_of):
    receipts = receipts_of("MajajHong2015")
    item = receipts.items[0]
    stored = item.nc.object.model_copy(update={"version_id": version or "v1"})
    file = item.nc.model_copy(update={"object": stored})
    item = item.model_copy(update={"identifier": identifier, "license": version, "nc": file})
    receipts = receipts.model_copy(update={"items": [item]})
    name = re.sub(r"[\x00-\x1f\x7f\\:]", "", folder) or "a"
    seen = Seen(render(receipts_text(TO, {name: receipts})))
    assert seen.elements <= OWN
    assert seen.rows == [8, 8]
    assert not set("@#[]`|") & set(seen.outside)


def test_all_receipts_and_registrations_are_there_if_they_fit(receipts_of):
    receipts = {"data/a": receipts_of("hvm", "MajajHong2015")}
    text = receipts_text(TO, receipts)
    assert "data_registry['MajajHong2015']" in text
    assert parse(text).receipts == receipts


@pytest.mark.parametrize(
    ("public", "shown"),
    [
        ("yes", "public"),
        ("not yet", "public, but not yet readable"),
        ("waits for its release", "public, waits for its release"),
    ],
)
def test_a_row_says_who_may_load_the_item_and_its_license(receipts_of, public, shown):
    receipts = receipts_of("MajajHong2015")
    (item,) = receipts.items
    run = item.nc.run.model_copy(update={"public": public})
    nc = item.nc.model_copy(update={"run": run})
    item = item.model_copy(update={"license": "CC-BY-4.0", "nc": nc})
    text = receipts_text(TO, {"data/a": receipts.model_copy(update={"items": [item]})})
    assert f"| {shown} | `CC-BY-4.0` | `nc` |" in text
    assert parse(text).receipts["data/a"].items == [item]


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\u2028", "`\n", "|\n"])
def test_an_identifier_forges_neither_receipts_nor_a_workflows_marker(receipts_of, break_):
    forged = embed(TO.repository, TO.pull_request, {"data/a": receipts_of("Forged2020")})
    name = break_.join(["", marker(TO.workflow), forged, marker("evil.yml"), ""])
    honest = receipts_of("MajajHong2015")
    item = honest.items[0].model_copy(update={"identifier": name, "stimulus_set": name})
    honest = honest.model_copy(update={"items": [item]})
    text = receipts_text(TO, {"data/a": honest})
    assert parse(text).receipts == {"data/a": honest}
    assert marked_by(text) == TO.workflow
    found = findings_text(TO, [finding(name, name, name)], notes=["Checked."])
    assert parse(found) is None
    assert marked_by(found) == TO.workflow
    starts = [line for line in (text + found).splitlines() if line.startswith("<!--")]
    assert len(starts) == 3  # two markers, and the receipts


def test_rows_are_left_out_first_and_counted(receipts_of):
    receipts = {f"data/{n}": receipts_of(f"Some{n}") for n in range(44)}
    text = receipts_text(TO, receipts)
    assert len(text) <= LONGEST
    assert parse(text).receipts == receipts
    assert "Registrations" in text
    shown = len(re.findall(r"^\| .*<br>in `data/", text, re.MULTILINE))
    assert 0 < shown < 44
    assert f"{44 - shown} more row" in text


def test_the_registrations_go_before_the_receipts_for_machines(receipts_of):
    receipts = {f"data/{n}": receipts_of(f"Some{n}") for n in range(50)}
    text = receipts_text(TO, receipts)
    assert len(text) <= LONGEST
    assert parse(text).receipts == receipts
    assert "<details>" not in text


def test_five_hundred_datasets_fit_and_the_comment_says_what_is_missing(receipts_of):
    receipts = {
        f"brainscore_vision/data/some{n}": receipts_of(f"FirstAuthor2020.number{n}.public")
        for n in range(500)
    }
    text = receipts_text(TO, receipts)
    assert LONGEST * 0.9 < len(text) <= LONGEST
    assert "500 datasets" in text
    assert "too long for a comment" in text
    assert parse(text) is None
    assert re.search(r"\d+ more rows in the \[summary\]", text)


def test_a_thousand_findings_fit_and_the_rest_is_counted():
    long = finding("x" * 300 + "\U0001f9e0" * 90)
    found = [replace(long, code=f"BSD{number}", rule=f"rule-{number}") for number in range(100)]
    text = findings_text(TO, found * 10)
    assert len(text.encode("utf-16-le")) // 2 <= LONGEST
    assert "1,000 errors" in text
    assert re.search(r"\d+ more rows in the \[summary\]", text)


def test_a_rule_has_one_row_with_a_few_examples_and_a_link_to_its_page():
    found = [finding(f"wrong {number}", hint="fix all") for number in range(339)]
    text = findings_text(TO, found, pages="https://github.com/lab/action/blob/v1/docs/rules")
    [row] = [line for line in text.splitlines() if "BSD101" in line]
    assert "[`BSD101`](https://github.com/lab/action/blob/v1/docs/rules/BSD101-some-rule.md)" in row
    assert "| 339 |" in row
    assert ("wrong 2" in row, "wrong 3" in row, "and 336 more" in row) == (True, False, True)
    assert row.count("fix all") == 1


def test_the_folds_of_registrations_name_their_datasets(receipts_of):
    text = receipts_text(TO, {f"data/{n}": receipts_of(f"Some{n}") for n in range(3)})
    folds = re.findall(r"<summary>(.*)</summary>", text)
    names = ("Versions and hashes", "Registrations")
    assert folds == [f"{name} of <code>data/{n}</code>" for name in names for n in range(3)]


def test_a_comment_without_findings_says_so():
    assert "nothing to fix" in findings_text(TO, [])
