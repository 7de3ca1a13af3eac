"""Lists of trials, changed: one column's texts, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from brainscore_data.tables.trial_editing import editable_trials
from brainscore_data.tables.trial_list import read_trial_list

if TYPE_CHECKING:
    from pathlib import Path

TRIALS: list[dict[str, Any]] = [
    {"rt": 412.5, "who": "ann", "response": {"Q0": 3}},
    {"rt": None},
    {"rt": 7, "who": "bob", "said": "héllo"},
    {"who": 5},
]


@pytest.mark.parametrize(
    "wrap", [lambda t: t, lambda t: {"trials": t, "v": 1}, lambda t: [t[:2], t[2:]]]
)
def test_only_the_texts_of_that_column_change(tmp_path: Path, wrap):
    path = tmp_path / "data.json"
    path.write_text(json.dumps(wrap(TRIALS)))
    trials = editable_trials(path)
    assert trials.column("who") == ["ann", "", "bob", ""]
    changed = trials.with_column("who", ["p1", "p2", "p3", "p4"])
    assert changed.column("who") == ["p1", "", "p3", ""]
    changed.write(like=path)
    expected = [{**TRIALS[0], "who": "p1"}, TRIALS[1], {**TRIALS[2], "who": "p3"}, TRIALS[3]]
    assert json.loads(path.read_text(encoding="utf-8")) == wrap(expected)
    assert read_trial_list(path).texts("who") == ["p1", "", "p3", "5"]
