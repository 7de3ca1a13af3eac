"""Images without what leads to people; the originals are kept beside, where git ignores them.

The pixels are the same bytes as before. But an image is raw data, too: with the position and the
owner go the time and the exposure, which somebody may need. So the original moves, byte for byte,
into a folder of its own, and only the copy without metadata takes its place.
"""

from __future__ import annotations

import io
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from brainscore_data.base.door import content_of, opened
from brainscore_data.base.files import explained, write_like
from brainscore_data.base.repository import resolved
from brainscore_data.check.engine.finding import Fixed, Wanted
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.people.image_blocks import Block, blocks, content, image_format
from brainscore_data.check.people.personal_tags import (
    EXIF_HEADER,
    IMAGES,
    METADATA,
    PNG_TEXTS,
    XMP_HEADER,
    exif_in,
    only_orientation,
    orientation,
    personal_tags,
    tags_of_block,
    tags_of_file,
)
from brainscore_data.check.people.rules import RULE_ABOUT
from brainscore_data.check.people.staying_home import committed_before, keep_home, staying_home
from brainscore_data.dataset.document import manifest_above, named_by_place

_FORMATS = frozenset({"jpeg", "png", "webp"})
_LARGEST = 1 << 29
_FOLDER = "originals"
_HAS_EXIF, _HAS_XMP = 0x08, 0x04  # flags in a WebP's VP8X chunk


def why_not_stripped(path: Path) -> str | None:
    """Say why `--fix` leaves an image alone; None if it does not."""
    if path.suffix.lower() not in IMAGES:
        return "it does not change images inside other files"
    if path.is_symlink():
        return "it does not change links"
    try:
        with opened(path) as stream:
            kind = image_format(stream.read(12))
        if kind not in _FORMATS or path.stat().st_size > _LARGEST:
            return "it fixes only JPEG, PNG and WebP files up to 512 MB"
    except OSError as error:
        return f"it cannot read the file: {error.strerror}"
    original = _original_of(path)
    if original is None:
        return "the stimuli lie beside dataset.toml: put them into a folder of their own"
    return f"{original[1]} is there already" if os.path.lexists(original[1]) else None


def is_for_originals(folder: str) -> bool:
    """Say whether a folder is called as one in which originals are kept."""
    return folder == _FOLDER or folder.endswith(f".{_FOLDER}")


def strip_images(subjects: Subjects, wanted: Wanted) -> Iterator[Fixed]:
    """Take metadata that lead to people out of images."""
    found = {
        path: tags
        for path in subjects.files
        if path.suffix.lower() in IMAGES and (tags := tags_of_file(path))
    }
    home = staying_home(found)
    told: set[Path] = set()
    for path, tags in found.items():
        original = _original_of(path)
        if (
            path in home
            or why_not_stripped(path) is not None
            or original is None
            or not any(wanted(RULE_ABOUT[tag.holds], path) for tag in tags)
        ):
            continue
        data = content_of(path, _LARGEST)
        stripped = without_people(data)
        if stripped is None:
            continue
        folder, place = original
        with explained(place):
            place.parent.mkdir(parents=True, exist_ok=True)
        if folder not in told:
            told.add(folder)
            yield Fixed(folder, "keeps the originals of images", (keep_home(folder),))
        _keep(path, place, data)
        write_like(path, path, stripped)
        before = committed_before(path)
        removed = ", ".join(dict.fromkeys(tag.name for tag in tags))
        what = f"removed {removed}; the original is {place}"
        yield Fixed(path, what, (before,) if before else ())


def _keep(path: Path, place: Path, data: bytes) -> None:
    """Give the original a second name; where that is not possible, make a copy of it."""
    try:
        os.link(path, place)
    except OSError:
        write_like(path, place, data)
        shutil.copystat(path, place)


