"""Scripts of the families that exist become bundles, and those can be published."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from brainscore_environment import BrainScoreEnvironment

    Command = Callable[..., subprocess.CompletedProcess[str]]

SCRIPTS = Path(__file__).parents[1] / "brainio" / "scripts"
THEIRS = "from brainscore_core.supported_data_standards.brainio.packaging import"
OLDER = "from brainio.packaging import"
OURS = "from brainscore_data.brainio.packaging import"

# Names of neuroids, and values that are not all the same: what the rules ask for.
ASSEMBLY = """
import numpy as np, xarray as xr
def assembly(first=0.0):
    return xr.DataArray(
        np.arange(first, first + 6).reshape(3, 2), dims=["presentation", "neuroid"],
        coords={"stimulus_id": ("presentation", ["a", "b", "c"]),
                "repetition": ("presentation", [0, 0, 0]),
                "neuroid_id": ("neuroid", ["x", "y"]), "region": ("neuroid", ["IT", "IT"])})
"""


def printed_by(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Read what a script printed of its results."""
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return [ast.literal_eval(line) for line in lines]


def hashes_in(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what depends on where something was uploaded to."""
    return [
        {name: value for name, value in each.items() if name != "bucket" and "version" not in name}
        for each in results
    ]


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        pytest.param("behavioural", THEIRS, marks=pytest.mark.night),  # by day it publishes
        ("neural", OLDER),
        ("spikes", THEIRS),
        pytest.param("sentences", OLDER, marks=pytest.mark.night),
    ],
)
def test_a_script_becomes_a_bundle_whose_files_are_those_that_it_would_upload(
    name: str,
    imported: str,
    command: Command,
    brainscore_environment: BrainScoreEnvironment,
    shared_data: Path,
    tmp_path: Path,
) -> None:
    needed = {
        "STIMULI": str(shared_data / "natural-images"),
        "SENTENCES": str(shared_data / "sentences" / "langloc_fmri_run1_stim_set1.csv"),
    }
    source = (SCRIPTS / f"{name}.py").read_text()
    script = tmp_path / "data_packaging.py"
    script.write_text(source.replace(THEIRS, imported))
    options = [word for each in ("BUCKET", *needed) for word in ("--env", each)]
    options += ["--python", str(brainscore_environment.python), "--yes"]
    options += ["--ignore", "BSD2,BSD4"]  # what the rules say of a small example is not the point
    bucket = "brainio-brainscore/folder"
    recorded = command(
        "package", "--script", script, "-o", "bundle", *options, BUCKET=bucket, **needed
    )
    assert recorded.returncode == 0, recorded.stderr
    results = printed_by(recorded)
    versions = [its for each in results for key, its in each.items() if "version" in key]
    assert versions == [None] * len(versions) != []
    assert {each.get("bucket", bucket) for each in results} == {bucket}

    by_hand = tmp_path / "by_hand.py"
    by_hand.write_text(source.replace(THEIRS, OURS))
    (tmp_path / "by-hand").mkdir()
    done = subprocess.run(
        [brainscore_environment.python, by_hand],
        env={
            **brainscore_environment.variables,
            **needed,
            "BUCKET": (tmp_path / "by-hand").as_uri(),
            "BRAINSCORE_DATA_ALLOW_UNVERSIONED": "1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert hashes_in(results) == hashes_in(printed_by(done))

    (tmp_path / "store").mkdir()
    store = (tmp_path / "store").as_uri()
    refused = command("publish", "bundle", "--store", store)
    assert refused.returncode == 2
    line = refused.stderr.splitlines()[-1].strip()
    assert line.startswith("brainscore-data publish bundle --store ")
    published = command(*line.split()[1:])
    assert published.returncode == 0, published.stderr
    for path in (tmp_path / "bundle").glob("[as]*.*"):
        if path.name.startswith(("assy_", "stimulus_")):
            (there,) = (tmp_path / "store").rglob(f"{path.name}.versions/*/{path.name}")
            (by,) = (tmp_path / "by-hand").rglob(f"{path.name}.versions/*/{path.name}")
            assert there.read_bytes() == by.read_bytes() == path.read_bytes()


def test_the_label_of_a_bundle_and_its_digest(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    path = script(
        ASSEMBLY,
        "import os",
        "from brainio.packaging import package_data_assembly as package",
        "os.chdir('/')",
        "for name in ('Doe2024.one', 'Doe2024.two', 'Doe2024.one'):",
        "    done = package(None, assembly(), name, None, 'NeuroidAssembly', 'brainio-contrib')",
        "    print(done['sha1'], done['version_id'])",
        "try:",
        "    package(None, assembly(1.0), 'Doe2024.one', None, bucket_name='brainio-contrib')",
        "except ValueError as error:",
        "    print(error, flush=True)",
        "os._exit(0)",
    )
    done = command("package", "--script", path, "-o", "bundle", CI="true")
    assert done.returncode == 0, done.stderr
    bundle = json.loads((tmp_path / "bundle" / "bundle.json").read_text())
    assert [item["identifier"] for item in bundle["items"]] == ["Doe2024.one", "Doe2024.two"]
    assert bundle["dataset"] == "doe2024"
    assert bundle["script"] == {"name": "data_packaging.py", "sha256": sha256_of(path)}
    assert "Doe2024.one: the script asked for s3://brainio-contrib" in bundle["notices"]
    assert {"brainscore-data", "numpy", "h5py"} <= set(bundle["writers"])
    assert bundle["checks"]["ran"]
    assert f"sha256:{sha256_of(tmp_path / 'bundle' / 'bundle.json')}" in done.stderr
    assert "this script has uploaded something else under this key before" in done.stdout
    assert sorted(os.listdir(tmp_path / "bundle")) == [  # noqa: PTH208
        "assy_Doe2024_one.nc",
        "assy_Doe2024_two.nc",
        "bundle.json",
    ]
    wrong = command(
        *("publish", "bundle", "--store", tmp_path.as_uri()),
        *("--approve-digest", f"sha256:{'0' * 64}"),
    )
    assert wrong.returncode == 2
    assert "this is not the bundle that was approved" in wrong.stderr
    # As `sha256sum` says it, which the documents have people run.
    plain = sha256_of(tmp_path / "bundle" / "bundle.json")
    publish = ("publish", "bundle", "--store", (tmp_path / "store").as_uri())
    approved = command(*publish, "--approve-digest", plain)
    assert approved.returncode == 0, approved.stderr


def test_an_error_that_a_rule_finds_in_what_a_script_uploads_stops_it(
    command: Command, script: Callable[..., Path], tmp_path: Path
) -> None:
    path = script(
        ASSEMBLY,
        "from brainio.packaging import package_data_assembly as package",
        "package(None, assembly() * 0, 'Doe2024.one', None, bucket_name='brainio-contrib')",
    )
    line = ("package", "--script", path, "-o", "bundle", "--yes")
    done = command(*line)
    assert done.returncode == 1
    assert "bundle/assy_Doe2024_one.nc: BSD445" in done.stderr
    assert not (tmp_path / "bundle").exists()
    assert command(*line, "--ignore", "BSD445").returncode == 0


def sha256_of(path: Path) -> str:
    """Hash as ``sha256sum`` does."""
    return subprocess.run(
        ["sha256sum", path], capture_output=True, text=True, check=True
    ).stdout.split()[0]
