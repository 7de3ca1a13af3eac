"""What is sent beside bytes."""

from __future__ import annotations

from unittest.mock import patch
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.store.s3 import integrity as s3_integrity

BLOCK = 8


@given(st.binary(min_size=1, max_size=100), st.data())
def test_the_crc32_of_a_part_is_known_from_those_of_the_blocks_but_for_its_ends(content, data):
    start = data.draw(st.integers(0, len(content) - 1))
    size = data.draw(st.integers(1, len(content) - start))
    blocks = [crc32(content[at : at + BLOCK]) for at in range(0, len(content), BLOCK)]
    read = []

    def reading(place, amount):
        read.append(amount)
        assert start <= place <= place + amount <= start + size
        return content[place : place + amount]

    with patch.object(s3_integrity, "BLOCK", BLOCK):
        found = s3_integrity.crc32_of_piece(blocks, start, size, reading)

    assert found == crc32(content[start : start + size])
    assert sum(read) < 2 * BLOCK
