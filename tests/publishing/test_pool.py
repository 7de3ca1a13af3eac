"""Many small items, of which many go up at once."""

from __future__ import annotations

import threading

import pytest
import wire_faults as faults

from brainscore_data.base.errors import DataError
from brainscore_data.publishing import bundles as pool
from brainscore_data.publishing.bundles import SMALL_BYTES, publish_bundle, work_off

NAMES = [f"Majaj201{number}" for number in range(9)]


def test_small_ones_up_to_the_limit_are_at_work_at_once():
    together = threading.Barrier(pool.FEW + 1, timeout=60)

    work_off(range(pool.FEW + 1), lambda task: SMALL_BYTES // 5, lambda task: together.wait())

    assert not together.broken


@pytest.mark.parametrize(("number", "size"), [(9, SMALL_BYTES + 1), (pool.FEW, 1)])
def test_large_ones_and_few_ones_go_alone_and_in_the_main_thread(number, size):
    """There Ctrl-C arrives, and ends a large upload in such a way that it can be gone on with."""
    found = []
    work_off(range(number), lambda task: size, lambda task: found.append(threading.get_ident()))

    assert found == [threading.get_ident()] * number


def test_of_many_items_those_that_are_published_have_receipts(bundles, memory_store, run):
    folder = bundles.write(*(bundles.assembly(name, name.encode()) for name in NAMES))
    inner = memory_store()
    inner.put_by_hand("assy_Majaj2014.nc", b"")
    inner.latest = lambda keys, public: {}  # it comes when everything has been looked at
    kept = []

    with pytest.raises(DataError, match="other content") as error:
        publish_bundle(
            folder, inner, run=run, keep=lambda new: kept.extend(i.identifier for i in new.items)
        )

    assert set(NAMES[:4]) <= set(kept)
    assert "Majaj2014" not in kept
    assert {f"assy_{name}.nc" for name in kept} == {*inner.kept} - {"assy_Majaj2014.nc"}
    assert ", ".join(sorted(kept)) in str(error.value.__notes__)


@pytest.mark.parametrize("in_parts", [False], ids=["one piece"])
@pytest.mark.parametrize(
    "fault", [faults.loses_answer, faults.internal_error, faults.expired, faults.loses_request]
)
def test_on_s3_a_fault_among_many_is_recovered_from(
    new_publisher, bundles, wire, fault, assert_finished_by_running_again
):
    folder = bundles.write(*(bundles.assembly(name, name.encode()) for name in NAMES))
    publisher = new_publisher(folder, wire.endpoint_url)
    wire.faults = [faults.AtCall(6, fault, "PutObject", key="assy_", onwards=True)]

    outcome = publisher.publish()

    assert (outcome.code == 0) == (fault is faults.loses_answer), outcome.message
    assert_finished_by_running_again(publisher, keys=[f"brainio/assy_{name}.nc" for name in NAMES])


@pytest.mark.parametrize("in_parts", [False], ids=["one piece"])
@pytest.mark.parametrize("number", [3, 6, 9])
def test_on_s3_a_process_that_is_killed_among_many_is_recovered_from(
    new_publisher, bundles, wire, number, assert_finished_by_running_again
):
    folder = bundles.write(*(bundles.assembly(name, name.encode()) for name in NAMES))
    publisher = new_publisher(folder, wire.endpoint_url)
    running = publisher.start()

    def kill():
        running.kill()
        return wire.LOST

    killing = faults.does(kill, when="after")
    wire.faults = [faults.AtCall(number, killing, "PutObject", key="assy_")]
    assert running.outcome().code == -9
    assert_finished_by_running_again(publisher, keys=[f"brainio/assy_{name}.nc" for name in NAMES])
