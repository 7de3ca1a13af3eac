"""Decoding a file to its end, to know what is in it and that nothing is missing.

Images are Pillow's, videos and sounds PyAV's, which is ffmpeg. The format is always named to the
decoder, so that a file cannot choose one of the many others that they know, and they read from an
open file, so that there is no address in it that they could follow.
"""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO, NamedTuple

from brainscore_data.media.kinds import HEAD, KINDS, kind_of_content, media_of
from brainscore_data.media.png import ordinary_png, reaches_its_end

# More than an hour of 1920 x 1080 at 30 frames a second; and far more than any animation.
_MOST_VIDEO_PIXELS = 300_000_000_000
_MOST_IMAGE_PIXELS = 4_000_000_000
_MOST_SECONDS = 24 * 3600
_SEGMENT = b"\x18\x53\x80\x67"


class Content(NamedTuple):
    """What is in an image, a video or a sound."""

    kind: str | None  # a key of `KINDS`; None for anything else, which is not decoded
    # Of an image, as Pillow names it: ``RGB``, ``L``, ``P``, …; of the others the pixel or sample
    # format
    mode: str | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None  # how many images there are
    duration: float | None = None  # in seconds
    samplerate: int | None = None  # in Hz
    channels: int | None = None
    error: str | None = None  # why it does not decode to its end
    # The module that would decode it and is not installed; then only the kind is known
    missing: str | None = None


class _BrokenError(Exception):
    """The content cannot be decoded; the message says why."""


def decoded(content: bytes | BinaryIO) -> Content:
    """Decode all of a file; what is wrong with it is said in the result."""
    if isinstance(content, bytes):
        kind = kind_of_content(content[:HEAD])
        stream: BinaryIO = io.BytesIO(content)
    else:
        stream = content
        kind = kind_of_content(stream.read(HEAD))
        stream.seek(0)
    if kind is None:
        return Content(None)
    # Outside of the net below: a decoder that is not installed is no fault of the file.
    try:
        if kind == "png" and isinstance(content, bytes) and (png := ordinary_png(content)):
            return Content("png", png.mode, png.width, png.height, frames=1)
        _import_decoder(kind)
    except ModuleNotFoundError as error:
        return Content(kind, missing=(error.name or "").partition(".")[0])
    decode = _decoded_image if media_of(kind) == "image" else _decoded_recording
    try:
        return decode(stream, kind)
    except _BrokenError as error:
        return Content(kind, error=str(error))
    except MemoryError:
        raise  # it says as much about the machine
    except Exception as error:  # noqa: BLE001 - decoders raise all there is, struct.error to KeyError
        return Content(kind, error=_said(error))


def _import_decoder(kind: str) -> None:
    if media_of(kind) == "image":
        import isal  # noqa: F401
        import PIL.Image  # noqa: F401
    else:
        import av  # noqa: F401


def _said(error: Exception) -> str:
    first = (str(error).splitlines() or [""])[0]
    return first[:200] or type(error).__name__


def _decoded_image(stream: BinaryIO, kind: str) -> Content:
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(stream, formats=[kind.upper()])
    except Image.DecompressionBombError as error:
        text = "it has more pixels than can be decoded safely"
        raise _BrokenError(f"{text}: {_said(error)}") from error
    except UnidentifiedImageError as error:
        text = "its beginning is damaged"
        raise _BrokenError(text) from error
    with image:
        mode, (width, height) = image.mode, image.size
        # At an eighth of the size libjpeg still reads every coefficient, which is all that can be
        # damaged; it saves the arithmetic that makes pixels of them.
        image.draft("L", (1, 1))
        frames = _load_frames(image)
    if kind == "png" and not reaches_its_end(stream):
        text = "its end is missing"
        raise _BrokenError(text)
    return Content(kind, mode, width, height, frames=frames)


def _load_frames(image: Any) -> int:
    pixels = frames = 0
    while True:
        pixels += image.size[0] * image.size[1]
        if pixels > _MOST_IMAGE_PIXELS:
            text = f"it has more than {frames} frames, too many pixels to decode them all"
            raise _BrokenError(text)
        image.load()
        frames += 1
        try:
            image.seek(frames)
        except EOFError:
            return frames


