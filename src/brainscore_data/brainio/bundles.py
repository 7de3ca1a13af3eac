"""A bundle of one item: what an upload of the drop-in is to the publishing that follows."""

from __future__ import annotations

from pathlib import Path

from brainscore_data.records.bundle import (
    Bundle,
    BundledAssembly,
    BundledStimulusSet,
    CheckRecord,
    save_bundle,
    writers,
)


def save_single(item: BundledStimulusSet | BundledAssembly, folder: Path) -> Path:
    """Write the ``bundle.json`` of one item beside its files."""
    bundle = Bundle(
        dataset=item.identifier,
        license="not stated",
        items=[item],
        checks=CheckRecord(ran=[], ignored=[], baseline=False, warnings=[]),
        writers=writers(),
    )
    return save_bundle(bundle, folder)
