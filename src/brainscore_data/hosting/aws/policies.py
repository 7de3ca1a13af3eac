"""Who may assume a role, what it may do, and what everybody may read: as AWS's policies say it.

Condition keys: of S3 [1]_, of the conditions of writes [2]_, of tags [3]_.

.. [1] https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
.. [2] https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
.. [3] https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brainscore_data.base.errors import UsageError
from brainscore_data.store.s3.bucket_settings import READS
from brainscore_data.store.s3.grants import PUBLIC_READ
from brainscore_data.store.s3.kind import s3_parts
from brainscore_data.store.s3.trial import PROBE_KEY
from brainscore_data.store.tags import VISIBILITY_TAG
from brainscore_data.store.tombstones import RECORDS
from brainscore_data.store.upkeep import FOLDER

Statement = dict[str, Any]
#: Whose tokens the account knows, and who they are meant for.
ISSUER, AUDIENCE = "token.actions.githubusercontent.com", "sts.amazonaws.com"
MOST_WORKFLOWS = 2
_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9_.-]+\.ya?ml", re.ASCII)
_WORKFLOW = re.compile(
    rf"{_NAME.pattern}/\.github/workflows/{_FILE.pattern}@(?:refs/heads/{_WORD.pattern}|[0-9a-f]{{40}})",
    re.ASCII,
)
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)", re.ASCII)
_TAG = f"s3:ExistingObjectTag/{VISIBILITY_TAG}"
_GIVEN_TAG = f"s3:RequestObjectTag/{VISIBILITY_TAG}"
_BUCKET_READS = (
    "s3:GetBucketVersioning",
    "s3:GetBucketPolicy",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPublicAccessBlock",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
)
_TAG_READS = ("s3:GetObjectTagging", "s3:GetObjectVersionTagging")
_TAG_WRITES = ("s3:PutObjectTagging", "s3:PutObjectVersionTagging")


@dataclass(frozen=True)
class BucketPlace:
    """A bucket, and the prefix in it that a store has.

    >>> BucketPlace.of("s3://lab/data").below()
    'arn:aws:s3:::lab/data/*'
    """

    bucket: str
    prefix: str = ""

    @classmethod
    def of(cls, url: str) -> BucketPlace:
        """Take the URL of a store apart; what a policy would take for a wildcard is refused."""
        if not url.startswith("s3://"):
            raise UsageError("policies are for buckets", where=url, hint="name s3://bucket/prefix")
        bucket, prefix = s3_parts(url)
        if "*" in prefix:
            raise UsageError(
                "a prefix with * would stand for every prefix that it matches",
                where=url,
                hint="name a prefix without *",
            )
        return cls(bucket, prefix)

    @property
    def arn(self) -> str:
        """The bucket's name for policies."""
        return f"arn:aws:s3:::{self.bucket}"

    def below(self, names: str = "*") -> str:
        """Name what is below the prefix."""
        return "/".join(filter(None, (self.arn, self.prefix, names)))


@dataclass(frozen=True)
class TrustedJob:
    """What has to be true of a job that assumes a role: nothing of it is a pattern."""

    repository: str
    repository_id: int
    owner_id: int
    environment: str = "data"
    branch: str = "main"
    #: Each the file of a workflow of the repository, or all of a `job_workflow_ref`.
    workflows: tuple[str, ...] = ("publish-on-merge.yml", "publish-on-approval.yml")

    def __post_init__(self) -> None:
        for name, said, form, hint in (
            ("--repository", self.repository, _NAME, "its form is OWNER/REPO"),
            ("--environment", self.environment, _WORD, "name one environment"),
            ("--branch", self.branch, _WORD, "name one branch, without refs/heads/"),
        ):
            _refuse_patterns(name, said)
            if not form.fullmatch(said):
                raise UsageError(f"it cannot be {said!r}", where=name, hint=hint)
        if not 1 <= len(self.workflows) <= MOST_WORKFLOWS:
            raise UsageError(
                f"{len(self.workflows)} workflows would be trusted, and {MOST_WORKFLOWS} are the most",
                where="--workflow",
                hint="name the one that publishes on merge, the one on approval, or both",
            )
        for said in self.workflow_refs:
            _refuse_patterns("--workflow", said)
            if not _WORKFLOW.fullmatch(said):
                raise UsageError(
                    f"{said!r} names no workflow that stays the same",
                    where="--workflow",
                    hint="write FILE.yml, or OWNER/REPO/.github/workflows/FILE.yml@ with a full "
                    "hash (40 characters) or refs/heads/BRANCH behind it: tags can be moved",
                )

    @property
    def workflow_refs(self) -> tuple[str, ...]:
        """The workflows as GitHub's tokens name them."""
        home = f"{self.repository}/.github/workflows"
        at = f"refs/heads/{self.branch}"
        return tuple(f"{home}/{each}@{at}" if "/" not in each else each for each in self.workflows)


def _refuse_patterns(name: str, said: str) -> None:
    if "*" in said or "?" in said:
        raise UsageError(
            f"{said!r} would let in whatever it matches, and not one job",
            where=name,
            hint="name one, without * or ?: whoever is let in can write to the bucket",
        )


