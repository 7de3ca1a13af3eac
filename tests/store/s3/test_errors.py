"""What is said when S3 refuses, or when the way to it is bad."""

from __future__ import annotations

import socket
import threading

import pytest
from wire_servers import answers_a_page

from brainscore_data.base import retry
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.store.interface import ReadOnlyStoreError, StoreUnavailableError
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

KEY = "assy_MajajHong2015_public.nc"


@pytest.fixture
def store(s3_server, bucket):
    return open_store(f"s3://{bucket}/brainio", endpoint_url=s3_server.endpoint_url)


def read(store, key=KEY, version_id=None):
    with store.open(key, version_id) as stream:
        return stream.read()


class TestWhatIsRefused:
    AWS_MESSAGE = (
        "User: arn:aws:iam::123456789012:user/mj is not authorized to perform: "
        "s3:PutObjectTagging on resource: arn:aws:s3:::bucket/x"
    )

    def test_a_write_that_is_forbidden_names_action_resource_and_caller(
        self, through, wire, bucket, source
    ):
        wire.before = lambda r: wire.error(403, "AccessDenied", "no") if r.method == "PUT" else None

        with pytest.raises(ReadOnlyStoreError) as error:
            through.write(Write(KEY, source))

        assert error.value.message == (
            "the owner of the access key …ting may not s3:PutObject on "
            f"arn:aws:s3:::{bucket}/brainio/{KEY}, or the key may be wrong: not every server tells "
            "one from the other"
        )
        assert not through.capabilities().writable

    def test_a_wrong_clock_is_to_be_set(self, through, wire):
        wire.before = lambda r: wire.error(403, "RequestTimeTooSkewed", Date="Wed, 30 Sep 2015")

        with pytest.raises(UsageError, match="clock is wrong") as error:
            through.versions(KEY)
        assert "set this computer's clock" in error.value.hint

    @pytest.mark.parametrize(
        ("status", "code"), [(403, "QuotaExceeded"), (507, "XMinioStorageFull"), (507, "Other")]
    )
    def test_a_store_that_is_full_is_no_missing_permission(
        self, through, wire, source, status, code
    ):
        wire.before = lambda r: wire.error(status, code) if r.method == "PUT" else None

        with pytest.raises(UsageError, match="no room left for it, or a quota") as error:
            through.write(Write(KEY, source))
        assert "more room" in error.value.hint

    @pytest.mark.parametrize("ask", ["capabilities", "answers"])
    def test_a_web_page_is_no_answer(self, through, wire, ask):
        wire.server = [answers_a_page]

        with pytest.raises(UsageError, match="not an S3 server"):
            getattr(through, ask)()
        for question in (through.stat, through.versions, through.open, through.readable_by_all):
            with pytest.raises(UsageError, match="not an S3 server"):
                question(KEY)

    def test_what_aws_itself_says_is_passed_on(self, through, wire, source):
        wire.before = lambda r: (
            wire.error(403, "AccessDenied", self.AWS_MESSAGE) if r.method == "PUT" else None
        )

        with pytest.raises(ReadOnlyStoreError, match="s3:PutObjectTagging"):
            through.write(Write(KEY, source))

    def test_on_aws_the_caller_is_who_sts_says(self, wire, s3_server, bucket, source, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", wire.endpoint_url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", s3_server.endpoint_url)
        wire.before = lambda r: wire.error(403, "AccessDenied") if r.method == "PUT" else None

        with pytest.raises(ReadOnlyStoreError, match="arn:aws:sts::123456789012:user/moto may not"):
            open_store(f"s3://{bucket}").write(Write(KEY, source))

    def test_a_read_that_is_forbidden_says_that_it_may_not_be_there(self, through, wire):
        wire.before = lambda request: wire.error(403, "AccessDenied")

        for attempt in (through.stat, through.open):
            with pytest.raises(UsageError, match=r"may not s3:GetObject on (.|\n)*s3:ListBucket"):
                attempt(KEY)

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("InvalidAccessKeyId", "does not know the access key"),
            ("SignatureDoesNotMatch", "secret key does not fit"),
            ("ExpiredToken", "credentials have expired"),
            ("RequestTimeTooSkewed", "clock is wrong"),
        ],
    )
    def test_wrong_credentials_are_explained(self, through, wire, code, words):
        wire.before = lambda request: wire.error(400 if "Token" in code else 403, code)

        for attempt in (through.stat, through.open, through.tags, through.versions):
            with pytest.raises(UsageError, match=words):
                attempt(KEY)


