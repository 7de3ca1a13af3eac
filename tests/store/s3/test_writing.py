"""Writing one object."""

from __future__ import annotations

import hashlib
import zlib

import pytest
from in_parts import SIZE, operations, uploads

from brainscore_data.base.errors import DataError
from brainscore_data.store.s3 import writing as s3_writing
from brainscore_data.store.write import Write

KEY = "assy_MajajHong2015_public.nc"


@pytest.mark.parametrize("method", ["create", "replace"])
def test_a_file_that_changes_between_two_readings_is_refused_before_it_is_sent(
    through, source, wire, monkeypatch, method
):
    more = {}
    if method == "replace":
        source.write_bytes(b"earlier")
        there = through.write(Write(KEY, source))
        more = {"expected_version": there.version_id}
    source.write_bytes(b"spikes")

    def measured_and_changed(path):
        found = s3_writing_measured(path)
        path.write_bytes(b"spokes")
        return found

    s3_writing_measured = s3_writing.measured
    monkeypatch.setattr(s3_writing, "measured", measured_and_changed)
    wire.requests.clear()
    with pytest.raises(DataError, match="changed"):
        through.write(Write(KEY, source, **more))
    assert [request for request in wire.requests if request.method in {"PUT", "POST"}] == []


def announced(path, content, **changes):
    """Describe a file as packaging does."""
    sums = {
        "sha1": hashlib.sha1(content).hexdigest(),  # noqa: S324
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return Write(KEY, path, sums | changes, crc32=f"{zlib.crc32(content):08x}")


@pytest.mark.usefixtures("as_aws")
class TestWhatIsAnnounced:
    @pytest.fixture(autouse=True)
    def unread(self, monkeypatch):
        """Let nobody read a file before it is sent."""
        monkeypatch.setattr(s3_writing, "measured", None)

    def test_is_sent_without_being_read_before(self, through, wire, source):
        stored = through.write(announced(source, b"spikes"))

        assert stored.sha256 == hashlib.sha256(b"spikes").hexdigest()
        assert "put" in operations(wire)

    def test_is_compared_before_all_is_sent(self, through, source):
        with pytest.raises(DataError, match=f"not {'0' * 40} as announced; nothing was stored"):
            through.write(announced(source, b"spikes", sha1="0" * 40))

        assert through.versions(KEY) == []

    def test_is_sent_in_parts_without_being_read_before(self, small_parts, through, large, content):
        stored = through.write(announced(large, content))

        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert through.stat(KEY) == stored

    @pytest.mark.parametrize("named", ["sha256", "bytes"])
    def test_is_compared_before_parts_become_an_object(
        self, small_parts, through, large, content, client, bucket, named
    ):
        write = announced(large, content, **({"sha256": "0" * 64} if named == "sha256" else {}))
        if named == "bytes":
            with large.open("r+b") as file:
                file.seek(SIZE // 2)
                file.write(bytes(9))

        with pytest.raises(DataError, match=r"as announced|changed"):
            through.write(write)

        assert through.versions(KEY) == []
        assert uploads(client, bucket) == []
