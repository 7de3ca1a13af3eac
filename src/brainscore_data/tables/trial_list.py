"""Trials as jsPsych and Pavlovia write them: a JSON list with an object for each.

What is within an object, such as the answers to several questions, becomes columns of their own:
``response`` with ``{"Q0": 3}`` in it is the column ``response_Q0``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from brainscore_data.base.bounds import Bound
from brainscore_data.base.door import content_of
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.tables.columns import number_text
from brainscore_data.tables.csv_text import refuse_bad_names
from brainscore_data.tables.table import Table, table_of_texts

_ADVICE = "save jsPsych's data with jsPsych.data.get().json(), or .csv() with a name in .csv"
_PART = "trials"


def read_trial_list(path: Path) -> Table:
    """Read a list of trials; rows count from 1, and a column that a trial does not have is empty."""
    _, trials = parsed_trials(path)
    rows = [dict(_cells(trial, "")) for trial in trials]
    columns = dict.fromkeys(name for row in rows for name in row)
    refuse_bad_names([*columns], Place(str(path)))
    Bound.CELLS.refuse(len(rows) * len(columns), path, path.stat().st_size)
    texts: dict[str, list[str]] = {name: [] for name in columns}
    kinds: dict[str, set[bool]] = {name: set() for name in columns}
    for number, row in enumerate(rows, 1):
        for name in columns:
            value = row.get(name)
            text = value if isinstance(value, str) else _text(value)
            if "\0" in text:
                raise DataError(
                    f"there is a NUL character in {name!r}", where=Place(str(path), row=number)
                )
            texts[name].append(text)
            if text:
                kinds[name].add(isinstance(value, str))
    are_text = [name for name, found in kinds.items() if found == {True}]
    return table_of_texts(path, texts, part=_PART, text_columns=are_text)


def parsed_trials(path: Path) -> tuple[Any, list[Mapping[str, Any]]]:
    """Give what is in a file, and the trials in that."""
    try:
        found = document = json.loads(content_of(path))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"it is not JSON, or it is damaged: {' '.join(str(error).split())}",
            where=str(path),
            hint=f"copy it whole, or {_ADVICE}",
        ) from error
    if isinstance(found, dict) and isinstance(found.get("trials"), list):
        found = found["trials"]  # jsPsych's own DataCollection
    if isinstance(found, list) and found and all(isinstance(each, list) for each in found):
        found = [trial for each in found for trial in each]  # a list for each participant
    if not isinstance(found, list) or not found:
        raise DataError("it is not a list of trials", where=str(path), hint=_ADVICE)
    for number, trial in enumerate(found, 1):
        if not isinstance(trial, dict):
            raise DataError(
                f"a trial is an object, and here is {_kind(trial)}",
                where=Place(str(path), row=number),
                hint=_ADVICE,
            )
    return document, found


def _kind(value: Any) -> str:
    return {str: "a text", list: "a list", type(None): "nothing"}.get(type(value), "a number")


def _cells(trial: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, value in trial.items():
        if isinstance(value, dict) and value:
            yield from _cells(value, f"{before}{name}_")
        else:
            yield f"{before}{name}", value


def _text(value: Any) -> str:
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return number_text(value)
