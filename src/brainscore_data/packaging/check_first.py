"""Checks before packaging: its owner sees everything wrong with a dataset at once, with codes.

Packaging guards the readers' contract by itself as well: what is ignored here is refused there if
readers could not load it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.cage.cage import Cage
from brainscore_data.check.engine.checking import Choices, check
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.finding import Finding
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.check.engine.own_rules import ExtraNotInstalled
from brainscore_data.check.reporters.plain_text import text
from brainscore_data.records.bundle import CheckRecord, CheckWarning, IgnoredRecord

# Registrations are written when all is published: those that are there are no part of a dataset.
_NOT_ABOUT_DATASETS = "BSD5"
_PEOPLE = "BSD7"
_MOST_SHOWN = 100
# What the extra `media` has: a dataset can be packaged without it, and the bundle says so. All
# that needs no decoder is checked then, too.
_DECODERS = frozenset({"PIL", "isal", "av"})


def check_first(
    folder: Path,
    *,
    workers: Cage | None = None,
    called: Path | None = None,
    **choices: Unpack[Choices],
) -> CheckRecord:
    """Check a dataset, and stop if a rule finds an error; errors name it `called`, where it is going to be."""
    choices["ignore"] = [*choices.get("ignore", ()), _NOT_ABOUT_DATASETS]
    outcome = check([folder], workers=workers, **choices)
    if called is not None:
        outcome = _moved(outcome, folder, called)
        folder = called
    for each in outcome.not_run:
        if each.module.split(".")[0] not in _DECODERS:
            raise ModuleNotFoundError(name=each.module)
    not_decoded = [
        replace(each, message=f"{each.message}; {each.hint}")
        for each in outcome.findings
        if each.code == ExtraNotInstalled.code
    ]
    outcome = replace(
        outcome,
        findings=tuple(each for each in outcome.findings if each.code != ExtraNotInstalled.code),
    )
    if outcome.crashed:
        raise UsageError(
            _listed(outcome),
            where=str(folder),
            hint="report it; until it is fixed, `ignore` in [tool.brainscore-data] of pyproject.toml "
            "can leave the rule out",
        )
    if outcome.errors:
        raise DataError(
            _listed(outcome),
            where=str(folder),
            count=len(outcome.errors),
            hint="fix these; `brainscore-data rule CODE` says why a rule is there, and `ignore` in "
            "[tool.brainscore-data] of pyproject.toml leaves one out",
        )
    return CheckRecord(
        ran=sorted(outcome.ran),
        ignored=sorted(
            code for code in outcome.ignored if not code.startswith(_NOT_ABOUT_DATASETS)
        ),
        baseline=choices.get("baseline") is not None,
        ignored_by=list(_ignored_by(outcome)),
        warnings=[_warning(each, folder) for each in (*not_decoded, *outcome.warnings)],
    )


def rules_about_people(checks: CheckRecord) -> list[str]:
    """Give the codes of the rules about people that were not left out of checks."""
    (people,) = (family for family in FAMILIES if family.code == _PEOPLE)
    return [rule.code for rule in people.rules() if rule.code not in checks.ignored]


def _ignored_by(outcome: Outcome) -> Iterator[IgnoredRecord]:
    for each in outcome.ignored_by:
        what = each.what
        if each.by == "--ignore":
            what = ", ".join(rule for rule in what.split(", ") if rule != _NOT_ABOUT_DATASETS)
        if what:
            yield IgnoredRecord(what=what, by=each.by)


def _moved(outcome: Outcome, before: Path, after: Path) -> Outcome:
    return replace(
        outcome,
        findings=tuple(
            replace(each, place=each.place.moved(before, after)) for each in outcome.findings
        ),
        skipped=tuple(
            each._replace(subject=Place(each.subject).moved(before, after).file)
            for each in outcome.skipped
        ),
    )


def _listed(outcome: Outcome) -> str:
    found = outcome.errors
    listed = text(replace(outcome, findings=found[:_MOST_SHOWN])).rstrip()
    more = f"\nand {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return f"nothing is packaged, because checks found errors\n{listed}{more}"


def _warning(finding: Finding, folder: Path) -> CheckWarning:
    place = _from(folder, finding.place)
    return CheckWarning(code=finding.code, place=str(place), message=finding.message)


def _from(folder: Path, place: Place) -> Place:
    """Name a place from the dataset's folder: a bundle is the same wherever it was made."""
    return replace(place, file=Path(os.path.relpath(place.file, folder)).as_posix())
