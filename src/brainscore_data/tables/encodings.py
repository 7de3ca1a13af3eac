"""How a text file is encoded, and what is taken for text and is none."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import BinaryIO

from brainscore_data.base.door import BLOCK
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

_BYTE_ORDER_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_DOWNLOADED = (
    "open it in a browser: the server may have asked for a login, or said that the file is gone; then "
    "download it again"
)
# The first bytes of what is taken for a table, and is none: what it is, and what to do.
_NO_TEXT = (
    (
        b"PK\x03\x04",
        "this is a spreadsheet (.xlsx) or a zip, not text",
        "open it and save each sheet as csv (UTF-8); for an assembly, give it a name in .xlsx",
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "this is a spreadsheet (.xls), not text",
        "open it and save each sheet as csv (UTF-8): another name does not change what it is",
    ),
    *((mark, "this is a web page, not a table", _DOWNLOADED) for mark in (b"<!doctype", b"<html")),
    *(
        (mark, "this is a pickle, which is never opened: it could run anything", "save it as csv")
        for mark in (b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5")
    ),
    (b"PAR1", "this is a parquet file, not text", "give it a name that ends in .parquet"),
)
_SPOKEN = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"}


def text_encoding(stream: BinaryIO, path: Path) -> tuple[str, tuple[str, ...]]:
    """Find out how a text file is encoded, by decoding all of it; notices say what is a guess."""
    stream.seek(0)
    start = stream.read(64)
    for mark, what, hint in _NO_TEXT:
        if start.startswith(mark) or start.lstrip().lower().startswith(mark):
            raise DataError(what, where=str(path), hint=hint)
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if start.startswith(mark)), None)
    line = _undecodable_line(stream, marked or "utf-8")
    if line is None:
        return marked or "utf-8", ()
    if marked is None and (worse := _undecodable_line(stream, "cp1252")) is None:
        notice = (
            f"{path.name}: line {line} is not UTF-8, so the file was read as Windows-1252 "
            "(Latin-1): check the letters that are not English, or save it as UTF-8"
        )
        return "cp1252", (notice,)
    raise DataError(
        f"this line is not {_SPOKEN.get(marked or '', 'UTF-8 nor Windows-1252')} text",
        where=Place(str(path), line if marked else worse),
        hint="save the table as csv with the encoding UTF-8",
    )


def _undecodable_line(stream: BinaryIO, encoding: str) -> int | None:
    return None if _decodes(stream, encoding) else _first_undecodable_line(stream, encoding)


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while block := stream.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _first_undecodable_line(stream: BinaryIO, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = io.IncrementalNewlineDecoder(decoder, translate=True)
    line = 1
    stream.seek(0)
    while True:
        block = stream.read(BLOCK)
        try:
            line += lines.decode(block, final=not block).count("\n")
        except UnicodeDecodeError as error:
            good = io.IncrementalNewlineDecoder(None, translate=True).decode(
                error.object[: error.start].decode(encoding, "replace"), final=True
            )
            return line + good.count("\n")
        if not block:
            return None
