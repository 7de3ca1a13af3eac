"""What GitHub tells a job about itself: the event, the repository, the run.

It stands in the environment [1]_ and in the event's payload [2]_. A payload holds what contributors
wrote: only what is listed here is taken from it, and only in the form it must have.

.. [1] https://docs.github.com/en/actions/reference/workflows-and-actions/variables
.. [2] https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import is_commit
from brainscore_data.base.github_event import read_event

_BRANCH = "refs/heads/"
# What an event of a name must have; those of pull requests are called pull_request_… as well.
_PARTS = {
    "push": ("before", "after"),
    "merge_group": ("merge_group",),
    "issue_comment": ("issue", "comment"),
    "workflow_run": ("workflow_run",),
}

# A repository's objects are named by SHA-1, or by SHA-256 in the newer format.
Sha = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
# Of a push; zeros say that the branch was not there yet, or is gone.
Commit = Annotated[Sha, AfterValidator(lambda sha: sha if sha.strip("0") else None)]
# https://git-scm.com/docs/git-check-ref-format: no control characters, spaces, or ~^:?*[\
Ref = Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f~^:?*\[\\]+$", max_length=1000)]
FullName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
Url = Annotated[
    str, Field(pattern=r"^https?://[^\s?#@]+$"), AfterValidator(lambda url: url.rstrip("/"))
]
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]


class _Part(BaseModel):
    """Strict in what is used, and blind to all else."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class EventRepository(_Part):
    """A repository."""

    full_name: FullName
    private: bool | None = None
    default_branch: Ref | None = None


class End(_Part):
    """Where a pull request comes from, or goes to; a fork that is gone has no `repo`."""

    ref: Ref
    sha: Sha
    repo: EventRepository | None = None

    def is_in(self, repository: str) -> bool:
        """Say whether it is a branch of a repository."""
        return self.repo is not None and self.repo.full_name.lower() == repository.lower()


class PullRequest(_Part):
    """A pull request, with its last commit and its base when the event happened."""

    number: int = Field(gt=0)
    head: End
    base: End

    @property
    def from_fork(self) -> bool:
        """Whether its branch is in another repository, or in one that is gone: it has no secrets."""
        return self.base.repo is None or not self.head.is_in(self.base.repo.full_name)


class MergeGroup(_Part):
    """What a merge queue tries: `head_sha` on top of `base_sha`."""

    head_sha: Sha
    base_sha: Sha


class Approval(_Part):
    """What a maintainer names who starts the workflow `publish-on-approval`."""

    head_sha: str | None = Field(alias="head-sha", default=None)
    bundle_sha256: str | None = Field(alias="bundle-sha256", default=None)


class CommentedIssue(_Part):
    """What a comment is on: a pull request is an issue that has one."""

    number: int = Field(gt=0)
    pull_request: dict[str, Any] | None = None


class WrittenComment(_Part):
    """A comment when it was written; what it says is asked of GitHub."""

    id: int


class FinishedRun(_Part):
    """The run of another workflow, which says nothing for certain but where it came from."""

    head_branch: Ref | None = None
    head_repository: EventRepository | None = None


class Event(_Part):
    """An event; which parts it has depends on its name."""

    repository: EventRepository | None = None
    pull_request: PullRequest | None = None
    merge_group: MergeGroup | None = None
    before: Commit | None = None
    after: Commit | None = None
    forced: bool = False
    inputs: Approval | None = None
    issue: CommentedIssue | None = None
    comment: WrittenComment | None = None
    workflow_run: FinishedRun | None = None


