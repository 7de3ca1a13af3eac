"""The command ``approve``: who approved which commit of which pull request, asked of GitHub.

A comment `/publish <the commit>` or an approving review starts the run, on the default branch. The event
names where to look, and nothing of what it says is believed: what was said, by whom, whether they
may write to the repository, and where the pull request is now, the API tells [1]_ [2]_.

.. [1] https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
.. [2] https://docs.github.com/en/rest/pulls/reviews
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import UsageError
from brainscore_data.base.markdown import code_span
from brainscore_data.github.client import explained
from brainscore_data.github.comment import PUBLISH, publishing_line
from brainscore_data.github.tasks.commenting import answered
from brainscore_data.github.tasks.task import Job, Result

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

_LINE = re.compile(rf"{PUBLISH} (?P<sha>[0-9a-f]{{64}}|[0-9a-f]{{40}})\s*", re.ASCII)
# The permission `maintain` is told as `write`, and `triage` as `read`.
_MAY = frozenset({"admin", "write"})
# A review that only comments leaves what its author said before.
_DECIDES = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


class NotApprovedError(UsageError):
    """Somebody asked for it, and it is not done."""


def run(job: Job) -> Result:
    """Find out what was approved; the outputs name nothing if nobody asked for anything."""
    context = job.context
    if context.event == "issue_comment":
        return _by_comment(job)
    if context.event == "workflow_run":
        return _by_review(job)
    if context.event == "workflow_dispatch":
        return _by_hand(job)
    raise UsageError(
        f"an event {context.event!r} approves nothing",
        where="command: approve",
        hint="start it by a comment, by a review (workflow_run), or by hand",
    )


def _by_comment(job: Job) -> Result:
    """Take `/publish` from a comment that says nothing else, and was never edited."""
    issue, written = job.context.payload.issue, job.context.payload.comment
    if issue is None or written is None or issue.pull_request is None:
        return _nothing(job, "a comment on an issue publishes nothing")
    repository = job.repository()
    with explained(f"for a comment on pull request {issue.number}"):
        comment = repository.get_issue(issue.number).get_comment(written.id)
        said, author = comment.body or "", comment.user.login
        edited = comment.updated_at != comment.created_at
    if not said.startswith(PUBLISH):
        return _nothing(job, "the comment does not ask for a publication")
    pull = _pull(repository, issue.number)
    with _answering(job, pull, author):
        if edited:
            raise NotApprovedError("that comment was edited after it was written: write a new one")
        if not _may_write(repository, author):
            raise NotApprovedError(
                "only people who may write to this repository can have data published"
            )
        if (asked := _LINE.fullmatch(said)) is None:
            raise NotApprovedError(
                f"the comment has to be this line and nothing else, with all characters of the "
                f"commit that was reviewed: {PUBLISH} COMMIT"
            )
        return _approved(pull, asked["sha"])


def _by_review(job: Job) -> Result:
    """Look for an approving review of the pull requests of a branch."""
    came = job.context.payload.workflow_run
    if came is None or came.head_branch is None or came.head_repository is None:
        return _nothing(job, "the branch that was reviewed is gone")
    repository = job.repository()
    owner = came.head_repository.full_name.partition("/")[0]
    with explained("for the pull request that was reviewed"):
        found = [
            pull
            for pull in repository.get_pulls(state="open", head=f"{owner}:{came.head_branch}")
            if getattr(pull.head.repo, "full_name", None) == came.head_repository.full_name
        ]
    for pull in found:
        decided = [each for each in _decisions(pull) if _may_write(repository, each.user.login)]
        approvals = [each for each in decided if each.state == "APPROVED"]
        if not approvals:
            continue
        with _answering(job, pull, approvals[-1].user.login):
            if against := [each for each in decided if each.state == "CHANGES_REQUESTED"]:
                names = ", ".join(code_span(each.user.login) for each in against)
                raise NotApprovedError(f"{names} asked for changes, and that review still stands")
            shas = [each.commit_id for each in approvals]
            return _approved(pull, pull.head.sha if pull.head.sha in shas else shas[-1])
    return _nothing(job, "no review approves a pull request of that branch")


def _by_hand(job: Job) -> Result:
    """Take what was named by who started the run: GitHub asks write permission for that."""
    number, sha = job.inputs.pull_request, job.context.approved_sha
    if number is None or sha is None:
        raise UsageError(
            "a run that is started by hand names the pull request and the commit",
            where="pull-request, head-sha",
            hint="give both; the comment of the checks has the commit",
        )
    return _approved(_pull(job.repository(), number), sha)


def _approved(pull: PullRequest, sha: str) -> Result:
    """Give what is approved, if it can still be published."""
    if pull.state != "open":
        raise NotApprovedError(
            "the pull request is closed: its data is published by merging, or after it is open again"
        )
    if sha != pull.head.sha:
        raise NotApprovedError(
            f"what was approved is commit {sha[:10]}, and the pull request is at {pull.head.sha[:10]}: "
            f"look at what came after it, and approve that, or comment: {publishing_line(pull.head.sha)}"
        )
    return Result(
        outputs={"pull-request": str(pull.number), "head-sha": sha},
        summary=f"## Approved\n\nCommit `{sha}` of pull request #{pull.number}.\n",
    )


def _pull(repository: Repository, number: int) -> PullRequest:
    with explained(f"for pull request {number}"):
        pull = repository.get_pull(number)
        _ = pull.raw_data  # it is asked for now
    return pull


def _decisions(pull: PullRequest) -> Iterable[Any]:
    """List the last decision of each reviewer, the earliest first."""
    with explained(f"for the reviews of pull request {pull.number}"):
        decided = [each for each in pull.get_reviews() if each.state in _DECIDES]
        reviews = [each for each in decided if getattr(each.user, "login", None)]
    last = {each.user.login: each for each in reviews}
    return [each for each in reviews if last[each.user.login] is each]


def _may_write(repository: Repository, login: str) -> bool:
    from github import UnknownObjectException

    with explained(f"what {login} may do"):
        try:
            return repository.get_collaborator_permission(login) in _MAY
        except UnknownObjectException:
            return False


def _nothing(job: Job, why: str) -> Result:
    job.runner.say(why)
    return Result()


@contextlib.contextmanager
def _answering(job: Job, pull: PullRequest, login: str) -> Iterator[None]:
    """Tell whoever asked for it why it is not done."""
    try:
        yield
    except NotApprovedError as error:
        answered(job, pull.number, f"{code_span(login)}: nothing was published. {error.message}.")
        raise
