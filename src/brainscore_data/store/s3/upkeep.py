"""A bucket, for those who look after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from brainscore_data.store.interface import VISIBILITY_TAG
from brainscore_data.store.s3.connection import Calls, S3Connection
from brainscore_data.store.s3.errors import NotPermittedError, UnsupportedError, status_of
from brainscore_data.store.s3.listing import earliest_first
from brainscore_data.store.s3.objects import encoded_tags
from brainscore_data.store.upkeep import FOLDER, Inventory, ListedVersion


@dataclass
class S3Upkeep:
    """What is below a prefix."""

    connection: S3Connection
    prefix: str
    _listed: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def inventory(self) -> Inventory:
        """List every version of every key: a thousand in each request."""
        versions: dict[str, list[dict[str, Any]]] = {}
        markers: dict[str, list[dict[str, Any]]] = {}
        folders: dict[str, None] = {}
        client, bucket = self.connection.client, self.connection.bucket
        with self.connection.explained("s3:ListBucketVersions"):
            pages = client.get_paginator("list_object_versions").paginate(
                Bucket=bucket, Prefix=self.prefix, Delimiter="/"
            )
            for page in pages:
                for into, name in ((versions, "Versions"), (markers, "DeleteMarkers")):
                    for entry in page.get(name, []):
                        into.setdefault(entry["Key"].removeprefix(self.prefix), []).append(entry)
                for each in page.get("CommonPrefixes", []):
                    folders[each["Prefix"].removeprefix(self.prefix).rstrip("/")] = None
        names = sorted({*versions, *markers} - {""})  # "": some programs write one for a folder
        found = {
            key: tuple(
                _version(key, entry)
                for entry in earliest_first(versions.get(key, []), markers.get(key, []))
            )
            for key in names
        }
        return Inventory(found, tuple(each for each in folders if each != FOLDER))

    def notes(self, folder: str) -> frozenset[str] | None:
        """List the notes in a folder, once; None where this caller may not."""
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

    @property
    def _place(self) -> str:
        return f"{self.prefix}{FOLDER}/"

    def _notes(self, prefix: str) -> frozenset[str]:
        client, bucket = self.connection.client, self.connection.bucket
        with self.connection.explained("s3:ListBucket"):
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            names = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return frozenset(name.removeprefix(self._place) for name in names)


def _version(key: str, entry: dict[str, Any]) -> ListedVersion:
    version_id = entry["VersionId"]
    return ListedVersion(
        key,
        None if version_id == "null" else version_id,
        entry.get("Size", 0),
        entry["LastModified"].isoformat(timespec="seconds"),
        deleted="Size" not in entry,
    )
