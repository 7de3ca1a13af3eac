"""A project at OSF as a store: what is its own beside what all stores do."""

from __future__ import annotations

import hashlib
import threading

import pytest
import wire_faults as faults
from osf_answers import TOKEN

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.store.interface import KeyTakenError, StoreUnavailableError
from brainscore_data.store.osf import project as osf_project
from brainscore_data.store.preflight import preflight
from brainscore_data.store.published import published_version
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

KEY = "assy_MajajHong2015.nc"


@pytest.fixture
def node(osf):
    return osf.project("abcd1")


@pytest.fixture
def open_(osf):
    return lambda url="osf://abcd1": open_store(url, endpoint_url=osf.url)


@pytest.fixture
def store(node, open_):
    return open_()


@pytest.fixture
def file_of(tmp_path):
    def write(content):
        path = tmp_path / f"{len(content)}-{content[:5].decode()}.nc"
        path.write_bytes(content)
        return path

    return write


def read(store, key=KEY, version_id=None, **options):
    with store.open(key, version_id, **options) as stream:
        return stream.read()


class TestWriting:
    def test_the_hashes_that_osf_computed_are_told(self, store, file_of):
        stored = store.write(Write(KEY, file_of(b"spikes")))
        assert stored.sha256 == hashlib.sha256(b"spikes").hexdigest()
        assert stored.etag == hashlib.md5(b"spikes", usedforsecurity=False).hexdigest()
        assert stored.verified == "store checksum"

    def test_of_two_writers_at_once_the_later_one_lies_on_top_and_is_not_published(
        self, osf, store, open_, file_of
    ):
        def other():
            open_().write(Write(KEY, file_of(b"first")))

        store.capabilities()
        written = iter([lambda: setattr(osf, "between", other), None])
        osf.between = next(written)  # the record comes first, then the file
        ours = store.write(Write(KEY, file_of(b"second")))

        first, second = store.versions(KEY)
        assert (read(store, KEY, first.version_id), second) == (b"first", ours)
        found = published_version(store, KEY)
        assert (found.version, found.on_top) == (first, second)

    def test_of_two_with_the_same_bytes_one_is_told_that_the_key_is_taken(
        self, osf, store, open_, file_of
    ):
        store.capabilities()
        path = file_of(b"spikes")
        osf.between = lambda: setattr(osf, "between", lambda: open_().write(Write(KEY, path)))
        with pytest.raises(KeyTakenError):
            store.write(Write(KEY, path))
        assert len(store.versions(KEY)) == 1

    def test_a_lost_answer_tells_nothing_and_what_was_written_is_found(
        self, osf_wire, store, file_of
    ):
        store.capabilities()
        osf_wire.faults = [faults.AtCall(2, faults.loses_answer, "PutObject")]
        with pytest.raises(StoreUnavailableError):
            store.write(Write(KEY, file_of(b"spikes"), {"digest": "cd1:a"}, {"run": "1"}))
        found = store.stat(KEY)
        assert (found.metadata, store.tags(KEY)) == ({"digest": "cd1:a"}, {"run": "1"})

    def test_it_comes_back_when_it_is_told_to(self, osf, osf_wire, store, file_of, monkeypatch):
        waited = []
        monkeypatch.setattr("brainscore_data.base.retry.sleep", waited.append)
        osf.limited = [7, 3]
        store.write(Write(KEY, file_of(b"spikes")))
        assert waited == [7, 3]
        assert len(store.versions(KEY)) == 1

    def test_it_does_not_wait_for_an_hour(self, osf, store):
        osf.limited = [3600]
        with pytest.raises(StoreUnavailableError) as error:
            store.stat(KEY)
        assert "OSF asks you to wait 3600 seconds" in error.value.hint

    def test_a_file_that_is_too_large_is_refused_before_anything_is_written(
        self, osf, node, store, file_of, monkeypatch
    ):
        monkeypatch.setattr(osf_project, "LARGEST", 5)
        with pytest.raises(UsageError, match=r"it has 6 bytes, and a file at OSF at most 5"):
            store.write(Write(KEY, file_of(b"spikes")))
        assert osf.files(node) == {}


