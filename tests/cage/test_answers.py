"""Errors of ours through the wall of the cage; and what only a program says that was taken over."""

from __future__ import annotations

import json

import in_the_cage
import pytest

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.base.place import Place
from brainscore_data.base.progress import quiet
from brainscore_data.cage.answers import carried_out, value_in

ERROR = {"kind": "DataError", "message": "is wrong", "place": None, "hint": None, "count": 1}


def through_the_wall(error: BrainScoreDataError, patch: pytest.MonkeyPatch) -> BrainScoreDataError:
    def fail() -> int:
        raise error

    patch.setattr(in_the_cage, "process", fail)
    answer = carried_out({"function": "in_the_cage:process", "arguments": {}}, quiet)
    with pytest.raises(BrainScoreDataError) as caught:
        value_in(json.loads(json.dumps(answer)), fail)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        DataError("is wrong"),
        UsageError("may not be read", where=Place("a.csv", 3, "x", 4, "e"), hint="ask", count=2),
        DataError("is wrong", hint=Hint("say ", Words("--a", function="a=True"), ", or wait")),
    ],
)
def test_an_error_is_the_same_behind_the_wall(error, monkeypatch):
    found = through_the_wall(error, monkeypatch)
    assert type(found) is type(error)
    assert (found.message, found.place, found.count) == (error.message, error.place, error.count)
    readers = ("command", "function", "workflow")
    assert [found.told(reader) for reader in readers] == [error.told(reader) for reader in readers]


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {**ERROR, "kind": "SystemExit"}},
        {"error": {**ERROR, "message": 7}},
        {"error": {**ERROR, "place": {"file": ["a"]}}},
        {"error": {**ERROR, "place": {"file": "a", "line": "b"}}},
        {"error": {**ERROR, "place": {"folder": "a"}}},
        {"error": {**ERROR, "hint": "a text"}},
        {"error": {**ERROR, "hint": [7]}},
        {"error": {**ERROR, "count": "many"}},
        {"error": {**ERROR, "more": 1}},
        {"error": []},
        {"missing": 7},
        {"value": "a text"},
        {},
    ],
)
def test_what_no_program_of_ours_says_is_no_answer(answer):
    with pytest.raises((ValueError, TypeError, KeyError)):
        value_in(answer, in_the_cage.process)
