"""The text of a comment: short enough for GitHub, and everything of a contributor's in a code span.

GitHub takes 65,536 characters. What does not fit is left out in this order: rows of the table, the
registrations, the receipts for machines. The job's summary has all of it.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from brainscore_data.base.markdown import fenced
from brainscore_data.base.text import one_line
from brainscore_data.check.engine.finding import Finding
from brainscore_data.github.embedded import embed, marker
from brainscore_data.github.findings_table import HEAD as _FINDINGS_HEAD
from brainscore_data.github.findings_table import cell as _cell
from brainscore_data.github.findings_table import row as _row
from brainscore_data.github.findings_table import rows_of
from brainscore_data.plugins.receipt_markdown import checked_with, visibility_text
from brainscore_data.plugins.render import render_registrations
from brainscore_data.records.receipts import Receipts

# "body is too long (maximum is 65536 characters)", with some to spare.
LONGEST = 65_000
_EXAMPLES = 3
_MOST_CHECKS = 20
_RECEIPTS_HEAD = (
    "dataset",
    "item",
    "file",
    "visibility",
    "license",
    "version id",
    "sha1",
    "bytes",
    "status",
)


@dataclass(frozen=True)
class Belonging:
    """Where a comment belongs."""

    repository: str
    pull_request: int
    workflow: str
    run_url: str


def findings_text(
    to: Belonging, findings: Sequence[Finding], *, notes: Sequence[str] = (), pages: str = ""
) -> str:
    """Write what a check found."""
    errors = sum(each.severity.value == "error" for each in findings)
    warnings = sum(each.severity.value == "warning" for each in findings)
    head = f"### {_verdict(errors, warnings)}"
    rows = rows_of(findings, examples=_EXAMPLES, pages=pages)

    def written(count: int) -> str:
        table = _table(_FINDINGS_HEAD, rows, count, to) if rows else []
        return _joined(to, [head, *table, *notes])

    return written(_most(len(rows), written))


def receipts_text(
    to: Belonging, receipts: Mapping[str, Receipts], *, registrations: bool = True
) -> str:
    """Write what was published."""
    rows = [row for folder, each in receipts.items() for row in _receipt_rows(folder, each)]
    head = f"### Published: {_counted(len(receipts), 'dataset')}"
    checks = _checks(receipts)
    machine = embed(to.repository, to.pull_request, receipts)
    written_out = _registrations(receipts) if registrations else []
    register = f"`brainscore-data register --pull-request {to.pull_request}` writes the receipts and the registrations."
    too_many = "The receipts are too long for a comment: they are in the run's artifact, and `brainscore-data register` takes them from there."
    for tail in ([*written_out, register, machine], [register, machine], [too_many]):

        def written(count: int, tail: list[str] = tail) -> str:
            return _joined(to, [head, *_table(_RECEIPTS_HEAD, rows, count, to), *checks, *tail])

        if _fits(written(0)):
            break
    return written(_most(len(rows), written))


def maintainer_command(repository: str, pull_request: int, head_sha: str, branch: str) -> str:
    """Write the line with which a maintainer publishes what a pull request may not.

    Examples
    --------
    >>> maintainer_command("lab/data", 7, "0f3c", "main")
    'gh workflow run publish-on-approval.yml --repo lab/data --ref main -f pull-request=7 -f head-sha=0f3c'
    """
    import shlex

    words = ["gh", "workflow", "run", "publish-on-approval.yml", "--repo", repository]
    words += ["--ref", branch, "-f", f"pull-request={pull_request}", "-f", f"head-sha={head_sha}"]
    return shlex.join(words)


def _verdict(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "The checks found nothing to mend"
    said = f"The checks found {_counted(errors, 'error')} and {_counted(warnings, 'warning')}"
    return said if errors else f"{said}: it can be merged"


def _receipt_rows(folder: str, receipts: Receipts) -> list[str]:
    return [
        _row(
            [
                _cell(folder),
                _cell(item.identifier),
                _cell(file.object.key.rpartition(".")[2]),
                visibility_text(item, file),
                _cell(item.license) if item.license else "not recorded",
                _cell(file.object.version_id) if file.object.version_id else "none",
                _cell(file.object.sha1),
                f"{file.object.size:,}",
                file.run.status,
            ]
        )
        for item in receipts.items
        for file in item.files
    ]


def _checks(receipts: Mapping[str, Receipts]) -> list[str]:
    """Say of each dataset what its checks ignored, and by whose word."""
    lines = [
        f"- {_cell(folder)}: {checked_with(len(each.checks.ran), ignored)}"
        for folder, each in receipts.items()
        if each.checks is not None
        and (ignored := [(said.what, said.by) for said in each.checks.ignored_by])
    ]
    if len(lines) > _MOST_CHECKS:
        more = f"- and {_counted(len(lines) - _MOST_CHECKS, 'more dataset')} with ignored rules"
        lines = [*lines[:_MOST_CHECKS], more]
    return ["\n".join(lines)] if lines else []


def _registrations(receipts: Mapping[str, Receipts]) -> list[str]:
    parts = []
    for folder, each in receipts.items():
        if each.items:
            # The summary's own line is HTML; Markdown is read again after the blank line.
            name = f"<code>{html.escape(one_line(folder)).replace('`', '&#96;')}</code>"
            parts += [f"<details><summary>Registrations of {name}</summary>"]
            parts += [fenced(render_registrations(each, folder=folder), "python"), "</details>"]
    return parts


def _table(head: Sequence[str], rows: Sequence[str], count: int, to: Belonging) -> list[str]:
    shown = [_row(head), _row(["---"] * len(head)), *rows[:count]]
    table = ["\n".join(shown)] if count else []
    if count < len(rows):
        more = "more " if count else ""
        table.append(f"{_counted(len(rows) - count, f'{more}row')} in the [summary]({to.run_url}).")
    return table


def _joined(to: Belonging, parts: Sequence[str]) -> str:
    foot = f"<sub>Of [this run]({to.run_url}). It is kept up to date; do not edit it.</sub>"
    return marker(to.workflow) + "\n" + "\n\n".join([*parts, foot]) + "\n"


def _most(count: int, written: Callable[[int], str]) -> int:
    """Find how many rows fit."""
    if _fits(written(count)):
        return count
    fits, too_many = 0, count
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if _fits(written(middle)) else (fits, middle)
    return fits


def _fits(text: str) -> bool:
    # Whichever way they are counted: JavaScript takes a rare character for two.
    return len(text.encode("utf-16-le")) // 2 <= LONGEST


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
