"""Small pictures of stimuli: an image, the first frame of a video, the waveform of a sound.

They are made where files are decoded: in the cage. As `decoding` does, the format is named to the
decoder, and it reads from an open file.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO, NamedTuple

from brainscore_data.media.kinds import HEAD, KINDS, kind_of_content, media_of

_STRETCHES = 120
# A waveform of more is of the beginning.
_MOST_SECONDS = 120
_LONGEST_TEXT = 600


class Thumbnail(NamedTuple):
    """What there is to be seen of a file in a small space."""

    jpeg: bytes = b""
    width: int = 0  # of the small picture
    height: int = 0
    detail: str = ""
    wave: tuple[tuple[float, float], ...] = ()  # lowest and highest of each stretch, -1 to 1
    text: str = ""
    error: str = ""


def thumbnail(stream: BinaryIO, edge: int) -> Thumbnail:
    """Make a picture of at most `edge` pixels each way; what is wrong is said in the result."""
    head = stream.read(HEAD)
    stream.seek(0)
    kind = kind_of_content(head)
    try:
        if kind is None:
            return _text(stream)
        if media_of(kind) == "image":
            return _image(stream, kind, edge)
        return _recording(stream, kind, edge)
    except (MemoryError, ModuleNotFoundError):
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise all there is
        said = (str(error).splitlines() or [""])[0][:200]
        return Thumbnail(error=f"does not decode: {said or type(error).__name__}")


def _text(stream: BinaryIO) -> Thumbnail:
    content = stream.read(4 * _LONGEST_TEXT)
    try:
        text = content.decode("utf-8", "strict" if len(content) < 4 * _LONGEST_TEXT else "ignore")
    except UnicodeDecodeError:
        return Thumbnail(error="is not an image, video, sound or text")
    if not text.strip():
        return Thumbnail(error="is empty")
    return Thumbnail(text=text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…")


def _image(stream: BinaryIO, kind: str, edge: int) -> Thumbnail:
    from PIL import Image

    with Image.open(stream, formats=[kind.upper()]) as image:
        detail = f"{image.size[0]} × {image.size[1]}"
        image.draft("RGB", (edge * 2, edge * 2))
        return _small(image, edge)._replace(detail=detail)


def _small(image: Any, edge: int) -> Thumbnail:
    from PIL import Image

    # A palette, 16 bits, or what is see-through: shown on grey, as neither theme swallows that.
    if image.mode.startswith("I") or image.mode == "F":
        low, high = image.getextrema()
        scale = 255 / (high - low) if high > low else 0
        image = image.convert("F").point(lambda value: value * scale - low * scale).convert("L")
    if "A" in image.mode or "transparency" in image.info:
        over = image.convert("RGBA")
        image = Image.new("RGBA", over.size, (128, 128, 128, 255))
        image.alpha_composite(over)
    image = image.convert("RGB")
    image.thumbnail((edge, edge))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=72, optimize=True)
    return Thumbnail(written.getvalue(), *image.size)


def _recording(stream: BinaryIO, kind: str, edge: int) -> Thumbnail:
    import av

    with av.open(stream, "r", format=KINDS[kind].demuxer, metadata_errors="replace") as container:
        for track in container.streams.video if media_of(kind) == "video" else ():
            frame = next(container.decode(track))
            detail = f"{frame.width} × {frame.height}{_seconds(container, track)}"
            picture: Any = frame.to_image()  # type: ignore[no-untyped-call]
            return _small(picture, edge)._replace(detail=detail)
        for sound in container.streams.audio:
            rate = f"{sound.codec_context.sample_rate / 1000:g} kHz"
            detail = f"{rate}{_seconds(container, sound)}"
            return Thumbnail(wave=_wave(container, sound), detail=detail)
    return Thumbnail(error="has neither a picture nor a sound")


def _seconds(container: Any, track: Any) -> str:
    seconds = float(track.duration * track.time_base) if track.duration else 0.0
    seconds = seconds or (container.duration or 0) / 1_000_000
    return f", {seconds:.3g} s" if seconds else ""


def _wave(container: Any, track: Any) -> tuple[tuple[float, float], ...]:
    import av
    import numpy as np

    mono = av.AudioResampler(format="flt", layout="mono")
    pieces, samples = [], 0
    for frame in container.decode(track):
        for each in mono.resample(frame):
            pieces.append(each.to_ndarray().reshape(-1))
            samples += pieces[-1].size
        if samples > _MOST_SECONDS * (track.codec_context.sample_rate or 48_000):
            break
    if not samples:
        return ()
    stretches = np.array_split(np.concatenate(pieces), min(_STRETCHES, samples))
    return tuple((round(float(each.min()), 4), round(float(each.max()), 4)) for each in stretches)
