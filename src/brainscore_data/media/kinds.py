"""What kind of image, video or sound a file is, by its first bytes and by its name."""

from __future__ import annotations

from typing import Literal, NamedTuple


class MediaKind(NamedTuple):
    """What there is to know of a kind of image, video or sound."""

    medium: Literal["image", "video", "audio"]
    extensions: tuple[str, ...]  # those that say so, the usual one first
    starts: tuple[bytes, ...] = ()  # what such a file begins with, where that is enough to tell
    # What ffmpeg calls its container. Pillow, which decodes images, calls them what we do.
    demuxer: str = ""


#: The only list: what is drafted, checked, decoded and handed to hooks comes from here.
KINDS = {
    "png": MediaKind("image", ("png", "apng"), (b"\x89PNG\r\n\x1a\n",)),
    "jpeg": MediaKind("image", ("jpg", "jpeg", "jpe"), (b"\xff\xd8\xff",)),
    "gif": MediaKind("image", ("gif",), (b"GIF87a", b"GIF89a")),
    "bmp": MediaKind("image", ("bmp",), (b"BM",)),
    "tiff": MediaKind("image", ("tif", "tiff"), (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    "webp": MediaKind("image", ("webp",)),
    "mp4": MediaKind("video", ("mp4", "m4v"), demuxer="mov"),
    "mov": MediaKind("video", ("mov",), demuxer="mov"),
    "avi": MediaKind("video", ("avi",), demuxer="avi"),
    "webm": MediaKind("video", ("webm",), demuxer="matroska"),
    "mkv": MediaKind("video", ("mkv",), demuxer="matroska"),
    "wav": MediaKind("audio", ("wav",), demuxer="wav"),
    "mp3": MediaKind("audio", ("mp3",), (b"ID3",), demuxer="mp3"),
    "flac": MediaKind("audio", ("flac",), (b"fLaC",), demuxer="flac"),
    "aiff": MediaKind("audio", ("aif", "aiff", "aifc"), demuxer="aiff"),
}
_BY_EXTENSION = {ending: kind for kind, its in KINDS.items() for ending in its.extensions}
#: The extensions of all kinds.
EXTENSIONS = frozenset(_BY_EXTENSION)
#: How many bytes `kind_of_content` looks at.
HEAD = 64
#: What Matroska begins with: https://www.rfc-editor.org/rfc/rfc8794, 11.2.1
EBML = b"\x1a\x45\xdf\xa3"
# Files of chunks, the second of whose names says what it is.
_FORMS = {
    b"RIFF": {b"WEBP": "webp", b"AVI ": "avi", b"WAVE": "wav"},
    b"FORM": {b"AIFF": "aiff", b"AIFC": "aiff"},
}
# Boxes that a QuickTime file may begin with, older ones without a brand.
_QUICKTIME_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip"}


def kind_of_content(head: bytes) -> str | None:
    """Tell the kind of a file by its first `HEAD` bytes; None if it is none of `KINDS`."""
    for kind, its in KINDS.items():
        if head.startswith(its.starts):
            return kind
    if (forms := _FORMS.get(head[:4])) is not None:
        return forms.get(head[8:12])
    if head[:4] == EBML:
        # The document's type stands in this header, which is a few dozen bytes long.
        return "webm" if b"webm" in head else "mkv" if b"matroska" in head else None
    if head[4:8] in {b"ftyp", *_QUICKTIME_BOXES}:
        return "mp4" if head[4:8] == b"ftyp" and head[8:12] != b"qt  " else "mov"
    # An MPEG audio frame: 11 set bits, then version, layer III, and a bit rate that is not "bad".
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 != 0xF0:
        return "mp3"
    return None


def kind_of_name(name: str) -> str | None:
    """Tell the kind of a file by its extension."""
    _, dot, ending = name.rpartition(".")
    return _BY_EXTENSION.get(ending.lower()) if dot else None


def media_of(kind: str | None) -> str | None:
    """Give ``image``, ``video`` or ``audio``."""
    return KINDS[kind].medium if kind in KINDS else None
