"""A cluster packages what is larger than the memory of all of its workers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dask_clusters import dask_cluster

import brainscore_data
from bench.scaling import largest_processes

if TYPE_CHECKING:
    from pathlib import Path

_ROWS, _NEUROIDS = 4_000_000, 1024
_MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"
[[assembly]]
identifier = "Doe2026"
visibility = "public"
class = "NeuroidAssembly"
values = "values.npy"
dims = ["presentation", "neuroid"]
coords = {}
"""


@pytest.mark.night
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")
def test_sixteen_gigabytes_go_through_workers_of_half_a_gigabyte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    # Zeros that nobody wrote are made as they are read, and take no disk; nor are they worth memory.
    monkeypatch.setenv("BRAINSCORE_DATA_CAGE_MEMORY", "32")
    shape = (_ROWS, _NEUROIDS)
    np.lib.format.open_memmap(folder / "values.npy", mode="w+", dtype="float32", shape=shape)
    (folder / "dataset.toml").write_text(_MANIFEST)

    def packaged(cluster: str | None = None) -> str:
        # The checks look at all of the zeros and have nothing else to say.
        out = tmp_path / "out"
        made = brainscore_data.package(folder, out, ignore=["BSD422", "BSD445"], cluster=cluster)
        return made.items[0].files[0].sha256

    with dask_cluster(tmp_path) as two:
        for _ in range(2):
            two.start_worker("--memory-limit", "512MiB")
        with largest_processes() as peak:
            found = packaged(two.address)
    assert max(peak.values()) < 512
    assert found == packaged()
