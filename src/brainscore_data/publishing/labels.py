"""What is written beside the bytes: metadata about the content, tags about the run."""

from __future__ import annotations

import re

from brainscore_data.publishing.planning import superseded_version
from brainscore_data.publishing.runs import Run
from brainscore_data.records.bundle import Bundle, BundledAssembly, BundledFile, BundledStimulusSet
from brainscore_data.store.interface import (
    REPLACES_TAG,
    TAG_VALUE_LENGTH,
    VISIBILITY_TAG,
    allowed_in_tags,
)

# S3 allows 2 KB of metadata in all; the other entries need less than 500 bytes.
_WRITER_LENGTH = 1000


def content_metadata(
    bundle: Bundle, item: BundledStimulusSet | BundledAssembly, file: BundledFile
) -> dict[str, str]:
    """Describe the content of a file; nothing in it depends on who publishes, or when."""
    writer = "; ".join(f"{name} {version}" for name, version in sorted(bundle.writers.items()))
    return {
        "sha1": file.sha1,
        "sha256": file.sha256,
        "digest": file.digest,
        "identifier": item.identifier,
        "writer": re.sub(r"[^ -~]", "?", writer)[:_WRITER_LENGTH],
    }


def run_tags(
    bundle: Bundle, item: BundledStimulusSet | BundledAssembly, file: BundledFile, run: Run
) -> dict[str, str]:
    """Say who published a file, from where, and what it supersedes, as far as it is known."""
    return file_tags(
        run,
        superseded_version(item, file),
        **{VISIBILITY_TAG: item.visibility},
        dataset=bundle.dataset,
    )


def file_tags(run: Run, replaces: str | None, **more: str | None) -> dict[str, str]:
    """Say who published a file and what it supersedes, and `more` as far as it is known."""
    known = {
        "uploadedBy": run.who,
        **more,
        "commit": run.commit,
        "pull-request": None if run.pull_request is None else str(run.pull_request),
        "run": run.run_id,
        REPLACES_TAG: replaces,
    }
    return {
        name: allowed_in_tags(value)[:TAG_VALUE_LENGTH] for name, value in known.items() if value
    }