class Context(BaseModel):
    """What a job knows about itself: variables of its environment, and the event."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    repository: FullName = Field(alias="GITHUB_REPOSITORY")
    event: str = Field(alias="GITHUB_EVENT_NAME", pattern=r"^[a-z_]+$")
    event_path: str = Field(alias="GITHUB_EVENT_PATH", min_length=1)
    ref: Ref = Field(alias="GITHUB_REF")
    sha: Sha = Field(alias="GITHUB_SHA")
    actor: Line = Field(alias="GITHUB_ACTOR")
    workflow: Line = Field(alias="GITHUB_WORKFLOW")
    workflow_ref: Line = Field(alias="GITHUB_WORKFLOW_REF", default="")
    run_id: int = Field(alias="GITHUB_RUN_ID", gt=0)
    run_attempt: int = Field(alias="GITHUB_RUN_ATTEMPT", gt=0)
    api_url: Url = Field(alias="GITHUB_API_URL")
    server_url: Url = Field(alias="GITHUB_SERVER_URL")
    payload: Event = Event()
    #: By an earlier job of the run, in the place of what the event says.
    approved: Approval | None = None

    @property
    def private(self) -> bool:
        """Whether only some can see the repository; not if the event does not say, so that nothing shows."""
        return self.payload.repository is not None and self.payload.repository.private is True

    @property
    def default_branch(self) -> str | None:
        """Without ``refs/heads/``; None if the event does not say."""
        return self.payload.repository.default_branch if self.payload.repository else None

    @property
    def pull_request(self) -> PullRequest | None:
        """The pull request that started the run, by itself, its target or a review."""
        return self.payload.pull_request if self.event.startswith("pull_request") else None

    @property
    def push(self) -> Event | None:
        """The push that started the run: where the branch was `before` and `after`."""
        return self.payload if self.event == "push" else None

    @property
    def merge_group(self) -> MergeGroup | None:
        """The merge queue that started the run."""
        return self.payload.merge_group if self.event == "merge_group" else None

    @property
    def approval(self) -> Approval:
        """What a maintainer named: here, or when starting the run by hand."""
        by_hand = self.event == "workflow_dispatch"
        return self.approved or (self.payload.inputs if by_hand else None) or Approval()

    @property
    def approved_sha(self) -> str | None:
        """The commit that a maintainer named."""
        return self.approval.head_sha or None

    @property
    def approved_bundles(self) -> frozenset[str]:
        """The hashes of ``bundle.json`` that a maintainer approved."""
        return frozenset((self.approval.bundle_sha256 or "").split())

    @property
    def branch(self) -> str | None:
        """The branch that the event happened to, if it is one."""
        return self.ref.removeprefix(_BRANCH) if self.ref.startswith(_BRANCH) else None

    @property
    def base(self) -> str | None:
        """The commit, or else the branch, whose word counts: it was there before the event.

        Of a pull request and a merge queue it is their base, of a push where the branch was, of
        all others the head of the default branch. None if there is no such thing.
        """
        if self.pull_request is not None:
            return self.pull_request.base.sha
        if self.merge_group is not None:
            return self.merge_group.base_sha
        if self.push is not None:
            return self.push.before
        on_default = self.branch is not None and self.branch == self.default_branch
        return self.sha if on_default else self.default_branch

    @property
    def from_fork(self) -> bool:
        """Whether a pull request from a fork started the run: it has no secrets."""
        return self.pull_request is not None and self.pull_request.from_fork

    @property
    def run_url(self) -> str:
        """Where the run can be looked at."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"

    def approved_by(self, head_sha: str | None, bundles: str | None) -> Self:
        """Give the context of a run in which an earlier job found out what was approved."""
        if head_sha is None and bundles is None:
            return self
        said = {"head-sha": head_sha, "bundle-sha256": bundles}
        given = self.model_copy(update={"approved": Approval.model_validate(said)})
        _refuse_half_a_commit(given.approved_sha)
        return given

    def as_if_by(self, pull_request: PullRequest) -> Self:
        """Give the context of a run that a pull request started; this one was started by hand."""
        payload = self.payload.model_copy(update={"pull_request": pull_request})
        return self.model_copy(update={"event": "pull_request", "payload": payload})


def read_context(environment: Mapping[str, str]) -> Context:
    """Read what GitHub tells the job.

    >>> read_context({})
    Traceback (most recent call last):
    ...
    brainscore_data.base.errors.UsageError: GITHUB_REPOSITORY: GitHub sets this variable, and here it is missing
      hint: this command is for jobs of GitHub Actions; elsewhere use `brainscore-data check`, `package` and `publish`
    """
    try:
        of_github = {each: environment[each] for each in environment if each.startswith("GITHUB_")}
        context = Context.model_validate(of_github)
    except ValidationError as error:
        raise _odd_job(error.errors()[0]) from None
    event = read_event(Path(context.event_path))
    try:
        payload = Event.model_validate(event)
    except ValidationError as error:
        raise _odd_event(error.errors()[0], context.event) from None
    wanted = ("pull_request",) if context.event.startswith("pull_request") else ()
    for name in _PARTS.get(context.event, wanted):
        if event.get(name) is None:
            raise _odd_event({"loc": (name,), "msg": "it is missing"}, context.event)
    context = context.model_copy(update={"payload": payload})
    pull = context.pull_request
    if pull is not None and not pull.base.is_in(context.repository):
        raise _odd_event(
            {"loc": ("pull_request", "base", "repo"), "msg": "another's"}, context.event
        )
    _refuse_half_a_commit(context.approved_sha)
    return context


def _refuse_half_a_commit(sha: str | None) -> None:
    if sha is not None and not is_commit(sha):
        raise UsageError(
            f"{sha[:100]!r} is not the whole name of a commit",
            where="head-sha",
            hint="give all of its 40 characters: a shortened name may become another's",
        )


def _odd_job(problem: Any) -> UsageError:
    name = str(problem["loc"][0])
    if problem["type"] == "missing":
        return UsageError(
            "GitHub sets this variable, and here it is missing",
            where=name,
            hint="this command is for jobs of GitHub Actions; elsewhere use "
            "`brainscore-data check`, `package` and `publish`",
        )
    return UsageError(
        f"{problem['input']!r} is not what GitHub sets: {problem['msg']}",
        where=name,
        hint="take the variable out of the workflow's `env`: GitHub sets it itself",
    )


def _odd_event(problem: Any, event: str) -> UsageError:
    place = ".".join(str(part) for part in problem["loc"])
    return UsageError(
        f"the event {event!r} is not of the form that GitHub describes: "
        f"{place}{': ' if place else ''}{problem['msg']}",
        where="GITHUB_EVENT_PATH",
        hint="take the variable out of the workflow's `env` if it is there; else report it",
    )
