"""Suggestions on a pull request's own lines: who wrote the registration accepts each with one click.

GitHub shows a comment's ``suggestion`` block as a change of the lines that it is about [1]_. A
comment can only be about lines that the diff shows.

.. [1] https://docs.github.com/en/rest/pulls/comments#create-a-review-comment-for-a-pull-request
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from brainscore_data.base.markdown import fenced
from brainscore_data.github.client import explained
from brainscore_data.github.comment import Belonging
from brainscore_data.github.commented_receipts import BOT, marked_by, marker, written_by
from brainscore_data.plugins.homes import SOURCE_NAME, folder_in_package
from brainscore_data.plugins.suggesting import suggested_lines
from brainscore_data.records.receipts import Receipts

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.PullRequestComment import PullRequestComment
    from github.Repository import Repository

#: Each is a notification: of more, `register --pull-request` is the shorter way.
MOST = 40
_LARGEST = 1 << 20  # bytes: GitHub gives no larger file with its content
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def post_suggestions(
    repository: Repository,
    to: Belonging,
    receipts: Mapping[str, Receipts],
    *,
    author: str = BOT,
) -> int:
    """Suggest the pins of receipts where a pull request's diff shows their lines; says how many.

    A line has one comment of a workflow: another run changes what it says, if that is not the same.
    """
    with explained(f"to suggest changes on pull request {to.pull_request}"):
        pull = repository.get_pull(to.pull_request)
        if pull.state != "open":
            return 0
        wanted = list(_wanted(repository, pull, receipts))[:MOST]
        if not wanted:
            return 0
        there = _marked(pull, to)
        for path, line, text in wanted:
            body = _body(to, text)
            here = there.get((path, line), [])
            if any(_same(comment.body, body) for comment in here):
                continue
            ours = next((each for each in here if written_by(each) == author), None)
            if ours is not None:
                ours.edit(body)
            else:
                pull.create_review_comment(body, pull.head.sha, path, line=line, side="RIGHT")
        return len(wanted)


def shown_lines(patch: str) -> set[int]:
    r"""Give the numbers of the lines that a diff shows of a file as it is afterwards.

    >>> sorted(shown_lines("@@ -7,2 +7,3 @@ def\n same\n-old\n+new\n+newer\n\\ No newline"))
    [7, 8, 9]
    """
    shown, number = set(), 0
    for line in patch.split("\n"):
        if (hunk := _HUNK.match(line)) is not None:
            number = int(hunk[1])
        elif line[:1] in {" ", "+"}:
            shown.add(number)
            number += 1
    return shown


def _wanted(
    repository: Repository, pull: PullRequest, receipts: Mapping[str, Receipts]
) -> Iterator[tuple[str, int, str]]:
    """List what is to be suggested: a file, a line of it, and how that has to read."""
    plugins: dict[str, list[Receipts]] = {}
    for folder, each in receipts.items():
        home = folder_in_package(each.plugin or "") or folder_in_package(folder)
        if home is not None:
            plugins.setdefault(f"{home.rstrip('/')}/{SOURCE_NAME}", []).append(each)
    if not plugins:
        return
    patches = {file.filename: file.patch for file in pull.get_files() if file.patch}
    for path in sorted(plugins.keys() & patches.keys()):
        source = _source(repository, path, pull.head.sha)
        shown = shown_lines(patches[path])
        home = path.removesuffix(f"/{SOURCE_NAME}")
        for each in plugins[path]:
            for line, text in suggested_lines(source, each, folder=home).items():
                if line in shown:
                    yield path, line, text


def _source(repository: Repository, path: str, sha: str) -> str:
    """Read a file at a pull request's head, which its base's repository has, too; else nothing."""
    found = repository.get_contents(path, ref=sha)
    if isinstance(found, list) or found.type != "file" or found.size > _LARGEST:
        return ""
    try:
        return found.decoded_content.decode()
    except UnicodeDecodeError:
        return ""


def _marked(pull: PullRequest, to: Belonging) -> dict[tuple[str, int], list[PullRequestComment]]:
    """Find the workflow's comments on lines that are still as they were then."""
    wanted = marked_by(f"{marker(to.workflow)}\n")
    found: dict[tuple[str, int], list[PullRequestComment]] = {}
    for each in pull.get_review_comments():
        # GitHub takes its line from a comment whose line was changed since.
        if each.line and marked_by(each.body or "") == wanted:
            found.setdefault((each.path, each.line), []).append(each)
    return found


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").strip() == other.strip()


def _body(to: Belonging, text: str) -> str:
    said = "This is what was published:"
    how = "*Commit suggestion* writes it; *Add suggestion to batch* takes several lines in one commit."
    return "\n\n".join([f"{marker(to.workflow)}\n{said}", fenced(text, "suggestion"), how]) + "\n"
