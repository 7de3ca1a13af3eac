"""What a bucket, and the server that it is on, guarantee: tried out, or read off the probe's record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.store.interface import Capabilities
from brainscore_data.store.s3.connection import S3Connection
from brainscore_data.store.s3.errors import status_of
from brainscore_data.store.s3.trial import NOT_HELD, PROBE_KEY, RECORD, Action, Trial
from brainscore_data.store.s3.unfinished_uploads import Upload

# Numbers of accounts; that of a bucket is one of these at most.
_NOBODYS = ("000000000000", "000000000001")


@dataclass(frozen=True)
class Findings:
    """What was found out, and why where the answer is no."""

    capabilities: Capabilities
    #: By what was tried.
    problems: dict[Action, BrainScoreDataError] = field(default_factory=dict)
    #: All that were begun below the prefix and not completed; None if that was not told.
    uploads: list[Upload] | None = None


def find_out(connection: S3Connection, prefix: str) -> Findings:
    """Find out what can be relied on below a prefix."""
    connection.need_credentials("s3:PutObject", prefix + PROBE_KEY)
    trial = Trial(connection, prefix)
    on_aws = connection.endpoint is None  # asks for the bucket's region first
    with ThreadPoolExecutor(2) as beside:
        versioning = beside.submit(trial.versioning)
        checks_owner = beside.submit(
            lambda: connection.expected_bucket_owner is None or is_owner_checked(connection)
        )
        found = trial.on_aws() if on_aws else trial.elsewhere()
    found = replace(
        found,
        versioning=versioning.result(),
        resumes=found.resumes and "resume" not in trial.problems,
        checks_owner=checks_owner.result(),
    )
    return Findings(found, trial.problems, trial.uploads)


def seen(connection: S3Connection, prefix: str) -> Capabilities:
    """Find out what shows without a write; that it takes writes, and their tags, is granted."""
    connection.need_credentials("s3:PutObject", prefix + PROBE_KEY)
    held = conditions_on_record(connection, prefix)
    trial = Trial(connection, prefix)
    return Capabilities(
        writable=True,
        versioning=trial.versioning(),
        conditions="ignored" if held is False else "honoured",
        obstacle=trial.obstacle("versioning"),
    )


def is_owner_checked(connection: S3Connection) -> bool:
    """Find out whether a bucket is refused whose owner is said to be somebody else; AWS does that.

    Ceph's gateway, up to version 16 at least, takes no note of it.
    """
    if connection.endpoint is None:
        return True
    from botocore.exceptions import ClientError

    other = next(each for each in _NOBODYS if each != connection.expected_bucket_owner)
    with connection.explained("s3:ListBucket"):
        try:
            connection.client.head_bucket(Bucket=connection.bucket, ExpectedBucketOwner=other)
        except ClientError as error:
            if status_of(error) in {400, 403, 501}:
                return True
            raise
    return False


def conditions_on_record(connection: S3Connection, prefix: str) -> bool | None:
    """Read whether the server honours conditions; it is not tried.

    True also where nobody has published with this program; None where that cannot be read.
    """
    if connection.endpoint is None:
        return True
    from botocore.exceptions import ClientError

    name = prefix + PROBE_KEY
    with connection.explained("s3:GetObject", name):
        try:
            there = connection.client.head_object(Bucket=connection.bucket, Key=name)
        except ClientError as error:
            if status_of(error) == 404:
                return True
            if status_of(error) not in {400, 401, 403, 405}:
                raise
            return None
    return NOT_HELD.isdisjoint(str(there.get("Metadata", {}).get(RECORD, "")).split())
