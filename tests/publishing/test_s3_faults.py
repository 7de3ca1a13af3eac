"""A publication to S3 in which anything goes wrong, at any request.

After every fault: receipts exist for verified bytes at that version id only, running again
finishes, no version is written twice, and no multipart upload is left that is older than a day.
"""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
import wire_faults as faults
from how_often import each_by_night, moments
from in_parts import begun
from s3_kinds import MOTO, on
from s3_publishers import COMMITS, ITEMS, KEYS, ONE_PIECE, WRITES
from wire import Wire

from brainscore_data.base.in_flight import START


@on("moto")
class TestAProcessThatIsKilled:
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_it_is_recovered_from_at_whichever_request_it_happens(
        self, new_publisher, s3_dataset, wire, when, in_parts, assert_finished_by_running_again
    ):
        """For one that reads, after it is as good as before the next."""
        folder = s3_dataset()
        for number in moments(2 if in_parts else 1):
            publisher = new_publisher(folder, wire.endpoint_url)
            running = publisher.start()
            kill = faults.does(_killing(running), when=when)
            fault = faults.AtCall(number, kill, *(WRITES if when == "after" else ()))
            wire.faults = [fault]
            outcome = running.outcome()
            if not fault.happened:
                assert outcome.code == 0, outcome.message
                break
            assert outcome.code == -9
            assert_finished_by_running_again(publisher)
        assert number > len(ITEMS)

    def test_it_is_recovered_from_in_the_middle_of_a_body(
        self, publisher, wire, assert_finished_by_running_again
    ):
        running = publisher.start()

        def kill(request):
            if request.method == "PUT" and request.key.endswith("MajajHong2015.nc"):
                running.kill()
                return True
            return False

        wire.cuts = kill

        assert running.outcome().code == -9
        assert_finished_by_running_again(publisher)


def _killing(running):
    def kill():
        running.kill()
        return Wire.LOST

    return kill


LOST = {
    "lost": faults.loses_answer,
    "broken off": faults.breaks_answer_off,
    "200 with an error inside": faults.error_inside,
    "the token expired": faults.expired,
}


class TestAnAnswerThatGetsLost:
    @on("moto")
    @pytest.mark.parametrize("fault", each_by_night(LOST, by_day=["lost"]))
    def test_it_is_recovered_from_at_whichever_request_it_happens(
        self, new_publisher, s3_dataset, wire, in_parts, fault, assert_finished_by_running_again
    ):
        folder = s3_dataset()
        for number in moments(3 if in_parts else 2):
            publisher = new_publisher(folder, wire.endpoint_url)
            once = faults.AtCall(number, LOST[fault])
            wire.faults = [once]
            outcome = publisher.publish()
            if not once.happened:
                break
            assert outcome.code in ((0, 2, 3) if "expired" in fault else (0, 3)), outcome.message
            assert_finished_by_running_again(publisher)
        assert number > len(ITEMS)

    @on("moto", of=MOTO)
    @pytest.mark.parametrize("item", [ITEMS[0], ITEMS[2]])
    def test_a_write_that_succeeded_is_recognised(
        self, publisher, wire, bucket_of, item, assert_finished_by_running_again
    ):
        """The client asks again and is told that the key is taken: by itself."""
        fault = faults.AtCall(1, faults.loses_answer, *COMMITS, key=item)
        wire.faults = [fault]
        publisher = publisher.but(who="Mária (hvm), R&D")  # S3 takes no such characters in tags

        outcome = publisher.publish()

        assert fault.happened
        assert outcome.code == 0, outcome.message
        assert [len(versions) for versions in bucket_of(publisher).versions().values()] == [1] * 4
        assert {file.run.status for file in publisher.files().values()} == {"new"}
        assert_finished_by_running_again(publisher)


ONCE = {
    "the request is lost": faults.loses_request,
    "500": faults.internal_error,
    "503": faults.slow_down,
    "429": faults.too_many,
    "the token expired": faults.expired,
}
FOR_GOOD = ONCE | {
    "a bit is flipped": faults.flips_a_bit,
    "the clock is wrong": faults.clock_skew,
    "the bucket is gone": faults.no_bucket,
    "200 with an error inside": faults.error_inside,
}


