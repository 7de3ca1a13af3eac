"""A publication to a server that honours no conditions and has no checksums.

Two runs can both write there. The earliest version wins; bytes are known by reading them back.
"""

from __future__ import annotations

import pytest
import wire_faults as faults
from how_often import moments
from s3_kinds import on
from s3_publishers import COMMITS, KEYS, ONE_PIECE, Publisher
from wire import Wire
from wire_servers import (
    forgets_checksums,
    ignores_conditions,
    loses_the_last_part,
    refuses_if_match,
    refuses_tags,
)


@pytest.fixture
def wire(wire, s3_kind):
    if s3_kind.startswith("moto"):
        wire.server = [ignores_conditions, forgets_checksums, *wire.server]
    return wire


@pytest.fixture
def meet(wire):
    """Hold the first write of each of two publishers until the other's has come too."""
    hold = faults.waits_for_the_other()
    wire.faults = [faults.AtCall(1, hold, *COMMITS, key="stimulus_hvm.zip", onwards=True)]


@pytest.fixture
def other(publisher: Publisher, tmp_path):
    (tmp_path / "other").mkdir()
    return publisher.but(receipts=tmp_path / "other", who="hong")


def outcomes_of(*publishers):
    running = [publisher.start() for publisher in publishers]
    return [each.outcome() for each in running]


@on("moto", "Ceph over TLS")
def test_the_receipt_says_what_it_rests_on(publisher, assert_finished_by_running_again):
    assert publisher.publish().code == 0

    files = publisher.files().values()
    assert {file.object.verified for file in files} == {"read back"}
    assert {file.run.guard for file in files} == {"versions listed"}
    assert_finished_by_running_again(publisher)


@ONE_PIECE
def test_without_the_permission_to_list_versions_nothing_is_written(publisher, wire, bucket_of):
    wire.faults = [
        faults.AtCall(1, faults.answers(403, "AccessDenied"), "ListObjectVersions", onwards=True)
    ]

    outcome = publisher.publish()

    assert (outcome.code, "s3:ListBucketVersions" in outcome.message) == (2, True)
    assert bucket_of(publisher).versions() == {}


@on("moto", "Ceph")
@pytest.mark.parametrize("item", [KEYS[0], KEYS[2]])
def test_an_answer_that_gets_lost_makes_no_second_version(
    publisher, wire, item, assert_finished_by_running_again
):
    """The client must not ask again by itself: nothing would refuse a second write."""
    wire.faults = [faults.AtCall(1, faults.loses_answer, *COMMITS, key=item)]

    assert publisher.publish().code in (0, 3)
    assert_finished_by_running_again(publisher)


def test_a_replacement_adds_one_version_where_there_are_no_tags_either(
    publisher, wire, bundles, bucket_of
):
    """What it supersedes is in the metadata."""
    wire.server.insert(0, refuses_tags)
    content = b"spikes " * 350  # goes in parts, where these are tried
    first_folder = bundles.write(bundles.assembly("MajajHong2015", content))
    assert publisher.but(folder=first_folder).publish().code == 0
    [first] = publisher.objects().values()
    correction = bundles.assembly("MajajHong2015", content + b"2", replaces=first.version_id)
    correcting = publisher.but(folder=bundles.write(correction))

    assert [correcting.publish().code for _ in range(3)] == [0, 0, 0]
    [second] = publisher.objects().values()
    assert bucket_of(publisher).versions() == {first.key: [second.version_id, first.version_id]}


def test_an_answer_that_gets_lost_is_looked_up_where_there_are_no_tags_either(
    publisher, wire, assert_finished_by_running_again
):
    wire.server.insert(0, refuses_tags)
    wire.faults = [faults.AtCall(1, faults.loses_answer, *COMMITS, key=KEYS[0])]

    assert publisher.publish().code == 0
    assert_finished_by_running_again(publisher)


