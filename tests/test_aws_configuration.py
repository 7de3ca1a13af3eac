"""The ways of configuring AWS that docs/aws.md describes, with the very files that it shows."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from brainscore_data.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local_s3 import S3Server
    from watched_s3 import WatchedS3

DEFAULT = "YOUR_ACCESS_KEY_ID"
LAB = "THE_LABS_ACCESS_KEY_ID"


@pytest.fixture(scope="module")
def blocks(repository_root: Path) -> list[str]:
    """The files that the page shows."""
    page = (repository_root / "docs" / "aws.md").read_text()
    return re.findall(r"```ini\n(.*?)```", page, re.DOTALL)


@dataclass(frozen=True)
class Done:
    """What a command said."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Computer:
    """A home folder of its own, in which all is done with nothing of AWS in the environment."""

    home: Path
    server: WatchedS3
    said: pytest.CaptureFixture[str]

    def configure(self, credentials: str, config: str) -> None:
        """Write the two files, as an editor or `aws configure` does."""
        folder = self.home / ".aws"
        folder.mkdir(exist_ok=True)
        (folder / "credentials").write_text(credentials)
        (folder / "config").write_text(config)

    @contextlib.contextmanager
    def at_it(self, **variables: str) -> Iterator[None]:
        """Work there."""
        with pytest.MonkeyPatch.context() as environment:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                environment.delenv(name)
            given = {
                "HOME": str(self.home),
                "USERPROFILE": str(self.home),
                "BRAINSCORE_DATA_CACHE": str(self.home / "cache"),
                "AWS_ENDPOINT_URL": self.server.endpoint_url,
                "AWS_EC2_METADATA_DISABLED": "true",
            }
            for name, value in (given | variables).items():
                environment.setenv(name, value)
            self.server.keys.clear()
            yield

    def run(self, *command: str) -> Done:
        """Run a command."""
        self.said.readouterr()
        with self.at_it():
            code = main(command)
        return Done(code, *self.said.readouterr())

    def publish(self, bucket: str, *options: str) -> Done:
        """Publish a small assembly by the command."""
        folder = self.home / "study"
        folder.mkdir(exist_ok=True)
        (folder / "dataset.toml").write_text(
            'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[assembly]]\nidentifier = "Doe2024"\n'
            'visibility = "public"\nclass = "BehavioralAssembly"\n'
            'table = "trials.csv"\nvalue = "choice"\ncolumns = ["stimulus_id", "choice"]\n'
        )
        (folder / "trials.csv").write_text("stimulus_id,choice\ns1,left\ns2,right\n")
        return self.run("publish", str(folder), "--store", f"s3://{bucket}", *options)

    def upload(self, bucket: str, **variables: str) -> list[list[float]]:
        """Upload one by the functions of the tutorial, and load it."""
        import xarray as xr

        from brainscore_data.brainio.language import load_from_s3, upload_data_assembly

        ids = {"stimulus_id": ("presentation", [0, 1]), "neuroid_id": ("neuroid", [7])}
        sentences = xr.DataArray([[1.0], [2.0]], dims=["presentation", "neuroid"], coords=ids)
        with self.at_it(**variables):
            done = upload_data_assembly(sentences, "Doe2024.language", bucket_name=bucket)
            pinned = done["sha1"], done["VersionId"]
            loaded = load_from_s3("Doe2024.language", *pinned, bucket_name=bucket)
            values: list[list[float]] = loaded.values.tolist()
        return values


@pytest.fixture
def computer(tmp_path: Path, watched_s3: WatchedS3, capsys: pytest.CaptureFixture[str]) -> Computer:
    home = tmp_path / "home"
    home.mkdir()
    return Computer(home, watched_s3, capsys)


