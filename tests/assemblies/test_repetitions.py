"""Repetitions that are counted, where nobody numbered them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from how_often import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.assemblies.repetitions import with_repetitions
from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_tables import ArrayAssembly, TableAssembly

SAID = {"identifier": "Doe2026", "visibility": "public"}
TRIALS = (
    "stimulus_id,who,choice,phase\n"
    "a,1,left,practice\na,1,left,main\nb,1,left,main\na,2,right,main\na,1,right,main\n"
)


def trials(**keys: object) -> TableAssembly:
    kinds = {"class": "BehavioralAssembly", "table": "trials.csv", "value": "choice"}
    named = {"columns": ["stimulus_id", "who", "choice"], "where": {"phase": "main"}}
    return TableAssembly.model_validate(SAID | kinds | named | keys)


def test_they_are_counted_for_each_stimulus_and_participant_in_the_rows_that_are_taken(tmp_path):
    (tmp_path / "trials.csv").write_text(TRIALS)
    item = trials(repetition=["stimulus_id", "who"])
    opened = open_assembly(item, lambda name: tmp_path / name)
    assert opened.data["repetition"].values.tolist() == [0, 0, 0, 1]
    assert opened.data["repetition"].dtype == np.int64
    assert (
        "Doe2026: 'repetition' is counted for each 'stimulus_id' and 'who', in the order of rows: 0 to 1"
        in opened.notices
    )


def test_without_that_line_nothing_is_added(tmp_path):
    (tmp_path / "trials.csv").write_text(TRIALS)
    opened = open_assembly(trials(), lambda name: tmp_path / name)
    assert "repetition" not in opened.data.coords


def test_presentations_of_an_array_are_counted_too(tmp_path):
    np.save(tmp_path / "rates.npy", np.zeros((4, 2)))
    (tmp_path / "p.csv").write_text("stimulus_id\nb\na\nb\nb\n")
    (tmp_path / "n.csv").write_text("neuroid_id\n1\n2\n")
    keys = {"class": "NeuroidAssembly", "values": "rates.npy", "dims": ["presentation", "neuroid"]}
    coords = {"coords": {"presentation": "p.csv", "neuroid": "n.csv"}}
    counted = {"repetition": ["stimulus_id"]}
    item = ArrayAssembly.model_validate(SAID | keys | coords | counted)
    data = open_assembly(item, lambda name: tmp_path / name).data
    assert data["repetition"].values.tolist() == [0, 0, 1, 2]
    assert data["repetition"].dims == ("presentation",)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([1.0, 2.0, np.nan]))))
@settings(max_examples=examples(50))
def test_each_is_the_number_of_those_before_it_that_are_the_same(shown: list[tuple[str, float]]):
    names, numbers = [name for name, _ in shown], [number for _, number in shown]
    coords = {
        "s": ("presentation", np.array([*names, None], object)[:-1]),
        "n": ("presentation", np.array(numbers, float)),
    }
    data = xr.DataArray(np.zeros(len(shown)), dims="presentation", coords=coords)
    counted, _ = with_repetitions(data, ["s", "n"], "A")
    before: Counter[str] = Counter()
    for pair, found in zip(shown, counted["repetition"].values.tolist(), strict=True):
        assert found == before[repr(pair)]
        before[repr(pair)] += 1
    assert "repetition" not in data.coords


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"repetition": ["person"]}, "there is no column 'person' for each presentation"),
        (
            {"repetition": ["stimulus_id"], "columns": ["stimulus_id", "repetition"]},
            "there is a column `repetition`",
        ),
    ],
)
def test_what_cannot_be_counted_is_said_with_a_line_to_paste(tmp_path: Path, keys, message):
    (tmp_path / "trials.csv").write_text(
        "stimulus_id,choice,phase,repetition,who\na,left,main,0,1\n"
    )
    with pytest.raises(DataError, match=message) as caught:
        open_assembly(trials(**keys), lambda name: tmp_path / name)
    assert "repetition" in caught.value.hint
