"""What every store does, whatever is behind it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import pytest
from how_often import each_by_night
from s3_kinds import SERVERS, s3_server, wire  # noqa: F401 - fixtures that take the places of others
from wire_servers import forgets_checksums, ignores_conditions

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.store.interface import KeyTakenError, NotStoredError, Store, VersionMovedError
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "assy_MajajHong2015_public.nc"
METADATA = {"identifier": "MajajHong2015.public", "writer": "brainscore-data 0.1.0"}
TAGS = {"visibility": "public", "uploadedBy": "hvm lab"}


class Place(NamedTuple):
    url: str
    options: dict[str, str]
    conditional: bool = True
    tried_out: bool = False

    def store(self) -> Store:
        store = open_store(self.url, **self.options)
        if self.tried_out:  # as a publication does first
            store.capabilities()
        return store


BY_DAY = ("file", "s3", "s3 with a prefix", "s3 that is not AWS", "Ceph", "OSF")


@pytest.fixture(params=each_by_night((*BY_DAY, *SERVERS[1:3], *SERVERS[4:]), by_day=BY_DAY))
def s3_kind(request: pytest.FixtureRequest) -> str:
    """Name the place; the servers of S3 go by it, too."""
    return str(request.param)


@pytest.fixture
def place(s3_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if s3_kind == "file":
        return Place((tmp_path / "store").as_uri(), {})
    if s3_kind == "OSF":
        osf = request.getfixturevalue("osf")
        osf.project("abcd1")
        return Place("osf://abcd1/data", {"endpoint_url": osf.url}, conditional=False)
    server = request.getfixturevalue("s3_server")
    url, endpoint_url = f"s3://{server.new_bucket()}", server.endpoint_url
    if "over" in s3_kind or s3_kind == "s3 that is not AWS":
        wire = request.getfixturevalue("wire")
        endpoint_url = wire.endpoint_url
        if s3_kind == "s3 that is not AWS":
            wire.server = [ignores_conditions, forgets_checksums, *wire.server]
    url += {"s3": "", "s3 with a prefix": "/brainio/2015"}.get(s3_kind, "/brainio")
    on_ceph = s3_kind.startswith("Ceph")
    conditional = not on_ceph and s3_kind != "s3 that is not AWS"
    tried_out = on_ceph or "over" in s3_kind
    return Place(url, {"endpoint_url": endpoint_url}, conditional, tried_out)


@pytest.fixture
def store(place: Place) -> Store:
    return place.store()


@pytest.fixture
def file_of(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / f"{hashlib.sha256(content).hexdigest()}.nc"
        path.write_bytes(content)
        return path

    return write


def read(store: Store, key: str, version_id: str | None = None) -> bytes:
    with store.open(key, version_id) as stream:
        return stream.read()


def test_it_is_writable_and_versioned_and_says_whether_it_honours_conditions(store, place):
    found = store.capabilities()

    assert (found.writable, found.versioned) == (True, True)
    assert found.conditional == place.conditional
    assert store.versions(KEY) == []


def test_its_location_is_the_url_that_opened_it(store, place):
    assert store.location.url == place.url
    assert (store.location.bucket is None) != place.url.startswith("s3:")


def test_nothing_is_known_of_a_key_that_was_never_written(store):
    assert store.stat(KEY) is None
    assert store.stat(KEY, "1.AAAAAAAAAAAAAAAAAAAAAAAA") is None
    assert store.versions(KEY) == []


def test_what_was_created_is_read_back(store, file_of):
    created = store.write(Write(KEY, file_of(b"spikes"), METADATA, TAGS))

    assert created.version_id
    assert (created.key, created.size, created.metadata) == (KEY, 6, METADATA)
    assert store.stat(KEY) == store.stat(KEY, created.version_id) == created
    assert read(store, KEY) == read(store, KEY, created.version_id) == b"spikes"
    assert store.tags(KEY) == store.tags(KEY, created.version_id) == TAGS


def test_another_process_sees_it_too(store, place, file_of):
    created = store.write(Write(KEY, file_of(b"spikes"), METADATA, TAGS))

    assert place.store().versions(KEY) == [created]


def test_files_of_every_size_come_back_as_they_were(store, file_of):
    for size in (0, 1, (1 << 20) - 1, 3 * (1 << 20) + 17):
        content = (b"0123456789abcde" * (size // 15 + 1))[:size]
        key = f"assy_{size}.nc"
        created = store.write(Write(key, file_of(content)))

        assert created.size == size
        assert read(store, key) == content


def test_the_stores_own_checksum_is_that_of_the_bytes_where_it_vouches_for_one(
    store, place, file_of
):
    created = store.write(Write(KEY, file_of(b"spikes"), METADATA, TAGS))

    assert created.sha256 in {None, hashlib.sha256(b"spikes").hexdigest()}
    # moto takes any checksum for the right one, so what it says of one is worth nothing.
    vouches = store.capabilities().checksums in {"honoured", "told"}
    assert (created.sha256 is not None) == vouches


def test_a_file_in_parts_has_its_tags_too(store, file_of, monkeypatch):
    monkeypatch.setattr("brainscore_data.store.s3.writing.SINGLE_PUT_BYTES", 0)
    created = store.write(Write(KEY, file_of(b"spikes"), METADATA, TAGS))

    assert store.tags(KEY, created.version_id) == TAGS
    assert not store.restore_tags(KEY, created.version_id, created.size, {"visibility": "private"})


def test_opening_a_version_changes_its_tag_and_nothing_else(store, file_of):
    created = store.write(
        Write(KEY, file_of(b"spikes"), METADATA, {**TAGS, "visibility": "private"})
    )
    store.set_visibility(KEY, created.version_id, "public")

    assert store.tags(KEY, created.version_id) == {**TAGS, "visibility": "public"}
    assert (store.versions(KEY), read(store, KEY)) == ([created], b"spikes")


def test_a_key_is_created_once(store, file_of):
    created = store.write(Write(KEY, file_of(b"first"), METADATA, TAGS))

    with pytest.raises(KeyTakenError) as error:
        store.write(Write(KEY, file_of(b"second"), METADATA, TAGS))

    assert KEY in str(error.value)
    assert store.versions(KEY) == [created]
    assert read(store, KEY) == b"first"


def test_a_replaced_version_stays_readable(store, file_of):
    first = store.write(Write(KEY, file_of(b"first"), {"writer": "1"}, {"run": "1"}))
    second = store.write(
        Write(
            KEY,
            file_of(b"second"),
            {"writer": "2"},
            {"run": "2"},
            expected_version=first.version_id,
        )
    )

    assert store.versions(KEY) == [first, second]
    assert store.stat(KEY) == second
    assert (read(store, KEY), read(store, KEY, first.version_id)) == (b"second", b"first")
    assert (store.tags(KEY), store.tags(KEY, first.version_id)) == ({"run": "2"}, {"run": "1"})


def test_a_version_is_replaced_only_while_it_is_the_latest(store, file_of):
    first = store.write(Write(KEY, file_of(b"first")))
    second = store.write(Write(KEY, file_of(b"2nd"), expected_version=first.version_id))

    with pytest.raises(VersionMovedError, match=str(second.version_id)):
        store.write(Write(KEY, file_of(b"third"), expected_version=first.version_id))

    assert store.versions(KEY) == [first, second]


def test_what_is_not_there_cannot_be_replaced(store, file_of):
    with pytest.raises(VersionMovedError):
        store.write(Write(KEY, file_of(b"1"), expected_version="1.AAAAAAAAAAAAAAAAAAAAAAAA"))

    assert store.versions(KEY) == []


def test_the_same_bytes_get_a_version_id_of_their_own_each_time_if_it_says_so(store, file_of):
    first = store.write(Write(KEY, file_of(b"same")))
    second = store.write(Write(KEY, file_of(b"same"), expected_version=first.version_id))

    assert (first.version_id != second.version_id) == store.capabilities().repeats


def test_keys_that_begin_alike_are_kept_apart(store, file_of):
    stored = {
        key: store.write(Write(key, file_of(key.encode())))
        for key in ["stimulus_hvm.csv", "stimulus_hvm.csv.old", "stimulus_hvm", "old/stimulus_hvm"]
    }

    for key, version in stored.items():
        assert store.versions(key) == [version]
        assert read(store, key) == key.encode()


def test_a_key_may_have_every_character_that_an_identifier_may_have(store, file_of):
    key = "stimulus_Aa0._-..z.zip"
    store.write(Write(key, file_of(b"zip")))

    assert read(store, key) == b"zip"


def test_what_is_not_stored_cannot_be_opened(store, file_of):
    store.write(Write("stimulus_hvm.csv", file_of(b"another")))
    for version_id in (None, "1.AAAAAAAAAAAAAAAAAAAAAAAA", "3/L4kqtJlcpXroDTDmJ+"):
        key = KEY if version_id is None else "stimulus_hvm.csv"

        with pytest.raises(NotStoredError, match=key) as error:
            store.open(key, version_id)
        assert "brainscore-data lookup" in error.value.hint
        with pytest.raises(NotStoredError, match=key):
            store.tags(key, version_id)
        assert store.stat(key, version_id) is None


def test_a_file_that_is_not_what_its_metadata_says_is_not_stored(store, file_of):
    for algorithm in ("sha1", "sha256"):
        announced = hashlib.new(algorithm, b"another").hexdigest()

        with pytest.raises(DataError, match=f"its {algorithm} is .* not {announced}"):
            store.write(Write(KEY, file_of(b"spikes"), {algorithm: announced}))

        assert store.versions(KEY) == []


def test_a_file_that_is_not_there_is_not_stored(store, tmp_path):
    with pytest.raises(UsageError, match=r"missing\.nc: cannot be read"):
        store.write(Write(KEY, tmp_path / "missing.nc"))

    assert store.versions(KEY) == []


NO_KEYS = (
    "",
    "/a.nc",
    "a//b.nc",
    "a/",
    "../a.nc",
    "a/../b.nc",
    ".hidden",
    "a b.nc",
    "a\\b",
    "ä.nc",
)
NO_KEYS += ("a.versions", "a.versions/b.nc", "a\n.nc", "a\0b", "object.json")


def test_a_key_that_could_lead_elsewhere_is_refused(store, file_of):
    for key in NO_KEYS:
        for attempt in (
            store.stat,
            store.versions,
            store.open,
            store.tags,
            lambda key: store.write(Write(key, file_of(b"x"))),
            lambda key: store.write(Write(key, file_of(b"x"), expected_version="1")),
        ):
            with pytest.raises(UsageError, match="cannot be a key"):
                attempt(key)


def test_it_is_told_how_many_bytes_are_on_their_way(store, file_of):
    sent = []
    created = store.write(Write(KEY, file_of(b"first"), sent=sent.append))
    store.write(
        Write(KEY, file_of(b"second"), sent=sent.append, expected_version=created.version_id)
    )

    assert sum(sent) == len(b"first" + b"second")


def test_tidying_leaves_what_is_stored(store, file_of):
    store.tidy([KEY])
    created = store.write(Write(KEY, file_of(b"spikes"), METADATA, TAGS))
    store.tidy([KEY])

    assert store.versions(KEY) == [created]
