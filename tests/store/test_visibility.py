"""What a store shows of who can read a version, beside who shall."""

from __future__ import annotations

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.store.visibility import Shown, tag_of

OPEN, CLOSED, UNTOLD = True, False, None


@pytest.mark.parametrize(
    ("shall", "tag", "readable", "standing"),
    [
        ("private", "public", OPEN, "too open"),
        ("private", "public", CLOSED, "too open"),
        ("private", "public", UNTOLD, "too open"),
        ("private", "private", OPEN, "too open"),
        ("private", None, OPEN, "too open"),
        ("private", "private", CLOSED, "as it should be"),
        ("private", "private", UNTOLD, "as it should be"),
        ("private", None, CLOSED, "as it should be"),
        ("private", None, UNTOLD, "not known"),
        ("public", "public", OPEN, "as it should be"),
        ("public", "private", OPEN, "as it should be"),
        ("public", None, OPEN, "as it should be"),
        ("public", "public", UNTOLD, "as it should be"),
        ("public", "public", CLOSED, "not yet readable"),
        ("public", None, CLOSED, "not yet readable"),
        ("public", "private", CLOSED, "waits for its release"),
        ("public", "private", UNTOLD, "waits for its release"),
        ("public", None, UNTOLD, "not known"),
    ],
)
def test_every_pair_of_tag_and_answer_has_its_standing(shall, tag, readable, standing):
    assert Shown(tag, readable).beside(shall) == standing


@pytest.mark.parametrize(
    ("tags", "said"),
    [({"visibility": "public"}, "public"), ({"visibility": "odd"}, None), ({}, None)],
)
def test_a_tag_says_public_or_private_or_nothing(tags, said):
    class Tagged:
        def tags(self, key, version_id=None):
            return tags

    assert tag_of(Tagged(), "a.nc", "v1") == said


def test_a_tag_that_this_caller_may_not_see_says_nothing():
    class Discreet:
        def tags(self, key, version_id=None):
            raise UsageError("you may not read tags")

    assert tag_of(Discreet(), "a.nc", "v1") is None
