"""``adopt``: from files that the portal uploaded to the registration, with no credentials at all."""

from __future__ import annotations

import pytest
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.exceptions import ClientError

NC, PREFIX = "assy_MajajHong2015.nc", "brainscore-vision/data/user_7"


@pytest.fixture
def bundle(bundles):
    return bundles.write(
        bundles.assembly("MajajHong2015", b"rates", stimulus_set="hvm"), plugin=None
    )


def uploaded(client, bucket, content=b"rates", acl="public-read"):
    answer = client.put_object(Bucket=bucket, Key=f"{PREFIX}/{NC}", Body=content, ACL=acl)
    return answer.get("VersionId")


@pytest.fixture(params=["without credentials", "of another account"])
def somebody(request, monkeypatch):
    """Be somebody who may read what is open without credentials, and nothing else."""
    if request.param == "without credentials":
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
    ask = BaseClient._make_api_call

    def asked(client, operation, parameters):
        signed = client.meta.config.signature_version is not UNSIGNED
        if signed or operation.startswith("List"):
            said = {"Code": "AccessDenied", "Message": "Access Denied"}
            answer = {"Error": said, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(answer, operation)
        return ask(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", asked)


@pytest.fixture
def uploads(s3_server, client):
    """Give a bucket and a version in it, on top of which there is another by now."""
    bucket = s3_server.new_bucket()
    version = uploaded(client, bucket)
    uploaded(client, bucket, b"somebody's later file")
    return bucket, version


def test_from_an_upload_to_the_registration_without_credentials(
    uploads, somebody, s3_server, bundle, command, monkeypatch, tmp_path
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    bucket, version = uploads
    plugin = tmp_path / "brainscore_vision" / "data" / "majajhong2015"
    plugin.mkdir(parents=True)
    place = f"s3://{bucket}/{PREFIX}"
    done = command(
        "adopt", bundle, "--at", place, "--version", f"{NC}={version}", "--receipts", plugin
    )
    assert done.code == 0, done.err
    assert version in done.out
    assert "Public files: readable without credentials." in done.out
    assert command("register", plugin, plugin).code == 0
    assert f'version_id="{version}"' in (plugin / "__init__.py").read_text()
    again = command("register", plugin, plugin, "--check")
    assert again.code == 0, again.err


def test_what_has_no_version_id_is_refused_unless_that_is_accepted(
    s3_server, client, bundle, command
):
    bucket = s3_server.new_bucket(versioned=False)
    uploaded(client, bucket)
    adopt = (
        *("adopt", bundle, "--at", f"s3://{bucket}/{PREFIX}"),
        *("--endpoint-url", s3_server.endpoint_url),
    )
    for more in ((), ("--version", f"{NC}=null")):
        assert command(*adopt, *more).explains(f"{NC}: it has no version id", "--allow-unversioned")
    done = command(*adopt, "--allow-unversioned")
    assert done.code == 0
    assert "Verified by: read back." in done.out


def test_a_version_that_is_not_there_is_one_clear_message(s3_server, client, bundle, command):
    bucket = s3_server.new_bucket()
    uploaded(client, bucket)
    done = command(
        *("adopt", bundle, "--at", f"s3://{bucket}/{PREFIX}", "--version", f"{NC}=gone"),
        *("--endpoint-url", s3_server.endpoint_url),
    )
    assert done.code == 1
    assert done.explains(f"{NC}: version gone is not there", "--version FILE=ID")


def test_wrong_usage_is_said_before_anything_is_asked(bundle, command):
    for words, said in [
        ((), "give BUNDLE or --identifier"),
        ((bundle, "--identifier", "X"), "give BUNDLE or --identifier"),
        ((bundle, "--class", "DataAssembly"), "go with --identifier"),
        ((bundle, "--version", NC), "is not FILE=ID"),
        ((bundle, "--version", f"{NC}=1", "--version", f"{NC}=2"), "two versions"),
    ]:
        done = command("adopt", *words, "--at", "s3://lab")
        assert (done.code, said in done.err) == (2, True), done.err
