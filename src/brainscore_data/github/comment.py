"""One comment of a workflow on a pull request: found, written, and kept one.

A comment is the workflow's own if its author is, and if it begins with the workflow's marker. GitHub
has no conditional writes for comments: whoever writes one looks again, until it holds what was
said and is the only one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.github.client import explained
from brainscore_data.github.comment_text import Belonging, receipts_text
from brainscore_data.github.commented_receipts import BOT, marked_by, marker, parse, written_by
from brainscore_data.records.receipts import Receipts, merge_receipts

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.Repository import Repository

_ATTEMPTS = 5


@dataclass(frozen=True)
class Posted:
    """A comment that is there."""

    id: int
    url: str


def post_findings(repository: Repository, to: Belonging, body: str, *, author: str = BOT) -> Posted:
    """Write the comment of a check, in place of what it said before."""
    return _post(repository, to, lambda _: body, author)


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
