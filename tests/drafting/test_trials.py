from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from drafted import (
    assembly,
    beyond_license,
    manifest_of,
    said,
    trial_rows,
    write_table,
)
from pyarrow import parquet

from brainscore_data.dataset.manifest import (
    DerivedStimulusId,
    TableAssembly,
)
from brainscore_data.drafting.drafts import draft_dataset

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_of_trials_becomes_a_behavioral_assembly(stimuli: Path):
    write_table(stimuli / "trials.csv", trial_rows())
    found = assembly(stimuli)
    assert isinstance(found, TableAssembly)
    assert found.assembly_class == "BehavioralAssembly"
    assert (found.table, found.value, found.stimulus_set) == ("trials.csv", "choice", "Author2026")
    assert found.stimulus_id == DerivedStimulusId.model_validate(
        {"column": "image_url", "from": "stem"}
    )
    assert found.columns == ["stimulus_id", "participant", "choice", "rt"]


def test_a_parquet_table_of_trials_is_one_too(stimuli: Path):
    parquet.write_table(pa.Table.from_pylist(trial_rows()), stimuli / "trials.parquet")
    found = assembly(stimuli)
    assert isinstance(found, TableAssembly)
    assert (found.table, found.value) == ("trials.parquet", "choice")


@pytest.mark.parametrize("value", ["response", "answer", "correct", "rt", "Choice", "reactionTime"])
def test_the_value_is_guessed_from_the_names_of_columns(folder: Path, value: str):
    rows = [{"stimulus_id": "n0", value: "1"}, {"stimulus_id": "n0", value: "0"}]
    write_table(folder / "trials.csv", rows)
    found = assembly(folder)
    assert isinstance(found, TableAssembly)
    assert found.value == value
    assert found.stimulus_id == "stimulus_id"


def test_columns_that_name_people_are_left_out_and_each_is_said_why(stimuli: Path):
    rows = trial_rows(
        worker=lambda i: f"A1{i}ZSXSSGW80FN", mail=lambda i: f"p{i}@example.org", dob="1990-01-01"
    )
    write_table(stimuli / "trials.csv", rows)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, TableAssembly)
    assert not {"worker", "mail", "dob"} & {*found.columns}
    for column, reason in (
        ("worker", "MTurk worker ids"),
        ("mail", "e-mail addresses"),
        ("dob", "birth dates"),
    ):
        assert f'"{column}" is left out: it holds {reason}' in said(draft)
        assert f'# "{column}" is not published: it holds {reason}' in draft.files["dataset.toml"]
    assert 'trials.csv names people in "worker", "mail", "dob"' in beyond_license(draft)[0]


def test_session_ids_and_participant_numbers_stay(stimuli: Path):
    rows = trial_rows(session=lambda _: str(uuid.uuid4()))
    write_table(stimuli / "trials.csv", rows)
    assert {"participant", "session"} < {*assembly(stimuli).columns}


def test_columns_of_the_stimulus_set_and_unreadable_names_are_left_out_and_said(stimuli: Path):
    write_table(stimuli / "trials.csv", trial_rows(**{"thing": 1, "key press": "f"}))
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, TableAssembly)
    assert not {"thing", "key press"} & {*found.columns}
    assert '"thing" is left out: it is in the stimulus set' in said(draft)
    assert '"key press" is left out: readers need names without blanks' in said(draft)


def test_practice_trials_and_empty_choices_are_pointed_out(stimuli: Path):
    rows = trial_rows(phase=lambda i: "practice" if i == 0 else "main")
    rows[3]["choice"] = ""
    write_table(stimuli / "trials.csv", rows)
    text = draft_dataset(stimuli).files["dataset.toml"]
    assert '# where = { phase = "main" }' in text
    assert '# missing = "none"' in text


def test_trials_without_a_known_stimulus_say_so(stimuli: Path):
    write_table(stimuli / "trials.csv", [{"item": "x", "choice": 1}, {"item": "y", "choice": 2}])
    draft = draft_dataset(stimuli)
    assert any("needs a column stimulus_id" in todo for todo in draft.todos)
    assert len(manifest_of(draft).assemblies) == 1


def test_one_table_per_participant_is_one_assembly_after_they_are_joined(stimuli: Path):
    for number in range(3):
        write_table(stimuli / f"sub{number}.csv", trial_rows())
    draft = draft_dataset(stimuli)
    assert len(manifest_of(draft).assemblies) == 1
    assert any('"sub1.csv", "sub2.csv" into sub0.csv' in todo for todo in draft.todos)
