"""What is particular to a store in a folder."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import fingerprint
from brainscore_data.store.interface import KeyTakenError, NotStoredError, ReadOnlyStoreError
from brainscore_data.store.local.folder import LocalStore
from brainscore_data.store.write import Write

KEY = "stimulus_hvm.csv"


@pytest.fixture
def root(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def store(root):
    return LocalStore(root)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.csv"
    path.write_bytes(b"stimulus_id\n1\n")
    return path


def slot_of(root: Path, number: int = 1) -> Path:
    return root / f"{KEY}.versions" / f"{number:08d}"


def test_a_version_is_a_folder_with_the_file_under_its_name_and_a_record(store, root, source):
    created = store.write(Write(KEY, source, {"writer": "w"}, {"visibility": "public"}))

    assert sorted(path.name for path in slot_of(root).iterdir()) == ["object.json", KEY]
    assert (slot_of(root) / KEY).read_bytes() == source.read_bytes()
    record = json.loads((slot_of(root) / "object.json").read_text())
    assert record.pop("created").endswith("+00:00")
    assert record == {
        "version_id": created.version_id,
        "size": source.stat().st_size,
        "sha1": hashlib.sha1(source.read_bytes(), usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "metadata": {"writer": "w"},
        "tags": {"visibility": "public"},
    }


def test_nothing_is_left_in_incoming_after_a_write(store, root, source):
    store.write(Write(KEY, source))
    with pytest.raises(KeyTakenError):
        store.write(Write(KEY, source))
    with pytest.raises(DataError):
        store.write(Write("other.csv", source, {"sha1": "0" * 40}))

    assert list((root / ".incoming").iterdir()) == []


def test_a_stored_file_can_be_read_from_any_place_in_it(store, source):
    store.write(Write(KEY, source))

    with store.open(KEY) as stream:
        stream.seek(-2, os.SEEK_END)
        assert stream.read() == b"1\n"


def test_no_checksum_is_vouched_for_because_the_folder_can_be_edited(store, source):
    store.write(Write(KEY, source, {"sha256": hashlib.sha256(source.read_bytes()).hexdigest()}))

    assert store.stat(KEY).sha256 is None


def test_asking_what_a_store_can_do_leaves_no_trace(tmp_path, store, root, source):
    assert store.capabilities().writable
    assert not root.exists()
    store.write(Write(KEY, source))
    before = sorted(tmp_path.rglob("*"))

    assert store.capabilities().writable
    assert sorted(tmp_path.rglob("*")) == before


def test_reading_from_a_folder_that_does_not_exist_names_the_folder(store, root):
    with pytest.raises(UsageError, match="no such folder") as error:
        store.open(KEY)

    assert error.value.where == str(root)
    with pytest.raises(UsageError, match="no such folder"):
        store.tags(KEY)


def test_a_root_that_is_a_file_is_named(store, root, source):
    root.write_text("not a folder")

    assert not store.capabilities().writable
    for attempt in (
        lambda: store.stat(KEY),
        lambda: store.write(Write(KEY, source)),
        lambda: store.open(KEY),
    ):
        with pytest.raises(UsageError, match="store"):
            attempt()
    assert root.read_text() == "not a folder"


def test_a_version_id_with_another_random_part_is_another_version(store, source):
    version_id = store.write(Write(KEY, source)).version_id
    forged = version_id[:-1] + ("A" if version_id[-1] != "A" else "B")

    assert store.stat(KEY, forged) is None
    with pytest.raises(NotStoredError):
        store.open(KEY, forged)


def test_a_version_id_is_not_used_again_after_its_slot_was_removed_by_hand(store, root, source):
    first = store.write(Write(KEY, source))
    for path in slot_of(root).iterdir():
        path.unlink()
    slot_of(root).rmdir()

    second = store.write(Write(KEY, source))

    assert second.version_id != first.version_id
    assert store.stat(KEY, first.version_id) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.unlink(),
        lambda record: record.write_bytes(b""),
        lambda record: record.write_bytes(record.read_bytes()[:-20]),
        lambda record: record.write_bytes(b"\xff\xfe\0"),
        lambda record: record.write_text('{"version_id": "1"}'),
    ],
)
def test_a_damaged_record_is_named(store, root, source, damage):
    store.write(Write(KEY, source))
    record = slot_of(root) / "object.json"
    damage(record)

    for attempt in (
        lambda: store.stat(KEY),
        lambda: store.versions(KEY),
        lambda: store.open(KEY),
        lambda: store.tags(KEY),
        lambda: store.write(Write(KEY, source, expected_version="1")),
    ):
        with pytest.raises(DataError, match="damaged") as error:
            attempt()
        assert error.value.where == str(record)
    with pytest.raises(KeyTakenError):
        store.write(Write(KEY, source))


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"stim")])
def test_a_stored_file_that_is_gone_or_cut_short_is_named(store, root, source, damage):
    store.write(Write(KEY, source))
    damage(slot_of(root) / KEY)

    with pytest.raises(DataError, match="no longer has 14 bytes") as error:
        store.open(KEY)

    assert error.value.where == str(slot_of(root) / KEY)


def test_what_else_lies_in_the_folders_is_no_version(store, root, source):
    created = store.write(Write(KEY, source))
    (slot_of(root).parent / ".DS_Store").write_bytes(b"")
    (slot_of(root).parent / "00000002 (copy)").mkdir()
    (root / ".incoming" / ".DS_Store").write_bytes(b"")

    assert store.versions(KEY) == [created]
    assert store.write(Write(KEY, source, expected_version=created.version_id))


@pytest.mark.parametrize("link", [f"{KEY}.versions", f"{KEY}.versions/00000001"])
def test_a_symbolic_link_that_leads_out_of_the_store_is_not_followed(store, root, tmp_path, link):
    outside = LocalStore(tmp_path / "outside")
    (tmp_path / "private.csv").write_text("private")
    outside.write(Write(KEY, tmp_path / "private.csv"))
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(tmp_path / "outside" / link, target_is_directory=True)

    for read in (store.stat, store.versions, store.open, store.tags):
        with pytest.raises(UsageError, match="symbolic link"):
            read(KEY)


@pytest.mark.parametrize("link", [f"{KEY}.versions", ".incoming"])
def test_nothing_is_written_through_a_symbolic_link(store, root, source, link, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    root.mkdir()
    (root / link).symlink_to(outside, target_is_directory=True)

    with pytest.raises(UsageError, match="symbolic link"):
        store.write(Write(KEY, source))

    assert list(outside.iterdir()) == []


def test_a_stored_file_that_is_a_symbolic_link_out_of_the_store_is_not_opened(
    store, root, source, tmp_path
):
    store.write(Write(KEY, source))
    secret = tmp_path / "secret"
    secret.write_bytes(source.read_bytes())
    (slot_of(root) / KEY).unlink()
    (slot_of(root) / KEY).symlink_to(secret)

    with pytest.raises(UsageError, match="symbolic link"):
        store.open(KEY)


def test_the_root_itself_may_be_a_symbolic_link(root, source, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    root.symlink_to(tmp_path / "elsewhere")

    assert LocalStore(root).write(Write(KEY, source)) == LocalStore(root).stat(KEY)


def test_leftovers_of_a_dead_writer_go_with_the_next_write_after_a_day(store, root, source):
    yesterday, now = time.time() - 24 * 3600 - 60, time.time()
    for name, written in [("dead", yesterday), ("alive", now), ("slow", yesterday)]:
        folder = root / ".incoming" / name
        folder.mkdir(parents=True)
        (folder / KEY).write_bytes(b"half of")
        os.utime(folder / KEY, (now, now) if name == "slow" else (written, written))
        os.utime(folder, (written, written))

    store.write(Write(KEY, source))

    assert sorted(path.name for path in (root / ".incoming").iterdir()) == ["alive", "slow"]


@pytest.mark.parametrize(("change", "later"), [(b"later!", 1), (b"it grows", 0)])
def test_a_file_that_changes_while_it_is_copied_is_not_stored(
    store, root, tmp_path, monkeypatch, change, later
):
    source = tmp_path / "changing.csv"
    source.write_bytes(b"before")

    def copied_then_changed(reader, write):
        copied = fingerprint(reader, write)
        written = source.stat().st_mtime_ns
        source.write_bytes(change)
        os.utime(source, ns=(written, written + later))
        return copied

    monkeypatch.setattr("brainscore_data.store.local.slot.fingerprint", copied_then_changed)
    with pytest.raises(DataError, match="changed while it was being stored"):
        store.write(Write(KEY, source))

    assert store.versions(KEY) == []
    assert list((root / ".incoming").iterdir()) == []


def test_a_folder_without_permission_is_read_only(unprivileged):
    source = unprivileged / "source.csv"
    source.write_bytes(b"stimulus_id\n")
    root = unprivileged / "store"
    store = LocalStore(root)
    store.write(Write(KEY, source))
    for folder in (root, root / ".incoming"):
        folder.chmod(0o500)

    assert not store.capabilities().writable
    with pytest.raises(ReadOnlyStoreError):
        store.write(Write("other.csv", source))
    assert store.stat(KEY)


def test_a_file_that_may_not_be_read_is_not_the_stores_fault(unprivileged):
    source = unprivileged / "source.csv"
    source.write_bytes(b"stimulus_id\n")
    source.chmod(0)

    with pytest.raises(UsageError, match=r"source\.csv: cannot be read") as error:
        LocalStore(unprivileged / "store").write(Write(KEY, source))

    assert not isinstance(error.value, ReadOnlyStoreError)
