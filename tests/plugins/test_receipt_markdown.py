"""The Markdown receipt: what it shows, and that nothing in it comes alive."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import brainscore_data
from brainscore_data.base.markdown import code_span, fenced
from brainscore_data.plugins.receipt_markdown import COLUMNS, render_markdown

SRC = Path(brainscore_data.__file__).parent


def test_the_table_has_a_row_for_every_item_and_a_line_in_it_for_every_file(receipts_of):
    text = render_markdown(receipts_of("hvm", "MajajHong2015"))
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split(" | ")[3] for row in rows] == ["`zip`<br>`csv`", "`nc`"]
    assert all(row.endswith("| new |") for row in rows)


def test_three_lines_for_people_come_first(receipts_of):
    receipts = receipts_of("hvm", "MajajHong2015")
    lines = render_markdown(receipts).splitlines()[2:5]
    assert lines == [
        "- 1 stimulus set and 1 assembly: 3 files, 53 B (3 new)",
        "- License: not recorded. Visibility: public",
        "- All is well: every file is confirmed by store checksum",
    ]
    late, other = _tried(receipts_of("MajajHong2015", "Kar2019"), "not yet", "yes")
    text = render_markdown(receipts.model_copy(update={"items": [late, other]}))
    assert "- To look at: every file is confirmed by store checksum, 1 public, but not yet" in text


def test_hashes_are_short_in_the_table_and_whole_below_it(receipts_of):
    receipts = receipts_of("hvm")
    table, _, below = render_markdown(receipts).partition("<details>")
    for file in receipts.items[0].files:
        assert f"`{file.object.sha1[:8]}`" in table
        assert file.object.sha1 not in table
        assert f"sha1     {file.object.sha1}\nsha256   {file.object.sha256}\n" in below


def test_the_registration_is_in_a_block_of_python(receipts_of):
    text = render_markdown(receipts_of("MajajHong2015"))
    block = re.search(r"```python\n(.*?)\n```\n", text, re.DOTALL)[1]
    assert "data_registry['MajajHong2015'] = lambda:" in block


def test_the_receipt_says_how_it_was_verified_and_guarded(receipts_of):
    text = render_markdown(receipts_of("MajajHong2015"))
    assert "Verified by: store checksum" in text
    assert "Guarded by: conditional write" in text


def rows_of(text):
    table = [line for line in text.splitlines() if line.startswith("|")]
    return [line.strip("| ").split(" | ") for line in table[2:]]


def _tried(receipts, *found):
    """Say of the files in turn whether they could be read without credentials."""
    for item, public in zip(receipts.items, found, strict=True):
        nc = item.nc
        run = nc.run.model_copy(update={"public": public})
        yield item.model_copy(update={"nc": nc.model_copy(update={"run": run})})


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (("yes", None), "Public files: readable without credentials."),
        (("yes", "not yet"), "assy_Kar2019.nc`."),
        (
            ("yes", "waits for its release"),
            "Waits for its release; until then the store keeps it private: `data/assy_Kar2019.nc`.",
        ),
        ((None, None), None),
    ],
)
def test_the_receipt_says_what_is_public_by_now(receipts_of, found, said):
    receipts = receipts_of("MajajHong2015", "Kar2019")
    items = list(_tried(receipts, *found))
    text = render_markdown(receipts.model_copy(update={"items": items}))
    assert said in text if said else "credentials" not in text


@pytest.mark.parametrize(
    ("visibility", "public", "shown"),
    [
        ("public", "yes", "public"),
        ("public", None, "public"),
        ("public", "not yet", "public, but not yet readable"),
        ("public", "waits for its release", "public, waits for its release"),
        ("private", None, "private"),
        (None, None, "not said"),
    ],
)
def test_every_item_s_visibility_and_license_are_in_its_row(receipts_of, visibility, public, shown):
    receipts = receipts_of("Kar2019")
    (item,) = _tried(receipts, public)
    item = item.model_copy(update={"visibility": visibility, "license": "CC-BY-4.0"})
    (row,) = rows_of(render_markdown(receipts.model_copy(update={"items": [item]})))
    assert row[1:3] == [shown, "`CC-BY-4.0`"]


def test_receipts_of_earlier_versions_have_no_license(receipts_of):
    (row,) = rows_of(render_markdown(receipts_of("Kar2019")))
    assert row[2] == "not recorded"


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
    assert unescaped == [9, 9, 9]
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


def test_a_column_is_added_in_one_file():
    """Its name is written once, and all who show receipts show what the one list has."""
    sources = {path: path.read_text() for path in SRC.rglob("*.py")}
    for column in COLUMNS:
        where = [path.name for path, text in sources.items() if f'Column("{column.head}"' in text]
        assert where == ["receipt_markdown.py"]
    showing = {path.name for path, text in sources.items() if "cells_of(" in text}
    assert showing == {"receipt_markdown.py", "comment.py", "telling.py"}
    # Nobody else takes a receipt's file apart to show it in a table.
    assert [path.name for path, text in sources.items() if "visibility_text" in text] == [
        "receipt_markdown.py"
    ]


def test_every_column_is_in_the_table(receipts_of):
    lines = render_markdown(receipts_of("MajajHong2015")).splitlines()
    head = next(line for line in lines if line.startswith("|"))
    assert head == f"| {' | '.join(each.head for each in COLUMNS)} |"
