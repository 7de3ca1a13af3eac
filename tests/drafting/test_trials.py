from __future__ import annotations

import re
import uuid
import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from drafted import (
    assembly,
    beyond_license,
    manifest_of,
    said,
    trial_rows,
    write_stimuli,
    write_table,
)
from pyarrow import parquet

from brainscore_data.assemblies.trials import open_trials
from brainscore_data.base.errors import UsageError
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects
from brainscore_data.check.fixing import fix
from brainscore_data.dataset.assembly_tables import DerivedStimulusId, TableAssembly
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.drafting.drafts import draft_dataset
from brainscore_data.drafting.inventory import take_inventory
from brainscore_data.drafting.questions import Answers
from brainscore_data.drafting.writing_down import write_draft

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
    assert 'trials.csv names people in "worker", "mail", "dob"' in said(draft)


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
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, TableAssembly)
    assert found.where == {"phase": "main"}
    told = 'trials with "practice" in "phase" are left out, by `where`'
    assert told in said(draft)
    assert f"# {told}" in draft.files["dataset.toml"]
    assert '# missing = "none"' in draft.files["dataset.toml"]


@pytest.mark.parametrize(
    ("column", "cells", "kept"),
    [
        ("phase", ["practice", "test", ""], "test"),
        ("task", ["instructions", "a", "b"], ["a", "b"]),
        (
            "trial_type",
            ["preload", "image-keyboard-response", "survey-text"],
            "image-keyboard-response",
        ),
        ("is_practice", ["true", "false"], "false"),
        ("practice", ["TRUE", ""], ""),
        ("catchTrial", ["1", "0"], "0"),
        ("condition", ["red", "green"], None),
    ],
)
def test_where_is_proposed_for_columns_of_trial_kinds(stimuli: Path, column, cells, kept):
    write_table(stimuli / "trials.csv", trial_rows(**{column: lambda i: cells[i % len(cells)]}))
    found = assembly(stimuli)
    assert isinstance(found, TableAssembly)
    assert found.where == ({} if kept is None else {column: kept})


def test_kinds_that_tell_nothing_are_listed_to_choose_from(stimuli: Path):
    write_table(stimuli / "trials.csv", trial_rows(trial_type=lambda i: f"type-{i % 2}"))
    (todo,) = beyond_license(draft_dataset(stimuli))
    assert 'where = {trial_type = ["type-0", "type-1"]}' in todo


@pytest.mark.parametrize(
    ("practice", "where"),
    [("none", {}), ("phase=warm", {"phase": ["a", "b"]}), ("phase=a,b", {"phase": "warm"})],
)
def test_which_rows_are_practice_is_for_the_contributor_to_say(stimuli: Path, practice, where):
    kinds = ["warm", "a", "b"]
    write_table(stimuli / "trials.csv", trial_rows(phase=lambda i: kinds[i % 3]))
    draft = draft_dataset(stimuli, Answers(practice=practice))
    assert manifest_of(draft).assemblies[0].where == where
    assert beyond_license(draft) == []


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (Answers(practice="phase=b"), r"phase has no 'b'\n.*it has \"a\""),
        (Answers(practice="part=a"), "no table of trials has a column 'part'"),
        (Answers(practice="the first"), "does not say which rows"),
        (Answers(value="score"), "no table of trials has a column 'score'"),
        (Answers(license="CC BY 4.0"), r"not a license that SPDX knows\n.*CC-BY-4\.0"),
    ],
)
def test_an_answer_that_fits_nothing_here_is_refused(stimuli: Path, answers, said):
    write_table(stimuli / "trials.csv", trial_rows(phase=lambda i: "a"))
    with pytest.raises(UsageError, match=said):
        draft_dataset(stimuli, answers)


def test_what_is_practice_in_one_table_need_not_be_in_another(stimuli: Path):
    write_table(stimuli / "choices.csv", trial_rows(phase=lambda i: "ab"[i % 2]))
    write_table(stimuli / "ratings.csv", [{"stimulus_id": "n0", "rating": 1, "phase": "c"}])
    found = {
        each.table: each.where
        for each in manifest_of(draft_dataset(stimuli, Answers(practice="phase=a"))).assemblies
    }
    assert found == {"choices.csv": {"phase": "b"}, "ratings.csv": {}}


def test_practice_that_only_one_participant_did_is_left_out_of_all(stimuli: Path):
    for number, kind in enumerate(("main", "practice")):
        rows = trial_rows(phase=lambda i, kind=kind: kind if i == 0 else "main")
        write_table(stimuli / f"sub-{number}.csv", rows)
    assert assembly(stimuli).where == {"phase": "main"}


