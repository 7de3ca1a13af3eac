"""The functions of the package do what the commands of their names do, on the example dataset."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from reader_server import describe

import brainscore_data
from brainscore_data.base.errors import DataError
from brainscore_data.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from published_to_s3 import OnS3

V1, BEHAVIOR, GRATINGS = "Example2026.V1", "Example2026.orientation", "Example2026.gratings"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def example(repository_root: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("receipt*")
    source = repository_root / "examples" / "gratings"
    return Path(shutil.copytree(source, tmp_path / "gratings", ignore=ignored))


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store of either kind."""
    if request.param == "folder":
        return (tmp_path / "store").as_uri()
    server = request.getfixturevalue("s3_server")
    request.getfixturevalue("monkeypatch").setenv("AWS_ENDPOINT_URL", server.endpoint_url)
    return f"s3://{server.new_bucket()}/brainio-test"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command that must succeed; gives what it prints."""

    def run(*arguments: object) -> str:
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_package_gives_the_same_bundle(
    example: Path, tmp_path: Path, command: Callable[..., str]
) -> None:
    bundle = brainscore_data.package(example, tmp_path / "one")
    command("package", example, "-o", tmp_path / "other")
    assert contents(tmp_path / "one") == contents(tmp_path / "other")
    written = json.loads((tmp_path / "other" / "bundle.json").read_text())
    assert bundle.model_dump(mode="json", by_alias=True) == written


def test_publish_gives_the_same_receipts(
    example: Path, store: str, command: Callable[..., str]
) -> None:
    printed = command("publish", example, "--store", store)
    kept = (example / "receipts.json").read_bytes()
    published = brainscore_data.publish(example, store)
    assert (example / "receipts.json").read_bytes() == kept
    receipts = json.loads(kept)
    for item, written in zip(published.receipts.items, receipts["items"], strict=True):
        for file in item.files:
            ending = file.object.key.rpartition(".")[2]
            assert file.object.model_dump(mode="json") == written[ending]["object"]
            assert file.object.sha1 in printed


def test_lookup_without_receipts_gives_what_they_say(
    example: Path, store: str, command: Callable[..., str]
) -> None:
    published = brainscore_data.publish(example, store)
    for receipts in ("receipts.json", "receipt.md"):
        (example / receipts).unlink()
    for item in published.receipts.items:
        found = brainscore_data.lookup(item.identifier, store=store)
        receipts = {file.object.key: file.object for file in item.files}
        assert {version.key for version in found} == set(receipts)
        for version in found:
            assert version.latest
            for name in ("store", "key", "version_id", "sha1", "sha256", "size", "digest"):
                assert getattr(version, name) == getattr(receipts[version.key], name), name
        printed = json.loads(command("lookup", item.identifier, "--store", store, "--json"))
        assert printed == [dataclasses.asdict(version) for version in found]


def test_fetch_gives_the_published_bytes(
    example: Path, store: str, tmp_path: Path, command: Callable[..., str]
) -> None:
    brainscore_data.publish(example, store, bundle=tmp_path / "bundle")
    brainscore_data.fetch(V1, store=store, into=tmp_path / "one")
    brainscore_data.fetch(GRATINGS, store=store, into=tmp_path / "one")
    command("fetch", V1, "--store", store, "--into", tmp_path / "other")
    command("fetch", GRATINGS, "--store", store, "--into", tmp_path / "other")
    assert contents(tmp_path / "one") == contents(tmp_path / "other")
    assert len(contents(tmp_path / "one")) == 3
    assert contents(tmp_path / "one").items() <= contents(tmp_path / "bundle").items()


def test_fetch_with_a_wrong_hash_leaves_nothing(
    example: Path, store: str, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brainscore_data.publish(example, store)
    wrong, into = "0" * 40, tmp_path / "into"
    with pytest.raises(DataError, match=wrong):
        brainscore_data.fetch(V1, store=store, into=into, sha1=wrong)
    assert main(["fetch", V1, "--store", store, "--into", str(into), "--sha1", wrong]) == 1
    assert wrong in capsys.readouterr().err
    assert not into.exists()
    # What is remembered of stimuli, and of the bytes of versions, is no download.
    remembered = {".sqlite3", ".json"}
    files = [path for path in cache.rglob("*") if path.is_file()]
    assert [path for path in files if path.suffix not in remembered] == []


def test_verify_finds_a_changed_byte(
    example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brainscore_data.publish(example, (tmp_path / "store").as_uri())
    assert brainscore_data.verify(example) == []
    names = ("stimulus_Example2026_gratings.zip", "assy_Example2026_V1.nc")
    for found, name in enumerate(names, start=1):
        (stored,) = (each for each in (tmp_path / "store").rglob(name) if each.is_file())
        changed = bytearray(stored.read_bytes())
        changed[len(changed) // 2] ^= 1
        stored.chmod(0o644)
        stored.write_bytes(changed)
        mismatches = brainscore_data.verify(example)
        assert len(mismatches) == found
        assert main(["verify", str(example)]) == 1
        printed = capsys.readouterr().out
        assert all(each.where in printed and each.message in printed for each in mismatches)
        assert name in printed


def test_without_a_class_assemblies_and_stimulus_sets_are_plain(example: Path, store: str) -> None:
    published = brainscore_data.publish(example, store)
    pins = {item.identifier: item for item in published.receipts.items}
    nc = pins[V1].nc.object
    rates = brainscore_data.load_assembly(V1, store=store, version_id=nc.version_id, sha1=nc.sha1)
    np.testing.assert_array_equal(rates.values, np.load(example / "responses.npy"))
    for dim in ("presentation", "neuroid", "time_bin"):
        for name, column in pd.read_csv(example / f"{dim}s.csv").items():
            assert rates[name].dims == (dim,)
            np.testing.assert_array_equal(rates[name].values, column.to_numpy(), str(name))
    csv, zipped = pins[GRATINGS].csv.object, pins[GRATINGS].zip.object
    stimuli = brainscore_data.load_stimulus_set(
        GRATINGS,
        store=store,
        csv_version_id=csv.version_id,
        csv_sha1=csv.sha1,
        zip_version_id=zipped.version_id,
        zip_sha1=zipped.sha1,
    )
    pd.testing.assert_frame_equal(stimuli, pd.read_csv(example / "stimuli.csv"))
    for stimulus_id, path in stimuli.attrs["stimulus_paths"].items():
        original = example / "stimuli" / f"{stimulus_id}.png"
        assert path.read_bytes() == original.read_bytes()


def test_with_a_class_they_are_what_brain_scores_own_loaders_give(
    example: Path, publish_to_s3: Callable[..., OnS3], plugin: Callable[[str], Any]
) -> None:
    items = (example / "dataset.toml").read_text().partition("[[stimulus_set]]")
    on_s3 = publish_to_s3(example, "".join(items[1:]))
    registration = on_s3.registration("own")
    assert len(re.findall(r"lambda: brainscore_data\.load_", registration)) == 3
    data, stimulus_sets = plugin(registration)
    for identifier in (V1, BEHAVIOR):
        ours = describe(data[identifier]())
        theirs = on_s3.assembly(identifier)
        assert json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)
        assert ours["class"] in registration
    ours = stimulus_sets[GRATINGS]()
    assert type(ours).__name__ == "StimulusSet"
    assert describe(ours) == on_s3.stimulus_set(GRATINGS)