@on("moto")
@pytest.mark.parametrize("fault", [faults.slow_down, faults.too_many])
def test_a_server_that_is_busy_for_a_moment_is_not_noticed(
    publisher, wire, fault, assert_finished_by_running_again
):
    wire.faults = [faults.AtCall(1, fault, *COMMITS, key=KEYS[0])]

    assert publisher.publish().code == 0
    assert_finished_by_running_again(publisher)


@on("moto")
def test_a_publisher_that_is_killed_is_recovered_from_at_whichever_write_it_happens(
    new_publisher, s3_dataset, wire, assert_finished_by_running_again
):
    folder = s3_dataset()
    for number in moments(2):
        publisher = new_publisher(folder, wire.endpoint_url)
        running = publisher.start()

        def kill(running=running):
            running.kill()
            return Wire.LOST

        fault = faults.AtCall(number, faults.does(kill, when="after"), *COMMITS)
        wire.faults = [fault]
        outcome = running.outcome()
        if not fault.happened:
            break
        assert outcome.code == -9
        assert_finished_by_running_again(publisher)
    assert number > len(KEYS)


@on("moto")
def test_two_publishers_of_the_same_dataset_end_with_the_same_receipt(
    publisher, other, meet, bucket_of
):
    assert [outcome.code for outcome in outcomes_of(publisher, other)] == [0, 0]

    assert publisher.objects() == other.objects()
    assert sorted(publisher.objects()) == sorted(KEYS)
    bucket_of(publisher).assert_holds(publisher.objects())


@on("moto")
def test_of_two_publishers_of_different_content_the_later_one_is_told(
    publisher, other, s3_dataset, meet, bucket_of
):
    both = [publisher, other.but(folder=s3_dataset(b"2"))]
    outcomes = outcomes_of(*both)

    assert sorted(outcome.code for outcome in outcomes) == [0, 3], outcomes
    lost = 0 if outcomes[0].code else 1
    assert "the earliest wins" in outcomes[lost].message
    assert f"uploaded by {both[1 - lost].who}" in outcomes[lost].message
    assert both[lost].objects() == {}
    bucket_of(publisher).assert_holds(both[1 - lost].objects())


@ONE_PIECE
def test_where_nobody_may_replace_a_version_that_is_told_and_nothing_is_written(
    publisher, wire, bundles, bucket_of
):
    wire.server = [refuses_if_match, *(each for each in wire.server if each != ignores_conditions)]
    first_folder = bundles.write(bundles.assembly("MajajHong2015", b"first"))
    assert publisher.but(folder=first_folder).publish().code == 0
    [first] = publisher.objects().values()
    correction = bundles.assembly("MajajHong2015", b"second", replaces=first.version_id)
    outcome = publisher.but(folder=bundles.write(correction)).publish()

    assert (outcome.code, "let anybody replace" in outcome.message) == (2, True)
    assert bucket_of(publisher).versions() == {first.key: [first.version_id]}


@pytest.mark.parametrize("fault", [faults.flips_a_bit, faults.flips_a_bit_of_the_answer])
def test_damaged_bytes_have_no_receipt(publisher, wire, fault):
    wire.faults = [faults.AtCall(1, fault, "PutObject", "UploadPart", "GetObject", key="hvm.zip")]

    outcome = publisher.publish()

    assert outcome.code in (0, 1, 3), outcome
    if outcome.code:
        assert publisher.objects() == {}


@pytest.mark.parametrize("in_parts", [True], ids=["parts"])
def test_what_a_server_put_together_wrongly_has_no_receipt(publisher, wire):
    """It vouches for the checksum that it was told, so the bytes are read back."""
    wire.server.remove(forgets_checksums)
    wire.server.remove(ignores_conditions)
    wire.server.append(loses_the_last_part)

    outcome = publisher.publish()

    assert outcome.code == 1
    assert "other bytes" in outcome.message
    assert not any(key.endswith("MajajHong2015.nc") for key in publisher.objects())
