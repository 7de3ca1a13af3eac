"""Who reads a hint is told what they have: options, arguments of functions, or inputs."""

from __future__ import annotations

import copy
import pickle

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.base.hints import ALLOW_UNVERSIONED, PACKAGE_AGAIN, Hint, Words, told

HINT = Hint("accept it with ", ALLOW_UNVERSIONED, "; or ", PACKAGE_AGAIN)


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ("command", "accept it with --allow-unversioned; or package the dataset again"),
        (
            "function",
            f"accept it with {ALLOW_UNVERSIONED.function}; or run it again",
        ),
        (
            "workflow",
            "accept it with the input `allow-unversioned: true`; or package the dataset again",
        ),
    ],
)
def test_each_reader_has_their_own_words(reader, expected):
    assert told(HINT, reader) == expected
    assert UsageError("no", where="x", hint=HINT).told(reader) == f"x: no\n  hint: {expected}"


def test_for_all_others_it_is_the_text_of_the_command_line():
    assert HINT == "accept it with --allow-unversioned; or package the dataset again"
    assert str(UsageError("no", hint=HINT)) == f"no\n  hint: {HINT}"
    assert told("a text", "workflow") == "a text"


def test_hints_put_together_know_what_each_of_them_knew():
    whole = Hint.joined("; ", ["first", Hint(Words("--x", workflow="the input `x`")), "last"])
    assert whole == "first; --x; last"
    assert told(Hint("do: ", whole), "workflow") == "do: first; the input `x`; last"


def _through_a_process(hint):
    return pickle.loads(pickle.dumps(hint))  # noqa: S301


@pytest.mark.parametrize("again", [copy.deepcopy, _through_a_process])
def test_a_copy_and_one_from_another_process_know_it_too(again):
    assert told(again(HINT), "workflow") == told(HINT, "workflow")
