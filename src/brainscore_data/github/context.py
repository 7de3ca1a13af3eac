"""What GitHub tells a job about itself: the event, the repository, the run.

It stands in the environment [1]_ and in the event's payload [2]_. A payload holds what contributors
wrote: only what is listed here is taken from it, and only in the form it must have.

References
----------
.. [1] https://docs.github.com/en/actions/reference/workflows-and-actions/variables
.. [2] https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import is_commit
from brainscore_data.base.github_event import is_private, read_event

_BRANCH = "refs/heads/"


@dataclass(frozen=True)
class PullRequest:
    """The pull request that started the run."""

    number: int
    head_sha: str
    base_sha: str
    base_ref: str
    from_fork: bool


@dataclass(frozen=True)
class Push:
    """The push that started the run."""

    before: str | None
    after: str | None
    forced: bool


@dataclass(frozen=True)
class MergeGroup:
    """What a merge queue tries: `head_sha` on top of `base_sha`."""

    head_sha: str
    base_sha: str
    base_ref: str


@dataclass(frozen=True)
class Context:
    """What a job knows about itself."""

    repository: str
    private: bool
    default_branch: str | None
    event: str
    ref: str
    sha: str
    actor: str
    workflow: str
    workflow_ref: str
    run_id: int
    run_attempt: int
    api_url: str
    server_url: str
    pull_request: PullRequest | None = None
    push: Push | None = None
    merge_group: MergeGroup | None = None
    approved_sha: str | None = None
    approved_bundles: frozenset[str] = frozenset()

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
            return self.pull_request.base_sha
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


def read_context(environment: Mapping[str, str]) -> Context:
    """Read what GitHub tells the job.

    Examples
    --------
    >>> read_context({})
    Traceback (most recent call last):
    ...
    brainscore_data.base.errors.UsageError: GITHUB_REPOSITORY: GitHub sets this variable, and here it is missing
      hint: this command is for jobs of GitHub Actions; elsewhere use `brainscore-data check`, `package` and `publish`
    """
    from pydantic import ValidationError

    from brainscore_data.github.payloads import Job, Payload

    try:
        job = Job.model_validate(dict(environment))
    except ValidationError as error:
        raise _odd_job(error.errors()[0]) from None
    event = read_event(Path(job.event_path))
    try:
        payload = Payload.model_validate(event)
    except ValidationError as error:
        raise _odd_event(error.errors()[0], job.event) from None
    return Context(
        repository=job.repository,
        private=is_private(event) is True,
        default_branch=payload.repository.default_branch if payload.repository else None,
        event=job.event,
        ref=job.ref,
        sha=job.sha,
        actor=job.actor,
        workflow=job.workflow,
        workflow_ref=job.workflow_ref,
        run_id=job.run_id,
        run_attempt=job.run_attempt,
        api_url=job.api_url.rstrip("/"),
        server_url=job.server_url.rstrip("/"),
        pull_request=_pull_request(job, payload),
        push=_push(job, payload),
        merge_group=_merge_group(job, payload),
        approved_sha=_approved(job, payload),
        approved_bundles=_approved_bundles(job, payload),
    )


def _pull_request(job: Any, payload: Any) -> PullRequest | None:
    # pull_request_target and pull_request_review hold one of the same form.
    if not job.event.startswith("pull_request"):
        return None
    about = _there(payload.pull_request, job.event, "pull_request")
    if about.base.repo is None or about.base.repo.full_name.lower() != job.repository.lower():
        raise _odd_event({"loc": ("pull_request", "base", "repo"), "msg": "another's"}, job.event)
    head = about.head.repo.full_name if about.head.repo is not None else None
    return PullRequest(
        number=about.number,
        head_sha=about.head.sha,
        base_sha=about.base.sha,
        base_ref=about.base.ref,
        from_fork=head is None or head.lower() != job.repository.lower(),
    )


def _push(job: Any, payload: Any) -> Push | None:
    if job.event != "push":
        return None
    before = _there(payload.before, job.event, "before")
    after = _there(payload.after, job.event, "after")
    return Push(_commit(before), _commit(after), payload.forced)


def _merge_group(job: Any, payload: Any) -> MergeGroup | None:
    if job.event != "merge_group":
        return None
    about = _there(payload.merge_group, job.event, "merge_group")
    return MergeGroup(about.head_sha, about.base_sha, about.base_ref.removeprefix(_BRANCH))


def _approved(job: Any, payload: Any) -> str | None:
    """Give the commit that a maintainer named, as the workflow `publish-on-approval` asks for it."""
    if job.event != "workflow_dispatch" or payload.inputs is None:
        return None
    sha: str | None = payload.inputs.head_sha or None
    if sha is not None and not is_commit(sha):
        raise UsageError(
            f"{sha[:100]!r} is not the whole name of a commit",
            where="head-sha",
            hint="give all of its 40 characters: a shortened name may become another's",
        )
    return sha


def _approved_bundles(job: Any, payload: Any) -> frozenset[str]:
    if job.event != "workflow_dispatch" or payload.inputs is None:
        return frozenset()
    return frozenset((payload.inputs.bundle_sha256 or "").split())


def _commit(sha: str) -> str | None:
    """Give a commit's name; zeros stand for none."""
    return sha if sha.strip("0") else None


def _there(value: Any, event: str, name: str) -> Any:
    if value is None:
        raise _odd_event({"loc": (name,), "msg": "it is missing"}, event)
    return value


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
