"""A described dataset whose files are published, in a folder or in a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.receipts import save_receipts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANIFEST = """\
schema = 1
[dataset]
license = "CC-BY-4.0"
title = 'Cups: "a < b" <script>\u202e'
description = "Cups and ducks."
authors = [{ name = "Doe, Jane", orcid = "0000-0002-1825-0097", affiliation = "Lab" }, { name = "The Lab" }]
species = ["Macaca mulatta"]
keywords = ["V4"]
funding = ["Fund, grant 1"]
reference = "doi:10.1523/JNEUROSCI.5181-14.2015"
[dataset.rai]
data_collection = "Electrodes."
data_biases = ["One lab."]
[[stimulus_set]]
identifier = "hvm"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""
CSV = (
    b"stimulus_id,filename,size,angle,shown,object name\n"
    b"n0,n0.png,1,0.5,True,caf\xc3\xa9\nn1,n1.png,2,,False,\n"
)


@pytest.fixture
def described_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a dataset of which nothing is published."""
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cups"
    folder.mkdir()
    (folder / "dataset.toml").write_text(MANIFEST, encoding="utf-8")
    return folder


@pytest.fixture
def publish_described(described_folder: Path, bundles) -> Callable[..., Path]:
    """Publish a public stimulus set and a private assembly, with the receipts in the folder."""

    def publish(store) -> Path:
        bundle = bundles.write(
            bundles.stimulus_set("hvm", CSV, b"PK\x05\x06" + b"\0" * 18),
            bundles.assembly("secret.V4", b"CDF", visibility="private"),
        )
        run = Run("majaj", "2026-11-29T12:00:00+00:00")
        receipts = publish_bundle(bundle, store, run=run).receipts
        save_receipts(receipts, described_folder / "receipts.json")
        return bundle

    return publish