@on("moto")
class TestAServerThatFails:
    @ONE_PIECE
    @pytest.mark.parametrize("fault", ONCE.values(), ids=ONCE)
    def test_once_while_looking_is_not_noticed(
        self, publisher, wire, fault, assert_finished_by_running_again
    ):
        self._once(publisher, wire, faults.AtCall(3, fault, "HeadObject", "ListObjectVersions"))
        assert_finished_by_running_again(publisher)

    @pytest.mark.parametrize("fault", ONCE.values(), ids=ONCE)
    def test_once_while_writing_is_not_noticed(
        self, publisher, wire, fault, s3_kind, assert_finished_by_running_again
    ):
        says_not_done = fault in (faults.slow_down, faults.too_many, faults.expired)
        at_call = faults.AtCall(2, fault, *WRITES, key=".nc")
        self._once(publisher, wire, at_call, told=_sends_once(s3_kind, publisher, says_not_done))
        assert_finished_by_running_again(publisher)

    def _once(self, publisher, wire, at_call, *, told=False):
        wire.faults = [at_call]
        outcome = publisher.publish()
        assert at_call.happened
        assert outcome.code == (3 if told else 0), outcome.message

    @ONE_PIECE
    @pytest.mark.parametrize("fault", FOR_GOOD.values(), ids=FOR_GOOD)
    def test_from_the_first_write_on_it_is_told_and_running_again_finishes(
        self, publisher, wire, fault, assert_finished_by_running_again
    ):
        self._for_good(publisher, wire, faults.AtCall(1, fault, *WRITES, key="_", onwards=True))
        assert publisher.objects() == {}
        assert_finished_by_running_again(publisher)

    @pytest.mark.parametrize("fault", FOR_GOOD.values(), ids=FOR_GOOD)
    def test_from_the_middle_on_it_is_told_and_running_again_finishes(
        self, publisher, wire, fault, assert_finished_by_running_again
    ):
        """The third file is the assembly, which may go in parts."""
        self._for_good(publisher, wire, faults.AtCall(4, fault, *WRITES, key="_", onwards=True))
        assert_finished_by_running_again(publisher)

    def _for_good(self, publisher, wire, at_call):
        wire.faults = [at_call]
        outcome = publisher.publish()
        assert at_call.happened
        assert outcome.code in (1, 2, 3), outcome

    @pytest.mark.parametrize(
        ("fault", "code", "said"),
        [
            ("503", 3, "busy"),
            ("429", 3, "busy"),
            ("the clock is wrong", 2, "clock"),
            ("the token expired", 2, "credentials have expired"),
            ("the bucket is gone", 2, "no bucket"),
        ],
    )
    def test_the_message_says_what_was_wrong(self, publisher, wire, fault, code, said):
        wire.faults = [_from_the_assembly_on(FOR_GOOD[fault])]

        outcome = publisher.publish()

        assert (outcome.code, said in outcome.message) == (code, True), outcome.message
        assert sorted(publisher.objects()) == sorted(KEYS[:2])

    def test_a_connection_that_is_reset_in_the_middle_of_a_body_is_made_again(
        self, publisher, wire, s3_kind, assert_finished_by_running_again
    ):
        bodies = itertools.count(1)
        wire.cuts = lambda r: r.method == "PUT" and r.key.endswith(".nc") and next(bodies) == 2

        outcome = publisher.publish()

        assert next(bodies) > 2
        assert outcome.code == (3 if _sends_once(s3_kind, publisher) else 0), outcome.message
        assert_finished_by_running_again(publisher)

    def test_damaged_bytes_are_never_stored(self, publisher, wire, bucket_of):
        wire.faults = [_from_the_assembly_on(faults.flips_a_bit)]

        outcome = publisher.publish()

        assert outcome.code != 0
        assert sorted(bucket_of(publisher).versions()) == sorted(KEYS[:2])


def _sends_once(s3_kind, publisher, says_not_done=False):
    """Whether a file is not sent again by itself: Ceph could take it both times, and nobody knows."""
    return s3_kind.startswith("Ceph") and not publisher.in_parts and not says_not_done


def _from_the_assembly_on(fault):
    return faults.AtCall(1, fault, *WRITES, key=ITEMS[2], onwards=True)


