"""Publish one file that is no item of a bundle: what `upload_to_s3` is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.brainio.destinations import Uploaded
from brainscore_data.dataset.locating import refuse_gits_own
from brainscore_data.errors import DataError, UsageError
from brainscore_data.packaging.bundle import bundled_file
from brainscore_data.packaging.digest import ContentDigest, Written
from brainscore_data.progress import Quiet, Shared, quiet
from brainscore_data.publishing.comparison import same_bytes
from brainscore_data.publishing.labels import file_tags
from brainscore_data.publishing.planning import Step, taken
from brainscore_data.publishing.writing import FileWriter
from brainscore_data.store.standing import standing_version

if TYPE_CHECKING:
    from pathlib import Path

    from brainscore_data.packaging.bundle import BundledFile
    from brainscore_data.progress import Reporter
    from brainscore_data.publishing.runs import Run
    from brainscore_data.store.interface import Store

_QUIET = Quiet()


def publish_file(
    source: Path,
    key: str,
    store: Store,
    *,
    run: Run,
    replaces: str | None,
    allow_unversioned: bool,
    report: Reporter = quiet,
) -> Uploaded:
    """Publish a file under a key: as an item's files are, but whatever is in it.

    `report` opens the progress, in bytes.

    Raises
    ------
    DataError
        If the key is taken by other content, and `replaces` is not its version.
    UsageError
        If the store keeps no versions and that is not allowed, or cannot be written to.
    IncompleteError
        If the store stopped answering.
    """
    capabilities = store.capabilities()
    if not capabilities.versioned and not allow_unversioned:
        raise UsageError(
            "this store keeps no versions: whatever is overwritten in it is lost to its readers",
            where=store.location.url,
            hint="turn versioning on, or accept it with --allow-unversioned; then nothing is ever "
            "overwritten",
        )
    file = describe_file(source, key)
    step = _step(store, file, replaces, conditional=capabilities.conditional)
    writer = FileWriter(
        store,
        source.parent,
        capabilities.conditional,
        allow_unversioned,
        _QUIET,
        source_name=source.name,
    )
    metadata = {"sha1": file.sha1, "sha256": file.sha256, "digest": file.digest}
    with report(f"uploading {key}", 0 if step.kept else file.size) as progress:
        sent = Shared(progress).advance_bytes
        version = writer.carry_out(step, metadata, file_tags(run, replaces), sent).version
    return Uploaded(
        store.location.prefix + key, version.bytes.sha1, version.version_id, version.bytes.size
    )


def describe_file(source: Path, key: str) -> BundledFile:
    """Describe a file that is to be under a key, whatever is in it."""
    from brainscore_data.files import fingerprint

    refuse_gits_own(source)
    found = fingerprint(source)
    digest = ContentDigest("files")
    digest.text(key)
    digest.text(found.sha256)
    return bundled_file(key, Written(digest.result(), found))


def _step(store: Store, file: BundledFile, replaces: str | None, *, conditional: bool) -> Step:
    stored = standing_version(store, file.name, conditional=conditional)
    if stored is None:
        return Step(file, "create")
    if (kept := same_bytes(store, stored, file, _QUIET)) is not None:
        return Step(file, "keep", kept=kept)
    if replaces is not None and replaces == stored.version_id and not stored.deleted:
        return Step(file, "replace", expected_version=replaces)
    raise DataError(
        f"{file.name}: {taken(store, stored, file)}",
        where=store.location.url,
        hint="choose another key; or, if it is a correction that supersedes what is there, pass "
        f"replaces={stored.version_id!r}",
    )
