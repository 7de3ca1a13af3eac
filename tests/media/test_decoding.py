from __future__ import annotations

import io
import struct
import sys
import wave
import zlib
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from how_often import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from brainscore_data.media.decoding import decoded
from brainscore_data.media.png import ordinary_png

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = {"png": "png", "jpeg": "jpeg", "gif": "gif", "bmp": "bmp", "tiff": "tiff", "webp": "webp"}
VIDEOS = {"mp4": "mpeg4", "mov": "mpeg4", "avi": "mpeg4", "webm": "libvpx", "mkv": "mpeg4"}
SOUNDS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "aiff": "pcm_s16be"}


def image(form: str, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    made = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(made, form)
    return made.getvalue()


def video(form: str) -> bytes:
    made = io.BytesIO()
    with av.open(made, "w", format="matroska" if form == "mkv" else form) as container:
        track = container.add_stream(VIDEOS[form], rate=10)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        random = np.random.default_rng(0)
        for _ in range(20):
            noise = random.integers(0, 256, (48, 64, 3), dtype=np.uint8)
            container.mux(track.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(track.encode())
    return made.getvalue()


def sound(form: str) -> bytes:
    made = io.BytesIO()
    with av.open(made, "w", format=form) as container:
        track = container.add_stream(SOUNDS[form], rate=16000, layout="mono")
        noise = np.random.default_rng(0).integers(-9000, 9000, (1, 32000)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
        frame.sample_rate = 16000
        resampler = av.AudioResampler(track.codec_context.format, "mono", 16000, 1024)
        for each in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(track.encode(each))
        container.mux(track.encode())
    return made.getvalue()


@pytest.mark.parametrize("form", IMAGES)
def test_an_image_of_each_kind_decodes(form: str) -> None:
    found = decoded(image(form))
    assert (found.kind, found.width, found.height, found.frames) == (form, 40, 30, 1)
    assert found.error is None


@pytest.mark.parametrize("form", VIDEOS)
def test_a_video_of_each_kind_decodes(form: str) -> None:
    found = decoded(video(form))
    assert (found.kind, found.width, found.height, found.frames) == (form, 64, 48, 20)
    assert found.duration == pytest.approx(2, abs=0.2)
    assert found.error is None


@pytest.mark.parametrize("form", SOUNDS)
def test_a_sound_of_each_kind_decodes(form: str) -> None:
    found = decoded(sound(form))
    assert (found.kind, found.samplerate, found.channels) == (form, 16000, 1)
    assert found.duration == pytest.approx(2, abs=0.2)
    assert found.error is None


@pytest.mark.parametrize("form", [*IMAGES, *VIDEOS, *SOUNDS])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_what_is_cut_off_does_not_decode(form: str, share: float) -> None:
    make = image if form in IMAGES else video if form in VIDEOS else sound
    whole = make(form)
    found = decoded(whole[: max(64, int(len(whole) * share))])
    assert found.kind == form
    assert found.error


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_the_mode_is_pillow_s(mode: str) -> None:
    content = image("png", "L" if mode == "I;16" else mode)
    if mode == "I;16":
        made = io.BytesIO()
        Image.new("I;16", (40, 30)).save(made, "png")
        content = made.getvalue()
    assert decoded(content).mode == mode


def test_a_print_s_colours_are_told() -> None:
    assert decoded(image("jpeg", "CMYK")).mode == "CMYK"


def test_all_frames_of_an_animation_are_decoded() -> None:
    made = io.BytesIO()
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 90, 200)]
    frames[0].save(made, "gif", save_all=True, append_images=frames[1:])
    assert decoded(made.getvalue()).frames == 3


@pytest.mark.parametrize("colour", [2, 3])
def test_an_image_of_50_000_by_50_000_pixels_is_not_decoded(colour: int) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, colour, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 20))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows)
    found = decoded(content + chunk(b"IEND", b""))
    assert found.error is not None
    assert "pixels" in found.error


def test_a_sound_says_when_a_byte_is_missing() -> None:
    made = io.BytesIO()
    with wave.open(made, "wb") as writer:
        writer.setparams((1, 2, 8000, 0, "NONE", ""))
        writer.writeframes(bytes(160))
    assert decoded(made.getvalue()).error is None
    assert decoded(made.getvalue()[:-1]).error


def test_what_is_no_medium_is_of_no_kind() -> None:
    found = decoded(b"stimulus_id,filename\n")
    assert found.kind is None
    assert found.error is None


def test_a_list_of_addresses_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    playlist = f"#EXTM3U\n#EXTINF:1,\n{tmp_path / 'secret.txt'}\n"
    assert decoded(playlist.encode()).kind is None


@settings(deadline=None, max_examples=examples(50))
@given(
    st.sampled_from(["RGB", "RGBA", "L", "LA"]),
    st.integers(0, 10_000),
    st.integers(0, 255),
    st.booleans(),
)
def test_what_is_proven_whole_without_pillow_pillow_decodes(
    mode: str, position: int, byte: int, mended: bool
) -> None:
    content = bytearray(image("png", mode, (9, 7)))
    content[position % len(content)] = byte
    if mended:
        _mend_checksums(content)
    found = ordinary_png(bytes(content))
    if found is not None:
        with Image.open(io.BytesIO(content)) as opened:
            opened.load()
            assert (opened.mode, opened.size) == (found.mode, (found.width, found.height))


def test_an_ordinary_png_needs_no_other_decoder() -> None:
    for mode in ("RGB", "RGBA", "L", "LA"):
        assert ordinary_png(image("png", mode)) is not None


def _mend_checksums(content: bytearray) -> None:
    position = 8
    while position + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, position)
        end = position + 8 + length
        if end + 4 > len(content):
            return
        struct.pack_into(">I", content, end, zlib.crc32(content[position + 4 : end]))
        position = end + 4


@pytest.mark.parametrize("module", ["isal", "PIL"])
def test_without_its_decoder_the_kind_is_known_and_what_is_missing(module, monkeypatch):
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "png" if module == "isal" else "jpeg")
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, f"{module}.Image", None)
    found = decoded(made.getvalue())
    assert (found.missing, found.error) == (module, None)
    assert found.kind == ("png" if module == "isal" else "jpeg")


def jpeg(**options: object) -> bytes:
    random = np.random.default_rng(7)
    blobs = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    made = io.BytesIO()
    blobs.resize((96, 64)).save(made, "jpeg", **options)
    return made.getvalue()


JPEGS = (jpeg(), jpeg(progressive=True), jpeg(quality=95, subsampling=0))


@given(
    st.sampled_from(JPEGS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5),
    st.floats(0.01, 1),
)
def test_a_jpeg_is_whole_exactly_if_all_its_pixels_can_be_made(
    original: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    content = bytearray(original)
    for place, value in changes:
        content[int(place * (len(content) - 1))] = value
    content = content[: max(4, int(kept * len(content)))]
    assume(content[:3] == b"\xff\xd8\xff")
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
            image.load()
        is_whole = True
    except Exception:  # noqa: BLE001 - whatever Pillow raises
        is_whole = False
    assert (decoded(bytes(content)).error is None) == is_whole
