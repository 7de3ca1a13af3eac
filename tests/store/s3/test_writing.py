"""Writing one object."""

from __future__ import annotations

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.store.interface import Write
from brainscore_data.store.s3 import writing as s3_writing

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
