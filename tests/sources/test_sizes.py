"""The size of a pinned file is told without fetching it."""

from __future__ import annotations

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.manifest import Source
from brainscore_data.sources.pinning import fetch_source
from brainscore_data.sources.sizes import source_size

BODY = bytes(3_000_000)


@pytest.mark.parametrize("ranges", [True, False], ids=["with ranges", "without"])
def test_a_server_is_asked_for_one_byte(web, pinned, ranges):
    web.put("/a.npy", BODY, ranges=ranges)
    assert source_size("a.npy", pinned("/a.npy", BODY)) == len(BODY)
    [asked] = web.log
    assert asked.headers["Range"] == "bytes=0-0"


def test_an_empty_file_has_no_byte_to_send(web, pinned):
    web.put("/a.npy")
    assert source_size("a.npy", pinned("/a.npy", b"")) == 0


def test_nobody_is_asked_where_the_file_is_here_or_the_manifest_says_it(web, pinned):
    web.put("/a.npy", BODY)
    source = pinned("/a.npy", BODY)
    assert source_size("a.npy", source.model_copy(update={"size": 12})) == 12
    assert web.log == []
    fetch_source("a.npy", source)
    web.log.clear()
    assert source_size("a.npy", source) == len(BODY)
    assert web.log == []


def test_a_server_that_does_not_say_is_told_from_one_that_has_no_such_file(web, pinned):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    web.put("/a.npy", endless=(head, b"1\r\n0\r\n", 0.01))
    assert source_size("a.npy", pinned("/a.npy", BODY)) is None
    with pytest.raises(DataError, match=r"\[sources\] 'b.npy': localhost answers 404"):
        source_size("b.npy", pinned("/b.npy", BODY))


def test_a_size_that_is_stated_wrongly_is_found_when_the_file_is_fetched(web, pinned):
    web.put("/a.npy", BODY)
    stated = Source(**pinned("/a.npy", BODY).model_dump(exclude={"size", "token_env"}), size=12)
    with pytest.raises(DataError, match=r"it has 3000000 bytes, and dataset\.toml says 12"):
        fetch_source("a.npy", stated)