def test_without_consent_nothing_of_people_is_public(stimuli: Path):
    write_table(stimuli / "trials.csv", trial_rows())

    def found(**answers: str) -> tuple[set[str], bool]:
        draft = draft_dataset(stimuli, Answers(visibility="public", license="CC0-1.0", **answers))
        manifest = manifest_of(draft)
        items = [*manifest.stimulus_sets, *manifest.assemblies]
        return {each.visibility for each in items}, bool(draft.todos)

    assert found() == ({"public"}, True)
    assert found(consent="yes") == ({"public"}, False)
    assert found(consent="no") == ({"private"}, False)


PROLIFIC = {
    "participant": lambda i: f"5c5dd44b8eb9dd0001a2b3c{i % 2}",
    "study_id": "7c5dd44b8eb9dd0001a2b3aa",
    "mail": lambda i: f"p{i % 2}@example.org",
}


@pytest.mark.parametrize(
    ("columns", "proposed"),
    [
        (["participant", "study_id", "mail"], "participant"),
        (["study_id", "mail"], "mail"),
        (["study_id"], None),
    ],
)
def test_the_column_that_tells_participants_apart_is_proposed_as_pseudonyms(
    stimuli: Path, columns, proposed
):
    rows = trial_rows(**{name: PROLIFIC[name] for name in columns})
    if "participant" not in columns:
        rows = [{k: v for k, v in row.items() if k != "participant"} for row in rows]
    write_table(stimuli / "trials.csv", rows)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, TableAssembly)
    assert {*PROLIFIC} & {*found.columns} == ({proposed} if proposed else set())
    told = f'"{proposed}" is published, so that trials of one participant can be told'
    assert (told in said(draft)) == (proposed is not None)


def test_a_remark_with_an_address_does_not_tell_participants_apart(stimuli: Path):
    rows = trial_rows(remark=lambda i: f"ask p{i}@example.org")
    for row in rows:
        del row["participant"]
    write_table(stimuli / "trials.csv", rows)
    assert "remark" not in assembly(stimuli).columns


def test_what_init_writes_leaves_practice_out_and_keeps_participants(stimuli: Path):
    """From a table of Prolific's to an assembly, by the letter of what is said."""
    kinds = ["practice", "main", "main"]
    rows = trial_rows(phase=lambda i: kinds[i % 3], participant=PROLIFIC["participant"])
    write_table(stimuli / "trials.csv", rows)
    draft = draft_dataset(stimuli)
    write_draft(draft)
    fix(find_subjects([stimuli]), Settings())
    dataset = load_dataset(stimuli)
    (item,) = dataset.manifest.assemblies
    assert isinstance(item, TableAssembly)
    opened, notices = open_trials(item, lambda name: stimuli / name)
    assert opened.sizes == {"presentation": 4}
    assert len({*opened.participant.values}) == 2
    assert all(re.fullmatch("p[0-9a-f]{16}", each) for each in opened.participant.values)
    assert (
        "trials.pseudonymised.csv: took 4 of 6 rows: of 'phase' took 4 'main', left 2 'practice'"
        in notices
    )
    assert "trials.pseudonymised.csv" in take_inventory(stimuli).left["trials.csv"]


def test_a_tsv_is_a_table_like_any_other(stimuli: Path):
    text = "\n".join("\t".join(map(str, row.values())) for row in trial_rows())
    header = "\t".join(trial_rows()[0])
    (stimuli / "trials.tsv").write_text(f"{header}\n{text}\n")
    found = assembly(stimuli)
    assert isinstance(found, TableAssembly)
    assert (found.table, found.value) == ("trials.tsv", "choice")


def test_trials_without_a_known_stimulus_say_so(stimuli: Path):
    write_table(stimuli / "trials.csv", [{"item": "x", "choice": 1}, {"item": "y", "choice": 2}])
    draft = draft_dataset(stimuli)
    assert any("needs a column stimulus_id" in todo for todo in draft.todos)
    assert len(manifest_of(draft).assemblies) == 1


def without_participant() -> list[dict[str, object]]:
    return [{k: v for k, v in row.items() if k != "participant"} for row in trial_rows()]


def test_a_table_per_participant_is_one_assembly_with_who_is_in_which_file(stimuli: Path):
    for number in ("01", "02", "10"):
        write_table(stimuli / f"sub-{number}.csv", without_participant())
    [found] = manifest_of(draft_dataset(stimuli)).assemblies
    assert isinstance(found, TableAssembly)
    assert (found.table, found.from_name) == ("sub-*.csv", "participant")