@on("moto over TLS", of=MOTO)
@ONE_PIECE
@pytest.mark.parametrize(
    ("status", "code", "exit_code", "said"),
    [(503, "SlowDown", 3, "busy"), (403, "QuotaExceeded", 2, "no room left")],
)
def test_what_a_server_says_before_it_has_read_the_body_is_told(
    new_publisher, bundles, wire, status, code, exit_code, said, assert_finished_by_running_again
):
    """Though it closes the connection then, and over TLS Python reads nothing more from it."""
    folder = bundles.write(bundles.assembly("MajajHong2015", bytes(2_000_000)))
    publisher = new_publisher(folder, wire.endpoint_url)
    wire.early = lambda r: (
        wire.error(status, code) if r.key == KEYS[2] and r.method == "PUT" else None
    )

    outcome = publisher.publish()

    assert (outcome.code, said in outcome.message) == (exit_code, True), outcome.message
    wire.early = lambda request: None
    assert_finished_by_running_again(publisher, keys=[KEYS[2]])


@on("moto", of=MOTO)
@ONE_PIECE
def test_a_line_that_breaks_for_a_moment_is_not_noticed_by_any_of_many(
    new_publisher, bundles, wire, assert_finished_by_running_again
):
    names = [f"Bench2026_{number}" for number in range(START + 10)]
    folder = bundles.write(*(bundles.assembly(name, name.encode()) for name in names))
    publisher = new_publisher(folder, wire.endpoint_url)
    fault = faults.AtCall(1, faults.loses_at_once(START), *COMMITS, key="/assy_", onwards=True)
    wire.faults = [fault]

    outcome = publisher.publish()

    assert fault.seen > START
    assert outcome.code == 0, outcome.message
    assert_finished_by_running_again(publisher, keys=[f"brainio/assy_{name}.nc" for name in names])


@on("moto", of=MOTO)
class TestTwoPublishersAtOnce:
    @pytest.fixture
    def meet(self, wire):
        """Hold the first write of each until the other's has come too."""

        def at(key):
            hold = faults.waits_for_the_other()
            wire.faults = [faults.AtCall(1, hold, *COMMITS, key=key, onwards=True)]

        return at

    @pytest.mark.parametrize("key", each_by_night([KEYS[0], KEYS[2]], by_day=[KEYS[2]]))
    def test_of_the_same_dataset_both_end_with_the_same_receipt(
        self, publisher, tmp_path, meet, key, assert_finished_by_running_again
    ):
        other = publisher.but(receipts=tmp_path / "other", who="hong")
        other.receipts.mkdir()
        meet(key)

        both = [publisher.start(), other.start()]
        outcomes = [running.outcome() for running in both]

        assert [outcome.code for outcome in outcomes] == [0, 0], outcomes
        assert publisher.objects() == other.objects()
        assert_finished_by_running_again(publisher)

    def test_of_different_content_exactly_one_wins_and_the_other_is_told_who(
        self, publisher, s3_dataset, tmp_path, meet, assert_finished_by_running_again
    ):
        other = publisher.but(folder=s3_dataset(b"2"), receipts=tmp_path / "other", who="hong")
        other.receipts.mkdir()
        meet(KEYS[0])

        both = [publisher, other]
        running = [each.start() for each in both]
        outcomes = [each.outcome() for each in running]

        # Who tries the server out at the same moment can be told to run again: that one does.
        outcomes = [
            each.publish() if outcome.code == 3 else outcome
            for each, outcome in zip(both, outcomes, strict=True)
        ]
        assert sorted(outcome.code for outcome in outcomes) == [0, 1], outcomes
        lost = 0 if outcomes[0].code else 1
        assert both[lost].objects() == {}
        assert f"uploaded by {both[1 - lost].who}" in outcomes[lost].message
        assert_finished_by_running_again(both[1 - lost])


class TestAFileThatChanges:
    def test_before_it_is_sent_it_is_noticed(
        self, publisher, wire, s3_dataset, assert_finished_by_running_again
    ):
        path = publisher.folder / ITEMS[2]
        original = path.read_bytes()
        change = faults.does(lambda: path.write_bytes(b"S" + original[1:]))
        wire.faults = [faults.AtCall(1, change, *COMMITS, key=".csv")]

        outcome = publisher.publish()

        assert outcome.code == 1
        assert ITEMS[2] in outcome.message
        assert sorted(publisher.objects()) == sorted(KEYS[:2])
        path.write_bytes(original)
        assert_finished_by_running_again(publisher)

    @ONE_PIECE
    def test_while_it_is_sent_it_is_noticed(
        self, new_publisher, bundles, wire, bucket_of, assert_finished_by_running_again
    ):
        """More than what is on its way when the server has read the headers."""
        content = bytes(24_000_000)
        folder = bundles.write(bundles.assembly("MajajHong2015", content))
        publisher = new_publisher(folder, wire.endpoint_url)
        path = folder / ITEMS[2]

        def change(request):
            if request.method == "PUT" and request.key.endswith(".nc"):
                with path.open("r+b") as file:
                    file.seek(-10, 2)
                    file.write(b"spike")
            return False

        wire.cuts = change

        outcome = publisher.publish()

        assert outcome.code == 1, outcome.message
        assert publisher.objects() == {}
        assert bucket_of(publisher).versions() == {}
        path.write_bytes(content)
        assert_finished_by_running_again(publisher, keys=[KEYS[2]])