class TestReading:
    def test_the_storage_is_shown_no_token(self, osf_wire, store, file_of):
        store.write(Write(KEY, file_of(b"spikes")))
        osf_wire.requests.clear()
        assert read(store) == b"spikes"
        tokens = {
            request.path.split("/")[1]: request.header("Authorization")
            for request in osf_wire.requests
        }
        assert tokens == {"v1": f"Bearer {TOKEN}", "storage": None}

    @pytest.mark.parametrize("ranges", [True, False])
    def test_a_version_is_read_from_anywhere(self, osf, store, file_of, ranges):
        osf.ranges = ranges
        store.write(Write(KEY, file_of(b"spikes")))
        assert [read(store, start=n) for n in (0, 2, 6, 7)] == [b"spikes", b"ikes", b"", b""]

    def test_an_answer_that_breaks_off_is_gone_on_with(self, osf_wire, store, file_of):
        content = b"0123456789" * 300_000
        store.write(Write(KEY, file_of(content)))
        fault = faults.AtCall(1, faults.breaks_answer_off, key="/1")
        osf_wire.faults = [fault]
        assert read(store) == content
        assert fault.happened

    def test_a_version_is_that_of_its_own_file(self, osf, node, store, file_of):
        """A file that is deleted by hand, and another in its place, is none of the pinned versions."""
        first = store.write(Write(KEY, file_of(b"first")))
        osf.delete(node, KEY)
        osf.upload(node, KEY, b"other")
        assert store.stat(KEY, first.version_id) is None
        assert store.stat(KEY).version_id != first.version_id

    def test_what_others_put_on_top_is_not_published(self, osf, node, store, file_of):
        first = store.write(Write(KEY, file_of(b"first"), {"digest": "cd1:a"}, {"run": "1"}))
        osf.upload(node, KEY, b"by hand")
        found = published_version(store, KEY)
        assert (found.version, found.on_top.size) == (first, 7)
        assert (found.on_top.metadata, store.tags(KEY)) == ({}, {})
        assert read(store, KEY, first.version_id) == b"first"

    def test_sizes_are_those_of_each_version(self, osf, node, store):
        for content in (b"1", b"four", b"seventh"):
            osf.upload(node, KEY, content)
        assert [each.size for each in store.versions(KEY)] == [1, 4, 7]
        listed = store.upkeep.inventory().versions[KEY]
        assert [(each.size, each.version_id[-1]) for each in listed] == [
            (1, "1"),
            (4, "2"),
            (7, "3"),
        ]

    def test_without_a_token_what_is_public_can_be_read(self, osf, node, open_, monkeypatch):
        osf.upload(node, KEY, b"spikes")
        monkeypatch.delenv("OSF_TOKEN")
        with pytest.raises(UsageError, match="this project is private, and there is no token"):
            open_().stat(KEY)
        node.public = True
        assert read(open_()) == b"spikes"

    def test_a_folder_that_was_made_anew_is_found(self, osf, node, open_):
        osf.upload(node, f"data/{KEY}", b"first")
        store = open_("osf://abcd1/data")
        assert read(store) == b"first"
        for item in [i for i in node.items.values() if i.name in {"data", KEY}]:
            del node.items[item.id]
        osf.upload(node, f"data/{KEY}", b"second")
        assert read(store) == b"second"


class TestReaders:
    @pytest.mark.parametrize("public", [True, False])
    def test_the_project_decides(self, osf, node, store, public):
        osf.upload(node, KEY, b"spikes")
        node.public = public
        assert store.readable_by_all(KEY) is public
        assert store.would_be_readable_by_all({"visibility": "private"}) is public
        assert store.openness().mode == ("open" if public else "closed")
        stream = store.open_as_anybody(KEY)
        assert (stream is not None) is public
        if stream is not None:
            with stream:
                assert stream.read() == b"spikes"