def _original_of(path: Path) -> tuple[Path, Path] | None:
    """Say where an image's original is kept, the folder for all of them first.

    That is beside the folder of stimuli, so that it is no stimulus; None if there is no such place.
    """
    manifest = manifest_above(path)
    place = resolved(path)
    named = {} if manifest is None else named_by_place(manifest)
    for stimuli in (place, *place.parents):
        if all(each.key != "files" for each in named.get(stimuli, ())):
            continue
        if manifest is None or stimuli in (place, resolved(manifest.parent)):
            return None
        # As the user typed the path, so far as it leads to the folder.
        typed = Path(os.path.normpath(path.parent / os.path.relpath(stimuli, place.parent)))
        folder = typed.with_name(f"{stimuli.name}.{_FOLDER}")
        return folder, folder / place.relative_to(stimuli)
    folder = path.parent / _FOLDER
    return folder, folder / path.name


def without_people(data: bytes) -> bytes | None:
    """Take Exif and XMP out of an image, and the texts of a PNG that name somebody.

    None if it names nobody, or cannot be fixed: if anything but metadata came out otherwise, above
    all. How the image is turned stays: viewers, and some readers, turn it accordingly.
    """
    stream = io.BytesIO(data)
    kind = image_format(data[:12])
    if kind not in _FORMATS or not any(personal_tags(stream)):
        return None
    kept: list[bytes] = []
    at, turned, where = 0, 1, None
    for block in blocks(stream):
        held = content(stream, block)
        if not _is_dropped(block, held):
            continue
        exif = exif_in(block.kind, held)
        if exif is not None:
            turned = max(turned, orientation(exif))
        kept.append(data[at : block.start])
        where = len(kept) if where is None else where
        at = block.end
    kept.append(data[at:])
    if turned != 1 and where is not None:
        kept.insert(where, _exif_block(kind, only_orientation(turned)))
    stripped = b"".join(kept)
    if kind == "webp":
        stripped = _webp_header_mended(stripped, has_exif=turned != 1)
    still_named = any(personal_tags(io.BytesIO(stripped)))
    return None if still_named or _beside_metadata(stripped) != _beside_metadata(data) else stripped


def _beside_metadata(data: bytes) -> bytes:
    """Give all bytes of an image that are in no block of metadata: the pixels are among them.

    Blocks are told apart by their kind alone, and not by what `without_people` made of them: this
    is the proof that it took nothing else.
    """
    kind = image_format(data[:12])
    parts, at = [], 0
    for block in blocks(io.BytesIO(data)):
        if block.kind in METADATA:
            parts.append(data[at : block.start])
            at = block.end
    rest = bytearray(b"".join([*parts, data[at:]]))
    if kind == "webp":
        rest[4:8] = bytes(4)  # how long the file is
        if rest[12:16] == b"VP8X":
            rest[20] &= ~(_HAS_EXIF | _HAS_XMP)
    return bytes(rest)


def _is_dropped(block: Block, held: bytes) -> bool:
    if block.kind == b"APP1":
        return held.startswith((EXIF_HEADER, XMP_HEADER))
    if block.kind in PNG_TEXTS:
        return exif_in(block.kind, held) is not None or any(tags_of_block(block.kind, held))
    return block.kind in METADATA


def _exif_block(kind: str, exif: bytes) -> bytes:
    if kind == "jpeg":
        return b"\xff\xe1" + struct.pack(">H", len(EXIF_HEADER + exif) + 2) + EXIF_HEADER + exif
    if kind == "png":
        checked = b"eXIf" + exif
        return struct.pack(">I", len(exif)) + checked + struct.pack(">I", zlib.crc32(checked))
    return b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) % 2)


def _webp_header_mended(data: bytes, *, has_exif: bool) -> bytes:
    mended = bytearray(data)
    mended[4:8] = struct.pack("<I", len(data) - 8)
    if data[12:16] == b"VP8X":
        mended[20] &= ~(_HAS_EXIF | _HAS_XMP)
        mended[20] |= _HAS_EXIF if has_exif else 0
    return bytes(mended)
