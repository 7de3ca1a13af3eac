"""A dry run says what a publication would do, and ends as it would, but writes nothing."""

from __future__ import annotations

import pytest
from s3_publishers import ONE_PIECE

import brainscore_data
from brainscore_data.base.errors import DataError


def planned(published):
    return {file.key: file.status for item in published.plan.items for file in item.files}


@ONE_PIECE
def test_no_write_request_reaches_the_server(publisher, wire, bundles, bucket_of):
    def dry_run(folder):
        wire.requests.clear()
        published = brainscore_data.publish(
            folder,
            publisher.store,
            receipts=publisher.receipts,
            endpoint_url=publisher.endpoint_url,
            dry_run=True,
        )
        assert {request.method for request in wire.requests} <= {"GET", "HEAD"}
        return published

    found = dry_run(publisher.folder)
    assert set(planned(found).values()) == {"new"}
    assert found.receipts.items == []
    assert found.error is None
    assert list(publisher.receipts.iterdir()) == []
    assert bucket_of(publisher).versions() == {}

    assert publisher.publish().code == 0
    kept = (publisher.receipts / "receipts.json").read_bytes()
    assert set(planned(dry_run(publisher.folder)).values()) == {"unchanged"}

    files = publisher.objects()
    versions = {name: files[f"brainio/stimulus_hvm.{name}"].version_id for name in ("csv", "zip")}
    corrected = bundles.stimulus_set("hvm", b"other", b"other", replaces=versions)
    secret = bundles.assembly("Secret", b"rates", visibility="private")
    found = dry_run(bundles.write(corrected, secret))
    assert planned(found) == {
        "stimulus_hvm.zip": "replaced",
        "stimulus_hvm.csv": "replaced",
        "assy_Secret.nc": "new",
    }
    assert found.error is None

    found = dry_run(bundles.write(bundles.assembly("MajajHong2015", b"other"), secret))
    assert planned(found) == {"assy_MajajHong2015.nc": "taken", "assy_Secret.nc": "new"}
    assert isinstance(found.error, DataError)
    assert (publisher.receipts / "receipts.json").read_bytes() == kept


def test_a_private_item_that_is_open_ends_it_as_it_would_end_a_publication(bundles, memory_store):
    store = memory_store()
    brainscore_data.publish(bundles.write(bundles.assembly("A", b"rates")), store)
    folder = bundles.write(bundles.assembly("A", b"rates", visibility="private"))
    found = brainscore_data.publish(folder, store, dry_run=True)
    with pytest.raises(DataError) as real:
        brainscore_data.publish(folder, store)
    assert str(found.error) == str(real.value)
