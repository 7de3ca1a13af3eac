"""Signatures of requests that have no body, as AWS documents them [1]_.

botocore signs anything, in five times the processor time, and hundreds of these are sent in a run. A
signature that is wrong is refused, and then boto3 asks.

.. [1] https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

_NO_BODY = hashlib.sha256().hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"


def signed(
    method: str, url: str, headers: Mapping[str, str], credentials: Any, region: str
) -> dict[str, str]:
    """Give the headers of a request, and its signature; its query is sorted and encoded already."""
    parts, now = urlsplit(url), datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    all_headers = {
        **{name.lower(): value for name, value in headers.items()},
        "host": parts.netloc,
        "x-amz-content-sha256": _NO_BODY,
        "x-amz-date": now,
        **({"x-amz-security-token": credentials.token} if credentials.token else {}),
    }
    names = sorted(all_headers)
    lines = [f"{name}:{all_headers[name]}" for name in names]
    request = "\n".join([method, parts.path, parts.query, *lines, "", ";".join(names), _NO_BODY])
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = _key(credentials.secret_key, now[:8], region)
    signature = _hmac(key, f"{_ALGORITHM}\n{now}\n{scope}\n{digest}").hex()
    credential = f"{credentials.access_key}/{scope}"
    authorization = (
        f"{_ALGORITHM} Credential={credential}, SignedHeaders={';'.join(names)}, "
        f"Signature={signature}"
    )
    return {**all_headers, "authorization": authorization}


@lru_cache(maxsize=16)
def _key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
