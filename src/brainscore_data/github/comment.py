"""One comment of a workflow on a pull request: its text, and how it is found, written and kept one.

A comment is the workflow's own if its author is, and if it begins with the workflow's marker. GitHub
has no conditional writes for comments: whoever writes one looks again, until it holds what was
said and is the only one. It takes 65,536 characters, and everything of a contributor's is in a code
span. Lines for people come first, the rest is folded. What does not fit is left out in this order:
rows of the table, whole hashes, the registrations, the receipts for machines. The job's summary has
all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.base.markdown import code_span, fenced, table, table_row
from brainscore_data.base.text import counted, one_line
from brainscore_data.check.engine.finding import Finding
from brainscore_data.github.client import explained
from brainscore_data.github.commented_receipts import (
    BOT,
    embed,
    marked_by,
    marker,
    parse,
    written_by,
)
from brainscore_data.plugins.receipt_markdown import (
    COLUMNS,
    as_list,
    cells_of,
    checked_with,
    folded,
    leading_lines,
    whole_hashes,
)
from brainscore_data.plugins.render import render_registrations
from brainscore_data.records.receipts import Receipts, merge_receipts

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.Repository import Repository


#: What a comment begins with that has data published.
PUBLISH = "/publish"
# "body is too long (maximum is 65536 characters)", with some to spare.
LONGEST = 65_000
# Of that, what a preview of the data takes in a comment with findings.
LONGEST_PREVIEW = 5_000
_EXAMPLES = 3
_MOST_CHECKS = 20
_FINDINGS_HEAD = ("", "rule", "found", "for example", "what to do")
_LONGEST_TEXT = 400
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", re.ASCII)
_REF = re.compile(r"[A-Za-z0-9_./-]+", re.ASCII)


@dataclass(frozen=True)
class Belonging:
    """Where a comment belongs."""

    repository: str
    pull_request: int
    workflow: str
    run_url: str


def findings_table(findings: Sequence[Finding], *, examples: int, pages: str = "") -> str:
    """Write a table of findings with a row for each rule."""
    return table(_FINDINGS_HEAD, rows_of(findings, examples=examples, pages=pages))


def rows_of(findings: Sequence[Finding], *, examples: int, pages: str = "") -> list[str]:
    """Write a row for each rule, errors first: how often, a few of them, and what to do.

    `pages` is where the pages about rules are, if that is known.
    """
    by_rule: dict[tuple[bool, str, str], list[Finding]] = {}
    for each in findings:
        by_rule.setdefault((each.severity.value != "error", each.code, each.rule), []).append(each)
    return [_row_of(some, examples, pages) for _, some in sorted(by_rule.items())]


def rule_pages(environment: Mapping[str, str], server_url: str) -> str:
    """Find where the pages about rules are: in the repository that the action was taken from.

    >>> rule_pages({"BRAINSCORE_DATA_ACTION_REPOSITORY": "lab/action",
    ...             "BRAINSCORE_DATA_ACTION_REF": "v1"}, "https://github.com")
    'https://github.com/lab/action/blob/v1/docs/rules'
    >>> rule_pages({}, "https://github.com")  # a local action
    ''
    """
    repository = environment.get("BRAINSCORE_DATA_ACTION_REPOSITORY", "")
    ref = environment.get("BRAINSCORE_DATA_ACTION_REF", "")
    if _REPOSITORY.fullmatch(repository) is None or _REF.fullmatch(ref) is None:
        return ""
    return f"{server_url}/{repository}/blob/{ref}/docs/rules"


def _cell(text: str) -> str:
    """Write a contributor's text, on one line and not endless."""
    line = one_line(text)
    return code_span(line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…")


def findings_text(
    to: Belonging, findings: Sequence[Finding], *, notes: Sequence[str] = (), pages: str = ""
) -> str:
    """Write what a check found."""
    errors = sum(each.severity.value == "error" for each in findings)
    warnings = sum(each.severity.value == "warning" for each in findings)
    found = " and ".join(
        counted(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count
    )
    head = f"### {_verdict(errors, found)}"
    rows = rows_of(findings, examples=_EXAMPLES, pages=pages)

    def written(count: int) -> str:
        shown = _table(_FINDINGS_HEAD, rows, count, to) if rows else []
        fold = folded(f"Findings: {found}", *shown, is_open=errors > 0) if shown else []
        return _joined(to, [head, *notes, *fold])

    return written(_most(len(rows), written, LONGEST - LONGEST_PREVIEW))


def receipts_text(
    to: Belonging, receipts: Mapping[str, Receipts], *, registrations: bool = True
) -> str:
    """Write what was published."""
    rows = []
    for folder, each in receipts.items():
        # One dataset needs no name in each of its rows.
        place = f"<br>in {_cell(folder)}" if len(receipts) > 1 else ""
        for item, *rest in cells_of(each, _cell):
            rows.append(table_row([item + place, *rest]))
    head = f"### Published: {counted(len(receipts), 'dataset')}"
    lines = as_list(leading_lines(receipts.values()))
    checks = _checks(receipts)
    machine = embed(to.repository, to.pull_request, receipts)
    hashes = [
        part
        for folder, each in receipts.items()
        if each.items
        for part in folded("Versions and hashes", fenced(whole_hashes(each), "text"), of=folder)
    ]
    written_out = _registrations(receipts) if registrations else []
    register = f"`brainscore-data register --pull-request {to.pull_request}` writes the receipts and the registrations."
    too_many = "The receipts are too long for a comment: they are in the run's artifact, and `brainscore-data register` takes them from there."
    for tail in (
        [*hashes, *written_out, register, machine],
        [*written_out, register, machine],
        [register, machine],
        [too_many],
    ):

        def written(count: int, tail: list[str] = tail) -> str:
            shown = _table([each.head for each in COLUMNS], rows, count, to)
            return _joined(to, [head, lines, *shown, *checks, *tail])

        if _fits(written(0)):
            break
    return written(_most(len(rows), written))


def answer_text(to: Belonging, text: str) -> str:
    """Write an answer to whoever asked for something in a comment or a review."""
    return _joined(to, [text])


def publishing_line(head_sha: str) -> str:
    """Write the comment with which a maintainer has a pull request's data published.

    >>> publishing_line("0f3c")
    '/publish 0f3c'
    """
    return f"{PUBLISH} {head_sha}"


def _verdict(errors: int, found: str) -> str:
    if not found:
        return "The checks found nothing to fix"
    return f"The checks found {found}" + ("" if errors else ": it can be merged")


def _row_of(findings: Sequence[Finding], examples: int, pages: str) -> str:
    first, shown = findings[0], findings[:examples]
    code = code_span(first.code)
    if pages:
        code = f"[{code}]({pages}/{first.code}-{first.rule}.md)"
    told = [f"{_cell(str(each.place))} {_cell(each.message)}" for each in shown]
    if len(findings) > len(shown):
        told.append(f"and {len(findings) - len(shown):,} more")
    hints = dict.fromkeys(_cell(each.hint) for each in shown if each.hint)
    return table_row(
        [
            first.severity.value,
            f"{code} {_cell(first.rule)}",
            f"{len(findings):,}",
            "<br>".join(told),
            "<br>".join(hints),
        ]
    )


def _checks(receipts: Mapping[str, Receipts]) -> list[str]:
    """Say of each dataset what its checks ignored, and by whose word."""
    lines = [
        f"- {_cell(folder)}: {checked_with(len(each.checks.ran), ignored)}"
        for folder, each in receipts.items()
        if each.checks is not None
        and (ignored := [(said.what, said.by) for said in each.checks.ignored_by])
    ]
    if len(lines) > _MOST_CHECKS:
        more = f"- and {counted(len(lines) - _MOST_CHECKS, 'more dataset')} with ignored rules"
        lines = [*lines[:_MOST_CHECKS], more]
    return ["\n".join(lines)] if lines else []


def _registrations(receipts: Mapping[str, Receipts]) -> list[str]:
    return [
        part
        for folder, each in receipts.items()
        if each.items
        for part in folded(
            "Registrations",
            fenced(render_registrations(each, folder=folder), "python"),
            of=folder,
        )
    ]


def _table(head: Sequence[str], rows: Sequence[str], count: int, to: Belonging) -> list[str]:
    parts = [table(head, rows[:count])] if count else []
    if count < len(rows):
        more = "more " if count else ""
        parts.append(f"{counted(len(rows) - count, f'{more}row')} in the [summary]({to.run_url}).")
    return parts


def _joined(to: Belonging, parts: Sequence[str]) -> str:
    foot = f"<sub>Of [this run]({to.run_url}). It is kept up to date; do not edit it.</sub>"
    return marker(to.workflow) + "\n" + "\n\n".join([*parts, foot]) + "\n"


def _most(count: int, written: Callable[[int], str], longest: int = LONGEST) -> int:
    """Find how many rows fit."""
    if _fits(written(count), longest):
        return count
    fits, too_many = 0, count
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if _fits(written(middle), longest) else (fits, middle)
    return fits


def _fits(text: str, longest: int = LONGEST) -> bool:
    return length(text) <= longest


def length(text: str) -> int:
    """Count signs as JavaScript does, which takes a rare one for two: whichever way GitHub counts."""
    return len(text.encode("utf-16-le")) // 2


_ATTEMPTS = 5


@dataclass(frozen=True)
class Posted:
    """A comment that is there."""

    id: int
    url: str


def post_findings(repository: Repository, to: Belonging, body: str, *, author: str = BOT) -> Posted:
    """Write the comment of a check, in place of what it said before."""
    return _post(repository, to, lambda _: body, author)


def post_change(
    repository: Repository, to: Belonging, change: Callable[[str], str], *, author: str = BOT
) -> Posted:
    """Change what the workflow's comment says; where there is none, what comes of an empty one."""
    return _post(repository, to, change, author)


def post_receipts(
    repository: Repository,
    to: Belonging,
    receipts: Mapping[str, Receipts],
    *,
    author: str = BOT,
    registrations: bool = True,
) -> Posted:
    """Write the comment with receipts; those of other datasets that it has stay."""

    def body(old: str) -> str:
        known = parse(old)
        mine = known is not None and _belongs(known.repository, known.pull_request, to)
        merged = dict(known.receipts) if known is not None and mine else {}
        for folder, each in receipts.items():
            before = merged.get(folder)
            merged[folder] = each if before is None else merge_receipts(before, each)
        whole = dict(sorted(merged.items()))
        return receipts_text(to, whole, registrations=registrations)

    try:
        return _post(repository, to, body, author)
    except (UsageError, IncompleteError) as error:
        raise IncompleteError(
            f"everything is published, but the comment with the receipts is missing: "
            f"{error.message}",
            where=f"pull request {to.pull_request}",
            hint="the receipts are in the run's summary and artifact; run the job again to "
            "get the comment: nothing is uploaded twice",
        ) from error


def _post(repository: Repository, to: Belonging, body: Callable[[str], str], author: str) -> Posted:
    with explained(f"to comment on pull request {to.pull_request}"):
        for _ in range(_ATTEMPTS):
            mine = _own(repository, to, author)
            if not mine:
                issue = repository.get_issue(to.pull_request)
                made = issue.create_comment(body(""))
                # With an app's token only this tells who one is.
                author = written_by(made) or author
                mine = _own(repository, to, author) or [made]
            first, *others = mine
            for other in others:
                _remove(other)
            text = body(first.body)
            if _same(first.body, text):
                return Posted(first.id, first.html_url)
            if not _edited(first, text):
                continue
            # Somebody else may have written in between: look again.
            left = _own(repository, to, author)
            if len(left) == 1 and _same(left[0].body, body(left[0].body)):
                return Posted(first.id, first.html_url)
    raise IncompleteError(
        f"others kept changing the comment on pull request {to.pull_request}",
        hint="run the job again",
    )


def _own(repository: Repository, to: Belonging, author: str) -> list[IssueComment]:
    """List the workflow's comments, the oldest first: it is the one that stays."""
    wanted = marked_by(f"{marker(to.workflow)}\n")
    found = [
        comment
        for comment in repository.get_issue(to.pull_request).get_comments()
        if written_by(comment) == author and marked_by(comment.body or "") == wanted
    ]
    return sorted(found, key=lambda comment: comment.id)


def _edited(comment: IssueComment, text: str) -> bool:
    """Write a comment; False if somebody removed it meanwhile."""
    from github import UnknownObjectException

    try:
        comment.edit(text)
    except UnknownObjectException:
        return False
    return True


def _remove(comment: IssueComment) -> None:
    import contextlib

    from github import UnknownObjectException

    with contextlib.suppress(UnknownObjectException):  # another run was faster
        comment.delete()


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").strip() == other.strip()


def _belongs(repository: str, number: int, to: Belonging) -> bool:
    return repository.lower() == to.repository.lower() and number == to.pull_request
