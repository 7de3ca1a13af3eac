"""What a store holds: item by item and month by month."""

from __future__ import annotations

import pytest

from brainscore_data.hosting.holdings import growth, listed_items
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.tombstone import Tombstone
from brainscore_data.store.local.folder import LocalStore
from brainscore_data.store.tombstones import buried
from brainscore_data.store.upkeep import Inventory, ListedVersion
from brainscore_data.store.urls import open_store

RUN = Run("majaj", "2015-09-30T12:00:00+00:00", pull_request=1938)


@pytest.fixture(params=["moto", "ceph", "folder"])
def store(request, tmp_path):
    if request.param == "folder":
        return LocalStore(tmp_path / "store")
    given = request.getfixturevalue({"moto": "s3_server", "ceph": "ceph_rgw"}[request.param])
    bucket = given.new_bucket()
    given.client().put_object(Bucket=bucket, Key="data/other/assy_Kar2019.nc", Body=b"elsewhere")
    given.client().put_object(Bucket=bucket, Key="data/notes.txt", Body=b"by hand")
    return open_store(f"s3://{bucket}/data", endpoint_url=given.endpoint_url)


def publish(bundles, store, *items):
    return publish_bundle(bundles.write(*items), store, run=RUN).receipts


@pytest.fixture
def filled(bundles, store):
    """Publish a stimulus set, and an assembly twice."""
    stimuli = bundles.stimulus_set("Doe2024.stimuli", b"csv", b"zip!", visibility="private")
    first = bundles.assembly("Doe2024", b"nc", visibility="private")
    old = publish(bundles, store, stimuli, first).items[1].nc.object.version_id
    publish(
        bundles, store, bundles.assembly("Doe2024", b"ncnc", visibility="private", replaces=old)
    )
    return store


def test_every_item_is_there_with_what_is_known_of_it(filled):
    inventory = filled.upkeep.inventory()
    found = {each.identifier: each for each in listed_items(filled, inventory)}
    is_folder = isinstance(filled, LocalStore)
    assert list(found) == ["Doe2024", "Doe2024.stimuli", *([] if is_folder else ["notes.txt"])]
    assert inventory.folders == (() if is_folder else ("other",))

    assembly, stimuli = found["Doe2024"], found["Doe2024.stimuli"]
    assert (assembly.kind, assembly.versions, assembly.size, assembly.stored) == (
        "assembly",
        2,
        4,
        6,
    )
    assert (stimuli.kind, stimuli.versions, stimuli.size) == ("stimulus_set", 1, 7)
    for each in (assembly, stimuli):
        assert (each.visibility, each.license) == ("private", "CC-BY-4.0")
        assert (each.who, each.pull_request) == ("majaj", 1938)
        assert each.when > "2024"


def test_a_delete_marker_on_top_is_told(s3_server, bundles):
    bucket = s3_server.new_bucket()
    store = open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url)
    publish(bundles, store, bundles.assembly("Doe2024", b"nc"))
    s3_server.client().delete_object(Bucket=bucket, Key="assy_Doe2024.nc")
    [item] = listed_items(store, store.upkeep.inventory())
    assert (item.visibility, item.versions, item.stored) == ("deleted", 1, 2)


def test_what_is_erased_is_listed_by_the_name_that_it_had(tmp_path):
    store = LocalStore(tmp_path)
    said = {"because": "names", "who": "majaj", "when": RUN.when, "size": 2}
    key = "assy_Doe2024_private.nc"
    buried(
        store,
        Tombstone(state="erased", identifier="Doe2024.private", key=key, version_id="1", **said),
    )
    [item] = listed_items(store, store.upkeep.inventory())
    assert (item.identifier, item.visibility, item.versions) == ("Doe2024.private", "erased", 0)


def test_who_may_list_and_no_more_sees_that_much(s3_server, bundles, wire):
    bucket = s3_server.new_bucket()
    store = open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url)
    publish(bundles, store, bundles.assembly("Doe2024", b"nc"))
    through = open_store(f"s3://{bucket}", endpoint_url=wire.endpoint_url)
    inventory = through.upkeep.inventory()
    wire.before = lambda r: wire.error(403, "AccessDenied") if "assy_" in r.path else None
    [item] = listed_items(through, inventory)
    assert (item.identifier, item.size, item.visibility, item.who) == (
        "Doe2024",
        2,
        "not known",
        None,
    )


def month(written, size, *, deleted=False):
    return ListedVersion("assy_a.nc", "v", size, written, deleted=deleted)


def test_growth_is_month_by_month_and_costs_what_is_there():
    found = (month("2024-11-30T", 2 * 10**9), month("2025-01-01T", 10**9))
    months = growth(Inventory({"assy_a.nc": (*found, month("2025-02-01T", 0, deleted=True))}))
    assert [(each.month, each.versions, each.added, each.stored) for each in months] == [
        ("2024-11", 1, 2 * 10**9, 2 * 10**9),
        ("2024-12", 0, 0, 2 * 10**9),
        ("2025-01", 1, 10**9, 3 * 10**9),
    ]
    assert [each.cost(0.5) for each in months] == [1.0, 1.0, 1.5]
    assert growth(Inventory({})) == []
