"""Who took part in trials: by a column, whose ids become pseudonyms, or by what the files are called."""

from __future__ import annotations

import os.path
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from brainscore_data.base.text import natural_order, snake_case
from brainscore_data.check.people.signs_of_people import names_people
from brainscore_data.dataset.paths import file_part
from brainscore_data.dataset.patterns import matching, starred
from brainscore_data.drafting.found import FoundTable, is_readable
from brainscore_data.drafting.manifest_text import listed, quoted
from brainscore_data.drafting.questions import NONE, Answers, ContributorQuestion

#: The answer that the names of files say it, and the column that is made of them.
FILE_NAMES, PARTICIPANT = "*", "participant"
# What says who took part in a trial, the likelier the earlier.
_PARTICIPANT = re.compile(
    r"(?:participant|subject|subj|sub|worker|observer|person|user|player|prolific|mturk|turker|pid)"
    r"(?:_?(?:id|pid|code|number|nr|no|name))?|(?:prolific|mturk)_worker_id|workerid|subjid"
)
# Prolific and MTurk give ids of the same form to studies and visits.
_NOT_A_PERSON = re.compile(r"study|session|assignment|hit|submission|experiment")
# What stands for a person in each trial, so that pseudonyms of it tell trials of one person.
_IDS = ("Prolific ids", "MTurk worker ids", "e-mail addresses", "user names")


def who_took_part(
    table: FoundTable, tables: Sequence[FoundTable], answers: Answers
) -> tuple[str | None, tuple[ContributorQuestion, ...]]:
    """Say which column tells participants apart, or `FILE_NAMES`; and ask, if nobody has said it."""
    ids = _ids(table)
    called = [
        column
        for column, cells in table.columns.items()
        if _PARTICIPANT.fullmatch(snake_case(column))
        and any(cells)
        and is_readable(column)
        and column not in ids
        and not names_people(column, cells)
    ]
    pattern = _pattern_of_people(tables) if len(tables) > 1 else None
    if ids and pattern and not _can_be_mended(table.name):
        ids = []  # the files' names tell them apart, without pseudonyms
    # Numbers, or pseudonyms already, need no others.
    found = [*called, *ids, *([FILE_NAMES] if pattern else [])]
    told = answers.participant
    if told == NONE:
        return None, ()
    if told in table.columns or (told == FILE_NAMES and pattern):
        return told, ()
    if not found:
        return None, ()
    choices = {column: f"e.g. {listed(table.columns[column], 2)}" for column in called}
    choices |= dict.fromkeys(ids, "as pseudonyms, which `brainscore-data check --fix` makes")
    if pattern:
        names = [starred(pattern, each.name) for each in tables]
        choices[FILE_NAMES] = f"what the names of the files say: {listed(names, 2)}"
    choices[NONE] = "nobody can be told apart"
    text = f"Which column of {table.name} says who took part?"
    return found[0], (ContributorQuestion("participant", text, found[0], choices),)


def _ids(table: FoundTable) -> list[str]:
    """Name the columns whose pseudonyms tell participants apart, the likelier the earlier."""
    people = {
        column: holds
        for column, cells in table.columns.items()
        if is_readable(column)
        and (holds := names_people(column, cells)) in _IDS
        and not _NOT_A_PERSON.search(snake_case(column))
        and not any(re.search(r"\s", cell.strip()) for cell in cells)  # a remark with an address
    }
    return sorted(
        people,
        key=lambda column: (
            not _PARTICIPANT.fullmatch(snake_case(column)),
            _IDS.index(people[column]),
        ),
    )


def named_tables(tables: Sequence[FoundTable], *, from_name: bool) -> dict[str, object]:
    """Name the table, or all the files that it is in, and who is in which."""
    names = [table.name for table in tables]
    if len(tables) == 1:
        return {"table": names[0]}
    if from_name:
        return {"table": shared_pattern(names), "from_name": PARTICIPANT}
    return {"table": shared_pattern(names) or names}


def about_people(
    table: FoundTable, tables: Sequence[FoundTable], participant: str | None
) -> list[str]:
    """Say who is named, and what becomes of that."""
    said = []
    people = [name for name, cells in table.columns.items() if names_people(name, cells)]
    if people:
        said.append(
            f"{table.name} names people in {listed(people)}, which whoever sees the file sees: "
            f"{_with_pseudonyms(table.name)}, or remove them"
        )
    if participant is not None and participant in people:
        said.append(
            f"{quoted(participant)} is published, so that trials of one participant can be told: as "
            "pseudonyms, which `brainscore-data check --fix` makes; --linking-table FILE makes the "
            "same ones for tables that are added later"
        )
    names = [each.name for each in tables]
    if len(tables) > 1 and _names_of_files_name_people(names):
        said.append(f"rename {listed(names, 2)}: whoever sees the names sees who took part")
    return said


def shared_pattern(names: Sequence[str]) -> str | None:
    """Find the one name with a `*` that stands for all of several; None if there is none.

    >>> shared_pattern(["data/sub-01.csv", "data/sub-02.csv", "data/sub-10.csv"])
    'data/sub-*.csv'
    >>> shared_pattern(["choices.csv", "ratings.parquet"]) is None
    True
    """
    before = re.sub(r"[0-9]+$", "", os.path.commonprefix(names))  # noqa: RUF071
    ending = os.path.commonprefix([name[len(before) :][::-1] for name in names])[::-1]  # noqa: RUF071
    after = re.sub(r"^[0-9]+", "", ending)
    pattern = f"{before}*{after}"
    # With nothing before it, others in the folder would be meant, too.
    is_one = (
        before and "." in after and "/" not in after and not after.endswith((".parquet", ".pq"))
    )
    stands_for_all = matching(pattern, names) == sorted(set(names), key=natural_order)
    return pattern if is_one and stands_for_all else None


def _pattern_of_people(tables: Sequence[FoundTable]) -> str | None:
    """Give the one name for files whose names may be published, a participant each perhaps."""
    names = [table.name for table in tables]
    return None if _names_of_files_name_people(names) else shared_pattern(names)


def _names_of_files_name_people(names: Sequence[str]) -> bool:
    pattern = shared_pattern(names)
    said = [starred(pattern, name) if pattern else PurePosixPath(name).stem for name in names]
    return bool(names_people("participant", said))


def _can_be_mended(name: str) -> bool:
    return not file_part(name).file.endswith(".nwb")


def _with_pseudonyms(name: str) -> str:
    command = "`brainscore-data check --fix` in this folder writes a table with pseudonyms"
    return command if _can_be_mended(name) else f"save it as csv, of which {command}"
