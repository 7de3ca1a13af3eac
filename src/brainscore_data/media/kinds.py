"""What kind of image, video or sound a file is, by its first bytes and by its name."""

from __future__ import annotations

#: Kind → the extensions that say so, the usual one first.
EXTENSIONS = {
    "png": ("png", "apng"),
    "jpeg": ("jpg", "jpeg", "jpe"),
    "gif": ("gif",),
    "bmp": ("bmp",),
    "tiff": ("tif", "tiff"),
    "webp": ("webp",),
    "mp4": ("mp4", "m4v"),
    "mov": ("mov",),
    "avi": ("avi",),
    "webm": ("webm",),
    "mkv": ("mkv",),
    "wav": ("wav",),
    "mp3": ("mp3",),
    "flac": ("flac",),
}
#: Kind → media type.
MEDIA = {
    **dict.fromkeys(["png", "jpeg", "gif", "bmp", "tiff", "webp"], "image"),
    **dict.fromkeys(["mp4", "mov", "avi", "webm", "mkv"], "video"),
    **dict.fromkeys(["wav", "mp3", "flac"], "audio"),
}
_BY_EXTENSION = {ending: kind for kind, endings in EXTENSIONS.items() for ending in endings}
#: How many bytes `kind_of_content` looks at.
HEAD = 64
_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
)
#: What Matroska begins with: https://www.rfc-editor.org/rfc/rfc8794, 11.2.1
EBML = b"\x1a\x45\xdf\xa3"
_RIFF = {b"WEBP": "webp", b"AVI ": "avi", b"WAVE": "wav"}
# Boxes that a QuickTime file may begin with, older ones without a brand.
_QUICKTIME_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip"}


def kind_of_content(head: bytes) -> str | None:
    """Tell the kind of a file by its first `HEAD` bytes; None if it is none of `EXTENSIONS`.

    Examples
    --------
    >>> kind_of_content(b"GIF89a...")
    'gif'
    >>> kind_of_content(b"stimulus_id,filename")
    """
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
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
    """Tell the kind of a file by its extension.

    Examples
    --------
    >>> kind_of_name("face_1.JPG")
    'jpeg'
    """
    _, dot, ending = name.rpartition(".")
    return _BY_EXTENSION.get(ending.lower()) if dot else None


def media_of(kind: str | None) -> str | None:
    """Give ``image``, ``video`` or ``audio``."""
    return MEDIA.get(kind) if kind else None
