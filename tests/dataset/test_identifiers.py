"""Identifiers: no text becomes a key that leads elsewhere, or that another identifier has as well."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.base.errors import UsageError
from brainscore_data.dataset.identifiers import (
    assembly_key,
    colliding,
    describe_collision,
    is_key_safe,
    require_key_safe,
    stimulus_set_keys,
)

texts = st.text(max_size=20) | st.text("aA0._-/\\ \n", max_size=8)


@given(texts)
def test_any_text_is_an_identifier_or_refused_in_words(text):
    try:
        require_key_safe(text)
    except UsageError as error:
        refused = str(error)
    else:
        refused = ""
    assert bool(refused) is not is_key_safe(text)
    if not refused:
        for key in (assembly_key(text), *stimulus_set_keys(text)):
            assert re.fullmatch(r"[A-Za-z0-9_.-]+", key, re.ASCII)
            assert ".." not in key


@given(st.lists(st.tuples(st.sampled_from(["assembly", "stimulus_set"]), texts), max_size=6))
def test_who_has_a_key_first_is_named_to_all_others(items):
    found = dict(colliding(items))
    keys = [
        (assembly_key(name) if kind == "assembly" else stimulus_set_keys(name)[0]).casefold()
        for kind, name in items
    ]
    for position, key in enumerate(keys):
        first = keys.index(key)
        assert found.get(position, position) == first
        if first != position:
            assert describe_collision(*items[position], items[first][1])
