"""Checking paths, from the settings to the findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brainscore_data.base.cores import jobs_at_once
from brainscore_data.base.extras import extra_of
from brainscore_data.base.read_once import reading_once
from brainscore_data.check.engine.configuration import Configuration, configured
from brainscore_data.check.engine.families import Family
from brainscore_data.check.engine.finding import Finding
from brainscore_data.check.engine.rule import AboutSubject
from brainscore_data.check.engine.running import (
    CRASHED_CODE,
    Ignored,
    NotRun,
    Outcome,
    crash,
    not_installed,
    run_rules,
    without_consequences,
)
from brainscore_data.check.engine.selection import Selection, choose, codes_of, ignored_at
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects, find_subjects

if TYPE_CHECKING:
    from brainscore_data.check.engine.baseline import Baseline


class Plan(NamedTuple):
    """What a check is going to do.

    Attributes
    ----------
    paths : tuple of Path
        What was given.
    subjects : Subjects
        What is looked at.
    settings : Settings
        Those of the repository, and over them those of the call.
    selection : Selection
        The rules.
    per_path_ignores : dict of str to frozenset of str
        Glob → codes.
    root : Path or None
        What the globs start from.
    ignored_by : tuple of Ignored
        By whose word rules do not count.
    """

    paths: tuple[Path, ...]
    subjects: Subjects
    settings: Settings
    selection: Selection
    per_path_ignores: dict[str, frozenset[str]]
    root: Path | None
    ignored_by: tuple[Ignored, ...] = ()

    def ignores(self, code: str, file: str) -> bool:
        """Say whether the settings ignore a rule in a file."""
        return self.root is not None and ignored_at(code, file, self.per_path_ignores, self.root)


def check(
    paths: Sequence[Path],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    baseline: Path | Baseline | None = None,
    configuration: Configuration | None = None,
    pull_request: int | None = None,
    jobs: int = 0,
) -> Outcome:
    """Check repositories, datasets, plugins or single files.

    Parameters
    ----------
    paths : sequence of Path
        Findings name files as these do. Settings come from the ``pyproject.toml`` above them.
    select : sequence of str, optional
        Codes, families (``BSD3``) or names of rules, in place of those in the settings.
    ignore : sequence of str, optional
        Likewise, added to those in the settings.
    baseline : Path or Baseline, optional
        Findings that are known and not shown.
    configuration : Configuration, optional
        The settings, in place of those of the ``pyproject.toml`` above the paths.
    pull_request : int, optional
        The number that identifiers of requests must end in.
    jobs : int, optional
        How many files to look at at the same time; by default as many as the variable
        ``BRAINSCORE_DATA_JOBS`` says, or one for each core.

    Returns
    -------
    Outcome
        Its findings are sorted by file and line.

    Raises
    ------
    UsageError
        If a path is not there, or the settings, the variable, the selection or the baseline are
        wrong.
    """
    planning = partial(
        plan,
        paths,
        select=select,
        ignore=ignore,
        configuration=configuration,
        pull_request=pull_request,
        jobs=jobs,
    )
    if baseline is None:
        return carry_out(planning())
    # It brings hashing and temporary files, which a hook without a baseline need not wait for.
    from brainscore_data.check.engine.baseline import Baseline, grandfather, read_baseline

    known = baseline if isinstance(baseline, Baseline) else read_baseline(baseline)
    return grandfather(carry_out(planning()), known, paths)


def plan(
    paths: Sequence[Path],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    configuration: Configuration | None = None,
    pull_request: int | None = None,
    jobs: int = 0,
) -> Plan:
    """Read the settings and find what there is to check; the parameters are those of `check`."""
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
    return Plan(
        tuple(paths),
        subjects,
        settings,
        selection.without(frozenset[str]().union(*ignored)),
        _per_path_ignores(configuration),
        configuration.file.parent if configuration.file else None,
        tuple(_said(configuration, select, ignore)),
    )


def carry_out(planned: Plan) -> Outcome:
    """Look at the subjects, a family of rules after the other."""
    with reading_once():
        return _carried_out(planned)


def _carried_out(planned: Plan) -> Outcome:
    selection, settings = planned.selection, planned.settings
    outcomes = []
    for family in selection.families:
        unseen: list[Finding | NotRun] = []
        rules = selection.rules(family)
        outcome = run_rules(rules, _facts(family, planned, unseen), settings)
        crashes = tuple(each for each in unseen if isinstance(each, Finding))
        absent = tuple(each for each in unseen if isinstance(each, NotRun))
        outcomes.append(
            replace(
                outcome,
                findings=(*outcome.findings, *crashes),
                not_run=(*outcome.not_run, *absent),
            )
        )
    not_run = tuple(
        each
        for outcome in outcomes
        for each in outcome.not_run
        if each.code in {*selection.codes, *(family.code for family in selection.families)}
        and not planned.ignores(each.code, each.subject)
    )
    found = [
        finding
        for outcome in outcomes
        for finding in outcome.findings
        if finding.code == CRASHED_CODE
        or (
            finding.code in selection.codes
            and not planned.ignores(finding.code, finding.place.file)
        )
    ]
    causes = {finding: cause for outcome in outcomes for finding, cause in outcome.causes.items()}
    found = [*without_consequences(found, causes), *not_installed(not_run)]
    return Outcome(
        findings=tuple(sorted(dict.fromkeys(found), key=_place_first)),
        skipped=tuple(
            each for outcome in outcomes for each in outcome.skipped if each.code in selection.codes
        ),
        ran=frozenset[str]().union(*(each.ran for each in outcomes)) & selection.codes,
        selected=selection.codes,
        ignored=selection.ignored,
        not_run=not_run,
        ignored_by=planned.ignored_by,
    )


def _facts(family: Family, planned: Plan, unseen: list[Finding | NotRun]) -> Iterator[AboutSubject]:
    """Give the facts of a family up to where its probe fails, if it does."""
    try:
        yield from family.probe(planned.subjects, planned.settings)
    except Exception as error:  # noqa: BLE001 - what could not be looked at is a finding, never a pass
        subject = str(planned.paths[0]) if planned.paths else "."
        if isinstance(error, ModuleNotFoundError) and extra_of(error) is not None:
            unseen.append(NotRun(family.code, error.name or "", subject))
        else:
            unseen.append(crash(f"{family.code} could not be looked at in full", subject, error))


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
