"""From what S3 says about an object to `StoredObject`, and from ours to what S3 takes."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import (
    TAG_VALUE_LENGTH,
    Capabilities,
    Handling,
    StoredObject,
    allowed_in_tags,
)

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
METADATA_BYTES = 2048
_METADATA_KEY = re.compile(r"[a-z0-9-]+", re.ASCII)
_METADATA_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)
# Where the writer of an object in parts says which CRC32 its bytes have; as S3 writes it.
CRC32_KEY = "crc32"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
TAGS, TAG_KEY_LENGTH = 10, 128


def described(key: str, response: Mapping[str, Any], abilities: Capabilities) -> StoredObject:
    """Describe an object from the answer to a HEAD, a GET or a PUT of it.

    Its checksum counts only if the server is known to compare checksums with what arrives; that
    of an object in parts only if all of them are known to become it at once, as there can be other
    bytes otherwise than those that the checksum came with.

    Examples
    --------
    >>> aws = Capabilities(writable=True, versioning="enabled")
    >>> described("a.csv", {"VersionId": "null", "ContentLength": 3}, aws).version_id is None
    True
    """
    counts = abilities.checksums == "honoured" and (
        abilities.completes_at_once or CRC32_KEY not in response.get("Metadata", {})
    )
    version_id, written = response.get("VersionId"), response.get("LastModified")
    return StoredObject(
        key,
        None if version_id == "null" else version_id,
        size=response.get("ContentLength", 0),
        sha256=own_sha256(response) if counts else None,
        metadata=response.get("Metadata", {}),
        deleted=response.get("DeleteMarker", False),
        etag=response.get("ETag"),
        written=written.isoformat(timespec="seconds") if written else None,
    )


def own_sha256(response: Mapping[str, Any]) -> str | None:
    """Read the SHA-256 that S3 vouches for, over all bytes of an object; None if for none.

    An object written in parts has a CRC32 over the whole instead. Its writer said, in the
    metadata, which CRC32 belongs to which SHA-256: it read both off the file at once. If S3's own
    CRC32 is that one, the bytes are those with that SHA-256. A CRC32 finds what accidents do; it
    would not stop a forger, but whoever can forge an object here can also write to the bucket,
    and readers compare the sha1 in any case.

    A multipart upload's is a hash of the parts' hashes (COMPOSITE), which says nothing about
    the whole. Servers that do not name the type give it away by a dash, in it or in the ETag.

    Examples
    --------
    >>> own_sha256({"ChecksumSHA256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})[:12]
    'e3b0c44298fc'
    >>> own_sha256({"ChecksumSHA256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-2"}) is None
    True
    >>> own_sha256({"ChecksumCRC32": "Myuvag==", "Metadata": {"crc32": "Myuvag==", "sha256": "ab"}})
    'ab'
    """
    metadata, crc32 = response.get("Metadata", {}), response.get("ChecksumCRC32")
    if crc32 and crc32 == metadata.get(CRC32_KEY) and "sha256" in metadata:
        return str(metadata["sha256"])
    value = response.get("ChecksumSHA256", "")
    looks_whole = "-" not in value + response.get("ETag", "")
    if response.get("ChecksumType", "FULL_OBJECT" if looks_whole else "") != "FULL_OBJECT":
        return None
    try:
        return b64decode(value, validate=True).hex() or None
    except binascii.Error:
        return None


def takes_conditions(handling: Handling) -> bool:
    """Tell whether a write is sent with its condition.

    A server that was found to ignore one may still be wrong about another: Ceph's gateway, up to
    version 16 at least, writes whatever If-None-Match says, and answers every If-Match with 412.
    """
    return handling in {"honoured", "unknown"}


def checked_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Make sure that S3 gives metadata back as it was handed over."""
    for key, value in metadata.items():
        if not _METADATA_KEY.fullmatch(key) or not _METADATA_VALUE.fullmatch(value):
            raise UsageError(
                f"S3 cannot keep the metadata {key!r}: {value!r}",
                hint="a key has a-z, 0-9 and '-'; a value has ASCII characters only",
            )
    if sum(len(key) + len(value) for key, value in metadata.items()) > METADATA_BYTES:
        raise UsageError(f"S3 keeps {METADATA_BYTES} bytes of metadata, and this is more")
    return dict(metadata)


def encoded_tags(tags: Mapping[str, str]) -> str:
    """Write tags as S3's header wants them; a character that S3 refuses becomes ``_``.

    Examples
    --------
    >>> encoded_tags({"uploadedBy": "Mária (lab)", "visibility": "public"})
    'uploadedBy=M%C3%A1ria%20_lab_&visibility=public'
    """
    if len(tags) > TAGS:
        raise UsageError(f"S3 keeps {TAGS} tags on an object, and these are {len(tags)}")
    for key, value in tags.items():
        if len(key) > TAG_KEY_LENGTH or len(value) > TAG_VALUE_LENGTH:
            raise UsageError(
                f"the tag {key!r} is too long for S3",
                hint=f"{TAG_KEY_LENGTH} characters are allowed in a tag's key, "
                f"{TAG_VALUE_LENGTH} in its value",
            )
    return urlencode(allowed_tags(tags), quote_via=quote)


def tags_in(response: Mapping[str, Any]) -> dict[str, str]:
    """Read the tags off an answer; a server that has none to tell may leave their list out."""
    return {tag["Key"]: tag["Value"] for tag in response.get("TagSet", [])}


def allowed_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Put ``_`` for each character that S3 refuses in tags."""
    return {allowed_in_tags(key): allowed_in_tags(value) for key, value in tags.items()}
