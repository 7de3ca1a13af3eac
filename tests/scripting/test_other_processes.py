"""Uploads of processes that a script starts: they become parts of the bundle, or fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from how_often import each_by_night

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

UPLOAD = """
import numpy as np, xarray as xr
def upload(number):
    from brainio.packaging import package_data_assembly
    assembly = xr.DataArray(
        np.arange(number, number + 6.0).reshape(3, 2), dims=["presentation", "neuroid"],
        coords={"stimulus_id": ("presentation", ["a", "b", "c"]),
                "repetition": ("presentation", [0, 0, 0]),
                "neuroid_id": ("neuroid", ["x", "y"]), "region": ("neuroid", ["IT", "IT"])})
    name = f"Doe2024.{number}"
    return package_data_assembly(None, assembly, name, None, bucket_name="brainio")["sha1"]
"""


def identifiers(tmp_path: Path) -> list[str]:
    bundle = json.loads((tmp_path / "bundle" / "bundle.json").read_text())
    return sorted(item["identifier"] for item in bundle["items"])


@pytest.mark.parametrize("method", each_by_night(["spawn", "forkserver"], by_day=["spawn"]))
def test_processes_of_multiprocessing_upload_into_the_bundle(
    method: str, command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    path = script(
        UPLOAD,
        "if __name__ == '__main__':",
        "    import multiprocessing",
        f"    with multiprocessing.get_context('{method}').Pool(1) as pool:",
        "        print(pool.map(upload, [1, 2]))",
    )
    done = command("package", "--script", path, "-o", "bundle", "--yes")
    assert done.returncode == 0, done.stderr
    assert identifiers(tmp_path) == ["Doe2024.1", "Doe2024.2"]


def test_an_interpreter_that_the_script_starts_uploads_into_the_bundle(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    """Whatever of its own it would have run at its start runs, too."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import builtins\nbuiltins.STARTED = 'as usual'\n")
    (own / "one.py").write_text(f"{UPLOAD}\nprint(upload(1), STARTED)\n")
    path = script(
        "import subprocess, sys",
        "subprocess.run([sys.executable, 'own/one.py'], check=True)",
        "print(sys.path)",
    )
    done = command(
        *("package", "--script", path, "-o", "bundle", "--yes", "--env", "PYTHONPATH"),
        PYTHONPATH=f"{own}:{source()}",
    )
    assert done.returncode == 0, done.stderr
    assert "as usual" in done.stdout
    assert "scripting/startup" not in done.stdout
    assert identifiers(tmp_path) == ["Doe2024.1"]


def source() -> Path:
    """Where this program is imported from."""
    from pathlib import Path

    import brainscore_data

    return Path(brainscore_data.__file__).parents[1]
