"""A published stimulus set and assembly, and a cache of the test's own."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, NamedTuple

import pytest

from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.runs import Run
from brainscore_data.store.local import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    from brainscore_data.receipts import Receipts

STIMULI = {"n0.png": b"\x89PNG zero", "n1.png": b"\x89PNG one"}
CSV = b"stimulus_id,filename,object_name\nn0,n0.png,cup\nn1,n1.png,duck\n"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class PublishedData(NamedTuple):
    """A store that holds the stimulus set ``hvm`` and the assembly ``MajajHong2015``."""

    store: LocalStore
    url: str
    receipts: Receipts

    def file(self, ending: str):
        files = [file for item in self.receipts.items for file in item.files]
        return next(file.object for file in files if file.object.key.endswith(ending))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(folder))
    return folder


@pytest.fixture
def rates_nc(tmp_path) -> bytes:
    import numpy as np
    import xarray as xr

    path = tmp_path / "rates.nc"
    rates = xr.DataArray(
        np.arange(6, dtype="float32").reshape(2, 3),
        dims=("presentation", "neuroid"),
        coords={
            "stimulus_id": ("presentation", ["n0", "n1"]),
            "repetition": ("presentation", [0, 0]),
            "neuroid_id": ("neuroid", ["a", "b", "c"]),
            "region": ("neuroid", ["V4", "IT", "IT"]),
        },
        attrs={"stimulus_set_identifier": "hvm"},
        name="data",
    )
    rates.to_netcdf(path, engine="netcdf4")
    return path.read_bytes()


@pytest.fixture
def published(bundles, rates_nc, tmp_path) -> PublishedData:
    store = LocalStore(tmp_path / "store")
    folder = bundles.write(
        bundles.stimulus_set("hvm", CSV, zipped(STIMULI)),
        bundles.assembly("MajajHong2015", rates_nc, stimulus_set="hvm"),
    )
    run = Run("majaj", "2015-09-30T12:00:00+00:00", commit="c" * 40)
    return PublishedData(store, store.location.url, publish_bundle(folder, store, run=run).receipts)


@pytest.fixture
def publish_stimuli(bundles, tmp_path):
    """Publish a stimulus set of any csv and any zip members to a store of its own."""

    def publish(csv: bytes, files: dict[str, bytes]) -> LocalStore:
        store = LocalStore(tmp_path / "other-store")
        folder = bundles.write(bundles.stimulus_set("hvm", csv, zipped(files)))
        publish_bundle(folder, store, run=Run("majaj", "now"))
        return store

    return publish
