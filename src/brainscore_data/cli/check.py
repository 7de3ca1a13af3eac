"""``brainscore-data check``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click

from brainscore_data.base.errors import UsageError
from brainscore_data.check.engine.checking import PlannedCheck
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.check.reporters.output_formats import OutputFormat
from brainscore_data.cli.options import cluster_option, separated
from brainscore_data.cli.telling import forms_option, paint, tell, tell_next
from brainscore_data.dataset.document import MANIFEST_NAME

_INCOMPLETE = 2


@click.command(
    epilog="Exit codes: 0 nothing was found, or warnings only; 1 errors were found; 2 wrong usage, "
    "an extra is not installed, or a rule crashed. Settings: [tool.brainscore-data] in "
    "pyproject.toml."
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--select",
    metavar="RULES",
    multiple=True,
    callback=separated,
    help="Run only these rules: codes, families (BSD3) or names, with commas between them.",
)
@click.option(
    "--ignore", metavar="RULES", multiple=True, callback=separated, help="Do not run these rules."
)
@forms_option(*get_args(OutputFormat), how="The form of the findings.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead.")
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Do not show the findings that are in FILE.",
)
@click.option("--write-baseline", is_flag=True, help="Put all findings into the baseline's file.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if errors were found.")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many files to check at the same time; BRAINSCORE_DATA_JOBS, or as many as there "
    "are cores, by default.",
)
@cluster_option
@click.option(
    "--fix",
    "mend",
    is_flag=True,
    help="Fix what is safe to fix, then check; files with people's data stay as they are, "
    "and copies with pseudonyms take their place in the dataset.",
)
@click.option(
    "--linking-table",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --fix: keep in FILE, outside of the repository, who has which pseudonym, and use "
    "what is in it.",
)
@click.option(
    "--pull-request",
    metavar="N",
    type=click.IntRange(min=1),
    help="The number that ends the identifiers of requests.",
)
def check(
    paths: tuple[Path, ...],
    *,
    output_format: OutputFormat,
    statistics: bool,
    baseline: Path | None,
    write_baseline: bool,
    exit_zero: bool,
    jobs: int | None,
    cluster: str | None,
    mend: bool,
    linking_table: Path | None,
    **chosen: Any,
) -> int:
    """Check a repository, a dataset, a plugin or single files.

    Without PATH, check the current folder.
    """
    from brainscore_data.check.engine.checking import plan

    if statistics and output_format != "text":
        raise UsageError("--statistics is text: leave --output-format out")
    if write_baseline and baseline is None:
        raise UsageError("--write-baseline needs to know where", hint="add --baseline FILE")
    checked = paths or (Path(),)
    if linking_table and not mend:
        raise UsageError("--linking-table is for --fix", hint="add --fix")

    def planning() -> PlannedCheck:
        known = None if write_baseline else baseline
        return plan(checked, baseline=known, jobs=jobs or 0, **chosen)

    planned = planning()
    if mend:
        _fix(planned, linking_table)
        planned = planning()  # there are new files
    outcome = _carried_out(planned, cluster)
    if write_baseline and baseline is not None:
        return _write_baseline(outcome, baseline, checked)
    # Its parts are made fit to be shown one by one, before they are coloured or written as JSON.
    tell(_report(outcome, output_format, statistics=statistics), nl=False, as_it_is=True)
    if output_format == "text" and (steps := list(_next(outcome, checked))):
        tell_next(*steps)
    return _exit_code(outcome, exit_zero=exit_zero)


def _carried_out(planned: PlannedCheck, cluster: str | None) -> Outcome:
    from brainscore_data.check.engine.checking import carry_out

    if cluster is None:
        return carry_out(planned)
    from brainscore_data.cluster.connecting import connected

    with connected(cluster) as found:
        return carry_out(planned, found.cage(planned.readable, planned.subjects.manifests))


def _fix(planned: PlannedCheck, linking_table: Path | None) -> None:
    from brainscore_data.check.fixing import fix

    for fixed in fix(
        planned.subjects,
        planned.settings,
        linking_table=linking_table,
        is_ignored=lambda code, path: planned.ignores(code, str(path)),
    ):
        tell(_plain(f"fixed {fixed.path}: {fixed.what}"), err=True)
        for left in fixed.left:
            tell(_plain(f"  note: {left}"), err=True)


def _exit_code(outcome: Outcome, *, exit_zero: bool) -> int:
    if outcome.incomplete:
        return _INCOMPLETE  # with --exit-zero, too: what was not checked did not pass
    return int(bool(outcome.errors) and not exit_zero)


def _write_baseline(outcome: Outcome, file: Path, paths: tuple[Path, ...]) -> int:
    from brainscore_data.check.engine.baseline import write_baseline

    if outcome.incomplete:
        tell(_report(outcome, "text", statistics=False), nl=False)
        return _INCOMPLETE
    count = write_baseline(outcome, file, paths)
    tell(f"{file}: {count} known finding{'' if count == 1 else 's'}")
    return 0


def _report(outcome: Outcome, output_format: OutputFormat, *, statistics: bool) -> str:
    if statistics:
        from brainscore_data.check.reporters.plain_text import statistics as counted

        return counted(outcome)
    from brainscore_data.check.reporters.output_formats import written

    return written(outcome, output_format, paint)


def _next(outcome: Outcome, paths: tuple[Path, ...]) -> Iterator[str]:
    if outcome.findings:
        worst = (*outcome.errors, *outcome.warnings)[0]
        yield f"brainscore-data rule {worst.code}   # why, and an example"
    if not outcome.errors and len(paths) == 1 and (paths[0] / MANIFEST_NAME).is_file():
        yield shlex.join(["brainscore-data", "package", str(paths[0]), "-o", "bundle"])


def _plain(text: str) -> str:
    from brainscore_data.base.text import one_line

    return one_line(text)
