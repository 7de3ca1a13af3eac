"""Asking for a version that was written, where the answer to the write said too little of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.store.interface import Capabilities
from brainscore_data.store.s3.calls import Calls
from brainscore_data.store.s3.integrity import encoded_crc32
from brainscore_data.store.s3.objects import CRC32_KEY, allowed_tags, tags_in


def looked_up(
    calls: Calls, answer: Mapping[str, Any], size: int, metadata: Mapping[str, str]
) -> dict[str, Any]:
    """Complete the answer to a write by what the version is said to be, which must be ours."""
    version_id = answer.get("VersionId")
    try:
        there = _head(calls, version_id)
    except UsageError as error:
        raise calls.lost(
            f"the file was written, and cannot be looked at ({error.message})"
        ) from error
    whole = there.get("ContentLength") == size and _may_have_crc32(there, metadata)
    if version_id and not whole:
        raise DataError(
            f"the store holds other bytes than it was sent (version {version_id})",
            where=calls.url,
            hint="publish it again with `replaces` naming this version, and tell who runs the "
            "server",
        )
    ours = metadata.items() <= there.get("Metadata", {}).items()
    etags = {str(said["ETag"]).strip('"') for said in (there, answer) if said.get("ETag")}
    if not whole or not ours or len(etags) > 1:
        raise calls.lost("the file was written, and what is there now is not known to be it")
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
    if not as_sent or _tags_there(calls, abilities, there) != allowed_tags(tags):
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


def _tags_there(
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
