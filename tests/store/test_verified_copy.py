"""Downloads: verified before anything sees them, kept by hash, fixed when damaged."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import DataError
from brainscore_data.base.files import fingerprint
from brainscore_data.store.interface import NotStoredError, StoreUnavailableError
from brainscore_data.store.urls import open_store
from brainscore_data.store.verified_copy import cached, unpacked

pytestmark = pytest.mark.usefixtures("cache")
NC = "assy_MajajHong2015.nc"


class Counting:
    """A store that counts how often it is read, and can damage what is read."""

    def __init__(self, store, damage=None):
        self._store = store
        self._damage = damage
        self.reads = 0

    def __getattr__(self, name):
        return getattr(self._store, name)

    def open(self, *arguments, **options):
        self.reads += 1
        stream = self._store.open(*arguments, **options)
        if self._damage is None:
            return stream
        with stream:
            return io.BytesIO(self._damage(stream.read()))


def test_a_pinned_file_is_downloaded_once(published, cache):
    store, nc = Counting(published.store), published.file(".nc")
    pin = {"version_id": nc.version_id, "sha1": nc.sha1}
    first = cached(store, NC, **pin)
    assert cached(store, NC, **pin) == first
    assert store.reads == 1
    assert first.is_relative_to(cache / nc.sha1)


def test_the_latest_version_is_downloaded_once(published):
    store = Counting(published.store)
    assert cached(store, NC) == cached(store, NC)
    assert store.reads == 1


@pytest.mark.parametrize("damage", [b"", b"other bytes"])
@pytest.mark.parametrize("pinned", [True, False])
def test_a_damaged_copy_is_fetched_again(published, damage, pinned):
    nc = published.file(".nc")
    pin = {"sha1": nc.sha1} if pinned else {}
    copy = cached(published.store, NC, **pin)
    copy.write_bytes(damage)
    assert cached(published.store, NC, **pin) == copy
    assert copy.stat().st_size == nc.size


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda _: b""])
@pytest.mark.parametrize("pinned", [True, False])
def test_bytes_that_are_damaged_on_the_way_get_no_name(published, cache, damage, pinned):
    pin = {"sha1": published.file(".nc").sha1} if pinned else {}
    with pytest.raises(DataError, match=r"is expected|when it was published"):
        cached(Counting(published.store, damage), NC, **pin)
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert cached(published.store, NC, **pin).is_file()


class Breaking:
    """A store whose connection breaks after some bytes, once."""

    def __init__(self, store, after, error):
        self._store, self._after, self._error = store, after, error
        self.starts = []

    def __getattr__(self, name):
        return getattr(self._store, name)

    def open(self, *arguments, start=0):
        self.starts.append(start)
        stream = self._store.open(*arguments, start=start)
        if len(self.starts) > 1:
            return stream
        return BreaksOff(stream, self._after, self._error)


class BreaksOff(io.BytesIO):
    """Gives so many bytes of a stream, and then an error."""

    def __init__(self, stream, after, error):
        with stream:
            super().__init__(stream.read(after))
        self._error = error

    def read(self, size=-1):
        if block := super().read(size):
            return block
        raise self._error


CUT_OFF = [StoreUnavailableError("no whole answer"), KeyboardInterrupt()]


@pytest.mark.parametrize("error", CUT_OFF, ids=["cut", "stopped"])
def test_a_download_that_was_cut_off_goes_on_where_it_was(published, cache, error):
    nc = published.file(".nc")
    store = Breaking(published.store, 100, error)
    with pytest.raises(type(error)):
        cached(store, NC, sha1=nc.sha1)
    assert not (cache / nc.sha1).exists()

    assert cached(store, NC, sha1=nc.sha1).stat().st_size == nc.size
    assert store.starts == [0, 100]
    assert [path.name for path in cache.rglob("*") if path.is_file()] == [NC]


def test_what_is_left_of_another_file_is_not_glued_to_it(published, cache):
    nc = published.file(".nc")
    store = Breaking(published.store, 100, CUT_OFF[0])
    with pytest.raises(StoreUnavailableError):
        cached(store, NC, sha1=nc.sha1)
    (part,) = cache.rglob("part")
    part.write_bytes(b"x" * 100)

    copy = cached(store, NC, sha1=nc.sha1)
    assert fingerprint(copy).sha1 == nc.sha1
    assert store.starts == [0, 100, 0]


def test_a_wrong_hash_is_an_error_that_names_the_version_and_both_hashes(published):
    nc = published.file(".nc")
    with pytest.raises(DataError) as error:
        cached(published.store, NC, version_id=nc.version_id, sha1="0" * 40)
    assert nc.version_id in error.value.where
    assert nc.sha1 in error.value.message
    assert "0" * 40 in error.value.message


@pytest.mark.parametrize("version_id", [None, "no-such-version"])
def test_what_is_not_there_is_an_error(published, version_id):
    with pytest.raises(NotStoredError):
        cached(published.store, "assy_Kar2019.nc", version_id=version_id)


@pytest.mark.parametrize("with_hash", [True, False])
def test_a_delete_marker_on_top_does_not_break_a_pinned_reader(
    s3_server, rates_nc, tmp_path, with_hash
):
    bucket = s3_server.new_bucket()
    client = s3_server.client()
    version_id = client.put_object(Bucket=bucket, Key=NC, Body=rates_nc)["VersionId"]
    client.delete_object(Bucket=bucket, Key=NC)
    store = open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url)
    sha1 = hashlib.sha1(rates_nc, usedforsecurity=False).hexdigest() if with_hash else None
    assert cached(store, NC, version_id=version_id, sha1=sha1).read_bytes() == rates_nc
    with pytest.raises(NotStoredError):
        cached(store, NC)


def test_without_a_setting_the_cache_is_the_users(monkeypatch):
    monkeypatch.delenv("BRAINSCORE_DATA_CACHE")
    assert cache_folder().name == "brainscore-data"


def archive_of(tmp_path, *names):
    path = tmp_path / "stimuli.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, f"content of {name}")
    return path


def test_a_zip_is_unpacked_beside_itself(tmp_path):
    folder = unpacked(archive_of(tmp_path, "n0.png", "n1.png"))
    assert folder == tmp_path / "stimuli"
    assert (folder / "n1.png").read_text() == "content of n1.png"


@pytest.mark.parametrize("damage", ["removed", "cut off", "changed"])
def test_a_damaged_stimulus_is_unpacked_again(tmp_path, damage):
    archive = archive_of(tmp_path, "n0.png", "n1.png")
    stimulus = unpacked(archive) / "n1.png"
    if damage == "removed":
        stimulus.unlink()
    else:
        stimulus.write_text("content" if damage == "cut off" else "content_of_n1.png")
    unpacked(archive)
    assert stimulus.read_text() == "content of n1.png"


@pytest.mark.parametrize("name", ["../n0.png", "/etc/n0.png", "set/n0.png", "..", "a\\n0.png"])
def test_a_member_that_is_not_flat_is_an_error_and_nothing_is_unpacked(tmp_path, name):
    (tmp_path / "cache").mkdir()
    with pytest.raises(DataError, match="flat"):
        unpacked(archive_of(tmp_path / "cache", "n1.png", name))
    assert [path.name for path in tmp_path.rglob("*.png")] == []


def test_what_is_not_a_zip_is_an_error(tmp_path):
    (tmp_path / "stimuli.zip").write_bytes(b"not a zip")
    with pytest.raises(DataError, match="not a sound zip"):
        unpacked(tmp_path / "stimuli.zip")


class TestSharedWithBrainScoresReader:
    """Where BRAINIO_HOME names the reader's folder: <folder>/<sha1>/<file name>."""

    @pytest.fixture
    def home(self, tmp_path, monkeypatch):
        monkeypatch.delenv("BRAINSCORE_DATA_CACHE")
        folder = tmp_path / "brainio"
        monkeypatch.setenv("BRAINIO_HOME", str(folder))
        return folder

    def content(self, published):
        with published.store.open(NC) as stream:
            return stream.read()

    def test_a_download_is_put_where_the_reader_looks(self, published, home):
        nc = published.file(".nc")
        path = cached(published.store, NC, version_id=nc.version_id, sha1=nc.sha1)
        assert path == home / nc.sha1 / NC

    def test_what_the_reader_has_is_not_downloaded_again(self, published, home):
        store, nc = Counting(published.store), published.file(".nc")
        (home / nc.sha1).mkdir(parents=True)
        (home / nc.sha1 / NC).write_bytes(self.content(published))
        cached(store, NC, sha1=nc.sha1)
        assert store.reads == 0

    def test_what_the_reader_was_cut_off_at_is_downloaded_whole(self, published, home):
        nc = published.file(".nc")
        (home / nc.sha1).mkdir(parents=True)
        (home / nc.sha1 / NC).write_bytes(self.content(published)[:10])
        path = cached(published.store, NC, sha1=nc.sha1)
        assert path.read_bytes() == self.content(published)

    def test_a_folder_of_this_program_goes_before_it(self, published, home, tmp_path, monkeypatch):
        monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "own"))
        nc = published.file(".nc")
        path = cached(published.store, NC, sha1=nc.sha1)
        assert path == tmp_path / "own" / nc.sha1 / NC


def test_a_download_tells_its_bytes_and_files(published):
    class Heard:
        expected = bytes = files = 0

        def expect(self, amount):
            self.expected += amount

        def advance_bytes(self, amount):
            self.bytes += amount

        def advance_files(self, amount=1):
            self.files += amount

    heard, size = Heard(), published.file(".nc").size
    cached(published.store, NC, progress=heard)
    assert (heard.expected, heard.bytes, heard.files) == (size, size, 1)
    cached(published.store, NC, progress=heard)
    assert (heard.expected, heard.bytes, heard.files) == (size, size, 1)
