"""Checking paths, from the settings to the findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack

from brainscore_data.base.cores import jobs_at_once
from brainscore_data.base.door import only_inside
from brainscore_data.base.read_once import reading_once
from brainscore_data.cage.cage import NotCarriedOutError
from brainscore_data.check.engine.configuration import Configuration, configured
from brainscore_data.check.engine.families import Family
from brainscore_data.check.engine.finding import Finding
from brainscore_data.check.engine.outcome import (
    Ignored,
    NotRun,
    Outcome,
    not_installed,
    run_rules,
    unseen,
    without_consequences,
)
from brainscore_data.check.engine.own_rules import RuleCrashed
from brainscore_data.check.engine.rule import AboutSubject
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.selection import Selection, choose, codes_of, ignored_at
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects, find_subjects

if TYPE_CHECKING:
    from brainscore_data.cage.cage import Cage
    from brainscore_data.check.engine.baseline import Baseline


class PlannedCheck(NamedTuple):
    """What a check is going to do."""

    paths: tuple[Path, ...]  # as they were given
    subjects: Subjects
    settings: Settings  # those of the repository, and over them those of the call
    selection: Selection
    per_path_ignores: dict[str, frozenset[str]]  # glob → codes
    root: Path | None  # what the globs start from
    ignored_by: tuple[Ignored, ...]  # by whose word rules do not count
    baseline: Baseline | None = None

    @property
    def readable(self) -> tuple[Path, ...]:
        """What may be read, wherever files are parsed."""
        return CheckRun(self.subjects, self.settings).readable

    def ignores(self, code: str, file: str) -> bool:
        """Say whether the settings ignore a rule in a file."""
        return self.root is not None and ignored_at(code, file, self.per_path_ignores, self.root)

    def counts(self, finding: Finding) -> bool:
        """Say whether a finding is one of what was asked for; that a rule crashed always is."""
        return finding.code == RuleCrashed.code or (
            finding.code in self.selection.codes
            and not self.ignores(finding.code, finding.place.file)
        )


class Choices(TypedDict, total=False):
    """What `plan` may be told besides the paths; it says what each means."""

    select: Sequence[str]
    ignore: Sequence[str]
    baseline: Path | Baseline | None
    configuration: Configuration | None
    pull_request: int | None
    jobs: int


def check(
    paths: Sequence[Path], *, workers: Cage | None = None, **choices: Unpack[Choices]
) -> Outcome:
    """Check repositories, datasets, plugins or single files.

    Files are parsed in `workers` if there are some, which may read what is checked.
    """
    return carry_out(plan(paths, **choices), workers)


def plan(
    paths: Sequence[Path],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    baseline: Path | Baseline | None = None,
    configuration: Configuration | None = None,
    pull_request: int | None = None,
    jobs: int = 0,
) -> PlannedCheck:
    """Read the settings, and find what there is to check.

    Rules are named by codes, families (``BSD3``) or names: `select` takes the place of what the
    settings select, and `ignore` comes on top of what they ignore. The `configuration` takes the
    place of the nearest ``pyproject.toml``. What the `baseline` has is not shown. `pull_request` is the
    number that identifiers of requests must end in, and `jobs` how many files are looked at at once; see `jobs_at_once`.
    """
    if isinstance(baseline, Path):
        from brainscore_data.check.engine.baseline import read_baseline

        baseline = read_baseline(baseline)
    subjects = find_subjects(paths)
    configuration = configuration or configured(paths)
    own = configuration.settings
    selection = (
        choose(select) if select else choose(own.select, where=configuration.where("select"))
    )
    ignored = [
        *(codes_of(each, where=configuration.where("ignore")) for each in own.ignore),
        *(codes_of(each, where="--ignore") for each in ignore),
    ]
    settings = replace(
        own,
        select=tuple(select) or own.select,
        ignore=(*own.ignore, *ignore),
        pull_request=own.pull_request if pull_request is None else pull_request,
        jobs=jobs_at_once(jobs),
    )
    return PlannedCheck(
        tuple(paths),
        subjects,
        settings,
        selection.without(frozenset[str]().union(*ignored)),
        _per_path_ignores(configuration),
        configuration.file.parent if configuration.file else None,
        tuple(_said(configuration, select, ignore)),
        baseline,
    )


def carry_out(planned: PlannedCheck, workers: Cage | None = None) -> Outcome:
    """Look at the subjects, a family of rules after the other; findings are sorted by file and line."""
    selection = planned.selection
    families = selection.families
    run = CheckRun(planned.subjects, planned.settings, workers)
    with run, reading_once(), only_inside(*run.inside):
        outcome = run_rules(
            [rule for family in families for rule in selection.rules(family)],
            chain.from_iterable(_facts(family, run, planned.paths) for family in families),
            planned.settings,
        )
    asked = {*selection.codes, *(family.code for family in families)}
    not_run = tuple(
        each
        for each in outcome.not_run
        if each.code in asked and not planned.ignores(each.code, each.subject)
    )
    counting = (each for each in outcome.findings if planned.counts(each))
    found = [*without_consequences(counting, outcome.causes), *not_installed(not_run)]
    outcome = Outcome(
        findings=tuple(sorted(dict.fromkeys(found), key=_place_first)),
        skipped=tuple(each for each in outcome.skipped if each.code in selection.codes),
        ran=outcome.ran & selection.codes,
        selected=selection.codes,
        ignored=selection.ignored,
        not_run=not_run,
        ignored_by=planned.ignored_by,
    )
    if planned.baseline is None:
        return outcome
    from brainscore_data.check.engine.baseline import grandfather

    return grandfather(outcome, planned.baseline, planned.paths)


def _facts(
    family: Family, run: CheckRun, paths: Sequence[Path]
) -> Iterator[AboutSubject | Finding | NotRun]:
    """Give the facts of a family up to where its probe fails, if it does, and then why."""
    try:
        yield from family.probe(run)
    except NotCarriedOutError:
        raise
    except Exception as error:  # noqa: BLE001 - what could not be looked at is a finding, never a pass
        subject = str(paths[0]) if paths else "."
        yield unseen(family.code, "could not be looked at in full", subject, error)


def _said(
    configuration: Configuration, select: Sequence[str], ignore: Sequence[str]
) -> Iterator[Ignored]:
    """Say by whose word rules are left out, in their own words."""
    own, by = configuration.settings, configuration.by
    if select or own.select:
        chosen = ", ".join(select or own.select)
        yield Ignored(f"everything but {chosen}", "--select" if select else by)
    if own.ignore:
        yield Ignored(", ".join(own.ignore), by)
    for glob, rules in own.per_path_ignores.items():
        yield Ignored(f"{', '.join(rules)} in {glob}", by)
    if ignore:
        yield Ignored(", ".join(ignore), "--ignore")


def _per_path_ignores(configuration: Configuration) -> dict[str, frozenset[str]]:
    where = configuration.where("per-path-ignores")
    return {
        glob: frozenset[str]().union(
            *(codes_of(each, where=f"{where}.{glob!r}") for each in wanted)
        )
        for glob, wanted in configuration.settings.per_path_ignores.items()
    }


def _place_first(finding: Finding) -> tuple[str, int, str, str]:
    place = finding.place
    return place.file, place.line or 0, finding.code, place.within or ""
