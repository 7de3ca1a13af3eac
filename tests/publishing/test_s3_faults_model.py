"""Two people publish one dataset to S3 again and again, and anything goes wrong at any time."""

from __future__ import annotations

import pytest
import wire_faults as faults
from how_often import NIGHT
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from s3_kinds import on
from s3_publishers import KEYS
from wire import Wire

FAULTS = {
    "the request is lost": faults.loses_request,
    "the answer is lost": faults.loses_answer,
    "the answer breaks off": faults.breaks_answer_off,
    "a bit is flipped": faults.flips_a_bit,
    "500": faults.internal_error,
    "503": faults.slow_down,
    "the credentials expired": faults.expired,
    "200 with an error inside": faults.error_inside,
}
requests = st.integers(1, 20)
people = st.sampled_from([0, 1])


@pytest.fixture
def machine(new_publisher, s3_dataset, wire, bucket_of, assert_finished_by_running_again):
    folder = s3_dataset()

    class Publications(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            first = new_publisher(folder, wire.endpoint_url)
            second = first.but(receipts=first.receipts / "second", who="hong")
            second.receipts.mkdir()
            self.people = [first, second]
            self.bucket = bucket_of(first)
            self.kept = {}
            self.versions = {}

        @rule(
            who=people,
            number=requests,
            fault=st.sampled_from(sorted(FAULTS)),
            onwards=st.booleans(),
        )
        def publish_while_something_goes_wrong(self, who, number, fault, onwards):
            wire.faults = [faults.AtCall(number, FAULTS[fault], onwards=onwards)]
            assert self.people[who].publish().code in (0, 1, 2, 3)

        @rule(who=people, number=requests, when=st.sampled_from(["before", "after"]))
        def publish_and_be_killed(self, who, number, when):
            running = self.people[who].start()

            def kill():
                running.kill()
                return Wire.LOST

            wire.faults = [faults.AtCall(number, faults.does(kill, when=when))]
            assert running.outcome().code in (0, -9)

        @rule(who=people, share=st.sampled_from(["zip", "csv", "nc"]))
        def publish_over_a_line_that_breaks(self, who, share):
            wire.faults = []
            wire.cuts = lambda r: r.method == "PUT" and r.key.endswith(share)
            assert self.people[who].publish().code in (0, 3)
            wire.cuts = lambda request: False

        @invariant()
        def receipts_hold_and_stay(self):
            for who, publisher in enumerate(self.people):
                found = publisher.objects()
                self.bucket.assert_holds(found)
                assert self.kept.get(who, {}).items() <= found.items()
                self.kept[who] = found

        @invariant()
        def nothing_is_written_twice(self):
            versions = self.bucket.versions()
            assert all(len(ids) == 1 for ids in versions.values())
            assert set(versions) <= set(KEYS)
            assert self.versions.items() <= versions.items()
            self.versions = versions

        def teardown(self):
            for publisher in self.people:
                assert_finished_by_running_again(publisher)
            assert self.people[0].objects() == self.people[1].objects()

    return Publications


@on("moto", of=("moto", "Ceph"))
def test_whatever_happens_receipts_hold_and_running_again_finishes(machine):
    # A step takes a second or more: to look for the shortest failure would take many minutes.
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=30 if NIGHT else 1, stateful_step_count=5, phases=phases),
    )
