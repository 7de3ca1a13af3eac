"""Bundles to publish, of as many files and as large as one likes."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from brainscore_data.dataset.manifest_values import Visibility

_MB = 1_000_000


def make_bundle(folder: Path, count: int, megabytes: int, visibility: Visibility) -> None:
    """Write a bundle of assemblies: publishing does not look into them."""
    from brainscore_data.base.files import fingerprint
    from brainscore_data.records.bundle import (
        Bundle,
        BundledAssembly,
        BundledFile,
        BundledStimulusSet,
        CheckRecord,
        save_bundle,
    )

    folder.mkdir(parents=True)
    items: list[BundledAssembly | BundledStimulusSet] = []
    for number in range(count):
        name = f"assy_Bench2024_{number:03}.nc"
        block = os.urandom(_MB)
        with (folder / name).open("wb") as file:
            for _ in range(megabytes):
                file.write(block)
        with (folder / name).open("rb") as file:
            found = fingerprint(file)
        stored = BundledFile(
            name=name,
            sha1=found.sha1,
            sha256=found.sha256,
            size=found.size,
            crc32=found.crc32,
            digest=f"cd1:{hashlib.sha256(block).hexdigest()}",
        )
        items.append(
            BundledAssembly(
                identifier=f"Bench2024_{number:03}",
                visibility=visibility,
                assembly_class="NeuroidAssembly",
                stimulus_set=None,
                merges_stimulus_set=True,
                nc=stored,
            )
        )
    checks = CheckRecord(ran=[], ignored=[], baseline=False, warnings=[])
    bundle = Bundle(
        dataset="bench2024",
        license="CC0-1.0",
        items=items,
        checks=checks,
        writers={"bench": "1"},
    )
    save_bundle(bundle, folder)
