"""What is exported is right by the validators of each form, in an environment of their own."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from bench.environments import made_environment
from brainscore_data.cli import main
from brainscore_data.store.urls import open_store

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.night

# Each in an environment of its own: cffconvert needs a jsonschema that is too old for the others.
VALIDATORS = {
    "mlcroissant": ["mlcroissant==1.1.1"],
    "datacite": ["datacite==1.4.1"],
    "cffconvert": ["cffconvert==2.0.0", "setuptools<81"],  # it imports pkg_resources
}
CROISSANT = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = dataset.metadata.ctx.issues
assert not issues.errors and not issues.warnings, issues.report()
assert dataset.metadata.data_biases == ["One lab."]
rows = [
    {name.partition("/")[2]: each.decode() if isinstance(each, bytes) else each for name, each in row.items()}
    for row in dataset.records("hvm")
]
print(json.dumps(rows))
"""
DATACITE = """
import json, sys
from datacite import schema45
schema45.validator.validate(json.load(open(sys.argv[1], encoding="utf-8")))
"""


@pytest.fixture
def written(described_folder, publish_described, s3_server, tmp_path):
    """Publish to a bucket, and give a function that writes a form to a file."""
    bucket = s3_server.new_bucket()
    url = f"s3://{bucket}/data"
    publish_described(open_store(url, endpoint_url=s3_server.endpoint_url))
    s3_server.open_to_all(bucket)  # this server opens what is private, too: publishing refuses that

    def write(form: str, name: str) -> Path:
        target = tmp_path / name
        assert main(["export", str(described_folder), "--format", form, "-o", str(target)]) == 0
        return target

    return write


def run(validator: str, *arguments: object) -> str:
    python = made_environment(validator, VALIDATORS[validator])
    done = subprocess.run(
        [python, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_mlcroissant_finds_nothing_wrong_and_loads_the_published_stimuli(
    written, tmp_path, monkeypatch
):
    monkeypatch.setenv("CROISSANT_CACHE", str(tmp_path / "croissant"))
    out = run("mlcroissant", "-c", CROISSANT, written("croissant", "croissant.json"))
    first, second = json.loads(out.splitlines()[-1])
    assert first == {
        "stimulus_id": "n0",
        "filename": "n0.png",
        "size": 1,
        "angle": 0.5,
        "shown": True,
        "object_name": "café",
    }
    assert (second["stimulus_id"], second["shown"]) == ("n1", False)


def test_datacites_schema_accepts_it(written):
    run("datacite", "-c", DATACITE, written("datacite", "datacite.json"))


def test_cffconvert_accepts_it(written):
    cff = written("citation", "CITATION.cff")
    command = "from cffconvert.cli.cli import cli; cli()"
    assert "are valid" in run("cffconvert", "-c", command, "--validate", "-i", cff)
