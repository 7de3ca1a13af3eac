"""The ways of configuring AWS that docs/aws.md describes, with the very files that it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_s3 import S3Server
    from watched_s3 import WatchedS3

DEFAULT = "YOUR_ACCESS_KEY_ID"
LAB = "THE_LABS_ACCESS_KEY_ID"

UPLOAD = """
import sys, xarray as xr
from brainscore_data.brainio.language import load_from_s3, upload_data_assembly
sentences = xr.DataArray([[1.0], [2.0]], dims=["presentation", "neuroid"], coords={
    "stimulus_id": ("presentation", [0, 1]), "neuroid_id": ("neuroid", [7])})
done = upload_data_assembly(sentences, "Doe2024.language", bucket_name=sys.argv[1])
loaded = load_from_s3("Doe2024.language", done["sha1"], done["VersionId"], bucket_name=sys.argv[1])
print(loaded.values.tolist())
"""


@pytest.fixture(scope="module")
def blocks(repository_root: Path) -> list[str]:
    """The files that the page shows."""
    page = (repository_root / "docs" / "aws.md").read_text()
    return re.findall(r"```ini\n(.*?)```", page, re.DOTALL)


@dataclass(frozen=True)
class Computer:
    """A home folder of its own, in which commands run with nothing of AWS in the environment."""

    home: Path
    server: WatchedS3
    buckets: S3Server

    def configure(self, credentials: str, config: str) -> None:
        """Write the two files, as an editor or `aws configure` does."""
        folder = self.home / ".aws"
        folder.mkdir(exist_ok=True)
        (folder / "credentials").write_text(credentials)
        (folder / "config").write_text(config)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Python, e.g. ``-m brainscore_data``."""
        kept = {name: its for name, its in os.environ.items() if not name.startswith("AWS_")}
        environment = {
            **kept,
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "BRAINSCORE_DATA_CACHE": str(self.home / "cache"),
            "AWS_ENDPOINT_URL": self.server.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
            **variables,
        }
        self.server.keys.clear()
        return subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )

    def publish(
        self, bucket: str, *options: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Publish a small assembly by the command."""
        folder = self.home / "study"
        folder.mkdir(exist_ok=True)
        (folder / "dataset.toml").write_text(
            'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[assembly]]\nidentifier = "Doe2024"\n'
            'visibility = "public"\nclass = "BehavioralAssembly"\n'
            'table = "trials.csv"\nvalue = "choice"\ncolumns = ["stimulus_id", "choice"]\n'
        )
        (folder / "trials.csv").write_text("stimulus_id,choice\ns1,left\ns2,right\n")
        command = ("-m", "brainscore_data", "publish", "study", "--store", f"s3://{bucket}")
        return self.run(*command, *options, **variables)


@pytest.fixture
def computer(tmp_path: Path, watched_s3: WatchedS3, s3_server: S3Server) -> Computer:
    home = tmp_path / "home"
    home.mkdir()
    return Computer(home, watched_s3, s3_server)


def test_the_two_files_are_enough_for_commands_and_the_buckets_own_region_is_found(
    computer: Computer, blocks: list[str], bucket_named: Callable[..., str]
) -> None:
    computer.configure(blocks[0], blocks[1])
    assert "region = us-east-1" in blocks[1]
    bucket = bucket_named("in-ohio", region="us-east-2")  # like brainscore-storage
    # What the page has its reader run first.
    asked = computer.run("-m", "brainscore_data", "store", "check", f"s3://{bucket}")
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
    done = computer.run("-c", UPLOAD, s3_server.new_bucket())
    assert done.stdout == "[[1.0], [2.0]]\n", done.stderr
    assert computer.server.keys == {DEFAULT}


def test_a_profile_is_chosen_by_its_name(
    computer: Computer, blocks: list[str], s3_server: S3Server
) -> None:
    computer.configure(blocks[0] + blocks[2], blocks[1] + blocks[3])
    done = computer.publish(s3_server.new_bucket(), "--profile", "lab")
    assert done.returncode == 0, done.stderr
    assert LAB in computer.server.keys
    assert DEFAULT not in computer.server.keys
    done = computer.run("-c", UPLOAD, s3_server.new_bucket(), AWS_PROFILE="lab")
    assert done.returncode == 0, done.stderr
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
    done = computer.run("-c", UPLOAD, s3_server.new_bucket(), **temporary)
    assert done.returncode == 0, done.stderr
    assert computer.server.keys == {"ASIAOFTHERUN"}


def test_without_any_key_nothing_is_written_and_public_data_is_read(
    computer: Computer, blocks: list[str], s3_server: S3Server
) -> None:
    bucket = s3_server.new_bucket()
    asked = computer.run("-m", "brainscore_data", "store", "check", f"s3://{bucket}")
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
    fetch = ("-m", "brainscore_data", "fetch", "Doe2024", "--store", f"s3://{bucket}")
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
