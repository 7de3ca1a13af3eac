"""Uploads of the drop-in that are recorded instead, and what becomes of the record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.brainio.packaging import (
    create_stimulus_zip,
    package_data_assembly,
    upload_to_s3,
    write_netcdf,
)
from brainscore_data.records.bundle import BundledAssembly, BundledStimulusSet
from brainscore_data.records.script_uploads import RECORD
from brainscore_data.scripting.collecting import Collected, collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUCKET = "brainscore-storage/brainscore-language"


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "record"
    folder.mkdir()
    monkeypatch.setenv(RECORD, str(folder))
    return folder


@pytest.fixture
def collected(record: Path, tmp_path: Path) -> Callable[[], Collected]:
    def collect_all() -> Collected:
        folder = tmp_path / "bundle"
        folder.mkdir()
        return collect(record, folder)

    return collect_all


def assembly(**attributes: str) -> xr.DataArray:
    return xr.DataArray(
        np.arange(6.0).reshape(3, 2),
        dims=["presentation", "neuroid"],
        coords={
            "stimulus_id": ("presentation", ["a", "b", "c"]),
            "repetition": ("presentation", [0, 0, 0]),
            "neuroid_id": ("neuroid", [1, 2]),
            "region": ("neuroid", ["IT", "IT"]),
        },
        attrs=attributes,
    )


def test_an_assembly_that_a_script_wrote_before_is_described_by_its_file(
    tmp_path: Path, collected: Callable[[], Collected], record: Path
) -> None:
    path = tmp_path / "written.nc"
    named = {"identifier": "Doe2024.language", "stimulus_set_identifier": "Doe2024"}
    sha1 = write_netcdf(assembly(**named), path)
    answer = upload_to_s3(path, "brainscore-storage", "language/assy_Doe2024_language.nc")
    assert answer["VersionId"] is None
    assert answer["Metadata"]["sha1"] == sha1
    assert path.exists()
    (item,) = collected().items
    assert isinstance(item, BundledAssembly)
    assert (item.identifier, item.stimulus_set) == ("Doe2024.language", "Doe2024")
    assert (item.assembly_class, item.merges_stimulus_set) == ("NeuroidAssembly", True)
    assert (item.nc.name, item.nc.sha1) == ("assy_Doe2024_language.nc", sha1)


def test_an_assembly_of_another_name_is_called_as_its_key_says(
    tmp_path: Path, collected: Callable[[], Collected], record: Path
) -> None:
    write_netcdf(assembly(identifier="Something.else"), tmp_path / "a.nc")
    upload_to_s3(tmp_path / "a.nc", BUCKET, "assy_Doe2024_language.nc")
    found = collected()
    (item,) = found.items
    assert isinstance(item, BundledAssembly)
    assert (item.identifier, item.stimulus_set) == ("Doe2024_language", None)
    assert not item.merges_stimulus_set
    assert found.notices == [f"Doe2024_language: the script asked for s3://{BUCKET}"]


def test_a_stimulus_set_whose_halves_are_uploaded_one_by_one(
    tmp_path: Path, collected: Callable[[], Collected], record: Path
) -> None:
    import pandas as pd

    picture = tmp_path / "a.png"
    picture.write_bytes(b"a picture")
    table = pd.DataFrame({"stimulus_id": ["a"]})
    object.__setattr__(table, "stimulus_paths", {"a": picture})
    create_stimulus_zip(table, tmp_path / "stimuli.zip")
    table.assign(filename="a.png").to_csv(tmp_path / "stimuli.csv", index=False)
    upload_to_s3(tmp_path / "stimuli.zip", BUCKET, "stimulus_Doe2024.zip")
    upload_to_s3(tmp_path / "stimuli.csv", BUCKET, "stimulus_Doe2024.csv")
    (item,) = collected().items
    assert isinstance(item, BundledStimulusSet)
    assert item.identifier == "Doe2024"
    assert [file.name for file in item.files] == ["stimulus_Doe2024.zip", "stimulus_Doe2024.csv"]


def test_half_a_stimulus_set_is_an_error(
    tmp_path: Path, collected: Callable[[], Collected], record: Path
) -> None:
    (tmp_path / "a.csv").write_text("stimulus_id\n")
    upload_to_s3(tmp_path / "a.csv", BUCKET, "stimulus_Doe2024.csv")
    with pytest.raises(DataError, match=r"there is no stimulus_Doe2024\.zip"):
        collected()


@pytest.mark.parametrize("key", ["weights.pth", "ceiling.Doe2024.nc", "_hidden.nc", ".nc"])
def test_what_no_bundle_can_have_is_refused_where_the_script_uploads_it(
    key: str, tmp_path: Path, record: Path
) -> None:
    (tmp_path / "file").write_text("content")
    with pytest.raises(UsageError, match="cannot become a part of a bundle"):
        upload_to_s3(tmp_path / "file", BUCKET, key)
    assert list(record.iterdir()) == []


def test_a_key_that_does_not_end_with_what_the_file_is_called_is_refused(
    tmp_path: Path, record: Path
) -> None:
    write_netcdf(assembly(identifier="Doe2024.language"), tmp_path / "a.nc")
    with pytest.raises(UsageError, match="which part of it is the identifier"):
        upload_to_s3(tmp_path / "a.nc", BUCKET, "ceiling_Doe2025.nc")
    assert list(record.iterdir()) == []


def test_a_folder_in_the_key_is_a_part_of_the_place_that_was_asked_for(
    tmp_path: Path, collected: Callable[[], Collected], record: Path
) -> None:
    write_netcdf(assembly(identifier="Doe2024.language"), tmp_path / "a.nc")
    upload_to_s3(tmp_path / "a.nc", "brainscore-storage", "language/ceiling_Doe2024_language.nc")
    found = collected()
    (item,) = found.items
    assert isinstance(item, BundledAssembly)
    assert (item.prefix, item.identifier) == ("ceiling_", "Doe2024.language")
    assert found.notices == [
        "Doe2024.language: the script asked for s3://brainscore-storage/language"
    ]


def test_a_file_that_is_no_assembly_is_refused_where_the_script_uploads_it(
    tmp_path: Path, record: Path
) -> None:
    (tmp_path / "file").write_text("content")
    with pytest.raises(DataError, match="readers could not load this as an assembly"):
        upload_to_s3(tmp_path / "file", BUCKET, "assy_Doe2024.nc")
    assert list(record.iterdir()) == []


def test_nothing_is_recorded_where_it_was_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(RECORD, raising=False)
    (tmp_path / "store").mkdir()
    store = (tmp_path / "store").as_uri()
    done = package_data_assembly(None, assembly(), "Doe2024", None, bucket_name=store)
    assert done["version_id"] is not None


class TestAForgedRecord:
    """What is in the record was written by the script's process, whatever wrote it there."""

    @pytest.fixture
    def upload(self, record: Path) -> Path:
        package_data_assembly(None, assembly(), "Doe2024.one", None, bucket_name="brainio-contrib")
        (folder,) = record.iterdir()
        return folder

    def test_a_link_in_place_of_a_file(
        self, upload: Path, tmp_path: Path, collected: Callable[[], Collected]
    ) -> None:
        file = upload / "assy_Doe2024_one.nc"
        file.rename(tmp_path / "elsewhere.nc")
        file.symlink_to(tmp_path / "elsewhere.nc")
        with pytest.raises(DataError, match="the file is not there"):
            collected()

    def test_other_bytes(self, upload: Path, collected: Callable[[], Collected]) -> None:
        (upload / "assy_Doe2024_one.nc").write_bytes(b"others")
        with pytest.raises(DataError, match="not the one that the script uploaded"):
            collected()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("identifier", "a\n::error::b"),
            ("identifier", "../a"),
            ("identifier", "Doe2024.other"),
            ("stimulus_set", "a\n::error::b"),
        ],
    )
    def test_a_name_that_cannot_be(
        self, field: str, value: str, upload: Path, collected: Callable[[], Collected]
    ) -> None:
        described = json.loads((upload / "upload.json").read_text())
        described["content"][field] = value
        (upload / "upload.json").write_text(json.dumps(described))
        with pytest.raises(DataError, match="cannot be an identifier") as caught:
            collected()
        assert "\n::" not in str(caught.value)

    def test_a_place_that_would_break_a_line(
        self, upload: Path, collected: Callable[[], Collected]
    ) -> None:
        described = json.loads((upload / "upload.json").read_text())
        described["asked_for"] = "x\n::error::b"
        (upload / "upload.json").write_text(json.dumps(described))
        assert all("\n" not in notice for notice in collected().notices)

    @pytest.mark.parametrize("name", ["../../elsewhere", "upload.json/../x", ".hidden"])
    def test_a_file_name_that_leads_elsewhere(
        self, name: str, upload: Path, collected: Callable[[], Collected]
    ) -> None:
        described = json.loads((upload / "upload.json").read_text())
        described["content"]["nc"]["name"] = name
        (upload / "upload.json").write_text(json.dumps(described))
        with pytest.raises(DataError, match="not a record of an upload"):
            collected()

    @pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000])
    def test_what_is_no_description(
        self, content: bytes, upload: Path, collected: Callable[[], Collected]
    ) -> None:
        (upload / "upload.json").write_bytes(content)
        with pytest.raises(DataError, match="not a record of an upload"):
            collected()

    def test_a_file_that_the_script_put_into_the_bundle(
        self, upload: Path, record: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "dataset.toml").write_text("")
        with pytest.raises(DataError, match="wrote into the bundle itself"):
            collect(record, tmp_path)

    def test_the_same_key_with_other_content(
        self, upload: Path, record: Path, collected: Callable[[], Collected]
    ) -> None:
        other = record / "hidden"
        upload.rename(other)
        package_data_assembly(None, assembly() + 1, "Doe2024.two", None, bucket_name="brainio")
        (second,) = (each for each in record.iterdir() if each != other)
        described = json.loads((second / "upload.json").read_text())
        described["content"]["identifier"] = "Doe2024.one"
        described["content"]["nc"]["name"] = "assy_Doe2024_one.nc"
        (second / "assy_Doe2024_two.nc").rename(second / "assy_Doe2024_one.nc")
        (second / "upload.json").write_text(json.dumps(described))
        with pytest.raises(DataError, match="uploaded this twice"):
            collected()


def test_a_misspelt_bucket_is_told_and_stops_nothing_as_nothing_is_uploaded_to_it(
    collected: Callable[[], Collected], record: Path
) -> None:
    bucket = "brainscore_storge/brainio-brainscore"
    package_data_assembly(None, assembly(), "Doe2024", "Doe2024", bucket_name=bucket)
    assert collected().notices == [f"Doe2024: the script asked for s3://{bucket}"]
