"""Case k: stimulus sets of images, all rules about them, against brainscore-core's own check."""

from __future__ import annotations

import io
import shutil
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from bench.environments import our_environment, reference_interpreter
from bench.pairs import Run, in_pairs, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.pairs import Comparison

TITLE = "stimulus files, every one decoded"
_PROGRAMS = Path(__file__).parent / "programs"
_MANIFEST = """\
schema = 1
[dataset]
license = "CC-BY-4.0"
[[stimulus_set]]
identifier = "Bench2024"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""
# Each image is made once and told apart by a comment, as encoding takes longer than all else.
_DISTINCT = 200


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare 10,000 png images of 256 x 256 pixels, 2,000 jpeg images, and a second run."""
    pngs, jpegs = (100, 20) if quick else (10_000, 2_000)
    python = reference_interpreter()
    cache = folder / "cache"
    found = []
    for form, count in (("png", pngs), ("jpeg", jpegs)):
        dataset = folder / form
        make_dataset(dataset, {form: count})
        _ours(dataset, cache)  # compiles the modules, and reads the files once for both
        found += _compared(f"{count} {form}", dataset, python, cache, pairs)
    fewer = folder / "fewer"
    make_dataset(fewer, {"png": pngs // 10})
    found.append(
        in_pairs(
            f"{pngs // 10} png against {pngs} png, both ours",
            lambda: _ours(fewer, cache),
            lambda: _ours(folder / "png", cache),
            1,
        )
    )
    return tuple(found)


def _compared(
    name: str, dataset: Path, python: Path, cache: Path, pairs: int
) -> tuple[Comparison, Comparison]:
    first = in_pairs(
        f"{name}: brainscore-core against this, nothing known",
        lambda: told([python, _PROGRAMS / "reference_check.py", dataset]),
        lambda: _ours(dataset, cache),
        pairs,
    )
    _ours(dataset, cache)
    again = in_pairs(
        f"{name}: nothing known against unchanged since",
        lambda: _ours(dataset, cache.with_name("other")),
        lambda: _ours(dataset, cache, known=True),
        pairs,
    )
    return first, again


def _ours(dataset: Path, cache: Path, *, known: bool = False) -> Run:
    if not known:
        shutil.rmtree(cache, ignore_errors=True)
    environment = our_environment(cache.parent, BRAINSCORE_DATA_CACHE=str(cache))
    program = [sys.executable, _PROGRAMS / "our_check.py", dataset, "0", "BSD3"]
    return told(program, env=environment)


def make_dataset(dataset: Path, counts: Mapping[str, int]) -> None:
    """Write a dataset with so many images of each form, and a row for each."""
    stimuli = dataset / "stimuli"
    stimuli.mkdir(parents=True)
    (dataset / "dataset.toml").write_text(_MANIFEST)
    rows = ["stimulus_id,filename"]
    for form, count in counts.items():
        originals = [_image(seed, form) for seed in range(min(count, _DISTINCT))]
        for number in range(count):
            name = f"image_{len(rows) - 1}.{'jpg' if form == 'jpeg' else form}"
            original = originals[number % len(originals)]
            (stimuli / name).write_bytes(_commented(original, form, f"number\0{number}".encode()))
            # brainscore-core names the members of its zip by id and ending.
            rows.append(f"{Path(name).stem},{name}")
    (dataset / "stimuli.csv").write_text("\n".join(rows) + "\n")


def _image(seed: int, form: str) -> bytes:
    """Make an image that compresses about as natural images do: blurred blobs and a little noise."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(seed)
    blobs = Image.fromarray(random.integers(0, 256, (16, 16, 3), dtype=np.uint8))
    smooth = np.asarray(blobs.resize((256, 256), Image.Resampling.BICUBIC)).astype(int)
    noisy = smooth + random.integers(-4, 5, smooth.shape)
    made = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(made, form)
    return made.getvalue()


def _commented(image: bytes, form: str, comment: bytes) -> bytes:
    if form == "jpeg":
        return image[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + image[2:]
    chunk = b"tEXt" + comment
    # After the signature and the header, which has 13 bytes in a chunk of 25.
    written = len(comment).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
    return image[:33] + written + image[33:]
