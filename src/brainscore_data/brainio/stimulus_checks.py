"""brainio's checks of names, numbers and formats of stimuli, with messages.

They say no by an error that is an AssertionError too, and nothing where all is well.
"""

from __future__ import annotations

import mimetypes
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import DataError
from brainscore_data.brainio.callers import fails_as_callers_expect
from brainscore_data.brainio.stimulus_inputs import id_column, named_paths, stimulus_paths
from brainscore_data.dataset.naming import parse_identifier

if TYPE_CHECKING:
    import pandas as pd

_CHANNELS = {"RGBA": 4, "RGB": 3, "LA": 2, "L": 1}
_STIMULUS_NAME = re.compile(r"([a-zA-Z0-9]+_?(?!0)|(?!0))\d+\.(jpg|jpeg|png|mp4)", re.ASCII)
_NUMBER = re.compile(r"(\d+)$", re.ASCII)


@fails_as_callers_expect
def check_naming_convention(name: str) -> None:
    """Make sure that an identifier has the older form ``lab.Author2024``, or one used today.

    Examples
    --------
    >>> check_naming_convention("dicarlo.MajajHong2015"), check_naming_convention("Kar2019")
    (None, None)
    """
    older = re.fullmatch(r"[a-z]+\.[A-Z][a-zA-Z0-9]+", name)
    if not older and parse_identifier(name) is None:
        raise DataError(
            f"{name!r} is not named as Brain-Score names its data",
            hint="write Author2024, with a suffix after . or _ if there are several, or "
            "lab.Author2024",
        )


@fails_as_callers_expect
def check_stimulus_naming_convention(name: str | os.PathLike[str]) -> None:
    """Make sure that a stimulus's file name is letters, a number that counts, and an ending.

    Examples
    --------
    >>> check_stimulus_naming_convention("image_12.png")
    """
    if not _STIMULUS_NAME.fullmatch(os.fspath(name)):
        raise DataError(
            f"the stimulus {os.fspath(name)!r} is not named as experiments need it",
            hint="write e.g. image_1.png: letters, _, a number that does not begin with 0, and "
            ".jpg, .jpeg, .png or .mp4",
        )


@fails_as_callers_expect
def check_image_format(image: Any, identifier: Any) -> None:
    """Make sure that an image is in colour or grey, with or without transparency.

    Parameters
    ----------
    image : PIL.Image.Image
        The image.
    identifier : str
        What messages call it.
    """
    if image.mode not in _CHANNELS:
        raise DataError(
            f"incorrect image mode {image.mode}",
            where=str(identifier),
            hint=f"convert it to one of {', '.join(_CHANNELS)}",
        )
    bands = len(image.getbands())
    if bands != _CHANNELS[image.mode]:
        raise DataError(f"incorrect channels {bands}", where=str(identifier))


@fails_as_callers_expect
def check_stimulus_numbers(stimulus_set: pd.DataFrame) -> None:
    """Make sure that the numbers at the end of the files' names are without gaps."""
    numbers: dict[int, Path] = {}
    for path in named_paths(stimulus_set):
        found = _NUMBER.search(path.stem)
        if found is None:
            raise DataError("its name does not end in a number", where=str(path))
        number = int(found[1])
        if number in numbers:
            raise DataError(
                f"StimulusSet files not sequentially numbered: {number} is that of "
                f"{numbers[number].name} too",
                where=str(path),
            )
        numbers[number] = path
    gaps = sorted({number + 1 for number in numbers} - numbers.keys())[:-1]
    if gaps:
        raise DataError(f"StimulusSet files not sequentially numbered: there is no {gaps[0]}")


@fails_as_callers_expect
def check_experiment_stimulus_set(stimulus_set: pd.DataFrame) -> None:
    """Make sure that stimuli for an experiment (``brainio.requested``) can be shown.

    Their files are there, of one kind, readable, and named and numbered one after the other.
    """
    id_column(stimulus_set)
    paths = stimulus_paths(stimulus_set)
    first = mimetypes.guess_type(paths[0].name)[0]
    for path in paths:
        check_stimulus_naming_convention(path.name)
        kind = mimetypes.guess_type(path.name)[0]
        if kind != first:
            raise DataError(
                f"{path} is a different media type than other stimuli in the StimulusSet: "
                f"{kind}, and {paths[0].name} is {first}"
            )
        if kind and kind.startswith("image"):
            _check_image(path)
    check_stimulus_numbers(stimulus_set)


def _check_image(path: Path) -> None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.load()
            check_image_format(image, path)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise DataError(f"this image cannot be read: {error}", where=str(path)) from error
