"""The Markdown receipt: what it shows, and that nothing in it comes alive."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.markdown import code_span, fenced, render_markdown
from brainscore_data.packaging.bundle import CheckRecord, CheckWarning


def test_the_table_has_a_row_for_every_file(receipts_of):
    text = render_markdown(receipts_of("hvm", "MajajHong2015"))
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split(" | ")[1] for row in rows] == ["`zip`", "`csv`", "`nc`"]
    assert all(row.endswith("| new |") for row in rows)


def test_the_registration_is_in_a_block_of_python(receipts_of):
    text = render_markdown(receipts_of("MajajHong2015"))
    block = re.search(r"```python\n(.*?)\n```\n", text, re.DOTALL)[1]
    assert "data_registry['MajajHong2015'] = lambda:" in block


def test_the_receipt_says_how_it_was_verified_and_guarded(receipts_of):
    text = render_markdown(receipts_of("MajajHong2015"))
    assert "Verified by: store checksum" in text
    assert "Guarded by: conditional write" in text


def test_receipts_without_items_say_so(receipts_of):
    assert "Nothing is published" in render_markdown(receipts_of())


@pytest.mark.parametrize("name", ["a|b", "`", "<img src=x>", "@brain-score", "a\n::error::b", ""])
def test_names_stay_in_their_cells(receipts_of, name):
    receipts = receipts_of("MajajHong2015")
    item = receipts.items[0].model_copy(update={"identifier": name})
    text = render_markdown(receipts.model_copy(update={"items": [item], "dataset": name}))
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 3
    unescaped = [len(re.findall(r"(?<!\\)\|", line)) for line in table]
    assert unescaped == [8, 8, 8]
    assert not any(line.startswith("::") for line in text.splitlines())


@given(st.text(max_size=60))
def test_a_code_span_is_one_line_and_cannot_be_closed_from_inside(text):
    span = code_span(text)
    assert len(span.splitlines()) == 1
    fence = re.match("`+", span)[0]
    inside = span[len(fence) : -len(fence)]
    assert fence not in re.findall("`+", inside)
    assert not inside.startswith("`")
    assert not inside.endswith("`")


def test_a_fenced_block_cannot_be_closed_from_inside():
    assert fenced("x = '```'\n", "python") == "````python\nx = '```'\n````"


def checked(**facts):
    known = {"ran": ["BSD411", "BSD433"], "ignored": [], "baseline": False, "warnings": []}
    return CheckRecord(**(known | facts))


def test_the_receipt_says_what_was_checked_and_what_was_not(receipts_of):
    record = checked(ignored=["BSD445"], baseline=True)
    text = render_markdown(receipts_of("hvm").model_copy(update={"checks": record}))
    assert "Checked with 2 rules. Ignored: `BSD445`. Findings of a baseline were let pass." in text
    assert "No warnings." in text


def test_warnings_are_folded_and_cannot_leave_their_line(receipts_of):
    hostile = CheckWarning(code="BSD427", place="a`b.csv", message="</details>\n@everyone `x`")
    record = checked(warnings=[hostile])
    text = render_markdown(receipts_of("hvm").model_copy(update={"checks": record}))
    assert "<details><summary>1 warning</summary>" in text
    (line,) = [line for line in text.splitlines() if "BSD427" in line]
    assert line == "- `` a`b.csv ``: `BSD427` `` </details> @everyone `x` ``"


def test_many_warnings_are_cut_short(receipts_of):
    warnings = [CheckWarning(code="BSD427", place=f"{each}.nc", message="x") for each in range(30)]
    text = render_markdown(
        receipts_of("hvm").model_copy(update={"checks": checked(warnings=warnings)})
    )
    assert "- and 10 more" in text