@on("moto", of=("moto", "Ceph"))
class TestVersioningThatIsSuspended:
    def test_between_preflight_and_write_it_ends_without_a_receipt(
        self, publisher, wire, bucket_of, assert_finished_by_running_again
    ):
        bucket = bucket_of(publisher)
        suspend = faults.does(lambda: bucket.set_versioning("Suspended"))
        wire.faults = [faults.AtCall(1, suspend, *COMMITS, key=ITEMS[0])]

        outcome = publisher.publish()

        assert outcome.code == 2
        assert "versioning" in outcome.message
        assert publisher.objects() == {}
        assert bucket.versions() == {KEYS[0]: ["null"]}
        bucket.set_versioning("Enabled")
        again = publisher.publish()
        assert again.code == 1
        assert "--allow-unversioned" in again.message
        assert_finished_by_running_again(publisher.but(allow_unversioned=True))

    def test_later_the_receipts_of_before_still_hold(
        self, publisher, wire, bucket_of, assert_finished_by_running_again
    ):
        bucket = bucket_of(publisher)
        suspend = faults.does(lambda: bucket.set_versioning("Suspended"))
        wire.faults = [faults.AtCall(1, suspend, *COMMITS, key=ITEMS[2])]

        assert publisher.publish().code == 2

        assert sorted(publisher.objects()) == sorted(KEYS[:2])
        bucket.set_versioning("Enabled")
        assert_finished_by_running_again(publisher.but(allow_unversioned=True))


@ONE_PIECE
def test_files_of_no_bytes_are_published(
    new_publisher, bundles, wire, assert_finished_by_running_again
):
    folder = bundles.write(bundles.stimulus_set("hvm", b"", b""))
    publisher = new_publisher(folder, wire.endpoint_url)

    assert publisher.publish().code == 0
    assert {stored.size for stored in publisher.objects().values()} == {0}
    assert_finished_by_running_again(publisher, keys=KEYS[:2])


def test_keys_may_have_every_character_that_identifiers_may_have(
    new_publisher, bundles, wire, assert_finished_by_running_again
):
    import string

    identifier = f"A{string.ascii_letters}{string.digits}._-"
    folder = bundles.write(bundles.assembly(identifier, b"spikes " * 500))
    publisher = new_publisher(folder, wire.endpoint_url)

    assert publisher.publish().code == 0
    assert_finished_by_running_again(
        publisher, keys=[f"brainio/assy_{identifier.replace('.', '_')}.nc"]
    )


def test_running_again_writes_nothing(publisher, wire):
    assert publisher.publish().code == 0
    wire.requests.clear()
    assert publisher.publish().code == 0

    written = [r.key for r in wire.requests if r.operation in WRITES]
    assert not [key for key in written if not key.endswith("/.brainscore-data/probe")]


def test_it_goes_in_parts_where_that_is_tested(publisher, wire):
    assert publisher.publish().code == 0

    sent = [r.operation for r in wire.requests if r.key in KEYS]
    assert ("UploadPart" in sent) == publisher.in_parts


@pytest.mark.night
@ONE_PIECE
def test_an_assembly_of_200_mb_is_finished_after_it_was_cut_off(
    new_publisher, bundles, wire, bucket_of, assert_finished_by_running_again
):
    """At the real sizes of parts, of which the server has one."""
    folder = bundles.write(bundles.assembly("MajajHong2015", b"spikes" + bytes(200_000_000)))
    publisher = new_publisher(folder, wire.endpoint_url)
    running = publisher.start()
    kill = faults.does(_killing(running))
    wire.faults = [faults.AtCall(1, kill, "CompleteMultipartUpload", key="assy_")]

    assert running.outcome().code == -9
    assert publisher.objects() == {}
    wire.requests.clear()
    wire.server.insert(0, begun(timedelta(0)))
    assert publisher.publish().code == 0
    assert not [r for r in wire.requests if r.operation == "UploadPart" and r.key == KEYS[2]]
    assert_finished_by_running_again(publisher, keys=[KEYS[2]])