def _decoded_recording(stream: BinaryIO, kind: str) -> Content:
    import av

    if kind in {"wav", "avi"}:
        _refuse_short_riff(stream)
    if kind in {"webm", "mkv"}:
        _refuse_short_matroska(stream)
    exact = kind != "mp3" or _counts_frames(stream)
    try:
        with av.open(stream, format=KINDS[kind].demuxer, metadata_errors="replace") as container:
            tracks = container.streams
            if media_of(kind) == "video" and tracks.video:
                return _watched(container, tracks.video[0], kind)
            if tracks.audio:
                return _heard(container, tracks.audio[0], kind, exact=exact)
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        raise _BrokenError(error.strerror or type(error).__name__) from error
    text = "there is neither a picture nor a sound in it"
    raise _BrokenError(text)


def _watched(container: Any, track: Any, kind: str) -> Content:
    frames = pixels = 0
    width, height = track.codec_context.width, track.codec_context.height
    if width * height > _MOST_VIDEO_PIXELS // 1000:
        text = f"its frames are {width} x {height} pixels, too many to decode"
        raise _BrokenError(text)
    for frame in container.decode(track):
        frames += 1
        pixels += frame.width * frame.height
        if pixels > _MOST_VIDEO_PIXELS:
            text = f"it is too long to be decoded in full: stopped after {frames} frames"
            raise _BrokenError(text)
    if frames < max(track.frames, 1):
        text = f"it ends after {frames} of {track.frames} frames"
        raise _BrokenError(text)
    seconds = float(track.duration * track.time_base) if track.duration else None
    if seconds is None and container.duration:  # Matroska has it for the whole only
        seconds = container.duration / 1_000_000
    mode = track.codec_context.pix_fmt
    return Content(kind, mode, width, height, frames=frames, duration=seconds)


def _heard(container: Any, track: Any, kind: str, *, exact: bool) -> Content:
    rate = track.codec_context.sample_rate
    samples = 0
    for frame in container.decode(track):
        samples += frame.samples
        if samples > _MOST_SECONDS * rate:
            text = "it is too long to be decoded in full"
            raise _BrokenError(text)
    seconds = samples / rate if rate else 0.0
    declared = float(track.duration * track.time_base) if track.duration else 0.0
    # Encoders' delays are a few hundredths of a second.
    if not samples or (exact and seconds < declared - 0.1):
        text = f"it ends after {seconds:.2f} of {declared:.2f} seconds"
        raise _BrokenError(text)
    context = track.codec_context
    return Content(
        kind,
        context.format.name if context.format else None,
        duration=seconds,
        samplerate=rate,
        channels=context.layout.nb_channels,
    )


def _refuse_short_riff(stream: BinaryIO) -> None:
    """Compare the size that the first bytes tell with the real one; ffmpeg does not mind."""
    stream.seek(4)
    declared = int.from_bytes(stream.read(4), "little") + 8
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    # 0 and the largest number are what programs write that do not know the size beforehand.
    if size < declared < 0xFFFFFF00:
        text = f"it should have {declared} bytes and has {size}: it was cut off"
        raise _BrokenError(text)


def _refuse_short_matroska(stream: BinaryIO) -> None:
    """Likewise; all but a header lies in one element, the segment (RFC 9559)."""
    stream.seek(0)
    head = stream.read(1024)
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    at = head.find(_SEGMENT) + len(_SEGMENT)
    if at < len(_SEGMENT) or at >= len(head) or head[at] == 0:
        text = "its beginning is damaged"
        raise _BrokenError(text)
    # A number of 1 to 8 bytes; the first bit that is set tells how many (RFC 8794, 4).
    width = 9 - head[at].bit_length()
    number = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
    declared = at + width + number
    unknown = number == (1 << 7 * width) - 1  # what was written before its end was known
    if size < declared and not unknown:
        text = f"it should have {declared} bytes and has {size}: it was cut off"
        raise _BrokenError(text)


def _counts_frames(stream: BinaryIO) -> bool:
    """Tell whether an mp3 says how long it is; otherwise its duration is a guess."""
    start = stream.read(1 << 16)
    stream.seek(0)
    return b"Xing" in start or b"Info" in start
