"""How a bucket is reached: credentials, regions, endpoints."""

from __future__ import annotations

from pathlib import Path

import pytest
import wire_faults as faults

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

KEY = "assy_MajajHong2015_public.nc"


@pytest.fixture
def store(s3_server, bucket):
    return open_store(f"s3://{bucket}/brainio", endpoint_url=s3_server.endpoint_url)


def read(store, key=KEY, version_id=None):
    with store.open(key, version_id) as stream:
        return stream.read()


class TestCredentialsAndRegion:
    @pytest.fixture
    def anonymous(self, store, client, bucket, source, monkeypatch):
        store.write(Write(KEY, source, {"writer": "w"}))
        client.put_object_acl(Bucket=bucket, Key=f"brainio/{KEY}", ACL="public-read")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)

    def test_without_credentials_it_reads_anonymously(self, anonymous, wire, bucket):
        store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)

        assert store.stat(KEY).metadata == {"writer": "w"}
        assert read(store) == b"spikes"
        assert not any("Authorization" in request.headers for request in wire.requests)

    def test_without_credentials_nothing_is_written(self, anonymous, wire, bucket, other):
        store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)

        for attempt in (
            lambda: store.write(Write("new.nc", other)),
            lambda: store.write(Write(KEY, other, expected_version="1")),
            store.capabilities,
        ):
            with pytest.raises(UsageError, match=r"no AWS credentials(.|\n)*aws configure"):
                attempt()
        assert not any(request.method == "PUT" for request in wire.requests)

    @pytest.mark.parametrize("fault", [faults.error_inside, faults.expired, faults.clock_skew])
    def test_a_fault_that_passes_does_not_hide_the_region(self, wire, bucket, fault):
        """Receipts name the region, and are equal for whoever asks."""
        wire.faults = [faults.AtCall(1, fault, "HeadBucket")]
        store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)

        assert store.location.region == "us-east-1"

    def test_a_server_may_know_no_regions(self, wire, bucket):
        wire.faults = [faults.AtCall(1, faults.error_inside, "HeadBucket", onwards=True)]
        store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)

        assert store.location.region is None

    def test_aws_always_knows_one(self, wire, bucket, playing_aws):
        playing_aws(wire.endpoint_url)
        wire.faults = [faults.AtCall(1, faults.error_inside, "HeadBucket", onwards=True)]
        store = open_store(f"s3://{bucket}/brainio")

        with pytest.raises(StoreUnavailableError, match="which region"):
            store.location  # noqa: B018

    def test_ways_to_one_bucket_share_a_session(self, store, monkeypatch):
        """Each session would ask for credentials, which can take a login."""
        connection = store.connection
        first = connection.client
        monkeypatch.setattr("boto3.Session", None)

        clients = [first, connection.for_everybody.client, connection.asking_once.client]

        assert len(set(map(id, clients))) == 3

    def test_a_profile_that_is_not_configured_is_named(self, bucket, s3_server):
        with pytest.raises(UsageError, match="no-such-lab"):
            open_store(
                f"s3://{bucket}", endpoint_url=s3_server.endpoint_url, profile="no-such-lab"
            ).stat(KEY)

    def test_half_of_the_credentials_is_told(self, bucket, s3_server, monkeypatch):
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

        with pytest.raises(UsageError, match="AWS_SECRET_ACCESS_KEY"):
            open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url).stat(KEY)

    def test_somebody_who_is_not_logged_in_is_told_how(self, bucket, s3_server, monkeypatch):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        Path(s3_server.environment["AWS_CONFIG_FILE"]).write_text(
            "[profile lab]\nsso_session = lab\nsso_account_id = 123456789012\n"
            "sso_role_name = publisher\n[sso-session lab]\nsso_region = us-east-1\n"
            "sso_start_url = https://lab.awsapps.com/start\n"
        )
        store = open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url, profile="lab")

        with pytest.raises(UsageError, match=r"not logged in(.|\n)*run `aws sso login`"):
            store.stat(KEY)

    def test_a_certificate_that_is_not_trusted_is_trusted_with_the_ca_bundle(
        self, bucket, s3_server, web, certificates, monkeypatch
    ):
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        endpoint = web.url("/").rstrip("/")
        with pytest.raises(UsageError, match=r"not trusted(.|\n)*--ca-bundle"):
            open_store(f"s3://{bucket}", endpoint_url=endpoint).open(KEY)

        _, authority = certificates
        store = open_store(f"s3://{bucket}", endpoint_url=endpoint, ca_bundle=str(authority))
        with pytest.raises(UsageError) as error:
            store.open(KEY)
        assert "certificate" not in str(error.value)  # it is trusted; but it is no S3 server

    @pytest.fixture
    def far_bucket(self, bucket_named):
        return bucket_named("far-bucket", region="eu-west-1")

    def test_the_buckets_region_is_found_out(self, far_bucket, s3_server):
        store = open_store("s3://far-bucket", endpoint_url=s3_server.endpoint_url)

        assert store.location.region == "eu-west-1"
        assert store.location.endpoint == s3_server.endpoint_url

    def test_a_wrong_region_is_refused_and_the_right_one_named(self, far_bucket, s3_server):
        store = open_store(
            "s3://far-bucket", endpoint_url=s3_server.endpoint_url, region="us-west-2"
        )

        with pytest.raises(UsageError, match=r"in the region eu-west-1, not in us-west-2"):
            store.stat(KEY)

    def test_a_redirect_names_the_right_region(self, through, wire):
        wire.before = lambda request: (
            wire.error(400, "AuthorizationHeaderMalformed", x_amz_bucket_region="eu-west-1")
            if request.method in {"GET", "HEAD"}
            else None
        )

        with pytest.raises(UsageError, match="eu-west-1"):
            through.open(KEY)

    def test_a_bucket_that_does_not_exist_is_named(self, s3_server, source):
        store = open_store("s3://no-such-bucket", endpoint_url=s3_server.endpoint_url)

        for attempt in (
            store.capabilities,
            lambda: store.stat(KEY),
            lambda: store.versions(KEY),
            lambda: store.open(KEY),
            lambda: store.write(Write(KEY, source)),
        ):
            with pytest.raises(UsageError, match="there is no bucket 'no-such-bucket'"):
                attempt()

    @pytest.mark.usefixtures("s3_server")
    def test_a_server_that_is_not_there_is_told(self, closed_port, monkeypatch):
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        url = f"http://127.0.0.1:{closed_port}"
        with pytest.raises(StoreUnavailableError, match="Could not connect") as error:
            open_store("s3://bucket", endpoint_url=url).stat(KEY)

        assert error.value.exit_code == 3

    @pytest.mark.parametrize("endpoint", ["localhost:9000", "not a url", "http://"])
    def test_an_endpoint_that_is_no_url_is_refused(self, s3_server, endpoint):
        with pytest.raises(UsageError, match="https://host"):
            open_store("s3://bucket", endpoint_url=endpoint).stat(KEY)
