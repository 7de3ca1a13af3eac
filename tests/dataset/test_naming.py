"""Names that are nearly the same."""

from __future__ import annotations

import pytest

from brainscore_data.dataset.naming import nearly_same_word, one_edit_apart


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("brainscore-storag", "brainscore-storage", True),
        ("brianio", "brainio", True),
        ("brainja", "brainio", False),
        ("brain1o", "brainio", True),
        ("brainio", "brainio", False),
        ("brain", "brainio", False),
    ],
)
def test_one_character_is_missing_wrong_or_swapped(one, other, is_one):
    assert one_edit_apart(one, other) is one_edit_apart(other, one) is is_one


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("geirhos", "geiros", True),
        ("geirhos", "gierhos", True),
        ("kar", "kay", False),
        ("train", "trail", False),
        ("eidoloni", "eidolonii", False),
        ("geirh0s", "geirhos", False),
    ],
)
def test_words_that_differ_at_their_end_or_are_short_are_two(one, other, is_same):
    assert nearly_same_word(one, other) is nearly_same_word(other, one) is is_same
