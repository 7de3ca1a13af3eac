from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.check.reporters.github import command_text, github


def parsed(line):
    """Undo a workflow command as the runner does (its ActionCommand.cs)."""
    assert line.lstrip().startswith("::")
    end = line.index("::", 2)
    name, _, properties = line[2:end].partition(" ")
    pairs = dict(pair.split("=", 1) for pair in properties.split(",") if pair)
    return (
        name,
        {key: undone(value, property_=True) for key, value in pairs.items()},
        undone(line[end + 2 :]),
    )


def undone(text, *, property_=False):
    text = text.replace("%0D", "\r").replace("%0A", "\n")
    if property_:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%25", "%")


def test_each_finding_is_one_command(outcome):
    lines = github(outcome).splitlines()
    assert lines == [
        (
            "::error title=BSD901 poem-empty,file=a.poem::a.poem: BSD901 the poem is empty"
            "%0Ahint: write it"
        ),
        (
            "::warning title=BSD902 line-begins-small,file=dir/b c.poem,line=3"
            "::dir/b c.poem:3 (line): BSD902 '50%25' begins small%0Ahint: write a capital letter"
        ),
        "skipped: 1 rule on 2 places: BSD902 where BSD901 is broken",
        "Found 1 error and 1 warning (4 in the baseline).",
    ]


@pytest.mark.parametrize(
    ("file", "written"),
    [("a,line=9.poem", "file=a%2Cline=9.poem"), ("C:/a.poem", "file=C%3A/a.poem")],
)
def test_a_file_cannot_set_other_properties(said, file, written):
    line = command_text(said(file=file).findings[0])
    assert written in line
    assert parsed(line)[1] == {"title": "BSD901 poem-empty", "file": file, "line": "1"}


COMMANDS = ["\n::error::x", "::set-output name=a::b", "##[add-mask]x", "%0A::error::", "\r\n::x::y"]
hostile = (
    st.text()
    | st.sampled_from(COMMANDS)
    | st.tuples(st.text(), st.sampled_from(COMMANDS), st.text()).map("".join)
)


@given(file=hostile, item=hostile, message=hostile, hint=hostile)
@example(file="::stop-commands::x", item="", message="", hint="")
@example(file="a", item="]", message="#" * 9 + "[error]", hint="\x85::error::\u2028::error::")
def test_no_text_gets_a_command_of_its_own(file, item, message, hint):
    finding = Finding("BSD901", "poem-empty", Severity.ERROR, Place(file, 7, item), message, hint)
    lines = github(Outcome((finding,), (), frozenset({"BSD901"}))).splitlines()
    assert len(lines) == 2
    name, properties, data = parsed(lines[0])
    assert name == "error"
    assert properties.keys() - {"file"} == {"title", "line"}  # the runner drops an empty one
    assert properties["line"] == "7"
    assert not any("##[" in line for line in lines)
    assert data.count("\n") <= 1
    assert lines[1] == "Found 1 error."
