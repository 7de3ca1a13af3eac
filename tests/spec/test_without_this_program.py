"""What docs/if-this-project-stops.md promises: what was published is loaded where we are not installed."""

from __future__ import annotations

import json
import re
import shutil

import pytest


@pytest.fixture
def published(repository_root, tmp_path, s3_server, monkeypatch):
    """Publish the example to a bucket; gives the receipts, and the folder that it was packaged in."""
    from brainscore_data import publish
    from brainscore_data.packaging.bundling import package
    from brainscore_data.plugins.render import render_registrations

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    study, bundle = tmp_path / "study", tmp_path / "bundle"
    shutil.copytree(repository_root / "examples" / "gratings", study)
    package(study, bundle)
    receipts = publish(bundle, f"s3://{s3_server.new_bucket()}/brainio", receipts=study).receipts
    return receipts, render_registrations(receipts, "s3"), bundle


def test_registrations_load_with_brainscore_core_alone(published, reader, s3_server, tmp_path):
    receipts, registration, _ = published
    assert "brainscore_data" not in registration
    source = """
import importlib.util
data, stimulus_sets = plugin(registration)
loaded = {name: its() for registry in (data, stimulus_sets) for name, its in registry.items()}
result = {
    "ours": importlib.util.find_spec("brainscore_data") is not None,
    "sizes": {name: int(len(its)) for name, its in loaded.items()},
}
"""
    environment = {
        **s3_server.environment,
        "AWS_ENDPOINT_URL": s3_server.endpoint_url,
        "BRAINIO_HOME": str(tmp_path / "brainio"),
    }
    found = reader.run(source, env=environment, registration=registration)
    assert found["ours"] is False
    assert set(found["sizes"]) == {item.identifier for item in receipts.items}
    assert all(found["sizes"].values())


def test_files_are_read_by_what_the_page_says(published, reader, repository_root):
    page = (repository_root / "docs" / "if-this-project-stops.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert "brainscore" not in shown.replace("brainscore-data", "")
    source = shown + "\nresult = [list(assembly.dims), len(stimuli), first[:4].hex()]"
    dims, stimuli, magic = reader.run(source, folder=str(published[2]))
    assert dims == ["presentation", "neuroid", "time_bin"]
    assert (stimuli, magic) == (72, "89504e47")


def test_versions_are_read_by_what_receipts_say(published, s3_server, tmp_path):
    receipts, _, bundle = published
    record = json.loads((bundle.parent / "study" / "receipts.json").read_text())
    for item in record["items"]:
        for role in ("nc", "csv", "zip"):
            if role not in item:
                continue
            stored = item[role]["object"]
            where = {"Bucket": stored["bucket"], "Key": stored["key"]}
            answer = s3_server.client().get_object(**where, VersionId=stored["version_id"])
            name = stored["key"].rpartition("/")[2]
            assert answer["Body"].read() == (bundle / name).read_bytes()
    assert len(record["items"]) == len(receipts.items)
