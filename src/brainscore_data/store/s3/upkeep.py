"""A bucket, for those who look after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import NotPermittedError
from brainscore_data.store.s3.connection import Calls, S3Connection
from brainscore_data.store.s3.errors import UnsupportedError, status_of
from brainscore_data.store.s3.listing import earliest_first, is_marker, pages_of_versions
from brainscore_data.store.s3.objects import encoded_tags
from brainscore_data.store.tags import VISIBILITY_TAG
from brainscore_data.store.upkeep import FOLDER, Inventory, ListedVersion


@dataclass
class S3Upkeep:
    """What is below a prefix."""

    connection: S3Connection
    prefix: str
    _listed: dict[str, frozenset[str] | None] = field(default_factory=dict)
    _alone: Lock = field(default_factory=Lock)

    def inventory(self) -> Inventory:
        """List every version of every key: a thousand in each request."""
        listed: dict[str, list[dict[str, Any]]] = {}
        folders: dict[str, None] = {}
        with self.connection.explained("s3:ListBucketVersions"):
            for page in pages_of_versions(self.connection, Prefix=self.prefix, Delimiter="/"):
                for entry in page["Entries"]:
                    listed.setdefault(entry["Key"].removeprefix(self.prefix), []).append(entry)
                for each in page.get("CommonPrefixes", []):
                    folders[each["Prefix"].removeprefix(self.prefix).rstrip("/")] = None
        listed.pop("", None)  # some programs write one for a folder
        found = {
            key: tuple(_version(key, entry) for entry in earliest_first(entries))
            for key, entries in sorted(listed.items())
        }
        return Inventory(found, tuple(each for each in folders if each != FOLDER))

    def notes(self, folder: str) -> frozenset[str] | None:
        """List the notes in a folder, once; None where this caller may not."""
        with self._alone:  # many threads look at the first files at once
            if folder not in self._listed:
                try:
                    self._listed[folder] = self._notes(f"{self._place}{folder}/")
                except (NotPermittedError, UnsupportedError):
                    self._listed[folder] = None
            return self._listed[folder]

    def note(self, name: str) -> bytes | None:
        """Read a note; None if there is none, or this caller may not read it."""
        from botocore.exceptions import ClientError

        calls = Calls(self.connection, f"{self._place}{name}")
        with self.connection.explained("s3:GetObject", calls.name):
            try:
                answer = self.connection.client.get_object(**calls.where)
            except ClientError as error:
                # 403 is what those who may not list are told of what is not there.
                if status_of(error) not in {403, 404, 405}:
                    raise
                return None
            with answer["Body"] as body:
                content: bytes = body.read()
            return content

    def put_note(self, name: str, content: bytes) -> None:
        """Write a note, in the place of one that is there; nobody reads it without credentials."""
        calls = Calls(self.connection, f"{self._place}{name}")
        self.connection.need_credentials("s3:PutObject", calls.name)
        calls.patiently(
            "s3:PutObject",
            lambda client: client.put_object(
                **calls.where,
                Body=content,
                ContentType="application/json",
                Tagging=encoded_tags({VISIBILITY_TAG: "private"}),
            ),
        )
        self._listed.clear()

    def lock(self, key: str, version_id: str | None) -> str | None:
        """Say what Object Lock forbids: a HEAD has it, for who may see it."""
        calls = Calls(self.connection, f"{self.prefix}{key}")
        found = calls.patiently(
            "s3:GetObjectVersion",
            lambda client: dict(client.head_object(**calls.where, **_version_of(version_id))),
            writes=False,
        )
        until = found.get("ObjectLockRetainUntilDate")
        if found.get("ObjectLockLegalHoldStatus") == "ON":
            return "a legal hold is on it"
        if until is not None and until > datetime.now(UTC):
            mode = str(found.get("ObjectLockMode", "")).lower()
            return f"it is kept in {mode} mode until {until.date()}"
        return None

    def erase(self, key: str, version_id: str | None) -> None:
        """Delete a version for good: by its id, else a delete marker would hide it and no more."""
        calls = Calls(self.connection, f"{self.prefix}{key}")
        self.connection.need_credentials("s3:DeleteObjectVersion", calls.name)
        calls.patiently(
            "s3:DeleteObjectVersion",
            lambda client: client.delete_object(**calls.where, **_version_of(version_id or "null")),
        )

    def copies(self) -> str:
        """Say where the bucket is replicated to: a version that is deleted by its id stays there."""
        from botocore.exceptions import ClientError

        unknown = "the bucket's replicas, if it has any: a deletion by version is never replicated"
        bucket = self.connection.bucket
        try:
            with self.connection.explained("s3:GetReplicationConfiguration"):
                try:
                    found = self.connection.client.get_bucket_replication(Bucket=bucket)
                except ClientError as error:
                    if status_of(error) == 404:
                        return "the bucket is not replicated; the program knows of no other copies"
                    raise
        except UsageError:
            return unknown
        rules = found.get("ReplicationConfiguration", {}).get("Rules", [])
        names = sorted({rule["Destination"]["Bucket"] for rule in rules})
        return f"replicas: erase the same versions in {', '.join(names)}" if names else unknown

    @property
    def _place(self) -> str:
        return f"{self.prefix}{FOLDER}/"

    def _notes(self, prefix: str) -> frozenset[str]:
        client, bucket = self.connection.client, self.connection.bucket
        with self.connection.explained("s3:ListBucket"):
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            names = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return frozenset(name.removeprefix(self._place) for name in names)


def _version_of(version_id: str | None) -> dict[str, str]:
    return {} if version_id is None else {"VersionId": version_id}


def _version(key: str, entry: dict[str, Any]) -> ListedVersion:
    version_id = entry["VersionId"]
    return ListedVersion(
        key,
        None if version_id == "null" else version_id,
        entry.get("Size", 0),
        entry["LastModified"].isoformat(timespec="seconds"),
        deleted=is_marker(entry),
    )
