"""What functions that are called in the cage are marked with."""

from __future__ import annotations

import importlib.util

import pytest

from brainscore_data.cage.warmth import imported_by
from brainscore_data.check.assemblies.looking import look_at_file, look_at_item
from brainscore_data.check.people.personal_texts import look_at_binary
from brainscore_data.check.stimulus_metadata.looking import look_at_stimuli
from brainscore_data.packaging.one_item import package_item


@pytest.mark.parametrize(
    "function",
    [look_at_file, look_at_item, look_at_binary, look_at_stimuli, package_item],
    ids=lambda each: each.__name__,
)
def test_what_a_function_is_marked_with_is_there(function):
    modules = imported_by(function)
    assert len(modules) > 1
    assert all(importlib.util.find_spec(each) for each in modules)
