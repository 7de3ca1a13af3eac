"""Bundles that somebody submits who may not publish: put into staging, and taken from there when approved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from brainscore_data.base.errors import UsageError
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.base.work_folders import work_folder
from brainscore_data.records.bundle import FILE_NAME, bundle_digest, load_bundle
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.staging import Staging
from brainscore_data.store.urls import staging_at

_LARGEST_RECORD = 64 * 2**20


@dataclass(frozen=True)
class Submitted:
    """Where a bundle was put, and what it is approved by."""

    url: str
    digest: str


def submit(
    folder: Path, url: str, *, report: Reporter = quiet, **options: Unpack[StoreOptions]
) -> Submitted:
    """Put a bundle below a place for staging, under its digest, and ``bundle.json`` last.

    What is there already is not sent again, so that it can be run again.
    """
    bundle = load_bundle(folder)
    digest = bundle_digest(folder)
    staging = staging_at(url, digest.removeprefix("sha256:"), **options)
    if any(item.visibility != "public" for item in bundle.items) and not staging.stays_closed():
        raise UsageError(
            "nothing of the bundle was sent: everybody can read what is put here, and not "
            "everything in the bundle is public",
            where=url,
            hint="ask the admin for a place in a store that is not open as a whole",
        )
    files = [file for item in bundle.items for file in item.files]
    with report("submitting", sum(file.size for file in files)) as progress:
        for file in files:
            staging.put(file.name, folder / file.name, file.sha256)
            progress.advance(file.size)
    staging.put(FILE_NAME, folder / FILE_NAME, digest.removeprefix("sha256:"))
    return Submitted(staging.url, digest)


def staged_at(folder: str | os.PathLike[str], **options: Unpack[StoreOptions]) -> Staging | None:
    """Open what is staged, if it is named by a URL; None where it is a folder."""
    named = str(folder)
    return staging_at(named, **options) if "://" in named else None


def require_approval(staged: Staging, approved: str | None, **without: Any) -> None:
    """Make sure that somebody approved it, and that nothing was asked for that concerns datasets."""
    if approved is None:
        raise UsageError(
            "a submitted bundle is only published if its digest is approved",
            where=staged.url,
            hint="fetch it (`aws s3 cp --recursive URL FOLDER`), look at it (`brainscore-data preview "
            "FOLDER`), and approve what you saw with --approve-digest: `sha256sum bundle.json`",
        )
    if any(without.values()):
        raise UsageError(
            "this is a bundle, which was checked when it was packaged",
            where=staged.url,
            hint="leave --ignore, --baseline and --output out",
        )


@contextmanager
def described_at(staged: Staging) -> Iterator[Path]:
    """Give a folder with its ``bundle.json``; the files stay where they are."""
    with work_folder() as temporary:
        (temporary / FILE_NAME).write_bytes(staged.content(FILE_NAME, _LARGEST_RECORD))
        yield temporary
