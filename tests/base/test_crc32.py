"""Checksums of bytes together, from those of their pieces."""

from __future__ import annotations

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.base.crc32 import joined_blocks, joined_crc32


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_the_crc32_of_a_file_follows_from_those_of_its_parts(pieces):
    joined = 0
    for piece in pieces:
        joined = joined_crc32(joined, crc32(piece), len(piece))

    assert joined == crc32(b"".join(pieces))


def test_the_crc32_of_terabytes_is_joined_without_reading_them():
    zeros = {1: crc32(b"\0")}
    for power in range(42):
        zeros[2 ** (power + 1)] = joined_crc32(zeros[2**power], zeros[2**power], 2**power)

    assert zeros[2**20] == crc32(bytes(2**20))
    part, rest = zeros[2**40], zeros[2**42]
    assert joined_crc32(part, rest, 2**42) == joined_crc32(rest, part, 2**40)


@given(st.binary(max_size=100), st.integers(1, 40))
def test_the_crc32_of_a_file_follows_from_those_of_its_blocks(content, length):
    starts = range(0, len(content), length)
    blocks = [crc32(content[start : start + length]) for start in starts]

    assert joined_blocks(blocks, len(content), length) == crc32(content)
