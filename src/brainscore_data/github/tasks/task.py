"""What every task is given, and what it gives back; which datasets it is about, and the store's credentials."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.github.aws_role import Role, session_name, session_with_role
from brainscore_data.github.base_commit import BaseSettings
from brainscore_data.github.changed_datasets import (
    Origin,
    changed_datasets,
    dataset_folders,
    matrix,
)
from brainscore_data.github.context import Context
from brainscore_data.github.id_tokens import AWS_AUDIENCE, token_source
from brainscore_data.github.inputs import Inputs, workspace_path
from brainscore_data.github.runner import Runner
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions

if TYPE_CHECKING:
    from github.Repository import Repository

    from brainscore_data.records.receipts import Receipts


# What one run comes to if its parts came to these: the first of them that any part came to.
_WORST_FIRST = (2, 3, 1, 0)


@dataclass(frozen=True)
class Job:
    """The job that the action runs in."""

    inputs: Inputs
    context: Context
    environment: Mapping[str, str]
    workspace: Path
    folder: Path  # for what is written: outside the workspace, and empty
    runner: Runner

    @property
    def paths(self) -> tuple[Path, ...]:
        """What the input `path` names; the workspace if it names nothing."""
        given = self.inputs.path or (".",)
        return tuple(workspace_path(each, "path", self.workspace) for each in given)

    def named(self, path: Path) -> str:
        """Name a file as the repository does, if it is in there."""
        try:
            return path.relative_to(self.workspace).as_posix()
        except ValueError:
            return path.as_posix()

    def repository(self, token: str | None = None) -> Repository:
        """Give PyGithub's repository; it is asked for nothing yet."""
        from brainscore_data.github.client import connected

        client = connected(token or self.inputs.github_token, api_url=self.context.api_url)
        return client.get_repo(self.context.repository)

    def base_settings(self) -> BaseSettings:
        """Find the settings of the checks as the base of the job's event has them."""
        from brainscore_data.github.base_commit import BaseSettings

        return BaseSettings(self.workspace, self.context.base, self.repository)


@dataclass(frozen=True)
class Result:
    """What a task came to."""

    exit_code: int = 0
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    outcome: Outcome | None = None
    preview: str = ""  # what a comment says of the data
    receipts: Mapping[str, Receipts] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def worst(codes: Iterable[int]) -> int:
    """Give the exit code of a whole by those of its parts.

    >>> worst([0, 1, 3]), worst([]), worst([3, 2])
    (3, 0, 2)
    """
    found = set(codes)
    return next((code for code in _WORST_FIRST if code in found), 0)


def explained(error: BrainScoreDataError, subject: str) -> str:
    """Word an error for the summary, as a block that it cannot get out of."""
    from brainscore_data.base.markdown import code_span, fenced

    return f"❌ {code_span(subject)}\n\n{fenced(error.told('workflow'), 'text')}"


def datasets(job: Job) -> list[str]:
    """List the datasets below the input `path`, as the repository names them; all if there is none."""
    if job.inputs.changed_only:
        changes = changed_datasets(_context(job), job.workspace, job.repository)
        if changes.all_because is not None:
            job.runner.say(f"all datasets are looked at: {changes.all_because}")
        for path in changes.deleted:
            job.runner.say(f"{path} is no longer a dataset; what was published from it stays")
        found = changes.datasets
    else:
        found = dataset_folders(job.workspace)
    wanted = [job.named(each) for each in job.paths]
    return [each for each in found if any(below(each, path) for path in wanted)]


def some_datasets(job: Job) -> list[str]:
    """List the datasets, where a run without any must be a mistake."""
    found = datasets(job)
    if not found and not job.inputs.changed_only:
        raise UsageError(
            "there is no dataset.toml here",
            where=f"path: {', '.join(job.inputs.path) or '.'}",
            hint="`brainscore-data init FOLDER` writes one; commit it",
        )
    return found


def dataset_outputs(found: Sequence[str]) -> dict[str, str]:
    """Write the outputs that name datasets."""
    return {"datasets": json.dumps(list(found)), "matrix": json.dumps(matrix(found))}


def _context(job: Job) -> Context:
    """Give the event; one that publishes on approval is about the pull request that it was given."""
    from brainscore_data.github.changed_datasets import named_pull_request

    number = job.inputs.pull_request
    if number is None or job.context.approved_sha is None:
        return job.context
    return job.context.as_if_by(named_pull_request(number, job.workspace, job.repository()))


def below(name: str, path: str) -> bool:
    """Whether a file or dataset is a path, or below it, both as the repository names them."""
    return path in (".", name) or name.startswith(f"{path}/")


def store_of(job: Job, url: str) -> Store:
    """Open the store; nothing is asked of it yet."""
    from brainscore_data.store.urls import open_store

    return open_store(url, **store_options(job, url))


def store_options(job: Job, *urls: str) -> StoreOptions:
    """Say how the inputs want stores to be reached: what their kinds take, and there is an input for."""
    from brainscore_data.store.urls import kind_of

    found: dict[str, Any] = {}
    for kind in dict.fromkeys(filter(None, map(kind_of, urls))):
        for option in kind.options:
            found[option.name] = getattr(job.inputs, option.input or option.name, None)
        if "session" in kind.takes:  # one set of credentials for all of them
            found["session"] = aws_session(job)
    return cast("StoreOptions", found)


def aws_session(job: Job) -> Any:
    """Make the boto3 session: the role's, or with what boto3 finds by itself."""
    import boto3

    inputs = job.inputs
    if inputs.role_to_assume is None:
        session = boto3.Session()
        if inputs.command == "publish" and session.get_credentials() is None:
            raise UsageError(
                "it is not given, and this job has no AWS credentials of its own",
                where="role-to-assume",
                hint="give the role's ARN; the workflows to copy take it from their environment's "
                "variable BRAINSCORE_DATA_ROLE (docs/github.md, setting it up)",
            )
        return session
    role = Role(
        inputs.role_to_assume,
        session_name(str(job.context.run_id), str(job.context.run_attempt)),
        seconds=inputs.role_duration_seconds,
        region=inputs.aws_region or "us-east-1",
        sts_endpoint_url=inputs.sts_endpoint_url,
    )
    tokens = token_source(
        job.environment,
        audience=inputs.oidc_audience or AWS_AUDIENCE,
        from_fork=job.context.from_fork,
        mask=job.runner.mask,
    )
    return session_with_role(role, tokens)
