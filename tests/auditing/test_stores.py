"""Which stores an audit asks, and where."""

from __future__ import annotations

from brainscore_data.auditing.stores import ListedStores

SERVER = "https://s3.lab.org"


def test_the_server_of_buckets_is_none_of_osfs():
    listed = ListedStores(["s3://lab-data", "osf://4xf2d/data"], endpoint_url=SERVER)
    assert listed.of("osf://4xf2d/data").location.endpoint is None
    assert listed.server == SERVER


def test_a_server_that_is_listed_with_a_project_alone_is_osfs():
    listed = ListedStores(["osf://4xf2d"], endpoint_url="https://api.test.osf.io")
    assert listed.of("osf://4xf2d").location.endpoint == "https://api.test.osf.io"
