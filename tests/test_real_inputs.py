"""Brain-Score's own files through the whole program; brainscore-core sees what it saw before."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from compared import assert_loaded

from brainscore_data.plugins.render import render_registrations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from published_to_s3 import OnS3
    from reader_environment import Reader

LANGUAGE_STORE = "s3://brainscore-storage/brainscore-language"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset"
    folder.mkdir()
    return folder


def as_before(described: Any) -> Any:
    """Take from what the reader describes what packaging adds: attributes, an order of names."""
    if not isinstance(described, dict) or "levels" not in described:
        return described
    added = {"identifier", "stimulus_set_identifier", "stimulus_set"}
    attributes = described["attrs"].items()
    return described | {
        "levels": {dim: sorted(names) for dim, names in described["levels"].items()},
        "attrs": {name: as_before(its) for name, its in attributes if name not in added},
    }


def assert_same(ours: dict[str, Any], original: dict[str, Any]) -> None:
    """Make sure that readers see no difference; as JSON, in which NaN equals NaN."""
    found, expected = (json.dumps(as_before(each), sort_keys=True) for each in (ours, original))
    assert found == expected


@pytest.mark.parametrize(
    ("name", "assembly_class"),
    [
        ("assy_test_TestMe.nc", "NeuroidAssembly"),
        ("assy_test_package_assembly.nc", "NeuroidAssembly"),
        ("assy_test_package_assembly_extras.nc", "SpikeTimesAssembly"),
    ],
)
def test_an_assembly_is_what_the_reader_makes_of_the_original(
    name: str,
    assembly_class: str,
    shared_data: Path,
    folder: Path,
    reader: Reader,
    publish_to_s3: Callable[..., OnS3],
) -> None:
    original = shared_data / "assemblies" / name
    shutil.copy(original, folder / name)
    items = f"""
        [[assembly]]
        identifier = "Test2026"
        visibility = "public"
        class = "{assembly_class}"
        data = "{name}"
        """
    on_s3 = publish_to_s3(folder, items)
    source = """
loader = assemblies.AssemblyLoader(cls=getattr(assemblies, cls), file_path=path)
result = describe(loader.load())
"""
    # The reader leaves files open, and HDF5 crashes on texts in a file that is opened again.
    first, second = (shutil.copy(original, folder / f"{n}.nc") for n in ("first", "second"))
    assert_same(on_s3.assembly("Test2026"), reader.run(source, path=str(first), cls=assembly_class))
    from_files = on_s3.from_files("Test2026", assembly_class)
    assert_same(from_files, reader.assembly_from_file(second, assembly_class))
    assert ("test" in from_files["attrs"]) is ("extras" in name)
    assert (folder / name).read_bytes() == original.read_bytes()


@pytest.mark.parametrize("run", [1, 2])
def test_sentences_are_a_language_assembly_without_a_stimulus_set(
    run: int,
    shared_data: Path,
    folder: Path,
    publish_to_s3: Callable[..., OnS3],
    bucket_named: Callable[..., str],
) -> None:
    bucket_named("brainscore-storage", region="us-east-2")
    items, expected = "", {}
    for number in (1, 2, 3):
        name = f"langloc_fmri_run{run}_stim_set{number}.csv"
        shutil.copy(shared_data / "sentences" / name, folder / name)
        sentences = pd.read_csv(folder / name)
        rates = np.random.default_rng(number).normal(size=(len(sentences), 3)).astype("float32")
        np.save(folder / f"rates{number}.npy", rates)
        coords = {column: ("presentation", sentences[column].to_numpy()) for column in sentences}
        coords["neuroid_id"] = ("neuroid", np.array(["a", "b", "c"], dtype=object))
        identifier = f"Fedorenko2026.run{run}set{number}"
        expected[identifier] = xr.DataArray(
            rates,
            dims=["presentation", "neuroid"],
            coords=coords,
            attrs={"identifier": identifier},
        )
        items += f"""
            [[assembly]]
            identifier = "{identifier}"
            visibility = "public"
            class = "NeuroidAssembly"
            values = "rates{number}.npy"
            dims = ["presentation", "neuroid"]
            coords = {{ presentation = "{name}", neuroid = "neuroids.csv" }}
            """
    (folder / "neuroids.csv").write_text("neuroid_id\na\nb\nc\n")
    plugin = "brainscore_language/data/fedorenko2026"
    # The sentences themselves say what was shown.
    on_s3 = publish_to_s3(folder, items, store=LANGUAGE_STORE, plugin=plugin)
    assert on_s3.registration("language") == registered_on_aws(on_s3)
    for identifier, data in expected.items():
        loaded = on_s3.assembly(identifier, form="language")
        assert_loaded(loaded, data, companions=["neuroid"])


def registered_on_aws(on_s3: OnS3) -> str:
    """Write the registration that the receipts would have if the server were AWS."""
    receipts = on_s3.published.receipts.model_dump(by_alias=True)
    for item in receipts["items"]:
        item["nc"]["object"]["endpoint"] = None
    return render_registrations(type(on_s3.published.receipts).model_validate(receipts))


def test_sentences_can_be_a_table_of_trials(
    shared_data: Path, folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    name = "langloc_fmri_run1_stim_set1.csv"
    shutil.copy(shared_data / "sentences" / name, folder / name)
    sentences = pd.read_csv(folder / name)
    items = f"""
        [[assembly]]
        identifier = "Fedorenko2026"
        visibility = "public"
        class = "BehavioralAssembly"
        table = "{name}"
        value = "stim14"
        columns = {json.dumps(list(sentences.columns))}
        """
    on_s3 = publish_to_s3(folder, items, plugin="brainscore_language/data/fedorenko2026")
    assert "from brainscore_language import data_registry" in on_s3.registration()
    expected = xr.DataArray(
        sentences["stim14"].to_numpy(),
        dims=["presentation"],
        coords={column: ("presentation", sentences[column].to_numpy()) for column in sentences},
        attrs={"identifier": "Fedorenko2026"},
    )
    assert_loaded(on_s3.assembly("Fedorenko2026"), expected)


@pytest.mark.parametrize("kind", ["images", "videos"])
def test_images_of_every_kind_and_videos_are_stimuli(
    kind: str, shared_data: Path, folder: Path, publish_to_s3: Callable[..., OnS3]
) -> None:
    shutil.copytree(shared_data / kind, folder / "stimuli")
    files = sorted((folder / "stimuli").iterdir())
    pd.DataFrame(
        {"stimulus_id": [path.stem for path in files], "filename": [path.name for path in files]}
    ).to_csv(folder / "stimuli.csv", index=False)
    items = """
        [[stimulus_set]]
        identifier = "Test2026"
        visibility = "public"
        metadata = "stimuli.csv"
        files = "stimuli"
        """
    stimuli = publish_to_s3(folder, items, ignore=["stimulus-mode"]).stimuli("Test2026")
    assert stimuli == {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
