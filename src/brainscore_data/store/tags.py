"""Tags: what they may say, and the one that decides who can read an object."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: The tag that a bucket's policy decides by who may read an object: it comes with the bytes.
VISIBILITY_TAG = "visibility"
NO_TAGS: Mapping[str, str] = {}
#: How long a tag's value may be. S3's rules hold in all stores; they are the strictest:
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
TAG_VALUE_LENGTH = 256
_NOT_IN_TAGS = r"[^\w +\-=.:/@]"


class KeptTags:
    """What a store has in which no version is ever seen without its tags, or none has any."""

    def restore_tags(
        self,
        key: str,  # noqa: ARG002 - nothing to do
        version_id: str | None,  # noqa: ARG002
        size: int,  # noqa: ARG002
        tags: Mapping[str, str],  # noqa: ARG002
    ) -> bool:
        """Say no: none were lost."""
        return False


def allowed_in_tags(text: str) -> str:
    """Put ``_`` for each character that a tag may not have.

    >>> allowed_in_tags("Mária (lab)")
    'Mária _lab_'
    """
    return re.sub(_NOT_IN_TAGS, "_", text)
