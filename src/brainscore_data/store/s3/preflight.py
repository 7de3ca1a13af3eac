"""Ask S3 who the caller is and what it may do below a prefix.

Reading is tried on a key that need not be there: to those who may not, S3 says "forbidden", and
"not found" to those who may [1]_.

.. [1] https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.store.interface import Answer, Location, NotPermittedError
from brainscore_data.store.s3.capabilities import Findings
from brainscore_data.store.s3.connection import S3Connection
from brainscore_data.store.s3.errors import UnsupportedError, status_of
from brainscore_data.store.s3.rehearsal import rehearse
from brainscore_data.store.s3.trial import PROBE_KEY

Call = tuple[str, Callable[[], Any]]


def ask(connection: S3Connection, location: Location, findings: Findings) -> tuple[Answer, ...]:
    """Ask everything but what the store's capabilities say."""
    name = location.prefix + PROBE_KEY
    client, probe = connection.client, {"Bucket": connection.bucket, "Key": name}
    below = {"Bucket": connection.bucket, "Prefix": name}
    place = f"{connection.bucket} is in {location.region}" if location.region else connection.bucket
    server = f", on {location.endpoint}" if location.endpoint else ", on AWS"
    return (
        Answer("who", "yes", connection.who),
        Answer("bucket", "yes", place + server),
        _tried(
            connection,
            "list",
            "you may list what is there, and its versions",
            [
                ("s3:ListBucket", lambda: client.list_objects_v2(**below, MaxKeys=1)),
                ("s3:ListBucketVersions", lambda: client.list_object_versions(**below, MaxKeys=1)),
            ],
        ),
        _tried(
            connection,
            "read",
            "you may read what is there, and its versions",
            [
                ("s3:GetObject", lambda: client.get_object(**probe)),
                ("s3:GetObjectVersion", lambda: client.get_object(**probe, VersionId="null")),
            ],
            name,
        ),
        _found(findings, "write", "you may write"),
        _tags(connection, findings, name),
        _unfinished(findings),
        *rehearse(connection, location.prefix, findings.capabilities),
    )


def _tried(
    connection: S3Connection, question: str, yes: str, calls: Sequence[Call], key: str | None = None
) -> Answer:
    refusals = [
        problem for action, call in calls if (problem := _problem(connection, action, key, call))
    ]
    return _answer(question, yes, refusals)


def _problem(
    connection: S3Connection, action: str, key: str | None, call: Callable[[], Any]
) -> BrainScoreDataError | None:
    """Make a call that reads; the error, if it is not permitted or not supported."""
    from botocore.exceptions import ClientError

    try:
        with connection.explained(action, key):
            try:
                call().get("Body", _Nothing).close()
            except ClientError as error:
                # What is asked for is rarely there; that is told only to those who may know.
                code = error.response.get("Error", {}).get("Code", "")
                absent = status_of(error) in {404, 405} and code != "NoSuchBucket"
                if not absent and code != "InvalidArgument":
                    raise
    except (NotPermittedError, UnsupportedError) as error:
        return error
    return None


class _Nothing:
    @staticmethod
    def close() -> None:
        """Do nothing: the answer had no body."""


def _found(findings: Findings, action: Any, yes: str) -> Answer:
    problem = findings.problems.get(action)
    return _answer(action, yes, [problem] if problem else [])


def _tags(connection: S3Connection, findings: Findings, name: str) -> Answer:
    def read() -> Any:
        return connection.client.get_object_tagging(Bucket=connection.bucket, Key=name)

    if not findings.capabilities.writable and "tag" not in findings.problems:
        return Answer("tag", "unknown", "only a caller who may write can try that")
    refusals = [
        findings.problems.get("tag"),
        _problem(connection, "s3:GetObjectTagging", name, read),
    ]
    yes = "you may write and read tags: who, which commit, public or private"
    return _answer("tag", yes, [problem for problem in refusals if problem])


def _unfinished(findings: Findings) -> Answer:
    if "write" in findings.problems:
        return Answer("resume", "unknown", "only a caller who may write can try that")
    yes = "an interrupted upload can be continued and cancelled"
    refusals = [findings.problems.get("resume"), findings.problems.get("abort")]
    return _answer("resume", yes, [problem for problem in refusals if problem])


def _answer(question: str, yes: str, refusals: Sequence[BrainScoreDataError]) -> Answer:
    if not refusals:
        return Answer(question, "yes", yes)
    unsupported = all(isinstance(problem, UnsupportedError) for problem in refusals)
    detail = "; ".join(dict.fromkeys(problem.message for problem in refusals))
    return Answer(question, "no", detail, None if unsupported else refusals[0].hint)
