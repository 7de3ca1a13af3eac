"""From what S3 says about an object to `StoredObject`, and from ours to what S3 takes.

A version that was written is asked for where the answer to the write said too little of it.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.store.interface import Capabilities, Handling, StoredObject
from brainscore_data.store.s3.connection import Calls
from brainscore_data.store.s3.integrity import encoded_crc32
from brainscore_data.store.tags import TAG_VALUE_LENGTH, allowed_in_tags

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


class LazilyDescribed(Mapping[str, StoredObject]):
    """Objects that were asked about, each described from its answer when somebody looks at it."""

    def __init__(
        self,
        answers: Mapping[str, Mapping[str, Any]],
        describe: Callable[[str, Mapping[str, Any]], StoredObject],
    ) -> None:
        self._answers, self._describe = answers, describe

    def __getitem__(self, key: str) -> StoredObject:
        return self._describe(key, self._answers[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)


def own_sha256(response: Mapping[str, Any]) -> str | None:
    """Read the SHA-256 that S3 vouches for, over all bytes of an object; None if for none.

    An object written in parts has a CRC32 over the whole instead. Its writer said, in the
    metadata, which CRC32 belongs to which SHA-256: it read both off the file at once. If S3's own
    CRC32 is that one, the bytes are those with that SHA-256. A CRC32 finds what accidents do; it
    would not stop a forger, but whoever can forge an object here can also write to the bucket,
    and readers compare the sha1 in any case.

    A multipart upload's is a hash of the parts' hashes (COMPOSITE), which says nothing about
    the whole. Servers that do not name the type give it away by a dash, in it or in the ETag.
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
    """Write tags as S3's header wants them; a character that S3 refuses becomes ``_``."""
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


def put_tags(calls: Calls, version_id: str | None, tags: Mapping[str, str]) -> None:
    """Put tags in the place of those that a version has."""
    version = {} if version_id is None else {"VersionId": version_id}
    allowed = [{"Key": key, "Value": value} for key, value in allowed_tags(tags).items()]
    calls.patiently(
        "s3:PutObjectTagging",
        lambda client: client.put_object_tagging(
            **calls.where, **version, Tagging={"TagSet": allowed}
        ),
    )


def tags_may_be_lost(abilities: Capabilities) -> bool:
    """Tell whether an object in parts may be without the tags that it was begun with.

    Ceph's gateway, up to version 16 at least, drops those that are given to CreateMultipartUpload.
    """
    return abilities.tags and not abilities.completes_at_once


def looked_up(
    calls: Calls, answer: Mapping[str, Any], size: int, metadata: Mapping[str, str]
) -> dict[str, Any]:
    """Complete the answer to a write by what the version is said to be, which must be ours."""
    version_id = answer.get("VersionId")
    try:
        there = _head(calls, version_id)
    except UsageError as error:
        raise calls.lost(
            f"the file was written, but the program cannot look at it ({error.message})"
        ) from error
    whole = there.get("ContentLength") == size and _may_have_crc32(there, metadata)
    if version_id and not whole:
        raise DataError(
            f"the store holds other bytes than it was sent (version {version_id})",
            where=calls.url,
            hint="publish it again with `replaces` naming this version, and tell whoever runs "
            "the server",
        )
    ours = metadata.items() <= there.get("Metadata", {}).items()
    etags = {str(said["ETag"]).strip('"') for said in (there, answer) if said.get("ETag")}
    if not whole or not ours or len(etags) > 1:
        raise calls.lost(
            "the file was written, but it is not known whether it is what is there now"
        )
    return {**there, **{name: value for name, value in answer.items() if value}}


def found_as_sent(
    calls: Calls,
    abilities: Capabilities,
    *,
    metadata: Mapping[str, str],
    tags: Mapping[str, str],
    size: int,
    crc32: int,
    cause: Exception,
) -> dict[str, Any]:
    """Find the object that was completed when the answer to it got lost.

    Nobody else's object has the same metadata, checksum and tags, unless somebody has just
    completed this very upload; then it is one object all the same. One that this run went on
    with has its starter's tags: who completed it is told by nothing, and no more by tags that
    cannot be read.
    """
    there = _head(calls, None)
    as_sent = (
        there.get("Metadata") == dict(metadata)
        and there.get("ContentLength") == size
        and there.get("ChecksumCRC32") == encoded_crc32(crc32)
    )
    if not as_sent or tags_there(calls, abilities, there) != allowed_tags(tags):
        raise calls.lost(
            "the object was completed while the server's answer got lost, by this run or by another"
        ) from cause
    return there


def _head(calls: Calls, version_id: str | None) -> dict[str, Any]:
    version = {"VersionId": version_id} if version_id else {}
    return calls.patiently(
        "s3:GetObject",
        lambda client: dict(client.head_object(**calls.where, **version, ChecksumMode="ENABLED")),
        writes=False,
    )


def tags_there(
    calls: Calls, abilities: Capabilities, there: Mapping[str, Any]
) -> Mapping[str, str] | None:
    """Read the tags of a version; None if this caller may not, or the server has none."""
    if not abilities.tags:
        return None
    version = {"VersionId": there["VersionId"]} if "VersionId" in there else {}
    try:
        return calls.patiently(
            "s3:GetObjectTagging",
            lambda client: tags_in(client.get_object_tagging(**calls.where, **version)),
            writes=False,
        )
    except UsageError:
        return None


def _may_have_crc32(there: Mapping[str, Any], metadata: Mapping[str, str]) -> bool:
    """Compare the checksum over all bytes, if the server has one."""
    crc32 = there.get("ChecksumCRC32")
    is_whole = there.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT" and "-" not in str(crc32)
    return crc32 is None or not is_whole or crc32 == metadata.get(CRC32_KEY, crc32)
