"""Each row of the table in docs/brainio-reading.md about loading, on both sides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from reader_environment import ReaderError

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.brainio import fetch, s3

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_s3 import S3Server
    from packaged_data import Packaged
    from reader_environment import Reader


@pytest.fixture(autouse=True)
def in_aws(tmp_path: Path, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def theirs(reader: Reader, s3_server: S3Server, tmp_path: Path) -> Callable[..., Any]:
    environment = {
        **s3_server.environment,
        "AWS_ENDPOINT_URL": s3_server.endpoint_url,
        "BRAINIO_HOME": str(tmp_path / "brainio"),
    }

    def run(source: str, **variables: Any) -> Any:
        return reader.run(source, env=environment, **variables)

    return run


def test_a_file_with_another_hash_than_asked_for_is_refused(
    theirs: Callable[..., Any], packaged: Packaged, tmp_path: Path
) -> None:
    bucket, _, prefix = packaged.rates["bucket"].partition("/")
    arguments = (bucket, f"{prefix}/assy_Doe2024_public.nc")
    source = """
s3.load_file_from_s3(*arguments, path, sha1="0" * 40)
import os
result = os.path.exists(path)
"""
    assert theirs(source, arguments=arguments, path=str(tmp_path / "theirs.nc")) is True
    with pytest.raises(DataError, match="SHA1 mismatch"):
        s3.load_file_from_s3(*arguments, tmp_path / "ours.nc", sha1="0" * 40)
    assert not (tmp_path / "ours.nc").exists()


def test_a_copy_that_was_damaged_is_fetched_again(
    theirs: Callable[..., Any], packaged: Packaged
) -> None:
    found = packaged.rates
    bucket, _, folder = found["bucket"].partition("/")
    damage = """
path = s3.get_path("Doe2024.public", "nc", bucket, version, sha1, folder_name=folder)
with open(path, "wb") as file: file.write(b"half")
result = s3.get_path("Doe2024.public", "nc", bucket, version, sha1, folder_name=folder)
"""
    names = {"bucket": bucket, "version": found["version_id"], "sha1": found["sha1"]}
    with pytest.raises(ReaderError, match="SHA1 mismatch"):
        theirs(damage, **names, folder=folder)
    ours: dict[str, Any] = {"s3": s3, **names, "folder": folder}
    exec(damage, ours)  # noqa: S102
    fetch.verify_sha1(ours["result"], found["sha1"])


def test_a_stimulus_that_is_lost_is_unpacked_again(
    theirs: Callable[..., Any], packaged: Packaged
) -> None:
    lose = """
loaded = s3.load_stimulus_set_from_s3(**arguments)
loaded.get_stimulus("a").unlink()
result = len(s3.load_stimulus_set_from_s3(**arguments))
"""
    with pytest.raises(ReaderError) as error:
        theirs(lose, arguments=packaged.stimuli)
    assert error.value.kind == "AssertionError"
    ours: dict[str, Any] = {"s3": s3, "arguments": packaged.stimuli}
    exec(lose, ours)  # noqa: S102
    assert ours["result"] == 3


def test_a_csv_and_a_zip_of_two_versions_are_named(
    theirs: Callable[..., Any], packaged: Packaged, s3_server: S3Server, tmp_path: Path
) -> None:
    import zipfile

    bucket = s3_server.new_bucket()
    client = s3_server.client()
    found = packaged.stimuli
    csv = Path(s3.get_path("Doe2024", "csv", found["bucket"], None, found["csv_sha1"]))
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for name in ("a.png", "b.png", "c.png", "d.png"):
            archive.writestr(name, b"")
    client.upload_file(csv, bucket, "stimulus_Doe2024.csv")
    client.upload_file(tmp_path / "other.zip", bucket, "stimulus_Doe2024.zip")
    arguments = {
        **found,
        "bucket": bucket,
        "csv_version_id": None,
        "zip_version_id": None,
        "zip_sha1": s3.sha1_hash(tmp_path / "other.zip"),
    }
    with pytest.raises(ReaderError, match="do not match csv paths"):
        theirs("result = len(s3.load_stimulus_set_from_s3(**arguments))", arguments=arguments)
    with pytest.raises(AssertionError, match=r"do not have the same files: d\.png"):
        s3.load_stimulus_set_from_s3(**arguments)


def test_a_file_without_a_hash_is_compared_with_what_the_store_says_of_it(
    theirs: Callable[..., Any], packaged: Packaged
) -> None:
    bucket, _, prefix = packaged.rates["bucket"].partition("/")
    address = f"https://{bucket}.s3.amazonaws.com/{prefix}/assy_Doe2024_public.nc"
    with pytest.raises(ReaderError) as error:
        theirs("result = fetch.fetch_file('S3', address)", address=address)
    assert error.value.kind == "TypeError"
    assert Path(fetch.fetch_file("S3", address)).is_file()


@pytest.mark.parametrize("name", ["NeuronRecordingAssembly", "ModelFeaturesAssembly"])
def test_a_class_that_there_is_resolves(theirs: Callable[..., Any], name: str) -> None:
    with pytest.raises(ReaderError, match="Unknown assembly class"):
        theirs("result = fetch.resolve_assembly_class(name)", name=name)
    assert fetch.resolve_assembly_class(name).__name__ == name


def test_what_is_not_there_is_one_error_with_its_place(
    theirs: Callable[..., Any], s3_server: S3Server
) -> None:
    arguments = ("Doe2024", "nc", s3_server.new_bucket(), None, "0" * 40)
    with pytest.raises(ReaderError) as error:
        theirs("result = s3.get_path(*arguments)", arguments=arguments)
    assert error.value.kind == "Exception"  # with two errors of boto3 in a list
    with pytest.raises((DataError, UsageError), match=r"assy_Doe2024\.nc"):
        s3.get_path(*arguments)
