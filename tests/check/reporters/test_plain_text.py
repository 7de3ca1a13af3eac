from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.check.engine.outcome import Outcome, Skipped
from brainscore_data.check.reporters.github import github
from brainscore_data.check.reporters.plain_text import statistics, text


def test_it_reads_place_code_message_hint_then_what_was_skipped_and_the_sums(outcome):
    assert text(outcome) == (
        "a.poem: BSD901 [error] the poem is empty\n"
        "  hint: write it\n"
        "dir/b c.poem:3 (line): BSD902 [warning] '50%' begins small\n"
        "  hint: write a capital letter\n"
        "skipped: 1 rule on 2 places: BSD902 where BSD901 is broken\n"
        "Found 1 error and 1 warning (4 in the baseline).\n"
    )


def test_nothing_found_is_not_said_of_what_was_not_checked():
    def summary(**changes):
        return text(Outcome(**{"findings": (), "skipped": (), "ran": frozenset(), **changes}))

    assert summary() == "There was nothing to check.\n"
    assert summary(ran={"BSD901"}) == "All checks passed.\n"
    assert summary(ran={"BSD901"}, grandfathered=2) == "All checks passed (2 in the baseline).\n"
    skipped = (Skipped("BSD902", "BSD901", "a"),)
    assert "All checks passed" not in summary(ran={"BSD901"}, skipped=skipped)


def test_parts_can_be_coloured(said):
    painted = text(said(), lambda part, kind: f"<{kind}>{part}</>")
    assert painted.startswith(
        "<place>a.poem:1</>: <code>BSD901</> <error>[error]</> m\n  <hint>hint:</> h\n"
    )


@example(file=" ::error::a", item="b", message="##[add-mask]c", hint="\n::error::d")
@given(file=st.text(), item=st.text(), message=st.text(), hint=st.text(min_size=1))
def test_no_text_can_break_a_line_or_command_a_runner(file, item, message, hint):
    finding = Finding("BSD901", "x", Severity.ERROR, Place(file, 1, item), message, hint)
    lines = text(Outcome((finding,), (), frozenset({"BSD901"}))).splitlines()
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)


def test_text_is_not_endless(said):
    assert len(text(said(message="x" * 10**6))) < 2000


def test_statistics_count_each_rule_the_most_frequent_first(outcome):
    many = Outcome((*outcome.findings, *[outcome.findings[1]] * 10), (), outcome.ran)
    assert statistics(many) == (
        "11  BSD902  warning  line-begins-small\n"
        " 1  BSD901  error    poem-empty\n"
        "Found 1 error and 11 warnings.\n"
    )


def test_statistics_of_nothing_is_the_sums():
    assert statistics(Outcome((), (), frozenset({"BSD901"}))) == "All checks passed.\n"


@pytest.mark.parametrize("written", [text, github])
def test_problems_of_one_kind_in_one_file_are_counted_after_the_first_twenty(written):
    found = [
        Finding("BSD601", "manifest-valid", Severity.ERROR, Place(file, line), f"p{line}", "h")
        for file in ("a.toml", "b.toml")
        for line in range(1, 60_001 if file == "a.toml" else 21)
    ]
    lines = written(Outcome(tuple(found), (), frozenset({"BSD601"}))).splitlines()
    assert lines[-1] == "Found 60,020 errors."
    (more,) = [line for line in lines if "more" in line]
    assert "a.toml" in more
    assert more.endswith("and 59,980 more")
    assert sum("p20" in line for line in lines) == 2
    assert not any("p21" in line for line in lines)