def trust(job: TrustedJob, provider: Any) -> list[Statement]:
    """Let one environment's jobs of these workflows on one branch of one repository assume a role.

    GitHub names repositories in `sub` with numbers since July 2026, and older ones without.
    """
    owner, _, name = job.repository.partition("/")
    numbered = f"{owner}@{job.owner_id}/{name}@{job.repository_id}"
    claims = {
        "aud": AUDIENCE,
        "sub": [
            f"repo:{each}:environment:{job.environment}" for each in (job.repository, numbered)
        ],
        "repository_id": str(job.repository_id),
        "environment": job.environment,
        "ref": f"refs/heads/{job.branch}",
        "job_workflow_ref": list(job.workflow_refs),
    }
    return [
        {
            "Sid": "OneEnvironmentOfOneRepository",
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{ISSUER}:{key}": its for key, its in claims.items()}},
        }
    ]


def trust_in(principal: str) -> list[Statement]:
    """Let somebody of an account assume a role."""
    _refuse_patterns("principal", principal)
    if not _PRINCIPAL.fullmatch(principal):
        raise UsageError(
            f"{principal!r} is not a role or user that can assume a role",
            hint="its form is arn:aws:iam::123456789012:role/NAME, or user/NAME",
        )
    who = {"AWS": principal}
    return [_allow("AdminsTakeItOn", ["sts:AssumeRole"], Principal=who)]


def reading(place: BucketPlace) -> list[Statement]:
    """Say what an audit needs."""
    return [
        _allow("SeesWhatThereIs", ["s3:ListBucket"], place.arn),
        _allow("Reads", [*READS, *_TAG_READS], place.below()),
    ]


def publishing(place: BucketPlace, *, access_lists: bool = False) -> list[Statement]:
    """Say what `publish` and `store check` need: nothing that deletes, and nothing that opens.

    Whoever writes has to say that nobody was there first, or which version is superseded. Parts of
    an upload cannot say it: they make no object. Neither do the program's own small probes.
    """
    listed = {"StringEquals": {"s3:x-amz-acl": PUBLIC_READ}}
    statements = [
        _allow("LooksAtTheBucket", [*_BUCKET_READS], place.arn),
        _allow(
            "ReadsAndWrites",
            [
                *(*READS, *_TAG_READS, "s3:PutObject"),
                *("s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"),
            ],
            place.below(),
        ),
        _allow(
            "TagsWhatHasNoVisibility",
            [*_TAG_WRITES],
            place.below(),
            Condition={
                "StringEquals": {_GIVEN_TAG: ["public", "private"]},
                "Null": {_TAG: "true"},
            },
        ),
        {
            "Sid": "NeverWritesBlindly",
            "Effect": "Deny",
            "Action": ["s3:PutObject"],
            "NotResource": place.below(f"{PROBE_KEY}*"),
            "Condition": {
                "Null": {"s3:if-none-match": "true", "s3:if-match": "true"},
                "Bool": {"s3:ObjectCreationOperation": "true"},
            },
        },
        {
            "Sid": "LeavesRecordsToAdmins",
            "Effect": "Deny",
            "Action": ["s3:PutObject", *_TAG_WRITES],
            "Resource": place.below(f"{FOLDER}/{RECORDS}/*"),
        },
    ]
    if access_lists:
        opens = _allow("OpensByAccessList", ["s3:PutObjectAcl"], place.below(), Condition=listed)
        statements.insert(3, opens)
    return statements


def releasing(place: BucketPlace) -> list[Statement]:
    """Say what opening, closing and taking back need: no bytes of data are written by it."""
    return [
        _allow("LooksAtTheBucket", [*_BUCKET_READS], place.arn),
        _allow(
            "OpensAndCloses",
            [
                *(*READS, *_TAG_READS, *_TAG_WRITES),
                *("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
                *("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
            ],
            place.below(),
        ),
        _allow("WritesRecords", ["s3:PutObject"], place.below(f"{FOLDER}/*")),
    ]


def erasing(place: BucketPlace) -> list[Statement]:
    """Say what erasing needs, and nothing else does."""
    return [
        _allow("LooksAtTheBucket", [*_BUCKET_READS, "s3:GetReplicationConfiguration"], place.arn),
        _allow(
            "Erases",
            [
                *(*READS, *_TAG_READS, "s3:GetObjectRetention", "s3:GetObjectLegalHold"),
                "s3:DeleteObjectVersion",
            ],
            place.below(),
        ),
        _allow("WritesRecords", ["s3:PutObject", *_TAG_WRITES], place.below(f"{FOLDER}/*")),
    ]


def opening(place: BucketPlace) -> list[Statement]:
    """Open what is tagged public to everybody, in a bucket's own policy, and all of it by TLS only."""
    return [
        _allow(
            "EverybodyReadsWhatIsPublic",
            [*READS],
            place.below(),
            Principal="*",
            Condition={"StringEquals": {_TAG: "public"}},
        ),
        {
            "Sid": "NothingWithoutTLS",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [place.arn, f"{place.arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    """Make a policy of statements."""
    return {"Version": "2012-10-17", "Statement": [*statements]}


def _allow(sid: str, actions: list[str], resource: str | None = None, **more: Any) -> Statement:
    where = {} if resource is None else {"Resource": resource}
    who = {"Principal": more.pop("Principal")} if "Principal" in more else {}
    return {"Sid": sid, "Effect": "Allow", **who, "Action": actions, **where, **more}
