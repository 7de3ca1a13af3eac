"""The store that the inputs name, and the credentials to reach it with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainscore_data.github.aws_role import Role, session_name, session_with_role
from brainscore_data.github.id_tokens import AWS_AUDIENCE, token_source

if TYPE_CHECKING:
    from brainscore_data.github.tasks.task import Job
    from brainscore_data.store.interface import Store


def store_of(job: Job, url: str) -> Store:
    """Open the store; nothing is asked of it yet.

    Raises
    ------
    UsageError
        If the URL is misspelt, or the job may not have the credentials that it should use.
    """
    from brainscore_data.store.urls import open_store

    inputs = job.inputs
    return open_store(
        url,
        endpoint_url=inputs.endpoint_url,
        region=inputs.aws_region,
        addressing_style=inputs.addressing_style,
        session=aws_session(job) if url.startswith("s3://") else None,
    )


def aws_session(job: Job) -> Any:
    """Make the boto3 session: the role's, or with what boto3 finds by itself.

    Raises
    ------
    UsageError
        If the job may not ask for id tokens.
    """
    import boto3

    inputs = job.inputs
    if inputs.role_to_assume is None:
        session = boto3.Session()
    else:
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
        session = session_with_role(role, tokens)
    if inputs.expected_bucket_owner is not None:
        _expect_owner(session, inputs.expected_bucket_owner)
    return session


def _expect_owner(session: Any, account: str) -> None:
    """Have S3 refuse every request if the bucket is somebody else's.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """

    def add(params: dict[str, Any], model: Any, **_: Any) -> None:
        shape = model.input_shape
        if shape is not None and "ExpectedBucketOwner" in shape.members:
            params.setdefault("ExpectedBucketOwner", account)

    session.events.register("provide-client-params.s3", add)
