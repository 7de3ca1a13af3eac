"""Small stimulus sets for the examples of the rules."""

from __future__ import annotations

import io
from collections.abc import Mapping

from brainscore_data.check.engine.rule import Example, Made

_MANIFEST = """\
schema = 1

[dataset]
license = "CC-BY-4.0"

[[stimulus_set]]
identifier = "MajajHong2015"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""


def stimulus_set(files: Mapping[str, str | Made], listed: tuple[str, ...] = ()) -> Example:
    """Make an example with one stimulus set; the csv lists its files, unless told otherwise."""
    names = listed or tuple(files)
    rows = "".join(f"s{number},{name}\n" for number, name in enumerate(names, 1))
    return Example(
        {
            "dataset.toml": _MANIFEST,
            "stimuli.csv": f"stimulus_id,filename\n{rows}",
            **{f"stimuli/{name}": content for name, content in files.items()},
        }
    )


def image(colour: int, *, mode: str = "RGB", form: str = "png", size: int = 8) -> Made:
    """Describe a small image of one colour, a number from 0 to 255."""

    def make() -> bytes:
        from PIL import Image

        made = io.BytesIO()
        Image.new("RGB", (size, size), (colour, 128, 128)).convert(mode).save(made, form)
        return made.getvalue()

    return Made(f"a {form} image, {mode}, {size} x {size} pixels, colour {colour}", make)


def cut_off(whole: Made) -> Made:
    """Describe a file without its last third."""
    return Made(
        f"the first two thirds of {whole.description}",
        lambda: whole.make()[: len(whole.make()) * 2 // 3],
    )


def sound() -> Made:
    """Describe a tenth of a second of silence."""

    def make() -> bytes:
        import wave

        made = io.BytesIO()
        with wave.open(made, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(8000)
            writer.writeframes(bytes(1600))
        return made.getvalue()

    return Made("a wav file, a tenth of a second of silence", make)


def zipped(whole: Made, *, damaged: bool = False) -> Example:
    """Make an example whose one stimulus is in a zip."""

    def make() -> bytes:
        import zipfile

        made, content = io.BytesIO(), whole.make()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("face_1.png", content)
        return made.getvalue().replace(content, content[::-1]) if damaged else made.getvalue()

    files = dict(stimulus_set({"face_1.png": whole}).files)
    del files["stimuli/face_1.png"]
    files["dataset.toml"] = _MANIFEST.replace('"stimuli"', '"stimuli.zip"')
    state = ", which is damaged in it" if damaged else ""
    files["stimuli.zip"] = Made(f"a zip with {whole.description}{state}", make)
    return Example(files)