BAD = {
    "no token": (
        lambda osf, node: None,
        "nobody may write to OSF without a token",
        "osf.full_write",
    ),
    "a token that is unknown": (
        lambda osf, node: node.permissions.clear(),
        "OSF does not know the token in OSF_TOKEN",
        "make another",
    ),
    "a token that is read-only": (
        lambda osf, node: osf.read_only.add(TOKEN),
        "you may not write to this project: Provided token has insufficient scope",
        "osf.full_write",
    ),
    "somebody who may read": (
        lambda osf, node: node.permissions.update({TOKEN: ["read"]}),
        "you may not write to this project",
        "Read + Write",
    ),
    "a project that is not there": (
        lambda osf, node: osf.nodes.update(other=osf.nodes.pop("abcd1")),
        "there is no such project at localhost, or not any more",
        "registration",
    ),
    "a project that was deleted": (
        lambda osf, node: setattr(node, "deleted", True),
        "there is no such project at localhost, or not any more",
        "registration",
    ),
    "a folder that is a file": (
        lambda osf, node: osf.upload(node, "data", b"a file"),
        "osf://abcd1/data: data is a file there, and not a folder",
        "name a folder for the data",
    ),
    "a quota that is used up": (
        lambda osf, node: setattr(node, "over_quota", True),
        "the quota of this project is used up",
        "another component",
    ),
    "maintenance of the API": (
        lambda osf, node: setattr(osf, "maintenance", "api"),
        "localhost cannot be asked: localhost answers 503 Service Unavailable: it is under maintenance",
        "status.cos.io",
    ),
    "a page of maintenance": (
        lambda osf, node: setattr(osf, "maintenance", "page"),
        "it is under maintenance",
        "status.cos.io",
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_input_is_one_clear_message_and_nothing_is_written(
    osf, node, open_, file_of, monkeypatch, bad
):
    spoil, message, hint = BAD[bad]
    if bad == "no token":
        monkeypatch.delenv("OSF_TOKEN")
        node.public = True
    if "unknown" in bad:
        osf.project("other", permissions={"another": ["read"]})
    spoil(osf, node)
    before = osf.files(node)
    with pytest.raises(BrainScoreDataError) as error:
        open_("osf://abcd1/data").write(Write(KEY, file_of(b"spikes")))
    assert message in str(error.value)
    assert hint in (error.value.hint or "")
    assert TOKEN not in str(error.value)
    assert osf.files(node) == before


class TestItsPreflight:
    def test_a_project_is_named_and_what_it_cannot_do(self, store):
        found = preflight(store)
        said = {each.question: (each.verdict, each.detail) for each in found.answers}
        assert found.publishes
        assert said["project"] == ("yes", "abcd1 is the project 'Object recognition'")
        assert said["conditions"][0] == "no"
        assert said["checksums"][0] == "yes"
        assert "the project is private" in said["public"][1]
        assert "'versions listed'" in found.conclusion
        assert "'store checksum'" in found.conclusion

    def test_a_component_is_said_to_be_one(self, osf, open_):
        osf.project("abcd1")
        osf.project("abcd2", parent="abcd1", title="Raw data")
        detail = preflight(open_("osf://abcd2")).answers[0].detail
        assert detail.startswith("abcd2 is the component 'Raw data' of abcd1: its files, its quota")

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda osf, node: osf.read_only.add(TOKEN),
            lambda osf, node: node.permissions.update({TOKEN: ["read"]}),
            lambda osf, node: setattr(node, "over_quota", True),
        ],
    )
    def test_what_keeps_it_from_publishing_is_known_before(self, osf, node, store, spoil):
        spoil(osf, node)
        assert not preflight(store).publishes


def test_writers_side_by_side_make_one_folder(osf, node, open_, file_of):
    store = open_("osf://abcd1/data/2015")
    paths = [file_of(f"{n}".encode() * (n + 1)) for n in range(4)]
    writers = [
        threading.Thread(target=lambda n=n: store.write(Write(f"a{n}.nc", paths[n])))
        for n in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(name for name in osf.files(node) if name.endswith(".nc")) == [
        f"data/2015/a{n}.nc" for n in range(4)
    ]


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("https://osf.io/4xf2d/", "write osf://4xf2d"),
        ("osf.io/4xf2d", "write osf://4xf2d"),
        ("osf:/4xf2d/data", "write osf://4xf2d/data"),
        ("osf://4XF2D/data", "write osf://4xf2d/data"),
        ("osf://", "osf://4xf2d for https://osf.io/4xf2d/"),
        ("osf://4xf2d/../data", "the form is osf://project/folder"),
        ("osf://4xf2d//data", "the form is osf://project/folder"),
    ],
)
def test_a_url_that_is_misspelt_is_told_the_right_one(url, hint):
    with pytest.raises(UsageError) as error:
        open_store(url)
    assert hint in error.value.hint
