"""`package --script --cluster`: workers compute the script's arrays, and the bytes stay the same."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from dask_clusters import dask_cluster

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are looked at in /proc")
SCRIPT = """
import os, pathlib
import dask.array as da, numpy as np, xarray as xr
from brainio.packaging import package_data_assembly
def computed(block):
    pathlib.Path(TOLD, str(os.getpid())).write_text("")
    return block * 2
values = da.arange(6, chunks=2, dtype="f8").reshape(3, 2)
values = values.map_blocks(computed, meta=np.empty((0, 0)))
data = xr.DataArray(
    values, dims=["presentation", "neuroid"],
    coords={"stimulus_id": ("presentation", ["a", "b", "c"]),
            "repetition": ("presentation", [0, 0, 0]),
            "neuroid_id": ("neuroid", ["x", "y"]), "region": ("neuroid", ["IT", "IT"])})
package_data_assembly(
    catalog_identifier=None, proto_data_assembly=data, assembly_identifier="Doe2026",
    stimulus_set_identifier="Doe2026", assembly_class_name="NeuroidAssembly", bucket_name="b")
"""
HIDING = """
import importlib.metadata, runpy, sys
known = importlib.metadata.version
def version(name):
    if name == "distributed":
        raise importlib.metadata.PackageNotFoundError(name)
    return known(name)
importlib.metadata.version = version
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
# What the rules say of a small example is not the point.
OPTIONS = ("--yes", "--ignore", "BSD2,BSD4")


def packaged(command: Command, script: Path, out: str, *options: str) -> None:
    done = command("package", "--script", script, "-o", out, *OPTIONS, *options)
    assert done.returncode == 0, done.stderr


def told(tmp_path: Path) -> set[int]:
    found = [*(tmp_path / "told").iterdir()]
    for each in found:
        each.unlink()
    return {int(each.name) for each in found}


@pytest.fixture
def lazy(script: Callable[..., Path], tmp_path: Path) -> Path:
    """Give a script whose array of dask says which processes have computed it."""
    (tmp_path / "told").mkdir()
    return script(SCRIPT.replace("TOLD", repr(str(tmp_path / "told"))))


def test_the_workers_of_a_cluster_compute_and_the_bytes_are_the_same(
    command: Command, lazy: Path, tmp_path: Path
) -> None:
    packaged(command, lazy, "here")
    assert told(tmp_path)
    with dask_cluster(tmp_path, workers=1) as cluster:
        packaged(command, lazy, "there", "--cluster", cluster.address)
        assert told(tmp_path) == {worker.pid for worker in cluster.workers}
    name = "assy_Doe2026.nc"
    contents = {(tmp_path / out / name).read_bytes() for out in ("here", "there")}
    assert len(contents) == 1


@pytest.mark.night
def test_workers_of_this_machine_alone_are_started_for_a_script(
    command: Command, lazy: Path, tmp_path: Path
) -> None:
    packaged(command, lazy, "local", "--cluster", "local:1")
    assert len(told(tmp_path)) == 1


@pytest.mark.parametrize(
    ("cluster", "environment", "said"),
    [
        ("local:1", {"CI": "true"}, "in CI a script may be a stranger's"),
        ("nonsense", {}, "'nonsense' does not name a cluster"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_one_message_and_nothing_runs(
    cluster: str,
    environment: dict[str, str],
    said: str,
    command: Command,
    script: Callable[..., Path],
) -> None:
    line = ("package", "--script", script("print('ran')"), "-o", "out", "--cluster", cluster)
    done = command(*line, "--yes", **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("error:") == 1
    assert "Traceback" not in done.stderr


def test_an_interpreter_without_distributed_is_refused_with_the_line_that_installs_it(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    python = tmp_path / "without" / "python"
    python.parent.mkdir()
    # It knows all that is installed here but this one.
    (python.parent / "hiding.py").write_text(HIDING)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {python.parent}/hiding.py "$@"\n')
    python.chmod(0o755)
    path = script("print('ran')")
    line = ("package", "--script", path, "-o", "out", "--yes", "--python", python)
    done = command(*line, "--cluster", "local:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "not installed there, or too old: distributed>=" in done.stderr
    assert "-m pip install 'distributed>=" in done.stderr
    assert "Traceback" not in done.stderr