def test_the_two_files_are_enough_for_commands_and_the_buckets_own_region_is_found(
    computer: Computer, blocks: list[str], bucket_named: Callable[..., str]
) -> None:
    computer.configure(blocks[0], blocks[1])
    assert "region = us-east-1" in blocks[1]
    bucket = bucket_named("in-ohio", region="us-east-2")  # like brainscore-storage
    # What the page has its reader run first.
    asked = computer.run("store", "check", f"s3://{bucket}")
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "us-east-2" in asked.stdout
    done = computer.publish(bucket)
    assert done.returncode == 0, done.stderr
    assert DEFAULT in computer.server.keys
    receipts = json.loads((computer.home / "study" / "receipts.json").read_text())
    assert receipts["items"][0]["nc"]["object"]["region"] == "us-east-2"


def test_they_are_enough_for_the_functions_of_the_tutorial(
    computer: Computer, blocks: list[str], s3_server: S3Server
) -> None:
    # brainio's page writes this; AWS's tools pass over a name that they do not know.
    computer.configure(blocks[0], blocks[1].replace("output", "output-format"))
    assert computer.upload(s3_server.new_bucket()) == [[1.0], [2.0]]
    assert computer.server.keys == {DEFAULT}


def test_a_profile_is_chosen_by_its_name(
    computer: Computer, blocks: list[str], s3_server: S3Server
) -> None:
    computer.configure(blocks[0] + blocks[2], blocks[1] + blocks[3])
    done = computer.publish(s3_server.new_bucket(), "--profile", "lab")
    assert done.returncode == 0, done.stderr
    assert LAB in computer.server.keys
    assert DEFAULT not in computer.server.keys
    computer.upload(s3_server.new_bucket(), AWS_PROFILE="lab")
    assert computer.server.keys == {LAB}


def test_a_profile_that_is_not_there_is_said_to_be_missing(
    computer: Computer, blocks: list[str], s3_server: S3Server
) -> None:
    computer.configure(blocks[0], blocks[1])
    done = computer.publish(s3_server.new_bucket(), "--profile", "labb")
    assert done.returncode == 2
    assert "labb" in done.stderr
    assert "Traceback" not in done.stderr


def test_variables_of_the_environment_go_before_files(
    computer: Computer, blocks: list[str], s3_server: S3Server
) -> None:
    computer.configure(blocks[0], blocks[1])
    temporary = {  # what a workflow gets for the run alone
        "AWS_ACCESS_KEY_ID": "ASIAOFTHERUN",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    }
    computer.upload(s3_server.new_bucket(), **temporary)
    assert computer.server.keys == {"ASIAOFTHERUN"}


def test_without_any_key_nothing_is_written_and_public_data_is_read(
    computer: Computer, blocks: list[str], s3_server: S3Server
) -> None:
    bucket = s3_server.new_bucket()
    asked = computer.run("store", "check", f"s3://{bucket}")
    assert asked.returncode == 2
    done = computer.publish(bucket)
    assert done.returncode == 2
    assert "credentials" in done.stderr
    assert "Contents" not in s3_server.client().list_objects_v2(Bucket=bucket)

    computer.configure(blocks[0], blocks[1])
    assert computer.publish(bucket).returncode == 0
    receipts = json.loads((computer.home / "study" / "receipts.json").read_text())
    stored = receipts["items"][0]["nc"]["object"]
    for name in ("credentials", "config"):
        (computer.home / ".aws" / name).unlink()
    fetch = ("fetch", "Doe2024", "--store", f"s3://{bucket}", "--into", str(computer.home))
    pinned = ("--version-id", stored["version_id"], "--sha1", stored["sha1"])
    private = computer.run(*fetch, *pinned)
    assert private.returncode == 2
    assert "use the credentials of somebody who may" in private.stderr
    assert "Traceback" not in private.stderr
    s3_server.open_to_all(bucket)
    public = computer.run(*fetch, *pinned)
    assert public.returncode == 0, public.stderr
    assert (computer.home / "assy_Doe2024.nc").is_file()
    assert computer.server.keys == {None}
