"""Writers of two versions: other bytes, the same content; whoever comes second changes nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import in_place_of_packaging
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from how_often import each_by_night

import brainscore_data
from brainscore_data.packaging import bundling
from brainscore_data.records.bundle import load_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from brainscore_environment import BrainScoreEnvironment
    from published_to_s3 import OnS3

    from brainscore_data.publishing.bundles import Published
    from brainscore_data.records.bundle import Bundle
    from brainscore_data.records.receipts import PublishedObject

# Numbers and ids that no rule likes: they are the ones that libraries differ in.
IGNORED = ("BSD425", "BSD443")
TRICKY = """
[[stimulus_set]]
identifier = "Doe2026"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"

[[assembly]]
identifier = "Doe2026.array"
visibility = "public"
class = "NeuroidAssembly"
stimulus_set = "Doe2026"
values = "values.npy"
dims = ["presentation", "neuroid"]
coords = { presentation = "presentations.csv", neuroid = "neuroids.csv" }
attributes = { laboratoire = "été", awake = true, thresholds = [0.1, 1e300], "größe" = 7 }

[[assembly]]
identifier = "Doe2026.netcdf"
visibility = "public"
class = "DataAssembly"
data = "data.nc"
extras = { dates = "dates.nc" }

[[assembly]]
identifier = "Doe2026.csv"
visibility = "public"
class = "BehavioralAssembly"
stimulus_set = "Doe2026"
table = "trials.csv"
value = "rt"
columns = ["stimulus_id", "rt", "correct", "note"]
where = { trial_type = "main" }
missing = "-"

