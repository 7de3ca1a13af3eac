"""Private from end to end: approved, published, registered in public, and loaded by scorers only.

By a private repository's pull request, or submitted by somebody who has none. On Ceph's gateway, which
holds to policies of buckets, roles and sessions; read by brainscore-core.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from action_in_process import ActionProgram
from github_api import READING, WRITING
from github_events import pull_request, workflow_dispatch
from pictures import png
from reader_environment import ReaderError
from staging_lab import Lab, written

import brainscore_data
from brainscore_data.cli import main
from brainscore_data.plugins.render import render_registrations
from brainscore_data.publishing.submitting import submit
from brainscore_data.records.receipts import load_receipts
from brainscore_data.store.urls import open_store

NAME = "Author2026.private"
MANIFEST = f"""\
schema = 1
[dataset]
license = "restricted"
[[stimulus_set]]
identifier = "{NAME}"
visibility = "private"
metadata = "stimuli.csv"
files = "stimuli"
"""
#: What is in the data and nowhere else.
CONTENT = ("hidden_face", "unspoken", "label")
FILES = {
    "dataset.toml": MANIFEST,
    "stimuli.csv": "stimulus_id,filename,label\nhidden_face,hidden_face.png,unspoken\n",
    "stimuli/hidden_face.png": png(3),
}
BY_TAG = {"StringEquals": {"s3:ExistingObjectTag/visibility": "public"}}


@pytest.fixture
def lab(ceph_rgw, monkeypatch):
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
    return lab


@pytest.fixture
def by_submission(lab, tmp_path, monkeypatch):
    """Publish what somebody submitted; gives the receipts, and what everybody can see of it."""

    def publish(capfd):
        folder = tmp_path / "author2026"
        for name, content in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        monkeypatch.chdir(tmp_path)
        brainscore_data.package(folder, tmp_path / "bundle")
        session = lab.granted(lab.role())
        submitted = submit(tmp_path / "bundle", lab.place, session=session, **lab.endpoint)
        line = ["publish", submitted.url, "--store", lab.url, "--approve-digest", submitted.digest]
        assert main([*line, "--endpoint-url", lab.server.endpoint_url]) == 0
        return tmp_path / "receipts.json", [*capfd.readouterr(), Path("receipt.md").read_text()]

    return publish


@pytest.fixture
def by_pull_request(github, lab, tmp_path, monkeypatch):
    """Publish a private repository's pull request, when a maintainer says so."""
    repository = github.repository("lab/data")
    repository.private = True
    repository.commit({"README.md": "Data of a lab.\n"})
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    program = ActionProgram(github, repository, tmp_path)
    repository.commit({f"data/{name}": each for name, each in FILES.items()}, branch="data")
    pull = repository.open_pull("data")
    head = repository.head_of(pull)

    def step(event, payload, **inputs):
        given = {name.replace("_", "-"): str(value) for name, value in inputs.items()}
        ran = program.run(event, payload, given)
        assert ran.exit_code == 0, ran.log
        return ran

    def publish(capfd):
        program.check_out(head)
        seen = pull_request(github, repository, pull)
        checked = step("pull_request", seen, command="check", github_token=WRITING)
        asked = {"pull-request": str(pull.number), "head-sha": head, "bundle-sha256": ""}
        approved = workflow_dispatch(github, repository, asked)
        of = {"pull_request": pull.number}
        token = {"github_token": READING}
        packaged = step("workflow_dispatch", approved, command="package", **token, **of)
        [bundled] = Path(packaged.outputs["bundle-path"]).rglob("*.csv")  # as reviewers get it
        assert all(word in bundled.read_text() for word in CONTENT)
        published = step(
            "workflow_dispatch",
            approved,
            command="publish",
            bundle=packaged.outputs["bundle-path"],
            store=lab.url,
            endpoint_url=lab.server.endpoint_url,
            comment="never",
            **of,
        )
        shutil.copytree(published.outputs["receipts-path"], program.workspace / ".receipts")
        where = {"path": ".receipts", "github_token": WRITING}
        step("workflow_dispatch", approved, command="comment", **where, **of)
        comments = [each.body for each in repository.comments.values()]
        assert NAME in comments[-1]
        told = [checked.log, packaged.log, published.log, published.summary, *comments]
        return program.workspace / ".receipts" / "data" / "receipts.json", told

    return publish


@pytest.mark.night
@pytest.mark.parametrize("way", ["by_pull_request", "by_submission"])
def test_scorers_load_a_private_item_by_its_public_registration_and_nobody_else_does(
    request, lab, reader, tmp_path, capfd, way
):
    kept, public = request.getfixturevalue(way)(capfd)
    receipts = load_receipts(kept)
    registration = render_registrations(receipts, "s3")
    public += [registration, kept.read_text()]
    assert not [word for word in CONTENT for text in public if word in text]

    def load(name, credentials):
        environment = {
            **lab.server.environment,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.token,
            "AWS_ENDPOINT_URL": lab.server.endpoint_url,
            "BRAINIO_HOME": str(tmp_path / name),
        }
        source = "_, sets = plugin(registration)\nresult = describe(sets[identifier]())"
        return reader.run(source, env=environment, registration=registration, identifier=NAME)

    reads = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": [f"arn:aws:s3:::{lab.bucket}/data/*"],
    }
    role = lab.role()
    loaded = load("scorer", lab.session(role, written(reads)).get_credentials())
    assert loaded["columns"]["label"]["values"] == ["unspoken"]
    with pytest.raises(ReaderError, match=r"Forbidden|AccessDenied"):
        load("contributor", lab.granted(role).get_credentials())
    store = open_store(lab.url, **lab.endpoint)
    for file in receipts.items[0].files:
        key = file.object.key.removeprefix("data/")
        assert not store.readable_by_all(key, file.object.version_id)
        assert not store.readable_by_all(key)
