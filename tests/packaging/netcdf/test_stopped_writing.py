"""What stops a writer half way: no file under the final name but the old one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

NAMES = {"identifier": "Doe2024", "stimulus_set": "Doe2024"}


def test_an_interrupt_leaves_the_old_file_and_nothing_else(
    rates: xr.DataArray, tmp_path: Path
) -> None:
    class Interrupting:
        def advance(self, amount: int) -> None:
            raise KeyboardInterrupt

    target = tmp_path / "a.nc"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_netcdf(target, rates, {}, progress=Interrupting(), **NAMES)
    assert [path.name for path in tmp_path.iterdir()] == ["a.nc"]
    assert target.read_bytes() == b"old"


def can_mount() -> bool:
    if shutil.which("unshare") is None or sys.platform != "linux":
        return False
    command = ["unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


FULL_DISK = """
import os, sys
from pathlib import Path
import numpy as np, xarray as xr
from brainscore_data.base.errors import UsageError
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf
if sys.argv[2] == "no room at all":
    try:
        Path(sys.argv[1], "filler").write_bytes(bytes(1 << 21))
    except OSError:
        pass
numbers = np.random.default_rng(0).normal(size=(4000, 100))
texts = [*["é" * (1 << 20)] * 4, *["x"] * 3996]
data = xr.DataArray(numbers, dims=("event", "channel"))
if sys.argv[2] == "long texts":
    data = xr.DataArray(np.array(texts, dtype=object), dims="event")
target = Path(sys.argv[1], "a.nc")
try:
    write_netcdf(target, data, {}, identifier="I", stimulus_set=None)
except UsageError as error:
    print(error.message, error.where == str(target), sorted(os.listdir(target.parent)))
"""


@pytest.mark.skipif(not can_mount(), reason="needs root and Linux to make a small file system")
@pytest.mark.parametrize("case", ["numbers", "long texts", "no room at all"])
def test_a_full_disk_is_one_clear_error_and_leaves_nothing(case: str, tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    script = f'mount -t tmpfs -o size=1m tmpfs "$1" && exec "{sys.executable}" -c "$2" "$1" "$3"'
    command = ["unshare", "-m", "sh", "-c", script, "sh", str(mount), FULL_DISK, case]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    left = ["filler"] if case == "no room at all" else []
    assert (done.returncode, done.stdout) == (0, f"the disk is full True {left}\n"), done.stderr


LIMITED = """
import os, resource, signal, sys
from pathlib import Path
import numpy as np, xarray as xr
from brainscore_data.base.errors import UsageError
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
numbers = np.random.default_rng(0).normal(size=(4000, 100))
target = Path(sys.argv[1], "a.nc")
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    write_netcdf(target, xr.DataArray(numbers, dims=("event", "channel")), {},
                 identifier="I", stimulus_set=None)
except UsageError as error:
    print(error.message, error.where == str(target), os.listdir(target.parent))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_file_larger_than_the_system_allows_is_one_clear_error_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = "the file would be larger than this file system, or `ulimit -f`, allows True []\n"
    assert (done.returncode, done.stdout) == (0, told), done.stderr


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np, xarray as xr
from brainscore_data.assemblies.contract import variables
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf
variables.SLAB = 1 << 16
class Killing:
    left = 100_000
    def advance(self, amount):
        self.left -= amount
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
numbers = np.random.default_rng(0).normal(size=(4000, 100))
write_netcdf(Path(sys.argv[1]), xr.DataArray(numbers, dims=("event", "channel")), {},
             identifier="I", stimulus_set=None, progress=Killing())
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_process_that_is_killed_leaves_the_old_file_or_none(
    before: bytes | None, tmp_path: Path
) -> None:
    target = tmp_path / "a.nc"
    if before:
        target.write_bytes(before)
    command = [sys.executable, "-c", KILLED, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    assert (target.read_bytes() if target.exists() else None) == before
