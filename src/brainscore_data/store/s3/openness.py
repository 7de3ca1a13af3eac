"""How a bucket opens what is public: concluded from its settings, and held to what can be read.

What access lists come to is tried where nothing else opens an object; whether a policy is honoured,
one object that is there tells.
"""

from __future__ import annotations

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.store.openness import Openness
from brainscore_data.store.s3.anonymous_access import readable_by_all, write_probe
from brainscore_data.store.s3.bucket_settings import READS, BucketSettings, Opening, settings_of
from brainscore_data.store.s3.connection import Calls, S3Connection
from brainscore_data.store.s3.grants import PUBLIC_READ, Grants
from brainscore_data.store.s3.objects import tags_in
from brainscore_data.store.s3.trial import PROBE_KEY
from brainscore_data.store.tags import VISIBILITY_TAG

# How many keys are listed to find one that is no probe.
_LISTED = 10
_BY_TAG = (
    "ask the bucket's owner to open it by tag, and in no other way: `brainscore-data aws policy` "
    "writes the policy"
)


def openness_of(connection: S3Connection, prefix: str, *, trying: bool) -> Openness:
    """Find out how what is public below a prefix is opened: by the bucket's settings.

    Whether access lists open anything no setting tells for certain, as those of the account count,
    too: it is tried on a small object, if that is `trying`.
    """
    settings = settings_of(connection)
    here = settings.about(prefix)
    if any(each.condition == "none" for each in here):
        return Openness("open", "the bucket's policy lets everybody read all of it", _BY_TAG)
    if by_tag := [each for each in here if each.condition == "tag"]:
        return _by_tag(by_tag)
    if settings.openings is None:
        return Openness(
            "unknown",
            f"you may not {' or '.join(settings.missing)}",
            "ask the bucket's owner for these permissions: they read settings and change none",
        )
    return _without_policy(connection, prefix, settings, trying=trying)


def _by_tag(openings: list[Opening]) -> Openness:
    lacking = set(READS).difference(*(each.actions for each in openings))
    if not lacking:
        return Openness("tag", "the bucket's policy says so")
    return Openness(
        "tag",
        f"the bucket's policy says so, but lacks {' and '.join(sorted(lacking))}",
        "readers name a version: the statement needs both actions (docs/visibility.md)",
    )


def _without_policy(
    connection: S3Connection, prefix: str, settings: BucketSettings, *, trying: bool
) -> Openness:
    """Say what becomes of what is public where no policy opens all that is here."""
    if places := settings.elsewhere(prefix):
        named = ", ".join(f"s3://{connection.bucket}/{place}" for place in places)
        there = f"s3://{connection.bucket}/{places[0]}".rstrip("/")
        return Openness(
            "prefix",
            f"the bucket's policy opens {named}",
            f"publish public items to {there}, and private ones here",
        )
    if why := settings.why_no_acls:
        return Openness("closed", f"no policy opens it, and {why}", _BY_TAG)
    name = f"{prefix}{PROBE_KEY}-acl"
    if _opened(connection, name):
        return Openness("acl", "an object that is open by its list can be read")
    if not trying:
        return Openness("acl", "no policy opens it, and access lists are allowed; not tried")
    return _by_lists(connection, name)


def _by_lists(connection: S3Connection, name: str) -> Openness:
    """Try whether an object that is written so can be read."""
    try:
        write_probe(connection, name, {VISIBILITY_TAG: "private"}, ACL=PUBLIC_READ)
    except UsageError as error:
        return Openness("closed", f"no policy opens it, nor can a list: {error.message}", _BY_TAG)
    if _opened(connection, name):
        return Openness("acl", "an object that is open by its list can be read")
    return Openness("closed", "an object that its access list opens still cannot be read", _BY_TAG)


def _opened(connection: S3Connection, name: str) -> bool:
    try:
        return readable_by_all(connection, name, None)
    except UsageError:  # it is not there, and everybody may know that
        return False


def sampled(connection: S3Connection, prefix: str, found: Openness) -> Openness:
    """Compare what settings say with one object that is there: its tag, its list, and a try."""
    try:
        name = _some_object(connection, prefix)
        if name is None:
            return found
        granted = Grants(Calls(connection, name), None).everybody_is_granted()
        readable = readable_by_all(connection, name, None)
    except BrainScoreDataError:  # what cannot be seen adds nothing
        return found
    tag = _tag(connection, name)
    shown = (
        f"{name} is {f'tagged {tag}' if tag else 'not tagged'}, its list "
        f"{'opens it' if granted else 'does not open it' if granted is False else 'is not shown'}, "
        f"and without credentials it can{'' if readable else 'not'} be read"
    )
    mode = found.mode
    if mode == "tag" and readable and tag != "public" and not granted:
        return Openness("open", f"the policy goes by the tag, but {shown}: this server ignores it")
    if (mode == "tag" and tag == "public" and not readable) or (
        mode == "acl" and granted and not readable
    ):
        return Openness("closed", f"{found.because}; but {shown}")
    if mode == "unknown" and readable:
        mode = "acl" if granted else "tag" if tag == "public" else "open"
    return Openness(mode, f"{found.because}; {shown}", found.hint)


def _some_object(connection: S3Connection, prefix: str) -> str | None:
    with connection.explained("s3:ListBucket"):
        answer = connection.client.list_objects_v2(
            Bucket=connection.bucket, Prefix=prefix, MaxKeys=_LISTED
        )
    names = (each["Key"] for each in answer.get("Contents", []))
    return next((name for name in names if ".brainscore-data/" not in name), None)


def _tag(connection: S3Connection, name: str) -> str | None:
    try:
        with connection.explained("s3:GetObjectTagging", name):
            answer = connection.client.get_object_tagging(Bucket=connection.bucket, Key=name)
    except BrainScoreDataError:
        return None
    return tags_in(answer).get(VISIBILITY_TAG)
