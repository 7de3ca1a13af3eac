"""The server that plays OSF writes what WaterButler's own serialisers write."""

from __future__ import annotations

from datetime import datetime

from osf_answers import Item, Version, file_entity, folder_entity, revision_entity

URL = "https://files.osf.io"
PLACE = f"{URL}/v1/resources/abcd1/providers/osfstorage"
HASHES = {
    "md5": "eb3f7cc15ba7b6effb2186284185c5cf",
    "sha256": "043be9ff919762f0dc36fff0222cd90c753ce28b39feb52112be9360c476ef88",
}
# What `OsfStorageFileMetadata`, `OsfStorageFolderMetadata` and `OsfStorageRevisionMetadata` gave, with
# `json_api_serialized`, for the fixtures in tests/providers/osfstorage/fixtures/root_provider.json of
# https://github.com/CenterForOpenScience/waterbutler at aa37dac4.
FILE = {
    "id": "osfstorage/59a9b628b7d1c903ab5a8f52",
    "type": "files",
    "attributes": {
        "extra": {
            "guid": None,
            "version": 1,
            "downloads": 0,
            "checkout": None,
            "latestVersionSeen": None,
            "hashes": HASHES,
        },
        "kind": "file",
        "name": "doc.rst",
        "path": "/59a9b628b7d1c903ab5a8f52",
        "provider": "osfstorage",
        "materialized": "/doc.rst",
        "etag": "eccd2270585257f4b48d8493bed863c01cf0b6dc0bb590101407c9b5e10b8e08",
        "contentType": None,
        "modified": "2017-09-01T19:34:00.175741+00:00",
        "modified_utc": "2017-09-01T19:34:00.175741+00:00",
        "created_utc": "2017-09-01T19:34:00.175741+00:00",
        "size": 5596,
        "sizeInt": 5596,
        "resource": "abcd1",
    },
    "links": {
        "move": f"{PLACE}/59a9b628b7d1c903ab5a8f52",
        "upload": f"{PLACE}/59a9b628b7d1c903ab5a8f52?kind=file",
        "delete": f"{PLACE}/59a9b628b7d1c903ab5a8f52",
        "download": f"{PLACE}/59a9b628b7d1c903ab5a8f52",
    },
}
FOLDER = {
    "id": "osfstorage/59c0054cb7d1c90114c456af/",
    "type": "files",
    "attributes": {
        "extra": {},
        "kind": "folder",
        "name": "New Folder",
        "path": "/59c0054cb7d1c90114c456af/",
        "provider": "osfstorage",
        "materialized": "/New Folder/",
        "etag": "5caf8ab73c068565297e455ebce37fd64b6897a2284ec9d7ecba8b6093082bcd",
        "resource": "abcd1",
        "size": None,
        "sizeInt": None,
    },
    "links": {
        "move": f"{PLACE}/59c0054cb7d1c90114c456af/",
        "upload": f"{PLACE}/59c0054cb7d1c90114c456af/?kind=file",
        "delete": f"{PLACE}/59c0054cb7d1c90114c456af/",
        "new_folder": f"{PLACE}/59c0054cb7d1c90114c456af/?kind=folder",
    },
}
REVISION = {
    "id": "2",
    "type": "file_versions",
    "attributes": {
        "extra": {
            "user": {"name": "Dr. Fake, DDS ΩΩΩ", "url": "/64yvj/"},
            "downloads": 0,
            "hashes": HASHES,
        },
        "version": "2",
        "modified": "2017-09-01T19:34:34+00:00",
        "modified_utc": "2017-09-01T19:34:34+00:00",
        "versionIdentifier": "version",
    },
}


class Known(Version):
    """A version whose bytes are not known, but their hashes."""

    md5, sha256 = HASHES["md5"], HASHES["sha256"]


def version(created):
    return Known(b"", datetime.fromisoformat(created), "Dr. Fake, DDS ΩΩΩ")


def test_a_file_is_described_as_waterbutler_does():
    versions = [version("2017-09-01T19:34:00.175741+00:00")]
    item = Item("59a9b628b7d1c903ab5a8f52", "doc.rst", Item("0", "", None), versions)
    assert file_entity(item, 1, 5596, "abcd1", URL) == FILE


def test_a_folder_is_described_as_waterbutler_does():
    item = Item("59c0054cb7d1c90114c456af", "New Folder", Item("0", "", None))
    assert folder_entity(item, "abcd1", URL) == FOLDER


def test_a_version_is_described_as_waterbutler_does():
    assert revision_entity(2, version("2017-09-01T19:34:34+00:00")) == REVISION
