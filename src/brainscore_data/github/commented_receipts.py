"""The receipts in the comment of a pull request: written for machines, and read by who registers.

They are in HTML comments, which a browser does not show. The first line of a comment says which
workflow wrote it. Receipts are JSON with its hash, so that a change by hand is noticed. The hash is
no signature: who wrote a comment is what GitHub says of its author.

Only one comment is believed: by GitHub's own bot, from its beginning a comment of this program, with
receipts for this very pull request that are as they were written.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import ask_git
from brainscore_data.github.client import explained
from brainscore_data.records.receipts import Receipts

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.PullRequestComment import PullRequestComment
    from github.Repository import Repository

# Who comments with a job's own token:
# https://docs.github.com/en/actions/concepts/security/github_token
BOT = "github-actions[bot]"
_MARKER = re.compile(r"<!-- brainscore-data:workflow (?P<workflow>[A-Za-z0-9._/-]+) -->\r?\n")
_BLOCK = re.compile(
    r"^<!-- brainscore-data:receipts sha256=(?P<sha256>[0-9a-f]{64}) (?P<json>\{.*\}) -->\r?$",
    re.MULTILINE,
)
# With `/` between the parts, on each system.
Folder = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f\\:]+$")]
_REMOTE = re.compile(
    r"(?:https?://(?:[^/@]*@)?|ssh://(?:[^/@]*@)?|[^/@]+@)(?P<host>[^/:]+)(?::\d+)?[:/]"
    r"(?P<name>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?"
)
_ENTERPRISE_TOKENS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")


class Embedded(BaseModel):
    """The receipts in a comment, and where the comment belongs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    repository: str
    pull_request: int
    receipts: dict[Folder, Receipts]  # by the dataset, from the root of the repository


def marker(workflow: str) -> str:
    """Write the first line of a workflow's comments.

    >>> marker(".github/workflows/publish.yml")
    '<!-- brainscore-data:workflow .github/workflows/publish.yml -->'
    >>> marker("--> @all")
    '<!-- brainscore-data:workflow ____all -->'
    """
    # No two dashes in a row: they might end the comment.
    safe = re.sub(r"-{2,}|[^A-Za-z0-9._/-]", "_", workflow)
    return f"<!-- brainscore-data:workflow {safe or '_'} -->"


def workflow_file(workflow_ref: str) -> str:
    """Take the file out of ``GITHUB_WORKFLOW_REF``.

    >>> workflow_file("lab/data/.github/workflows/check.yml@refs/pull/1/merge")
    '.github/workflows/check.yml'
    """
    path = workflow_ref.partition("@")[0].split("/", 2)
    return path[-1]


def marked_by(body: str) -> str | None:
    """Find which workflow wrote a comment; only its very beginning is believed."""
    found = _MARKER.match(body)
    return found["workflow"] if found else None


def embed(repository: str, pull_request: int, receipts: Mapping[str, Receipts]) -> str:
    """Write receipts as one line of HTML comment.

    Nothing in it ends the comment, and nothing is a mention or a reference, wherever it is read.
    """
    said = Embedded(repository=repository, pull_request=pull_request, receipts=dict(receipts))
    content = said.model_dump(mode="json", by_alias=True)
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=True)
    # In such JSON these stand in texts only: there is no number below zero.
    for character in "<>&@#`":
        text = text.replace(character, f"\\u{ord(character):04x}")
    text = text.replace("--", "-\\u002d")
    return f"<!-- brainscore-data:receipts sha256={_sha256(text)} {text} -->"


def parse(body: str) -> Embedded | None:
    """Read the receipts in a comment whose author is known; None if they are not as they were written."""
    blocks = _BLOCK.findall(body)
    if marked_by(body) is None or len(blocks) != 1:
        return None
    sha256, text = blocks[0]
    if _sha256(text) != sha256:
        return None
    try:
        found = Embedded.model_validate_json(text)
    except ValidationError:
        return None
    return found if all(_is_below(folder) for folder in found.receipts) else None


def written_by(comment: IssueComment | PullRequestComment) -> str | None:
    """Tell who wrote a comment; None if that account is gone."""
    return getattr(comment.user, "login", None)


def commented_receipts(
    repository: Repository,
    number: int,
    *,
    name: str,
    author: str = BOT,
    workflow: str | None = None,
) -> dict[str, Receipts]:
    """Read the receipts in a pull request's comment."""
    with explained(f"for the comments of pull request {number}"):
        bodies = [
            comment.body
            for comment in repository.get_issue(number).get_comments()
            if written_by(comment) == author
        ]
    found: dict[str, Mapping[str, Receipts]] = {}
    for body in bodies:
        by, said = marked_by(body or ""), parse(body or "")
        if by is None or said is None or (workflow is not None and by != workflow):
            continue
        if said.repository.lower() != name.lower() or said.pull_request != number:
            continue
        if by in found:
            raise _ambiguous(number, f"{by} has more than one", "run the workflow again")
        found[by] = said.receipts
    if not found:
        raise UsageError(
            f"no comment of {author} has receipts for this pull request",
            where=f"{name}#{number}",
            hint="wait until it is published; if the comment was edited, run the workflow again, "
            "and if it is too long for receipts, download the run's artifact and give its path",
        )
    if len(found) > 1:
        raise _ambiguous(number, " and ".join(sorted(found)), "name one with --workflow")
    return dict(next(iter(found.values())))


def repository_name(folder: Path) -> tuple[str, str]:
    """Find which repository a checkout is of, from its remote ``origin``."""
    try:
        url = ask_git(folder, "remote", "get-url", "origin").decode(errors="replace").strip()
    except UsageError:
        url = ""
    parts = _REMOTE.fullmatch(url)
    if parts is None:
        raise UsageError(
            "it cannot be seen which repository on GitHub this is",
            where=str(folder),
            hint="name it: --repository OWNER/NAME",
        )
    return parts["host"], parts["name"]


def token_of(environment: Mapping[str, str], host: str) -> str | None:
    """Find the user's token: in the environment, or as ``gh`` keeps it; None for nobody's.

    A token of the environment goes to the host that it is for only, whatever a remote is called.
    https://cli.github.com/manual/gh_help_environment
    """
    if host == "github.com":
        names: tuple[str, ...] = ("GITHUB_TOKEN", "GH_TOKEN")
    else:
        names = _ENTERPRISE_TOKENS if environment.get("GH_HOST") == host else ()
    for name in names:
        if environment.get(name):
            return environment[name]
    command = ("gh", "auth", "token", "--hostname", host)
    # `gh` would hand these out for any host.
    rest = {name: each for name, each in environment.items() if name not in _ENTERPRISE_TOKENS}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            command, capture_output=True, check=False, text=True, env=rest
        )
    except OSError:
        return None
    return done.stdout.strip() or None


def _ambiguous(number: int, what: str, hint: str) -> UsageError:
    return UsageError(
        f"more than one comment has receipts: {what}", where=f"pull request {number}", hint=hint
    )


def _is_below(folder: str) -> bool:
    parts = folder.split("/")
    return folder == "." or not {"", ".", ".."}.intersection(parts)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
