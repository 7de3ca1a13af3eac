"""The store that the inputs name, and the credentials to reach it with."""

from __future__ import annotations

from typing import Any, cast

from brainscore_data.base.errors import UsageError
from brainscore_data.github.aws_role import (
    AWS_AUDIENCE,
    Role,
    session_name,
    session_with_role,
    token_source,
)
from brainscore_data.github.tasks.task import Job
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions


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
