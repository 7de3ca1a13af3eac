"""A large object, read in ranges: in order, whole, of one version, whatever breaks on the way."""

from __future__ import annotations

import hashlib
import threading

import pytest
import wire_faults as faults

from brainscore_data.store.interface import NotStoredError, StoreUnavailableError
from brainscore_data.store.s3 import ranges
from brainscore_data.store.urls import open_store

KEY = "assy_MajajHong2015.nc"
RANGE = 1 << 16
BODY = hashlib.shake_128(b"spikes").digest(10 * RANGE + 5)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(ranges, "RANGE_BYTES", RANGE)
    monkeypatch.setattr("brainscore_data.base.retry.sleep", lambda _: None)


@pytest.fixture
def version_id(client, bucket):
    return client.put_object(Bucket=bucket, Key=KEY, Body=BODY)["VersionId"]


@pytest.fixture
def store(wire, bucket):
    return open_store(f"s3://{bucket}", endpoint_url=wire.endpoint_url)


def asked(wire):
    return [r for r in wire.requests if r.operation == "GetObject"]


def test_it_comes_in_ranges_of_one_version_and_is_whole(store, wire, version_id):
    with store.open(KEY) as stream:
        assert stream.read() == BODY

    first, *others = asked(wire)
    assert first.header("range") == f"bytes=0-{RANGE - 1}"
    assert len(others) == 10
    assert {request.query.get("versionId") for request in others} == {version_id}


@pytest.mark.parametrize("start", [0, 1, RANGE, len(BODY) - 1, len(BODY), len(BODY) + 1])
def test_it_can_be_read_from_anywhere(store, version_id, start):
    with store.open(KEY, version_id, start=start) as stream:
        assert stream.read() == BODY[start:]


@pytest.mark.parametrize("body", [b"", b"spikes"])
def test_what_fits_into_one_range_takes_one_request(store, wire, client, bucket, body):
    client.put_object(Bucket=bucket, Key=KEY, Body=body)

    with store.open(KEY) as stream:
        assert stream.read() == body
    assert len(asked(wire)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        faults.loses_request,
        faults.loses_answer,
        faults.breaks_answer_off,
        faults.answers(500, "InternalError"),
        faults.answers(503, "SlowDown"),
        faults.answers(429, "TooManyRequests"),
    ],
)
@pytest.mark.parametrize("number", [1, 4])
def test_a_fault_is_overcome_by_asking_again(store, wire, version_id, fault, number):
    store.location  # noqa: B018 - asks for the region
    at = faults.AtCall(number, fault, "GetObject")
    wire.faults.append(at)

    with store.open(KEY, version_id) as stream:
        assert stream.read() == BODY
    assert at.happened


def test_only_what_is_missing_of_a_range_is_asked_for_again(store, wire, version_id):
    wire.faults.append(faults.AtCall(1, faults.breaks_answer_off, "GetObject"))

    with store.open(KEY, version_id) as stream:
        assert stream.read() == BODY
    begun = [int(request.header("range")[6:].partition("-")[0]) for request in asked(wire)]
    assert [start for start in begun if 0 < start < RANGE]
    assert begun.count(0) == 1


def test_a_range_that_never_comes_is_an_error_that_says_what_to_do(store, wire, version_id):
    breaking = faults.AtCall(3, faults.breaks_answer_off, "GetObject", onwards=True)
    wire.faults.append(breaking)

    with store.open(KEY, version_id) as stream, pytest.raises(StoreUnavailableError, match="again"):
        stream.read()


@pytest.mark.parametrize("versioned", [True, False])
def test_an_object_that_is_overwritten_between_two_ranges_is_never_glued(
    store, wire, client, s3_server, versioned
):
    bucket = s3_server.new_bucket(versioned=versioned)
    client.put_object(Bucket=bucket, Key=KEY, Body=BODY)
    store = open_store(f"s3://{bucket}", endpoint_url=wire.endpoint_url)
    other = bytes(len(BODY))
    overwrite = faults.does(lambda: client.put_object(Bucket=bucket, Key=KEY, Body=other))
    wire.faults.append(faults.AtCall(2, overwrite, "GetObject"))

    with store.open(KEY) as stream:
        if versioned:
            assert stream.read() == BODY
        else:
            with pytest.raises(StoreUnavailableError, match="overwritten while it was read"):
                stream.read()


def test_an_object_that_is_removed_between_two_ranges_is_not_there(
    store, wire, client, bucket, version_id
):
    remove = faults.does(lambda: client.delete_object(Bucket=bucket, Key=KEY, VersionId=version_id))
    wire.faults.append(faults.AtCall(2, remove, "GetObject"))

    with store.open(KEY) as stream, pytest.raises(NotStoredError):
        stream.read()


def test_a_server_without_ranges_sends_all(store, wire, version_id):
    wire.faults.append(lambda request, ask: (request.without("range"), ask(request))[1])

    with store.open(KEY, start=RANGE) as stream:
        assert stream.read() == BODY[RANGE:]
    assert len(asked(wire)) == 1


def test_objects_that_are_read_at_once_share_the_room_and_none_waits_for_another(
    store, version_id, monkeypatch
):
    room = threading.BoundedSemaphore(3)
    monkeypatch.setattr(ranges, "_ROOM", room)

    with store.open(KEY, version_id) as first:
        assert first.read(RANGE + 1) == BODY[: RANGE + 1]
        for _ in range(2):
            with store.open(KEY, version_id) as second:
                assert second.read() == BODY
        assert first.read() == BODY[RANGE + 1 :]
    assert [room.acquire(blocking=False) for _ in range(4)] == [True, True, True, False]


def test_who_stops_reading_ends_what_is_on_its_way(store, wire, version_id):
    with store.open(KEY, version_id) as stream:
        stream.read(1)
    for thread in threading.enumerate():
        if thread.name.startswith("reading"):
            thread.join(60)
            assert not thread.is_alive()
    assert len(asked(wire)) <= 1 + ranges.FEWEST
