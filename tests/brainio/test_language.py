"""The two functions of Brain-Score language's tutorial, here and in brainscore_language's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.brainio.language import load_from_s3, upload_data_assembly
from brainscore_data.brainio.s3 import get_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_s3 import S3Server
    from reader_environment import Reader


@pytest.fixture(autouse=True)
def in_aws(s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    return {
        **s3_server.environment,
        "AWS_ENDPOINT_URL": s3_server.endpoint_url,
        "BRAINIO_HOME": str(tmp_path / "brainio"),
    }


@pytest.fixture
def default_bucket(bucket_named: Callable[..., str]) -> str:
    """The bucket of the defaults, in its own region."""
    return bucket_named("brainscore-storage", region="us-east-2")


def sentences(shift: float = 0) -> xr.DataArray:
    return xr.DataArray(
        np.arange(6.0).reshape(3, 2) + shift,
        dims=["presentation", "neuroid"],
        coords={
            "stimulus": ("presentation", ["It was cold.", "Really?", "Naïve."]),
            "stimulus_id": ("presentation", [0, 1, 2]),
            "neuroid_id": ("neuroid", [7, 8]),
            "atlas": ("neuroid", ["language", "language"]),
        },
        attrs={"source": "a study"},
    )


def keys(s3_server: S3Server, bucket: str) -> list[str]:
    """List a bucket, without what the program leaves on servers that are not AWS."""
    found = s3_server.client().list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each["Key"] for each in found if ".brainscore-data/" not in each["Key"]]


def test_with_the_defaults_languages_own_loader_finds_what_was_uploaded(
    default_bucket: str, reader: Reader, in_aws: dict[str, str], s3_server: S3Server
) -> None:
    given = sentences()
    done = upload_data_assembly(given, "Doe2024.language")
    assert {"sha1", "VersionId", "ContentLength", "ETag", "LastModified"} <= set(done)
    assert "brainscore-language/assy_Doe2024_language.nc" in keys(s3_server, default_bucket)
    source = """
plugin("")
from brainscore_language.utils.s3 import load_from_s3
result = describe(load_from_s3("Doe2024.language", version_id=version, sha1=sha1))
"""
    theirs = reader.run(source, env=in_aws, version=done["VersionId"], sha1=done["sha1"])
    ours = load_from_s3("Doe2024.language", done["sha1"], done["VersionId"])
    assert type(ours).__name__ == theirs["class"] == "NeuroidAssembly"
    assert ours.values.tolist() == theirs["values"] == given.values.tolist()
    for name in given.coords:
        assert ours[name].values.tolist() == theirs["coords"][name]["values"]
    for attribute in ("identifier", "source"):
        assert ours.attrs[attribute] == theirs["attrs"][attribute]
    assert given.attrs == {"source": "a study"}
    path = get_path(
        "Doe2024.language", "nc", f"{default_bucket}/brainscore-language", None, done["sha1"]
    )
    with xr.open_dataset(path) as file:
        assert file.attrs["identifier"] == "Doe2024.language"


@pytest.mark.parametrize(
    ("suffix", "key"),
    [
        ("", "brainscore-language/ceiling_Doe2024.nc"),
        ("/own/prefix", "own/prefix/ceiling_Doe2024.nc"),
    ],
)
def test_a_bucket_has_languages_folder_and_a_prefix_is_taken_as_it_is(
    s3_server: S3Server, suffix: str, key: str
) -> None:
    bucket = s3_server.new_bucket()
    place = bucket + suffix
    done = upload_data_assembly(sentences(), "Doe2024", place, assembly_prefix="ceiling_")
    assert keys(s3_server, bucket) == [key]
    loaded = load_from_s3(
        "Doe2024", done["sha1"], assembly_prefix="ceiling_", cls=xr.DataArray, bucket_name=place
    )
    assert type(loaded) is xr.DataArray


def test_the_older_bucket_has_no_folder(
    s3_server: S3Server, bucket_named: Callable[..., str]
) -> None:
    bucket = bucket_named("brainscore-language")
    upload_data_assembly(sentences(), "Doe2024", bucket_name=bucket)
    assert keys(s3_server, bucket) == ["assy_Doe2024.nc"]


def test_the_older_order_of_version_and_hash_is_understood(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket()
    done = upload_data_assembly(sentences(), "Doe2024", bucket)
    with pytest.warns(DeprecationWarning, match=f"sha1='{done['sha1']}', version_id="):
        older = load_from_s3("Doe2024", done["VersionId"], done["sha1"], bucket_name=bucket)
    assert older.values.tolist() == sentences().values.tolist()


def test_the_same_content_again_is_the_same_version_and_other_content_is_refused(
    s3_server: S3Server,
) -> None:
    bucket = s3_server.new_bucket()
    done = upload_data_assembly(sentences(), "Doe2024", bucket)
    again = upload_data_assembly(sentences(), "Doe2024", bucket)
    assert (again["VersionId"], again["sha1"]) == (done["VersionId"], done["sha1"])
    with pytest.raises(ValueError, match="taken by other content"):
        upload_data_assembly(sentences(1), "Doe2024", bucket)
    corrected = upload_data_assembly(sentences(1), "Doe2024", bucket, replaces=done["VersionId"])
    assert corrected["VersionId"] != done["VersionId"]
    assert load_from_s3("Doe2024", done["sha1"], done["VersionId"], bucket_name=bucket)[0, 0] == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("Doe2024", "0" * 40), DataError, "its sha1 is"),
        (("Doe2025", "0" * 40), DataError, "assy_Doe2025.nc"),
        (("Doe2024", "short"), UsageError, "is not a sha1"),
        (("Doe2024", None), UsageError, "is not a sha1"),
        (("../Doe2024", "0" * 40), (DataError, UsageError), "Doe2024"),
    ],
)
def test_what_cannot_be_loaded_is_said_why(
    s3_server: S3Server, arguments: Any, error: Any, message: str
) -> None:
    bucket = s3_server.new_bucket()
    upload_data_assembly(sentences(), "Doe2024", bucket)
    with pytest.raises(error, match=message):
        load_from_s3(*arguments, bucket_name=bucket)


@pytest.mark.parametrize("given", [None, [[1.0]], "assembly.nc"])
def test_what_is_no_assembly_is_refused_before_anything_is_uploaded(
    s3_server: S3Server, given: Any
) -> None:
    bucket = s3_server.new_bucket()
    with pytest.raises(ValueError, match="an assembly is an xarray DataArray"):
        upload_data_assembly(given, "Doe2024", bucket)
    assert not keys(s3_server, bucket)
