"""What nobody can see in a folder: the questions about it, and what its contributor answers.

A question that is not answered has a proposal, or stays open as a TODO in the manifest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from brainscore_data.base.errors import UsageError
from brainscore_data.dataset.assembly_tables import Bins
from brainscore_data.dataset.licenses import OFFERED

#: To everything that is asked, this is an answer, too.
LATER = "later"
NONE = "none"


@dataclass(frozen=True)
class Answers:
    """What a contributor says of a dataset; None where that is open."""

    name: str | None = None
    measured: str | None = None
    visibility: str | None = None
    consent: str | None = None
    license: str | None = None
    value: str | None = None
    participant: str | None = None
    practice: str | None = None
    order: str | None = None
    region: str | None = None
    bins: str | None = None


NO_ANSWERS = Answers()


@dataclass(frozen=True)
class ContributorQuestion:
    """Something to ask; its key is a field of `Answers`."""

    key: str
    text: str
    proposal: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)  # each with what it means
    todo: str | None = None  # where a proposal must not do: what is left to be done


def about_readers(*, people: bool, answers: Answers) -> tuple[ContributorQuestion, ...]:
    """Ask who may have the data, and whether that is for the contributor to say."""
    questions = []
    if answers.visibility is None:
        questions.append(
            ContributorQuestion(
                "visibility",
                "Who may read it?",
                "private",
                {"public": "everybody", "private": "only those whom the owner of the store lets"},
                'visibility: who may read it, "public" or "private", in each item below',
            )
        )
    if people and answers.visibility == "public" and answers.consent is None:
        questions.append(
            ContributorQuestion(
                "consent",
                "Does the participants' consent allow that everybody may read it?",
                None,
                {"yes": "it does", "no": "it does not: all stays private"},
                "consent: make sure that the participants' consent allows that everybody may read it",
            )
        )
    if answers.license is None:
        questions.append(
            ContributorQuestion(
                "license",
                "Under which license may it be used?",
                "CC-BY-4.0" if answers.visibility == "public" else "restricted",
                OFFERED,
                'license: under which the data may be used, e.g. "CC-BY-4.0", or "restricted"',
            )
        )
    return tuple(questions)


def parsed_bins(text: str | None) -> Bins | None:
    """Read ``start:stop:width``; None if there shall be none.

    >>> parsed_bins("0:0.5:0.1"), parsed_bins("none")
    (Bins(start=0.0, stop=0.5, width=0.1), None)
    """
    if text is None or text == NONE:
        return None
    try:
        start, stop, width = (float(part) for part in text.split(":"))
        return Bins(start=start, stop=stop, width=width)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a whole number of time bins",
            where="--bins",
            hint="write start:stop:width, e.g. 70:270:50 for four bins from 70 to 270 ms",
        ) from error


def parsed_practice(text: str) -> dict[str, tuple[str, ...]]:
    """Read which cells of which columns mean practice: ``column=cell,cell; column=cell``.

    >>> parsed_practice("phase=practice,warm up; catch=1"), parsed_practice("none")
    ({'phase': ('practice', 'warm up'), 'catch': ('1',)}, {})
    """
    if text == NONE:
        return {}
    columns = {}
    for part in filter(None, re.split(r";\s*", text)):
        column, equals, cells = part.partition("=")
        if not equals:
            raise UsageError(
                f"{text!r} does not say which rows are practice",
                where="--practice",
                hint="write column=cell,cell as in phase=practice,instructions; or none",
            )
        columns[column.strip()] = tuple(cell.strip() for cell in cells.split(","))
    return columns


def written_practice(columns: Mapping[str, Sequence[str]]) -> str:
    """Write what `parsed_practice` reads."""
    return "; ".join(f"{name}={','.join(cells)}" for name, cells in columns.items()) or NONE
