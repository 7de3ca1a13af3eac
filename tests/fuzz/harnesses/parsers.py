"""What our parsers make of any bytes: something, or an error of ours; nothing else leaves them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from brainscore_data.base.errors import BrainScoreDataError


class Harness(NamedTuple):
    """A parser, and of which family of `tests.fuzz.seeds` the files are that it begins with."""

    family: str
    look: Callable[[Path], object]


def png(path: Path) -> None:
    """What is proved to decode without a decoder decodes, and is what was said."""
    from PIL import Image

    from brainscore_data.media.png import ordinary_png, reaches_its_end

    content = path.read_bytes()
    found = ordinary_png(content)
    reaches_its_end(io.BytesIO(content))
    if found is not None:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            assert (image.mode, *image.size) == (found.mode, found.width, found.height)


def exif(path: Path) -> None:
    """What is left of an image leads to nobody."""
    from brainscore_data.check.people.image_stripping import without_people
    from brainscore_data.check.people.personal_tags import personal_tags

    content = path.read_bytes()
    list(personal_tags(io.BytesIO(content)))
    stripped = without_people(content)
    assert stripped is None or not list(personal_tags(io.BytesIO(stripped)))


def csv(path: Path) -> None:
    """Whoever changes a csv has read the same rows as everybody."""
    from brainscore_data.tables.csv_editing import editable_csv
    from brainscore_data.tables.table import read_table

    with contextlib.suppress(BrainScoreDataError):
        table = read_table(path)
        rows = list(table.rows())
        assert all(len(row) == len(table.columns) for row in rows)
        assert editable_csv(path).columns == table.columns


def hdf5(path: Path) -> None:
    """What passes the guards can be walked to its end by the library."""
    from brainscore_data.arrays.hdf5 import refuse_endless, refuse_external

    with contextlib.suppress(BrainScoreDataError, OSError):
        refuse_endless(path)
        refuse_external(path)


def npy(path: Path) -> None:
    from brainscore_data.arrays.npy import UNREADABLE, mapped

    with contextlib.suppress(*UNREADABLE, BrainScoreDataError):
        mapped(path)


def matlab(path: Path) -> None:
    from brainscore_data.drafting.matlab_files import matlab_parts

    with contextlib.suppress(BrainScoreDataError):
        matlab_parts(path)


def registrations(path: Path) -> None:
    """What can be read as a plugin can be read by who edits it, and nothing is lost on the way."""
    from brainscore_data.plugins.editing import UneditableError, style_of, without_leftovers
    from brainscore_data.plugins.parse import parse_plugin

    content = path.read_bytes()
    plugin = parse_plugin(content)
    if plugin.error is None:
        text = content.decode("utf-8", "replace")
        style_of(text, plugin.constants)
        with contextlib.suppress(UneditableError, RecursionError):
            assert without_leftovers(text, text)[0] == text


def zip_listing(path: Path) -> None:
    from brainscore_data.stimuli.files import list_stimuli

    with contextlib.suppress(BrainScoreDataError):
        found = list_stimuli(path, metadata=path.with_suffix(".csv"), root=path.parent)
        with found.opened() as read:
            for name in list(found.sizes)[:10]:
                for number, _ in enumerate(read(name)):
                    if number > 4:
                        break


def manifest(path: Path) -> None:
    """What is no manifest is an error with words for all that is wrong in it."""
    from brainscore_data.dataset.document import named_files
    from brainscore_data.dataset.reading import load_dataset

    named_files(path)
    said = "it is one"
    try:
        load_dataset(path)
    except BrainScoreDataError as error:
        said = str(error)
    assert said


def receipts(path: Path) -> None:
    from brainscore_data.check.registrations.committed_receipts import read_receipts
    from brainscore_data.plugins.receipt_markdown import render_markdown
    from brainscore_data.records.receipts import load_receipts

    read_receipts(path)
    with contextlib.suppress(BrainScoreDataError):
        render_markdown(load_receipts(path))


HARNESSES = {
    "png": Harness(".png", png),
    "exif": Harness(".jpg", exif),
    "csv": Harness(".csv", csv),
    "hdf5": Harness(".h5", hdf5),
    "npy": Harness(".npy", npy),
    "matlab": Harness(".mat", matlab),
    "registrations": Harness("__init__.py", registrations),
    "zip": Harness(".zip", zip_listing),
    "manifest": Harness(".toml", manifest),
    "receipts": Harness("receipts.json", receipts),
}
