"""Items that are hosted elsewhere: what lies there is read and compared, and nothing is sent.

The address is a contributor's, so it is asked like a source: over https, in the public internet, and
without any credentials.
"""

from __future__ import annotations

from brainscore_data.base.errors import DataError
from brainscore_data.base.files import fingerprint
from brainscore_data.base.progress import Reporter, Shared
from brainscore_data.publishing.published import PublishedFile, PublishedItem
from brainscore_data.records.bundle import Bundle, BundledFile, BundledItem
from brainscore_data.records.receipts import PublishedObject
from brainscore_data.store.interface import NotStoredError, Store
from brainscore_data.store.urls import open_store


def without_hosted(bundle: Bundle) -> tuple[Bundle, list[int], list[int]]:
    """Take out of a bundle what is hosted elsewhere; gives the numbers of those left, and of those out."""
    here = [number for number, item in enumerate(bundle.items) if item.hosted is None]
    there = [number for number, item in enumerate(bundle.items) if item.hosted is not None]
    items = [bundle.items[number] for number in here]
    return (bundle.model_copy(update={"items": items}) if there else bundle), here, there


def compared(items: list[BundledItem], report: Reporter) -> list[PublishedItem]:
    """Read what lies at the hosts, and make sure that it is what was packaged."""
    if not items:
        return []
    size = sum(file.size for item in items for file in item.files)
    with report("comparing what is hosted", size) as progress:
        shared = Shared(progress)
        return [
            PublishedItem(
                item,
                tuple(_file(open_store(str(item.hosted)), file, shared) for file in item.files),
            )
            for item in items
        ]


def _file(store: Store, file: BundledFile, progress: Shared) -> PublishedFile:
    place = f"{store.location.url}/{file.name}"
    try:
        with store.open(file.name) as stream:
            found = fingerprint(stream, lambda block: progress.advance_bytes(len(block)))
    except NotStoredError as error:
        raise DataError(
            "dataset.toml says that it is hosted there, but it is not",
            where=place,
            hint="upload the bundle's file, under this name; nothing was published",
        ) from error
    if found.sha256 != file.sha256:
        raise DataError(
            f"what is hosted has other bytes than the bundle's: sha256 {found.sha256}, not "
            f"{file.sha256}",
            where=place,
            hint="if it was changed there, upload the bundle's file again; nothing was published",
        )
    stored = PublishedObject(
        **store.location.recorded(file.name),
        **file.fingerprint.recorded(),
        version_id=None,
        digest=file.digest,
        verified="read back",
    )
    return PublishedFile(file, "adopted", object=stored, public="yes")
