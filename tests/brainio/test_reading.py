"""The drop-in's loaders, with Brain-Score's classes where they are installed, and without."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from packaged_data import Packaged, made_rates
from pictures import png

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.brainio import assemblies, fetch, s3, stimuli

if TYPE_CHECKING:
    from local_s3 import S3Server
    from reader_environment import Reader
    from watched_s3 import WatchedS3

WITH_CORE = importlib.util.find_spec("brainscore_core") is not None
only_with_core = pytest.mark.skipif(not WITH_CORE, reason="brainscore-core is not installed here")
only_without = pytest.mark.skipif(WITH_CORE, reason="brainscore-core is installed here")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def coordinates(assembly: Any) -> dict[str, tuple[tuple[str, ...], list[Any]]]:
    return {
        name: (tuple(dims), np.asarray(values).tolist())
        for name, dims, values in assemblies.walk_coords(assembly)
    }


def test_what_they_load_is_what_brain_scores_own_loaders_give(
    packaged: Packaged, reader: Reader, s3_server: S3Server, tmp_path: Path
) -> None:
    environment = {
        **s3_server.environment,
        "AWS_ENDPOINT_URL": s3_server.endpoint_url,
        "BRAINIO_HOME": str(tmp_path / "brainio"),
    }
    theirs = reader.assembly_from_s3(
        cls="NeuroidAssembly", stimulus_set=packaged.stimuli, env=environment, **packaged.rates
    )
    ours = s3.load_assembly_from_s3(
        **packaged.rates,
        cls=assemblies.NeuroidAssembly,
        stimulus_set_loader=packaged.load_stimuli,
    )
    assert type(ours).__name__ == theirs["class"]
    assert list(ours.dims) == theirs["dims"]
    assert ours.values.tolist() == theirs["values"]
    assert coordinates(ours) == {
        name: (tuple(each["dims"]), each["values"]) for name, each in theirs["coords"].items()
    }
    for name in ("identifier", "stimulus_set_identifier"):
        assert ours.attrs[name] == theirs["attrs"][name]
    loaded = ours.attrs["stimulus_set"]
    images = reader.stimulus_set_from_s3(env=environment, **packaged.stimuli)
    assert loaded.identifier == images["identifier"] == "Doe2024"
    assert {name: loaded[name].tolist() for name in loaded} == {
        name: each["values"] for name, each in images["columns"].items()
    }
    assert [[key, path.name] for key, path in loaded.stimulus_paths.items()] == images["files"]
    assert loaded.get_stimulus("b").read_bytes() == png(1)


def test_a_part_of_a_stimulus_set_knows_its_stimuli(packaged: Packaged) -> None:
    ducks = packaged.load_stimuli().query("object == 'duck'")
    assert type(ducks) is stimuli.StimulusSet
    assert ducks.identifier == "Doe2024"
    assert ducks.get_stimulus("c").read_bytes() == png(2)


def test_without_merging_the_stimulus_set_is_an_attribute_alone(packaged: Packaged) -> None:
    rates = s3.load_assembly_from_s3(
        **packaged.rates,
        cls=assemblies.NeuroidAssembly,
        stimulus_set_loader=packaged.load_stimuli,
        merge_stimulus_set_meta=False,
    )
    assert "object" not in coordinates(rates)
    assert rates.attrs["stimulus_set"].identifier == "Doe2024"


def test_a_store_in_a_folder_is_loaded_from_in_the_same_words(tmp_path: Path) -> None:
    packaged = Packaged(f"file://{tmp_path}/store", tmp_path / "stimuli")
    rates = s3.load_assembly_from_s3(**packaged.rates, cls=None)
    assert rates.values.tolist() == made_rates().values.tolist()
    assert len(packaged.load_stimuli()) == 3


@pytest.mark.parametrize("file_type", ["nc", "csv", "zip"])
def test_bytes_with_another_hash_are_refused(packaged: Packaged, file_type: str) -> None:
    found = packaged.rates if file_type == "nc" else packaged.stimuli
    prefix = "" if file_type == "nc" else f"{file_type}_"
    arguments = (found["identifier"], file_type, found["bucket"], found[f"{prefix}version_id"])
    assert Path(s3.get_path(*arguments, found[f"{prefix}sha1"])).is_file()
    with pytest.raises(ValueError, match="its sha1 is"):
        s3.get_path(*arguments, "0" * 40)


def test_a_copy_that_was_damaged_is_fetched_again(packaged: Packaged) -> None:
    found = packaged.rates
    arguments = ("Doe2024.public", "nc", found["bucket"], found["version_id"], found["sha1"])
    path = Path(s3.get_path(*arguments))
    whole = path.read_bytes()
    path.write_bytes(b"half")
    assert Path(s3.get_path(*arguments)).read_bytes() == whole


def test_a_file_is_fetched_by_the_address_that_catalogs_have(packaged: Packaged) -> None:
    found = packaged.rates
    bucket, _, prefix = found["bucket"].partition("/")
    address = f"https://{bucket}.s3.amazonaws.com/{prefix}/assy_Doe2024_public.nc"
    path = fetch.fetch_file("S3", address, sha1=found["sha1"], version_id=found["version_id"])
    fetch.verify_sha1(path, found["sha1"])
    assert path.startswith(fetch.get_local_data_path())
    with pytest.raises(ValueError, match="Unknown location type URL"):
        fetch.fetch_file("URL", address, sha1=found["sha1"])


def test_weights_are_verified_and_stay_while_they_are_whole(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    monkeypatch.setenv("BRAINSCORE_HOME", str(tmp_path / "home"))
    bucket = s3_server.new_bucket()
    put = s3_server.client().put_object(Bucket=bucket, Key="models/a/net.pth", Body=b"weights")
    with pytest.raises(DataError, match="SHA1 mismatch"):
        s3.load_weight_file(bucket, "a/net.pth", put["VersionId"], "0" * 40)
    assert not (tmp_path / "home/models/a/net.pth").exists()
    (tmp_path / "as").write_bytes(b"weights")
    sha1 = s3.sha1_hash(tmp_path / "as")
    path = s3.load_weight_file(bucket, "a/net.pth", put["VersionId"], sha1)
    assert path == tmp_path / "home/models/a/net.pth"
    path.write_bytes(b"half")
    assert s3.load_weight_file(bucket, "a/net.pth", put["VersionId"], sha1) == path
    assert path.read_bytes() == b"weights"
    s3.load_folder_from_s3(bucket, "models/a", [("net.pth", None, sha1)], tmp_path / "there")
    assert (tmp_path / "there/net.pth").read_bytes() == b"weights"


@pytest.mark.parametrize(
    ("key", "folder", "name"),
    [
        # As models and benchmarks of Brain-Score's vision repository call them.
        ("models/user_672/net+noise_89.pth", "models/user_672/", "net+noise_89.pth"),
        ("tests/identifier=alexnet,set=240.nc", "tests", "identifier=alexnet,set=240.nc"),
        ("benchmarks/a/b.nc", "/benchmarks/a", "b.nc"),
    ],
)
def test_files_of_any_name_are_loaded(
    s3_server: S3Server,
    watched_s3: WatchedS3,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    key: str,
    folder: str,
    name: str,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", watched_s3.endpoint_url)
    monkeypatch.setenv("BRAINSCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BRAINSCORE_S3_WEIGHT_FOLDER", "models")
    bucket = s3_server.new_bucket()
    s3_server.client().put_object(Bucket=bucket, Key=key, Body=b"weights")
    s3_server.open_to_all(bucket)
    path = tmp_path / "there" / name
    s3.download_file_if_not_exists(path, bucket, f"{folder}/{name}")
    assert path.read_bytes() == b"weights"
    watched_s3.revoked = {"testing"}
    assert s3.load_file(bucket, name, None, folder.strip("/")).read_bytes() == b"weights"
    with pytest.raises(DataError, match=r"other\.nc"):
        s3.load_file(bucket, "other.nc", None, folder.strip("/"))


def test_public_data_is_there_for_whoever_has_a_key_that_is_known_no_more(
    packaged: Packaged,
    watched_s3: WatchedS3,
    s3_server: S3Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s3_server.open_to_all(packaged.rates["bucket"].partition("/")[0])
    monkeypatch.setenv("AWS_ENDPOINT_URL", watched_s3.endpoint_url)
    watched_s3.revoked = {"testing"}
    assert len(packaged.load_stimuli()) == 3
    assert watched_s3.keys == {"testing", None}


def test_a_refusal_that_holds_for_everybody_is_told_in_the_words_of_the_first(
    watched_s3: WatchedS3, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", watched_s3.endpoint_url)
    watched_s3.revoked = {"testing"}
    bucket = s3_server.new_bucket()
    s3_server.client().put_object(Bucket=bucket, Key="assy_Doe2024.nc", Body=b"private")
    with pytest.raises(UsageError, match="does not know the access key"):
        s3.get_path("Doe2024", "nc", bucket, None, "0" * 40)
    assert watched_s3.keys == {"testing", None}


def test_from_files_reads_a_csv_and_a_folder(packaged: Packaged, tmp_path: Path) -> None:
    found = packaged.stimuli
    csv, archive = (
        s3.get_path("Doe2024", kind, found["bucket"], None, found[f"{kind}_sha1"])
        for kind in ("csv", "zip")
    )
    folder = fetch.unzip(archive)
    loaded = stimuli.StimulusSet.from_files(csv, folder)
    assert loaded.get_stimulus("a") == Path(folder) / "a.png"
    (Path(folder) / "a.png").unlink()
    with pytest.raises(AssertionError):
        stimuli.StimulusSet.from_files(csv, folder)
    assert fetch.unzip(archive) == folder
    assert Path(folder, "a.png").is_file()


def test_a_zip_that_leads_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("../elsewhere.png", b"")
    with pytest.raises(ValueError, match="is in a folder"):
        fetch.unzip(tmp_path / "set.zip")


def test_from_files_shows_the_extras_of_spike_times(tmp_path: Path) -> None:
    from brainscore_data.brainio.packaging import package_data_assembly_locally

    def events(values: list[float], **coords: list[int]) -> xr.DataArray:
        return xr.DataArray(
            values, dims="event", coords={name: ("event", its) for name, its in coords.items()}
        )

    done = package_data_assembly_locally(
        events([0.1, 0.5], neuroid_id=[1, 2], trial=[0, 1]),
        "Doe2024.spikes",
        None,
        "SpikeTimesAssembly",
        tmp_path,
        extras={"lights": events([1.0, 2.0, 3.0], colour=[1, 2, 1], trial=[0, 0, 1])},
    )
    spikes = assemblies.SpikeTimesAssembly.from_files(done["path"])
    assert type(spikes).__name__ == "SpikeTimesAssembly"
    assert spikes.attrs["lights"].values.tolist() == [1.0, 2.0, 3.0]
    assert coordinates(spikes.attrs["lights"])["colour"] == (("event",), [1, 2, 1])


def test_the_older_name_of_ids_is_there_under_the_newer_too(tmp_path: Path) -> None:
    older = made_rates().rename(stimulus_id="image_id")
    older.to_netcdf(tmp_path / "older.nc", engine="netcdf4")
    rates = assemblies.NeuroidAssembly.from_files(tmp_path / "older.nc")
    assert rates["stimulus_id"].values.tolist() == ["c", "a", "b", "a"]
    (tmp_path / "a.png").touch()
    (tmp_path / "older.csv").write_text("image_id,filename\na,a.png\n")
    images = stimuli.StimulusSet.from_files(tmp_path / "older.csv", tmp_path)
    assert images.get_stimulus("a") == tmp_path / "a.png"


@only_without
def test_without_brainscore_core_what_cannot_be_merged_is_said(tmp_path: Path) -> None:
    made_rates().to_netcdf(tmp_path / "rates.nc", engine="netcdf4")
    twice = stimuli.StimulusSet({"stimulus_id": ["a", "a"], "object": ["cup", "duck"]})
    with pytest.raises(DataError, match="an id twice"):
        assemblies.NeuroidAssembly.from_files(tmp_path / "rates.nc", stimulus_set=twice)
    made_rates().drop_vars("stimulus_id").to_netcdf(tmp_path / "none.nc", engine="netcdf4")
    with pytest.raises(DataError, match="no coordinate stimulus_id"):
        assemblies.NeuroidAssembly.from_files(tmp_path / "none.nc", stimulus_set=twice[:1])


def test_classes_that_registrations_name_resolve() -> None:
    for name in ("NeuroidAssembly", "NeuronRecordingAssembly", "ModelFeaturesAssembly"):
        assert fetch.resolve_assembly_class(name) is getattr(assemblies, name)
    assert fetch.resolve_stimulus_set_class(None) is stimuli.StimulusSet
    with pytest.raises(ValueError, match="NeuroidAssembly"):
        fetch.resolve_assembly_class("NeroidAssembly")


def test_looking_things_up_in_catalogs_is_answered_with_what_took_its_place() -> None:
    with pytest.raises(NotImplementedError, match="load_stimulus_set_from_s3"):
        fetch.get_stimulus_set("dicarlo.hvm")


@only_with_core
def test_the_classes_are_brainscore_cores_own() -> None:
    for each in (assemblies.NeuroidAssembly, stimuli.StimulusSet, fetch.StimulusSetLoader):
        assert each.__module__.startswith("brainscore_core.")


@only_without
def test_without_brainscore_core_coordinates_stay_flat() -> None:
    rates = assemblies.NeuroidAssembly(made_rates())
    assert not rates.indexes
    assert type(rates.isel(neuroid=[0])) is assemblies.NeuroidAssembly
    rates.validate()
    with pytest.raises(DataError, match="presentation x neuroid"):
        rates.isel(neuroid=0).validate()
    with pytest.raises(AttributeError, match="pip install brainscore-core"):
        assemblies.gather_indexes  # noqa: B018


def test_an_installation_that_is_broken_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from brainscore_data.brainio import installed

    package = tmp_path / "halfbrainio"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "stimuli.py").write_text("import surely_not_installed")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(installed, "_PACKAGES", ("halfbrainio",))
    with pytest.raises(UsageError, match="No module named 'surely_not_installed'"):
        installed.classes_from("stimuli", "StimulusSet")
    sys.modules.pop("halfbrainio", None)
