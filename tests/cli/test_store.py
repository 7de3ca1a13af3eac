"""``brainscore-data store check``: the first thing that somebody new runs."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def bucket(s3_server):
    return s3_server.new_bucket()


@pytest.fixture
def check(command, s3_server):
    def run(store, *options):
        return command("store", "check", store, "--endpoint-url", s3_server.endpoint_url, *options)

    return run


def test_a_bucket_that_is_as_it_should_be_is_fine(check, bucket):
    done = check(f"s3://{bucket}/data")

    assert done.code == 0
    assert f"s3://{bucket}/data" in done.out
    for said in (
        "yes      who         the owner of the access key …ting",
        f"yes      bucket      {bucket} is in us-east-1, on http://127.0.0.1:",
        "yes      versioning  enabled: every write gets a version id of its own",
        "publish would write here; receipts would say guard 'conditional write'",
    ):
        assert said in done.out


def test_programs_read_json(check, bucket):
    done = check(f"s3://{bucket}", "--output-format", "json")

    found = json.loads(done.out)
    assert (found["publishes"], found["capabilities"]["versioning"]) == (True, "enabled")
    assert found["location"]["bucket"] == bucket
    questions = [each["question"] for each in found["answers"]]
    assert questions[:7] == ["who", "bucket", "list", "read", "write", "tag", "resume"]
    assert questions[-4:] == ["versioning", "conditions", "checksums", "public"]


@pytest.mark.parametrize("state", ["never enabled", "suspended"])
def test_a_bucket_without_versions_is_two_and_says_what_follows(check, s3_server, state):
    bucket = s3_server.new_bucket(versioned=False)
    if state == "suspended":
        s3_server.client().put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
        )
    refused = check(f"s3://{bucket}")

    assert refused.code == 2
    assert f"no       versioning  {state}: " in refused.out
    assert 'pinned it as version "null"' in refused.out
    assert "publish would refuse, because of versioning" in refused.out
    accepted = check(f"s3://{bucket}", "--allow-unversioned")
    assert accepted.code == 0
    assert "create keys only, and say version id null" in accepted.out


def test_a_folder_can_be_checked_too(command, tmp_path):
    done = command("store", "check", (tmp_path / "store").as_uri())

    assert done.code == 0
    assert "yes      write       you may write to this folder" in done.out
    assert list(tmp_path.iterdir()) == []


def test_without_credentials_it_says_how_to_get_them(check, bucket, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused = check(f"s3://{bucket}")

    assert refused.code == 2
    assert refused.explains(f"s3://{bucket}", "no AWS credentials", "aws sso login")


def test_a_server_that_is_not_there_is_three(command, closed_port):
    endpoint = f"http://127.0.0.1:{closed_port}"
    unanswered = command("store", "check", "s3://lab-data", "--endpoint-url", endpoint)

    assert unanswered.code == 3
    assert unanswered.explains("s3://lab-data", "check the network and the endpoint")


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("s3:/lab-data", "write s3://lab-data"),
        ("s3://B_ucket", "only a-z, 0-9, '.' and '-' are allowed"),
        ("s3://lab-data//x", "write s3://lab-data/x"),
    ],
)
def test_a_misspelt_url_is_two_and_the_right_form_is_said(command, url, right):
    refused = command("store", "check", url)

    assert refused.code == 2
    assert refused.explains(url, right)


@pytest.mark.parametrize("arguments", ["publish", "fetch", "lookup", "verify", "store check"])
def test_every_command_that_opens_a_store_takes_what_says_how(command, arguments):
    shown = command(*arguments.split(), "--help").out
    everywhere = {"--profile", "--addressing-style", "--ca-bundle", "--expected-bucket-owner"}
    # What receipts name says itself where it is.
    wanted = everywhere if arguments == "verify" else everywhere | {"--endpoint-url", "--region"}

    assert {option for option in wanted if option not in shown} == set()


class TestABucketOneSlipAway:
    @pytest.fixture
    def repository(self, study, bucket, monkeypatch):
        (study.folder / ".git").mkdir()
        monkeypatch.chdir(study.folder)

        def allow(*buckets):
            settings = f"[tool.brainscore-data]\nallowed-buckets = {json.dumps(buckets)}\n"
            (study.folder / "pyproject.toml").write_text(settings)

        return allow

    @pytest.mark.parametrize("slip", ["{}x", "x{}", "b{}"])
    def test_from_an_allowed_one_it_is_refused_before_anything_is_asked(
        self, check, repository, bucket, slip
    ):
        repository(f"{bucket}/data")
        meant = slip.format(bucket)
        refused = check(f"s3://{meant}/data")

        assert refused.code == 2
        assert refused.explains(f"the bucket {meant!r} is not {bucket!r}", f"write s3://{bucket}")
        assert check(f"s3://{bucket}/data").code == 0

    def test_publishing_to_it_writes_nothing(
        self, command, study, repository, bucket, s3_server, contents
    ):
        repository(f"{bucket[:-1]}")
        before = contents(study.folder)
        endpoint = ("--endpoint-url", s3_server.endpoint_url)
        refused = command("publish", study.folder, "--store", f"s3://{bucket}", *endpoint)

        assert refused.code == 2
        assert refused.explains(f"is not {bucket[:-1]!r}, which this repository's allowed-buckets")
        assert contents(study.folder) == before
        assert "Versions" not in s3_server.client().list_object_versions(Bucket=bucket)

    def test_from_a_registered_one_it_is_named_where_there_is_no_such_bucket(
        self, check, study, repository
    ):
        (study.folder / "__init__.py").write_text(
            "stimulus_set_registry['Doe2024'] = lambda: load_stimulus_set_from_s3(\n"
            "    identifier='Doe2024', bucket='brainscore-storage/data', csv_sha1='a', "
            "zip_sha1='b',\n    csv_version_id='1', zip_version_id='2')\n"
        )
        refused = check("s3://brainscore-storag/data")

        assert refused.code == 2
        assert refused.explains(
            "there is no bucket 'brainscore-storag'", "did you mean s3://brainscore-storage?"
        )

    def test_settings_that_do_not_parse_do_not_hide_that_there_is_no_such_bucket(
        self, command, study, repository, s3_server
    ):
        (study.folder / "pyproject.toml").write_text("[tool.brainscore-data]\nnonsense = 1\n")
        endpoint = ("--endpoint-url", s3_server.endpoint_url)
        refused = command("fetch", "Doe2024", "--store", "s3://no-such-bucket", *endpoint)

        assert refused.explains("there is no bucket 'no-such-bucket'")

    def test_reading_from_another_bucket_is_not_refused(
        self, command, repository, bucket, s3_server
    ):
        repository(f"{bucket}x")
        endpoint = ("--endpoint-url", s3_server.endpoint_url)
        refused = command("lookup", "Doe2024", "--store", f"s3://{bucket}", *endpoint)

        assert refused.explains("nothing is published as 'Doe2024'")
