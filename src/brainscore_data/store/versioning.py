"""What follows from a store's state of versioning, in words.

"When you enable versioning, objects that are there already keep the version id null" [1]_: who
pinned that goes on reading them.

References
----------
.. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/manage-objects-versioned-bucket.html
"""

from __future__ import annotations

from brainscore_data.base.hints import ALLOW_UNVERSIONED, Hint
from brainscore_data.store.interface import Versioning

_ENABLE = (
    "turn versioning on (for a bucket on AWS: Properties → Bucket Versioning): what is there now "
    'stays readable, also for those who pinned it as version "null"'
)
_ACCEPT = Hint("or accept it with ", ALLOW_UNVERSIONED, "; then nothing is ever overwritten")


def what_follows(versioning: Versioning) -> str:
    """Say what a state of versioning means for whoever publishes and reads.

    Examples
    --------
    >>> what_follows("enabled")
    'every write gets a version id of its own, and what was there before stays readable'
    """
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
    """Say what to do about it; None if nothing.

    Examples
    --------
    >>> what_to_do("enabled") is None
    True
    """
    if versioning == "enabled":
        return None
    if versioning == "unknown":
        return Hint("ask the bucket's owner for s3:GetBucketVersioning, ", _ACCEPT)
    return Hint(_ENABLE, "; ", _ACCEPT)
