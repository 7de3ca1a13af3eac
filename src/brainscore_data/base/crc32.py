"""The CRC32 of bytes together, from those of their pieces, without reading them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_POLYNOMIAL = 0xEDB88320  # reflected, as zlib's


def crc32_function() -> Callable[[bytes], int]:
    """Give ISA-L's function where it is installed: several times as fast as zlib's.

    Examples
    --------
    >>> from zlib import crc32
    >>> crc32_function()(b"spikes") == crc32(b"spikes")
    True
    """
    try:
        from isal.isal_zlib import crc32
    except ImportError:
        from zlib import crc32
    return crc32


def joined_crc32(first: int, second: int, second_size: int) -> int:
    """Compute the CRC32 of two pieces together from those of the pieces.

    A CRC is linear: appending n bytes multiplies the register by x^(8n), modulo the polynomial.

    Examples
    --------
    >>> from zlib import crc32
    >>> joined_crc32(crc32(b"one"), crc32(b"two"), 3) == crc32(b"onetwo")
    True
    """
    return _product(_appended(second_size), first) ^ second


def joined_blocks(blocks: Sequence[int], size: int, length: int) -> int:
    """Compute the CRC32 of `size` bytes from those of its blocks, each of `length` but the last.

    Examples
    --------
    >>> from zlib import crc32
    >>> joined_blocks([crc32(b"one"), crc32(b"two"), crc32(b"3")], 7, 3) == crc32(b"onetwo3")
    True
    """
    joined, power = 0, _appended(length)
    for block in blocks[: size // length]:
        joined = _product(power, joined) ^ block
    rest = size % length
    return joined_crc32(joined, blocks[size // length], rest) if rest else joined


def _appended(size: int) -> int:
    """Give x^(8 * size), by squaring."""
    power, square, exponent = 1 << 31, 1 << 30, 8 * size  # x^0 and x^1, reflected
    while exponent:
        if exponent & 1:
            power = _product(power, square)
        square = _product(square, square)
        exponent >>= 1
    return power


def _product(one: int, other: int) -> int:
    """Multiply two polynomials modulo the CRC32's; the highest bit is x^0."""
    result = 0
    for bit in range(31, -1, -1):
        if one >> bit & 1:
            result ^= other
        other = other >> 1 ^ _POLYNOMIAL if other & 1 else other >> 1
    return result
