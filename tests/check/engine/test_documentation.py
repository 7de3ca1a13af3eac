"""``docs/rules`` says what the rules say."""

from __future__ import annotations

import importlib.util

import pytest

from brainscore_data.check.engine.documentation import pages, write_documentation
from brainscore_data.check.engine.families import FAMILIES


def test_the_committed_pages_are_the_rules_own(repository_root):
    for family in FAMILIES:
        if importlib.util.find_spec(f"brainscore_data.check.{family.module}.rules") is None:
            pytest.skip(f"the rules of {family.code} are not here yet")
    folder = repository_root / "docs" / "rules"
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert committed == pages(), (
        "run: python -m brainscore_data.check.engine.documentation docs/rules"
    )


@pytest.mark.usefixtures("sample_rules")
def test_a_page_has_title_reason_and_both_examples(tmp_path):
    write_documentation(tmp_path)
    page = (tmp_path / "BSD902-line-begins-small.md").read_text(encoding="utf-8")
    assert page == (
        "# BSD902 line-begins-small\n\n"
        "A line of a poem begins with a small letter.\n\n"
        "Severity: warning.\n\n"
        "Skipped where one of these is broken: BSD901.\n\n"
        "## Why\n\nPoets did so for long.\n\nNot all of them.\n\n"
        "## Fails\n\n`a.poem`:\n\n```text\nroses\n```\n\n`b.poem`: a poem\n\n"
        "## Passes\n\n`a.poem`:\n\n```text\nRoses\n```\n\n`b.poem`: a poem\n"
    )


@pytest.mark.usefixtures("sample_rules")
def test_the_index_links_every_rule(tmp_path):
    write_documentation(tmp_path)
    index = (tmp_path / "README.md").read_text(encoding="utf-8")
    named = {path.name for path in tmp_path.glob("BSD*.md")}
    assert len(named) == 7
    assert all(f"]({name})" in index for name in named)


@pytest.mark.usefixtures("sample_rules")
def test_pages_of_rules_that_are_gone_go_too(tmp_path):
    (tmp_path / "BSD999-gone.md").touch()
    write_documentation(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(pages())
