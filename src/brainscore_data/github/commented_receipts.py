"""The receipts in the comment of a pull request, for whoever registers them.

Only one comment is believed: by GitHub's own bot, from its beginning a comment of this program, with
receipts for this very pull request that are as they were written.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import ask_git
from brainscore_data.github.client import explained
from brainscore_data.github.comment import BOT, written_by
from brainscore_data.github.embedded import marked_by, parse
from brainscore_data.records.receipts import Receipts

if TYPE_CHECKING:
    from github.Repository import Repository

_REMOTE = re.compile(
    r"(?:https?://(?:[^/@]*@)?|ssh://(?:[^/@]*@)?|[^/@]+@)(?P<host>[^/:]+)(?::\d+)?[:/]"
    r"(?P<name>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?"
)
_ENTERPRISE_TOKENS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")


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
