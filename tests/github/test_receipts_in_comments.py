"""What a comment holds for machines: it comes back as it was, and nothing gets out of it."""

from __future__ import annotations

import cmarkgfm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.github.commented_receipts import embed, marked_by, marker, parse
from brainscore_data.records.receipts import Receipts

WORKFLOW = ".github/workflows/publish.yml"


def body_of(block: str) -> str:
    return f"{marker(WORKFLOW)}\n\n{block}\n"


def test_receipts_come_back_from_a_comment(receipts_of):
    receipts = {"data/a": receipts_of("hvm", "MajajHong2015"), "data/b": receipts_of("Other2020")}
    found = parse(body_of(embed("lab/data", 7, receipts)))
    assert found.receipts == receipts
    assert (found.repository, found.pull_request) == ("lab/data", 7)


@given(
    st.text(max_size=80)
    | st.sampled_from(["-->", "--!>", "---", "@all #1 `", "\u2028", "::error::"])
)
def test_no_text_ends_the_html_comment_or_is_changed_by_it(text):
    receipts = {"a": Receipts(dataset=text)}
    body = body_of(embed("lab/data", 7, receipts))
    assert parse(body).receipts == receipts
    assert body.count("-->") == 2
    assert body.count("--") == 4
    assert not {"@", "#", "`"} & set(body)
    shown = cmarkgfm.github_flavored_markdown_to_html(f"{body}\n\nafter")
    assert shown.endswith("<p>after</p>\n")
    assert shown.count("<!--") == shown.count("-->") == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"pull_request":7', '"pull_request":8'),
        ("MajajHong2015", "MajajHong2016"),
        ("sha256=", "sha256=0"),
        ("<!-- brainscore-data:workflow", "hello <!-- brainscore-data:workflow"),
    ],
)
def test_a_comment_that_was_changed_by_hand_has_no_receipts(receipts_of, old, new):
    body = body_of(embed("lab/data", 7, {"a": receipts_of("MajajHong2015")}))
    assert parse(body) is not None
    assert parse(body.replace(old, new)) is None


def test_a_comment_edited_in_a_browser_without_a_change_still_has_them(receipts_of):
    body = body_of(embed("lab/data", 7, {"a": receipts_of("hvm")}))
    assert parse(body.replace("\n", "\r\n")) == parse(body)


@pytest.mark.parametrize("folder", ["../a", "/a", "a/../../b", "a//b", "./a", "a\\b", "C:/a", ""])
def test_folders_outside_of_the_repository_are_not_believed(folder):
    from brainscore_data.github import commented_receipts

    receipts = Receipts(dataset="a")
    said = commented_receipts.Embedded.model_construct(
        schema_version=1, repository="lab/data", pull_request=7, receipts={folder: receipts}
    )
    text = said.model_dump_json(by_alias=True)
    block = f"<!-- brainscore-data:receipts sha256={commented_receipts._sha256(text)} {text} -->"
    assert parse(body_of(block)) is None


def test_two_blocks_of_receipts_are_none(receipts_of):
    block = embed("lab/data", 7, {"a": receipts_of("hvm")})
    assert parse(body_of(f"{block}\n{block}")) is None


@given(st.text(max_size=40))
def test_a_workflow_is_known_again_by_its_marker(workflow):
    line = marker(workflow)
    assert line.count("--") == 2
    assert "\n" not in line
    assert marked_by(f"{line}\n") is not None
