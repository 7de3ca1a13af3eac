from __future__ import annotations

import pytest

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.check.engine.outcome import Outcome, Skipped

EMPTY = Finding(
    "BSD901", "poem-empty", Severity.ERROR, Place("a.poem"), "the poem is empty", "write it"
)
SMALL = Finding(
    "BSD902",
    "line-begins-small",
    Severity.WARNING,
    Place("dir/b c.poem", 3, "line"),
    "'50%' begins small",
    "write a capital letter",
)
CRASH = Finding("BSD001", "rule-crashed", Severity.ERROR, Place("a.poem"), "it broke", "report it")


@pytest.fixture
def outcome():
    return Outcome(
        findings=(EMPTY, SMALL),
        skipped=(Skipped("BSD902", "BSD901", "a.poem"), Skipped("BSD902", "BSD901", "c.poem")),
        ran=frozenset({"BSD901", "BSD902", "BSD903"}),
        selected=frozenset({"BSD901", "BSD902", "BSD903", "BSD904"}),
        ignored=frozenset({"BSD905"}),
        grandfathered=4,
    )


@pytest.fixture
def crashed():
    return Outcome((CRASH,), (), frozenset({"BSD901"}))


@pytest.fixture
def said():
    """Make an outcome with one error that says what a test wants."""

    def make(message="m", file="a.poem", item=None, hint="h", severity=Severity.ERROR):
        finding = Finding("BSD901", "poem-empty", severity, Place(file, 1, item), message, hint)
        return Outcome((finding,), (), frozenset({"BSD901"}))

    return make
