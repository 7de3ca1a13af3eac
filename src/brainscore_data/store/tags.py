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


def allowed_in_tags(text: str) -> str:
    """Put ``_`` for each character that a tag may not have.

    >>> allowed_in_tags("Mária (lab)")
    'Mária _lab_'
    """
    return re.sub(_NOT_IN_TAGS, "_", text)
