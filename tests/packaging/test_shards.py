"""Shards: every machine comes to the same plan, and packages its own items."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sourced_dataset import sourced_dataset

import brainscore_data
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.packaging.inputs import ItemInputs
from brainscore_data.packaging.shards import as_few_as_fit, by_count, plan_shards

EXAMPLE = Path(__file__).parents[2] / "examples" / "gratings"


@pytest.fixture
def sourced(tmp_path, web):
    """A dataset of seven assemblies, all of them on the web: one is as large as three of the others."""
    sourced_dataset(tmp_path / "study", web, [30, 10, 10, 10, 10, 10, 10])
    return tmp_path / "study"


def test_the_plan_is_balanced_by_bytes_and_nothing_is_fetched(sourced, web):
    plan = plan_shards(sourced, count=3)
    assert [len(shard.items) for shard in plan.shards] == [1, 3, 3]
    sizes = [shard.bytes for shard in plan.shards]
    assert max(sizes) - min(sizes) < 20_000  # of 60,000 in each: the tables beside them
    assert {asked.headers["Range"] for asked in web.log} == {"bytes=0-0"}
    assert plan_shards(sourced, count=3) == plan
    names = [name for shard in plan.shards for _, name in shard.items]
    assert sorted(names) == [f"Doe2026.part{number}" for number in range(7)]


def test_each_shard_fits_the_disk_that_it_is_given(sourced):
    whole = plan_shards(sourced, count=1).shards[0]
    most = max(shard.disk for shard in plan_shards(sourced, count=3).shards)
    plan = plan_shards(sourced, max_bytes=most)
    assert len(plan.shards) == 3
    assert all(shard.disk <= most for shard in plan.shards)
    assert len(plan_shards(sourced, max_bytes=whole.disk).shards) == 1
    with pytest.raises(
        UsageError, match=r"Doe2026\.part0 takes .* of disk, and a shard may take 50\.0 kB"
    ):
        plan_shards(sourced, max_bytes=50_000)


def test_the_bundles_of_all_shards_are_the_bundle_of_the_dataset(tmp_path):
    whole = brainscore_data.package(EXAMPLE, tmp_path / "whole")
    plan = plan_shards(EXAMPLE, count=2)
    made = [
        brainscore_data.package(EXAMPLE, tmp_path / str(n), shard=f"{n}/2@{plan.digest}")
        for n in (1, 2)
    ]
    items = [item for bundle in made for item in bundle.items]
    assert sorted(items, key=str) == sorted(whole.items, key=str)
    assert [bundle.shard.model_dump() for bundle in made] == [
        {"plan": plan.digest, "number": n, "count": 2, "items": len(shard.items)}
        for n, shard in enumerate(plan.shards, start=1)
    ]
    assert whole.shard is None
    said = json.loads((tmp_path / "whole" / "bundle.json").read_text())
    assert "shard" not in said


def test_a_shard_fetches_its_own_sources_and_no_others(sourced, web, tmp_path):
    plan = plan_shards(sourced, count=3)
    web.log.clear()
    brainscore_data.package(sourced, tmp_path / "bundle", shard="1/3")
    fetched = {asked.path for asked in web.log if "Range" not in asked.headers}
    assert plan.shards[0].items == (("assembly", "Doe2026.part0"),)
    assert fetched == {"/0.npy"}


@pytest.mark.parametrize(
    ("called", "said"),
    [
        ("0/3", "there is no shard 0 of 3"),
        ("4/3", "there is no shard 4 of 3"),
        ("1/0", "there is no shard 1 of 0"),
        ("8/8", "7 items cannot be in 8 shards"),
        ("two", "'two' is no shard"),
        ("1/3@sha256:" + "0" * 64, "this is shard 1/3 of another plan"),
    ],
)
def test_what_is_no_shard_of_it_is_refused_before_anything_is_written(
    sourced, tmp_path, called, said
):
    with pytest.raises(UsageError, match=said):
        brainscore_data.package(sourced, tmp_path / "bundle", shard=called)
    assert not (tmp_path / "bundle").exists()


def test_another_manifest_or_another_size_is_another_plan(sourced):
    first = plan_shards(sourced, count=2).digest
    table = sourced / "neuroids.csv"
    table.write_text(table.read_text() + "more,IT\n")
    second = plan_shards(sourced, count=2).digest
    manifest = sourced / "dataset.toml"
    manifest.write_text("# corrected\n" + manifest.read_text())
    third = plan_shards(sourced, count=2).digest
    assert len({first, second, third, plan_shards(sourced, count=3).digest}) == 4


def test_a_server_that_does_not_say_how_large_its_file_is_needs_a_size(sourced, web):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    length = len(web.pages["/0.npy"].body)
    web.put("/0.npy", endless=(head, b"1\r\n0\r\n", 0.01))
    with pytest.raises(
        UsageError, match=r"\[sources\] '0.npy': its server does not say"
    ) as refused:
        plan_shards(sourced, count=2)
    assert "add `size`" in refused.value.hint
    manifest = sourced / "dataset.toml"
    manifest.write_text(manifest.read_text().replace('/0.npy", ', f'/0.npy", size = {length}, '))
    assert len(plan_shards(sourced, count=2).shards) == 2


def test_a_file_that_is_missing_is_named(sourced):
    (sourced / "neuroids.csv").unlink()
    with pytest.raises(DataError, match=r"there is no 'neuroids\.csv'"):
        plan_shards(sourced, count=2)


def test_what_many_items_are_made_of_is_shared_among_them(tmp_path):
    """An array of all areas in one file: ten assemblies of it are no ten times as much."""
    dataset = load_dataset(EXAMPLE)
    assert dataset.manifest.assemblies
    inputs = ItemInputs(
        {"all.h5": 1000},
        frozenset({"all.h5"}),
        {("assembly", str(n)): ("all.h5",) for n in range(10)},
        {("assembly", str(n)): 100 for n in range(10)},
    )
    assert inputs.disk(inputs.items) == 1000 + 1200
    assert inputs.disk([("assembly", "3")]) == 1000 + 120
    assert inputs.disk([("assembly", "3")], beside={"all.h5"}) == 120


SIZES = st.lists(st.integers(0, 1000), min_size=1, max_size=40)


def made_of(sizes):
    names = {("assembly", str(number)): (f"{number}.npy",) for number in range(len(sizes))}
    found = {f"{number}.npy": size for number, size in enumerate(sizes)}
    shares = dict(zip(names, sizes, strict=True))
    return ItemInputs(found, frozenset(found), names, shares)


@given(SIZES, st.data())
def test_every_item_is_in_one_shard_and_no_shard_is_empty(sizes, data):
    inputs = made_of(sizes)
    count = data.draw(st.integers(1, len(sizes)))
    shards = by_count(inputs, count)
    assert len(shards) == count
    assert all(shards)
    assert sorted(itertools.chain(*shards)) == sorted(inputs.items)
    loads = [sum(inputs.shares[item] for item in shard) for shard in shards]
    best = max(*sizes, -(-sum(sizes) // count))
    assert max(loads) <= 2 * best
    assert max(loads) - min(loads) <= max(sizes)


@given(SIZES, st.integers(0, 2000))
def test_no_shard_takes_more_than_it_may(sizes, more):
    inputs = made_of(sizes)
    most = inputs.largest()[1] + more
    shards = as_few_as_fit(inputs, lambda items: inputs.disk(items) <= most)
    assert all(inputs.disk(shard) <= most for shard in shards)