[[assembly]]
identifier = "Doe2026.parquet"
visibility = "public"
class = "BehavioralAssembly"
table = "trials.parquet"
value = "correct"
columns = ["rt", "correct", "note", "when"]
"""


@pytest.fixture
def tricky(tmp_path: Path) -> Path:
    """A dataset of whatever library versions might treat differently."""
    folder = tmp_path / "doe2026"
    (folder / "stimuli").mkdir(parents=True)
    ids = ["ü", "🧠 1", 'a "b", c']
    for number in range(3):
        (folder / "stimuli" / f"{number} é.txt").write_bytes(bytes(range(number, 256)) * 9)
    (folder / "stimuli.csv").write_bytes(
        pd.DataFrame(
            {
                "stimulus_id": ids,
                "filename": [f"{number} é.txt" for number in range(3)],
                "luminance": ["0.1", "1e-320", "NA"],
                "shown": ["True", "False", ""],
                "code": ["007", "010", "000"],
                "text": ["two\nlines", "null", " blank "],
            }
        )
        .to_csv(index=False, sep=";")
        .encode("utf-8-sig")
    )
    values = np.array([[0.1, np.nan], [-0.0, np.inf], [5e-324, -np.inf]], dtype=">f8")
    np.save(folder / "values.npy", values)
    pd.DataFrame(
        {
            "stimulus_id": ids,
            "big": [2**63, 1, 2**64 - 1],
            "gap": [1, None, 3],
            "tenth": [0.1, 0.30000000000000004, 1e22],
            "flag": [True, False, True],
        }
    ).to_csv(folder / "presentations.csv", index=False)
    pd.DataFrame({"neuroid_id": ["nan", "-1"]}).to_csv(folder / "neuroids.csv", index=False)
    trials = pd.DataFrame(
        {
            "stimulus_id": [*ids, "practice"],
            "rt": [512.5, None, 99.1, 1.0],
            "correct": [True, False, True, True],
            "note": ["é", None, "", "x"],
            "trial_type": ["main", "main", "main", "practice"],
        }
    )
    trials.to_csv(folder / "trials.csv", index=False)
    instants = np.array(["2015-09-30T12:00:00.123456789", "NaT"] * 2, dtype="M8[ns]")
    trials.fillna({"note": ""}).assign(when=instants).to_parquet(folder / "trials.parquet")
    data = xr.DataArray(
        np.array([[True, False]]),
        dims=["x", "y"],
        coords={
            "word": ("y", np.array(["naïve", ""], dtype=object)),
            "small": ("y", np.array([-128, 127], "int8")),
            "half": ("x", np.array([1 / 3], "float32")),
            "session": ((), "dawn"),
        },
        attrs={"unit": "µV", "counts": np.array([1, 2], "int16")},
    )
    data.to_netcdf(folder / "data.nc", engine="netcdf4")
    dates = xr.DataArray(
        np.array([0, -(2**63), 2**62]),
        dims=["event"],
        coords={"kind": ("event", ["a", "b", "c"]), "n": ("event", [1, 2, 3])},
        attrs={"units": "nanoseconds since 1970-01-01"},
    )
    dates.to_netcdf(folder / "dates.nc", engine="netcdf4")
    head = 'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n'
    (folder / "dataset.toml").write_text(head + TRICKY, encoding="utf-8")
    return folder


@pytest.fixture
def example(repository_root: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("receipt*")
    source = repository_root / "examples" / "gratings"
    return Path(shutil.copytree(source, tmp_path / "gratings", ignore=ignored))


def digests(bundle: Bundle) -> dict[str, str]:
    return {file.name: file.digest for item in bundle.items for file in item.files}


def packaged_there(environment: BrainScoreEnvironment, folder: Path, out: Path) -> Bundle:
    """Package with the libraries of Brain-Score's environment."""
    command = [environment.python, "-m", "brainscore_data", "package", folder, "-o", out]
    for code in IGNORED:
        command += ["--ignore", code]
    done = subprocess.run(
        command, env=environment.variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return load_bundle(out)


@pytest.mark.parametrize("name", each_by_night(["example", "tricky"], by_day=["tricky"]))
def test_brain_scores_libraries_and_the_newest_give_the_same_digests(
    name: str,
    brainscore_environment: BrainScoreEnvironment,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    folder = request.getfixturevalue(name)
    here = brainscore_data.package(folder, tmp_path / "here", ignore=IGNORED)
    there = packaged_there(brainscore_environment, folder, tmp_path / "there")
    assert here.writers["xarray"] != there.writers["xarray"]
    assert there.writers["xarray"] == "2022.3.0"
    assert digests(here) == digests(there)
    # Whichever of the two is published first, the other finds its content there.
    store = (tmp_path / "store").as_uri()
    first = brainscore_data.publish(tmp_path / "there", store)
    second = brainscore_data.publish(tmp_path / "here", store)
    assert objects(first) == objects(second)
    assert statuses(second) == {"unchanged"}


def objects(published: Published) -> list[PublishedObject]:
    return [file.object for item in published.receipts.items for file in item.files]


def statuses(published: Published) -> set[str]:
    return {file.run.status for item in published.receipts.items for file in item.files}


def test_what_an_older_writer_published_stays_and_is_what_the_receipt_carries(
    tricky: Path,
    publish_to_s3: Callable[..., OnS3],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as older:
        older.setenv("PYTHONPATH", str(Path(in_place_of_packaging.__file__).parent))
        older.setattr(bundling, "package_item", in_place_of_packaging.write_as_an_older_writer)
        first = publish_to_s3(tricky, TRICKY, ignore=IGNORED)
    store = first.receipt("Doe2026").csv.object.store
    # What the older writer published is trusted once its receipts are committed.
    author = ("-c", "user.name=Doe", "-c", "user.email=doe@localhost")
    for command in (("init",), ("add", "receipts.json"), (*author, "commit", "-m", "Publish")):
        subprocess.run(["git", *command], cwd=tricky, check=True, capture_output=True)
    (tricky / "receipts.json").unlink()
    second = publish_to_s3(tricky, TRICKY, store=store, ignore=IGNORED)
    bundle = brainscore_data.package(tricky, tmp_path / "bundle", ignore=IGNORED)
    ours = {file.name: file for item in bundle.items for file in item.files}
    for stored in objects(second.published):
        made = ours[stored.key.rpartition("/")[2]]
        assert made.sha256 != stored.sha256
        assert made.digest == stored.digest
    assert statuses(first.published) == {"new"}
    assert statuses(second.published) == {"unchanged"}
    assert objects(first.published) == objects(second.published)
    # The registration pins what is stored, and it loads.
    assert second.registration() == first.registration()
    loaded = second.assembly("Doe2026.array")
    np.testing.assert_array_equal(loaded["values"], np.load(tricky / "values.npy"))
    assert loaded["coords"]["code"]["values"] == [7, 10, 0]  # as plain pandas.read_csv has it