class TestAnUnreliableWire:
    @pytest.mark.parametrize("losses", [1, 2])
    def test_a_lost_answer_to_a_write_is_not_taken_for_another_writer(
        self, through, wire, source, losses
    ):
        """The write is sent again by boto3, and finds the key taken by its own first attempt."""
        puts = []

        def lose(request, answer):
            if request.method == "PUT":
                puts.append(answer.status)
                return wire.LOST if len(puts) <= losses else None
            return None

        wire.after = lose

        with pytest.raises(StoreUnavailableError) as error:
            through.write(Write(KEY, source))

        assert error.value.exit_code == 3
        assert puts == [200, 412]
        assert read(through) == b"spikes"
        assert len(through.versions(KEY)) == 1

    def test_a_write_that_took_two_attempts_is_as_good_as_any(self, through, wire, source):
        attempts = []

        def busy_once(request):
            if request.method == "PUT":
                attempts.append(request)
                return wire.error(503, "SlowDown") if len(attempts) == 1 else None
            return None

        wire.before = busy_once

        assert through.write(Write(KEY, source)) == through.stat(KEY)
        assert read(through) == b"spikes"
        assert len(attempts) == 2

    @pytest.mark.parametrize("fault", ["lost", "503", "429"])
    def test_a_server_that_never_answers_well_is_unavailable(
        self, through, wire, source, fault, monkeypatch
    ):
        monkeypatch.setattr(retry, "sleep", lambda seconds: None)
        answer = wire.LOST if fault == wire.LOST else wire.error(int(fault), "SlowDown")
        wire.before = lambda request: answer

        for attempt in (
            lambda: through.stat(KEY),
            lambda: through.open(KEY),
            lambda: through.write(Write(KEY, source)),
        ):
            with pytest.raises(StoreUnavailableError):
                attempt()

    @pytest.mark.parametrize("code", ["BadDigest", "XAmzContentSHA256Mismatch", "InvalidRequest"])
    def test_bytes_that_change_on_the_way_are_refused(self, through, wire, source, code):
        message = "Value for x-amz-checksum-sha256 header is invalid."
        wire.before = lambda r: wire.error(400, code, message) if r.method == "PUT" else None

        with pytest.raises(DataError, match="not those that were announced"):
            through.write(Write(KEY, source))

    def test_a_cut_is_not_taken_for_a_certificate_that_is_not_trusted(self, bucket, monkeypatch):
        """Over TLS, Python has one sort of error for both."""
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        with socket.create_server(("127.0.0.1", 0)) as server:

            def cut():
                connection, _ = server.accept()
                connection.recv(1 << 16)  # else it would be a reset
                connection.close()

            thread = threading.Thread(target=cut)
            thread.start()
            endpoint = f"https://127.0.0.1:{server.getsockname()[1]}"
            with pytest.raises(StoreUnavailableError, match="the connection was cut"):
                open_store(f"s3://{bucket}", endpoint_url=endpoint).stat(KEY)
            thread.join()

    def test_a_download_that_breaks_off_again_and_again_is_told(self, through, wire, source):
        source.write_bytes(b"x" * 3_000_000)
        through.write(Write(KEY, source))
        seen = []

        def cut(request, answer):
            if request.method == "GET":
                seen.append(request)
                answer.body = answer.body[:1_500_000] if len(seen) == 1 else b""

        wire.after = cut

        with through.open(KEY) as stream, pytest.raises(StoreUnavailableError):
            stream.read()

    def test_a_bit_that_flips_in_a_download_is_told(self, through, wire, source):
        through.write(Write(KEY, source))

        def flip(request, answer):
            if request.method == "GET":
                answer.body = b"spikeS"

        wire.after = flip

        with through.open(KEY) as stream, pytest.raises(StoreUnavailableError, match="checksum"):
            stream.read()
