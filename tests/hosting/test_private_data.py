"""Private from end to end: submitted, approved, published, registered in public, and loaded by scorers only.

On Ceph's gateway, which holds to policies of buckets, roles and sessions; read by brainscore-core.
"""

from __future__ import annotations

import json

import pytest
from pictures import png
from reader_environment import ReaderError
from staging_lab import Lab, written

import brainscore_data
from brainscore_data.cli import main
from brainscore_data.plugins.render import render_registrations
from brainscore_data.publishing.submitting import submit
from brainscore_data.records.receipts import load_receipts
from brainscore_data.store.urls import open_store

MANIFEST = """\
schema = 1
[dataset]
license = "restricted"
[[stimulus_set]]
identifier = "Author2026.private"
visibility = "private"
metadata = "stimuli.csv"
files = "stimuli"
"""
#: What is in the data and nowhere else.
CONTENT = ("hidden_face", "unspoken", "hidden_face.png")
BY_TAG = {"StringEquals": {"s3:ExistingObjectTag/visibility": "public"}}


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "author2026"
    (folder / "stimuli").mkdir(parents=True)
    (folder / "stimuli" / "hidden_face.png").write_bytes(png(3))
    (folder / "stimuli.csv").write_text(
        "stimulus_id,filename,label\nhidden_face,hidden_face.png,unspoken\n"
    )
    (folder / "dataset.toml").write_text(MANIFEST)
    return folder


@pytest.mark.night
def test_scorers_load_a_private_item_by_its_public_registration_and_nobody_else_does(
    ceph_rgw, reader, dataset, tmp_path, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", ceph_rgw.endpoint_url)
    lab = Lab(ceph_rgw)
    opened = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": f"arn:aws:s3:::{lab.bucket}/*",
        "Condition": BY_TAG,
    }
    ceph_rgw.client().put_bucket_policy(Bucket=lab.bucket, Policy=written(opened))
    brainscore_data.package(dataset, tmp_path / "bundle")
    role = lab.role()
    submitted = submit(tmp_path / "bundle", lab.place, session=lab.granted(role), **lab.endpoint)
    line = ["publish", submitted.url, "--store", lab.url, "--approve-digest", submitted.digest]
    assert main([*line, "--endpoint-url", ceph_rgw.endpoint_url]) == 0

    receipts = load_receipts(tmp_path / "receipts.json")
    registration = render_registrations(receipts, "s3")
    shown = capfd.readouterr()
    public = [registration, (tmp_path / "receipt.md").read_text(), shown.out, shown.err]
    public.append(json.dumps(receipts.model_dump(mode="json")))
    assert not [word for word in CONTENT for text in public if word in text]

    def load(name, credentials):
        environment = {
            **ceph_rgw.environment,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.token,
            "AWS_ENDPOINT_URL": ceph_rgw.endpoint_url,
            "BRAINIO_HOME": str(tmp_path / name),
        }
        source = "_, sets = plugin(registration)\nresult = describe(sets[identifier]())"
        return reader.run(
            source, env=environment, registration=registration, identifier="Author2026.private"
        )

    reads = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": [f"arn:aws:s3:::{lab.bucket}/data/*"],
    }
    loaded = load("scorer", lab.session(role, written(reads)).get_credentials())
    assert loaded["columns"]["label"]["values"] == ["unspoken"]
    with pytest.raises(ReaderError, match=r"Forbidden|AccessDenied"):
        load("submitter", lab.granted(role).get_credentials())
    store = open_store(lab.url, **lab.endpoint)
    for file in receipts.items[0].files:
        key = file.object.key.removeprefix("data/")
        assert not store.readable_by_all(key, file.object.version_id)
        assert not store.readable_by_all(key)