def test_files_that_say_who_took_part_and_those_without_a_common_name_are_listed(stimuli: Path):
    for name in ("sub-1.csv", "sub-2.csv"):
        write_table(stimuli / name, trial_rows())
    [found] = manifest_of(draft_dataset(stimuli)).assemblies
    assert (found.table, found.from_name) == ("sub-*.csv", None)
    write_table(stimuli / "pilot.csv", trial_rows())
    [found] = manifest_of(draft_dataset(stimuli)).assemblies
    assert found.table == ["pilot.csv", "sub-1.csv", "sub-2.csv"]


def test_files_of_participants_are_not_taken_for_the_list_of_stimuli(folder: Path):
    write_stimuli(folder / "stimuli", "n0.png", "n1.png")
    for number in (1, 2):
        rows = [{"image": f"n{i}.png", "response": i, "rt": 300 + i} for i in range(2)]
        write_table(folder / f"subj{number}.csv", rows)
    draft = draft_dataset(folder)
    [stimuli] = manifest_of(draft).stimulus_sets
    assert stimuli.metadata == "stimuli.csv"
    [found] = manifest_of(draft).assemblies
    assert (found.table, found.from_name) == ("subj*.csv", "participant")


def test_names_of_files_that_name_people_are_not_proposed_for_a_column(stimuli: Path):
    for worker in ("5c5dd44b8eb9dd0001a2b3c4", "5f1a2b3c4d5e6f7a8b9c0d1e"):
        write_table(stimuli / f"{worker}.csv", without_participant())
    draft = draft_dataset(stimuli)
    [found] = manifest_of(draft).assemblies
    assert found.from_name is None
    assert "sees who took part" in said(draft)


def test_tables_in_a_zip_are_named_and_become_one_table(stimuli: Path):
    with zipfile.ZipFile(stimuli / "answers.zip", "w") as archive:
        for number in (1, 2):
            write_table(stimuli / "made.csv", trial_rows())
            archive.write(stimuli / "made.csv", f"raw/sub-0{number}.csv")
        archive.writestr("raw/broken.csv", "a,b\n1\n")
    (stimuli / "made.csv").unlink()
    draft = draft_dataset(stimuli)
    (item,) = manifest_of(draft).assemblies
    assert item.table == "answers.zip:raw/sub-*.csv"
    seen = dict(draft.seen)
    assert (
        seen["answers.zip:raw/sub-02.csv"] == "what was measured, a row each: 6 rows, in Author2026"
    )
    assert "has 1 cells and the header has 2" in seen["answers.zip:raw/broken.csv"]


def asked_about_participants(folder: Path, participant: str | None = None):
    draft = draft_dataset(folder, Answers(participant=participant))
    (item,) = manifest_of(draft).assemblies
    return item, {each.key: each for each in draft.questions}.get("participant")


def test_who_took_part_is_asked_with_a_proposal(stimuli: Path):
    write_table(stimuli / "trials.csv", trial_rows(worker=PROLIFIC["participant"]))
    item, question = asked_about_participants(stimuli)
    assert question.proposal == "participant"  # which has numbers, so that no ids are needed
    assert [*question.choices] == ["participant", "worker", "none"]
    assert "worker" not in item.columns
    item, question = asked_about_participants(stimuli, "worker")
    assert question is None
    assert {"worker", "participant"} <= {*item.columns}
    item, _ = asked_about_participants(stimuli, "none")
    assert "worker" not in item.columns
    with pytest.raises(UsageError, match="no table of trials has a column 'person'"):
        asked_about_participants(stimuli, "person")


def test_names_of_files_can_say_who_took_part(stimuli: Path):
    for number in (1, 2):
        write_table(stimuli / f"sub-{number}.csv", trial_rows(**PROLIFIC))
    item, question = asked_about_participants(stimuli)
    assert (question.proposal, item.from_name) == ("participant", None)
    assert "1" in question.choices["*"]
    item, _ = asked_about_participants(stimuli, "*")
    assert (item.table, item.from_name) == ("sub-*.csv", "participant")
    assert "participant" not in item.columns


def test_repetitions_that_nobody_numbered_are_counted_and_that_is_said(stimuli: Path):
    once = trial_rows()
    write_table(stimuli / "trials.csv", [*once, *once])
    draft = draft_dataset(stimuli)
    (item,) = manifest_of(draft).assemblies
    assert item.repetition == ["stimulus_id", "participant"]
    assert any(each.startswith('"repetition" is counted for each') for each in draft.notices)
    numbered = trial_rows(repetition=0)
    for rows in (once, [*numbered, *numbered]):
        write_table(stimuli / "trials.csv", rows)
        (item,) = manifest_of(draft_dataset(stimuli)).assemblies
        assert item.repetition is None
