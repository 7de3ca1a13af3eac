"""Ask a store everything that matters before something is published, and write nothing on AWS.

The answers are for people; a publication asks `Store.capabilities`, which tries the same things.
"""

from __future__ import annotations

from dataclasses import dataclass

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.hints import ALLOW_UNVERSIONED, Hint
from brainscore_data.store.interface import (
    Answer,
    Capabilities,
    Location,
    Store,
    Verdict,
    Versioning,
)


@dataclass(frozen=True)
class Preflight:
    """What a store answered."""

    location: Location
    capabilities: Capabilities
    answers: tuple[Answer, ...]
    #: Whether a publication would go through.
    publishes: bool
    conclusion: str


def preflight(store: Store, *, allow_unversioned: bool = False) -> Preflight:
    """Ask a store who may do what in it, and what it guarantees."""
    answers = store.answers()
    able = not any(each.question in {"list", "read"} and each.verdict == "no" for each in answers)
    found = store.capabilities()
    versioned = found.versioned or allow_unversioned
    publishes = able and found.writable and versioned
    return Preflight(
        store.location,
        found,
        (*answers, _versioning(found), _conditions(found), _checksums(found), _public(store)),
        publishes,
        _conclusion(found, able=able, allowed=versioned),
    )


def _public(store: Store) -> Answer:
    try:
        found = store.openness()
    except BrainScoreDataError as error:
        return Answer("public", "unknown", error.message, error.hint)
    verdict: Verdict = "yes" if found.mode in {"tag", "acl"} else "no"
    if found.mode in {"unknown", "folder"}:
        verdict = "unknown"
    return Answer("public", verdict, str(found), found.hint)


def _versioning(found: Capabilities) -> Answer:
    verdict: Verdict = "yes" if found.versioned else "no"
    if found.versioning == "unknown":
        verdict = "unknown"
    text = f"{found.versioning}: {what_follows(found.versioning)}"
    return Answer("versioning", verdict, text, what_to_do(found.versioning))


def _conditions(found: Capabilities) -> Answer:
    instead = (
        "so the program lists versions before and after each write; if two runs write at once, "
        "the later one stops"
    )
    if found.conditional:
        return Answer("conditions", "yes", "a write fails if somebody else was there first")
    if "unknown" in (found.conditions, found.complete_conditions):
        return Answer("conditions", "unknown", "only a caller who may write can try that")
    if found.conditions == "honoured":
        return Answer(
            "conditions",
            "no",
            f"with large files, which are sent in parts, they are {found.complete_conditions}; "
            f"{instead}",
        )
    return Answer("conditions", "no", f"they are {found.conditions}, {instead}")


def _checksums(found: Capabilities) -> Answer:
    if found.checksums == "honoured":
        return Answer("checksums", "yes", "the store refuses bytes that changed on the way")
    if found.checksums == "told":
        return Answer(
            "checksums", "yes", "the store says which checksum arrived, and the program compares it"
        )
    if found.checksums == "unknown":
        return Answer("checksums", "unknown", "only a caller who may write can try that")
    what = "accepts a wrong checksum" if found.checksums == "ignored" else "knows none"
    return Answer("checksums", "no", f"the store {what}, so what was written is read back")


def _conclusion(found: Capabilities, *, able: bool, allowed: bool) -> str:
    if not able or not found.writable:
        return "publish would stop before it writes anything: a permission is missing, see above"
    if not allowed:
        return (
            "publish would refuse, because of versioning; with --allow-unversioned it would "
            "create files and never overwrite one, and the receipts would say version id null"
        )
    guard = "conditional write" if found.conditional else "versions listed"
    verified = "store checksum" if found.checksums in {"honoured", "told"} else "read back"
    kept = "" if found.versioned else ", create keys only, and say version id null"
    in_parts = ""
    if verified == "store checksum" and not found.completes_at_once:
        in_parts = " ('read back' for large files, which are sent in parts)"
    return (
        f"publish would write here{kept}; receipts would say guard {guard!r} and verified "
        f"{verified!r}{in_parts}"
    )


_ENABLE = (
    "turn versioning on (for a bucket on AWS: Properties → Bucket Versioning): what is there now "
    'stays readable, also for those who pinned it as version "null"'
)
_ACCEPT = Hint("or accept it with ", ALLOW_UNVERSIONED, "; then nothing is ever overwritten")


def what_follows(versioning: Versioning) -> str:
    """Say what a state of versioning means for whoever publishes and reads."""
    return {
        "enabled": "every write gets a version id of its own, and what was there before stays "
        "readable",
        "suspended": "versioning is suspended, so this store keeps no versions of what is written "
        "now: whatever is overwritten in it is lost to its readers; earlier versions stay",
        "never enabled": "this store keeps no versions: whatever is overwritten in it is lost to "
        "its readers",
        "unknown": "it is not known whether this store keeps versions: it did not say, or you may "
        "not ask (s3:GetBucketVersioning)",
    }[versioning]


def what_to_do(versioning: Versioning) -> str | None:
    """Say what to do about it; None if nothing."""
    if versioning == "enabled":
        return None
    if versioning == "unknown":
        return Hint("ask the bucket's owner for s3:GetBucketVersioning, ", _ACCEPT)
    return Hint(_ENABLE, "; ", _ACCEPT)
