"""What the settings of a bucket say of who can read from it without credentials.

Not every caller may ask, and not every server knows all of them: what was not told is kept apart
from what is not set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.store.interface import NotPermittedError
from brainscore_data.store.s3.connection import S3Connection
from brainscore_data.store.s3.errors import UnsupportedError, status_of
from brainscore_data.store.tags import VISIBILITY_TAG

#: Reading a pinned version is the second one.
READS = ("s3:GetObject", "s3:GetObjectVersion")
_CONDITION = {f"s3:ExistingObjectTag/{VISIBILITY_TAG}": ["public"]}
_ACLS_OFF = ("BlockPublicAcls", "IgnorePublicAcls")


@dataclass(frozen=True)
class Opening:
    """What a statement of the bucket's policy lets everybody read."""

    #: What the names begin with that it is about.
    prefix: str
    condition: Literal["none", "tag", "other"]
    #: Which of `READS` it allows.
    actions: frozenset[str]


@dataclass(frozen=True)
class BucketSettings:
    """What a bucket's settings say; None each time where this caller was not told."""

    #: The word of its ownership controls; empty where there are none.
    ownership: str | None
    #: The parts of Block Public Access that are on.
    blocked: frozenset[str] | None
    openings: tuple[Opening, ...] | None
    #: The permissions that were missing to ask.
    missing: tuple[str, ...] = ()

    @property
    def why_no_acls(self) -> str | None:
        """Which setting keeps access lists from opening anything; None if none is known to."""
        if self.ownership == "BucketOwnerEnforced":
            return "access lists are disabled (object ownership: BucketOwnerEnforced)"
        if found := [name for name in _ACLS_OFF if name in (self.blocked or ())]:
            return f"public access lists are blocked ({' and '.join(found)})"
        return None

    def about(self, prefix: str) -> list[Opening]:
        """List the openings for all that is below a prefix."""
        return [each for each in self.openings or () if prefix.startswith(each.prefix)]

    def elsewhere(self, prefix: str) -> list[str]:
        """List the places in the bucket that everybody can read, and that are not all of a prefix."""
        found = (each.prefix for each in self.openings or () if each.condition == "none")
        return sorted({place for place in found if not prefix.startswith(place)})


def settings_of(connection: S3Connection) -> BucketSettings:
    """Ask for all of them: policy, ownership and Block Public Access."""
    client, bucket = connection.client, {"Bucket": connection.bucket}
    questions: dict[str, Callable[..., Any]] = {
        "s3:GetBucketPolicy": client.get_bucket_policy,
        "s3:GetBucketPublicAccessBlock": client.get_public_access_block,
        "s3:GetBucketOwnershipControls": client.get_bucket_ownership_controls,
    }
    answers = all_side_by_side(
        lambda question: asked(connection, *question, bucket), questions.items()
    )
    policy, blocked, ownership = answers
    missing = (name for name, told in zip(questions, answers, strict=True) if told is None)
    openings = None if policy is None else tuple(_openings(policy.get("Policy"), connection.bucket))
    on = None if blocked is None else frozenset(_switched_on(blocked))
    # Others than AWS are known to keep this and to go by the policy all the same (Ceph RGW 16).
    if on is not None and "RestrictPublicBuckets" in on and connection.endpoint is None:
        openings = ()
    rules = [] if ownership is None else ownership.get("OwnershipControls", {}).get("Rules", [])
    owner = None if ownership is None else next((each["ObjectOwnership"] for each in rules), "")
    return BucketSettings(owner, on, openings, tuple(missing))


def asked(
    connection: S3Connection, action: str, call: Callable[..., Any], bucket: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """Ask; nothing in the answer where it is not set, or the server has no such thing."""
    from botocore.exceptions import ClientError

    try:
        with connection.explained(action):
            try:
                found: Mapping[str, Any] = call(**bucket)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if status_of(error) in {400, 404, 405} and code != "NoSuchBucket":
                    return {}
                raise
    except UnsupportedError:
        return {}
    except NotPermittedError:
        return None
    return found


def _switched_on(answer: Mapping[str, Any]) -> Iterator[str]:
    found = answer.get("PublicAccessBlockConfiguration", {})
    return (name for name, on in found.items() if on)


def _openings(policy: str | None, bucket: str) -> Iterator[Opening]:
    try:
        said = json.loads(policy or "{}").get("Statement", [])
    except (ValueError, AttributeError):  # no server keeps such a one
        return
    for each in _list(said):
        if each.get("Effect") != "Allow" or not _is_for_everybody(each.get("Principal")):
            continue
        actions = frozenset(
            name
            for name in READS
            for pattern in _list(each.get("Action", []))
            if fnmatchcase(name.lower(), str(pattern).lower())
        )
        for resource in _list(each.get("Resource", [])) if actions else ():
            where, _, names = str(resource).rpartition(":::")[2].partition("/")
            # Names that are opened one by one are no way for others to be opened.
            if fnmatchcase(bucket, where) and names.endswith("*") and names.count("*") == 1:
                yield Opening(names[:-1], _condition(each.get("Condition")), actions)


def _is_for_everybody(principal: Any) -> bool:
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in _list(named)


def _condition(condition: Any) -> Literal["none", "tag", "other"]:
    if not condition:
        return "none"
    equals = condition.get("StringEquals", {}) if isinstance(condition, dict) else {}
    by_tag = {name: _list(value) for name, value in equals.items()} == _CONDITION
    return "tag" if by_tag and len(condition) == 1 else "other"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
