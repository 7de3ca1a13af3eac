"""A bucket, for those who look after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from brainscore_data.store.s3.connection import S3Connection
from brainscore_data.store.s3.listing import earliest_first
from brainscore_data.store.upkeep import FOLDER, Inventory, ListedVersion


@dataclass(frozen=True)
class S3Upkeep:
    """What is below a prefix."""

    connection: S3Connection
    prefix: str

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
                _listed(key, entry)
                for entry in earliest_first(versions.get(key, []), markers.get(key, []))
            )
            for key in names
        }
        return Inventory(found, tuple(each for each in folders if each != FOLDER))


def _listed(key: str, entry: dict[str, Any]) -> ListedVersion:
    version_id = entry["VersionId"]
    return ListedVersion(
        key,
        None if version_id == "null" else version_id,
        entry.get("Size", 0),
        entry["LastModified"].isoformat(timespec="seconds"),
        deleted="Size" not in entry,
    )
