"""What listings tell: which of many objects are there, and the order of the versions of one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import Answer

from brainscore_data.store.s3.listing import Page, listed, listed_versions, look_for


class Server:
    """A bucket that lists so many entries at once."""

    def __init__(self, there, most=1000):
        self.there, self.most, self.asked = sorted(there), most, []

    def listed(self, prefix):
        self.asked.append(prefix)
        found = [name for name in self.there if name.startswith(prefix)]
        return Page(dict.fromkeys(found[: self.most]), len(found) <= self.most)


def test_two_hundred_new_names_are_found_free_in_one_listing():
    server = Server({"brainio/assy_Doe2026.nc"})
    names = [f"brainio/assy_Bench{number:03}.nc" for number in range(200)]
    assert look_for(names, server.listed).free == set(names)
    assert server.asked == ["brainio/assy_Bench"]


def test_in_a_bucket_of_a_hundred_thousand_objects_a_few_listings_do():
    server = Server({f"brainio/assy_Lab{number:06}.nc" for number in range(100_000)})
    names = [f"brainio/assy_Majaj{number:03}.nc" for number in range(100)]
    names += [f"brainio/stimulus_Majaj{number:03}.zip" for number in range(100)]
    assert look_for(names, server.listed).free == set(names)
    assert len(server.asked) <= 3


def test_what_is_on_top_of_a_key_is_told_unless_it_is_a_delete_marker(through, wire):
    entries = [("Version", "v2", 30), ("DeleteMarker", "m", 20), ("Version", "v1", 10)]
    wire.before = lambda r: Answer(200, {"Content-Type": "application/xml"}, listing(*entries))
    assert listed(through.connection, "brainio/") == Page({"brainio/a.nc": "v2"}, whole=True)
    del entries[0]
    assert listed(through.connection, "brainio/") == Page({"brainio/a.nc": None}, whole=True)


def test_when_listing_does_not_pay_the_rest_is_left():
    server = Server({f"assy_{number:06}.nc" for number in range(100_000)})
    names = [f"assy_{number:06}_new.nc" for number in range(0, 100_000, 500)]
    free = look_for(names, server.listed).free
    assert free < set(names)
    assert len(server.asked) <= 6


def test_few_names_are_not_listed():
    server = Server(set())
    assert look_for(["a", "b", "c", "d"], server.listed).free == set()
    assert server.asked == []


def test_where_listing_is_not_permitted_nothing_is_known():
    assert look_for("abcdef", lambda prefix: None).free == set()


NAMES = st.sets(st.text("ab_", min_size=1, max_size=6), max_size=60)


@given(there=NAMES, wanted=NAMES, most=st.integers(1, 20))
def test_no_name_that_is_there_is_ever_called_free(there, wanted, most):
    free = look_for(wanted, Server(there, most).listed).free
    assert free <= wanted - there


@given(there=NAMES, wanted=NAMES.filter(lambda names: len(names) > 4))
def test_a_listing_that_is_whole_finds_every_free_name(there, wanted):
    assert look_for(wanted, Server(there).listed).free == wanted - there


def test_a_page_without_names_that_is_not_all_there_is_tells_nothing():
    names = [f"a{number}" for number in range(10)]
    assert look_for(names, lambda prefix: Page({}, whole=False)).free == set()


def listing(*entries):
    """Word an answer of S3: an entry is its kind, its version id and the second of its time."""
    body = "".join(
        f"<{kind}><Key>brainio/a.nc</Key><VersionId>{version_id}</VersionId>"
        f"<IsLatest>{str(number == 0).lower()}</IsLatest>"
        f"<LastModified>2026-11-30T10:32:{second:02}.000Z</LastModified>"
        f"{'<Size>3</Size>' if kind == 'Version' else ''}</{kind}>"
        for number, (kind, version_id, second) in enumerate(entries)
    )
    return f"<ListVersionsResult>{body}</ListVersionsResult>".encode()


@pytest.mark.parametrize(
    "entries",
    [
        [("Version", "v2", 30), ("DeleteMarker", "m", 20), ("Version", "v1", 40)],
        [("Version", "v2", 20), ("DeleteMarker", "m", 20), ("Version", "v1", 20)],
    ],
    ids=["tags change the time of a version", "all in one second"],
)
def test_what_a_server_lists_in_order_is_in_that_order_whatever_the_times(through, wire, entries):
    wire.before = lambda r: Answer(200, {"Content-Type": "application/xml"}, listing(*entries))
    assert listed_versions(through.connection, "brainio/a.nc") == [
        ("v1", False),
        ("m", True),
        ("v2", False),
    ]
    [versions] = through.upkeep.inventory().versions.values()
    assert [each.version_id for each in versions] == ["v1", "m", "v2"]


def test_a_server_that_lists_delete_markers_apart_has_them_put_between_by_their_times(
    through, wire
):
    entries = [("Version", "v2", 30), ("Version", "v1", 10), ("DeleteMarker", "m", 20)]
    wire.before = lambda r: Answer(200, {"Content-Type": "application/xml"}, listing(*entries))
    found = [version_id for version_id, _ in listed_versions(through.connection, "brainio/a.nc")]
    assert found == ["v1", "m", "v2"]
