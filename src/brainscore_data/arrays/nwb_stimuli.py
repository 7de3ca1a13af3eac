"""What was shown and lies in an NWB file, taken out: pictures as png, films as avi.

A film is coded with FFV1 (RFC 9043), which loses nothing, and which ffmpeg and OpenCV decode wherever
they are. It is read again, and compared with the file, before anybody has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from brainscore_data.arrays.nwb_session import Session, SessionParts, has, place_in
from brainscore_data.base.errors import DataError

_SAVE = "save the {} as files, and put them into a folder beside the session"
_COLOURS = {2: ("gray", "gray"), 3: ("rgb24", "bgr0")}  # of frames, in memory and in the file
_FINEST = 1_001_000  # of rates as cameras and screens have them, 30000 / 1001


class Drawn(NamedTuple):
    """A file that can be drawn from a session."""

    file: str
    inside: str  # where its pixels are
    frame: int | None = None  # the one that is meant, where each is a picture


def parts_in(path: Path) -> tuple[SessionParts, list[str]]:
    """List what a file has, and the files that can be drawn from it; no values are read."""
    with Session.of(path) as session:
        return session.parts(), [each.file for each in _drawn_from(session)]


def _drawn_from(session: Session) -> list[Drawn]:
    """List what can be drawn: pictures, films, and the frames of what is shown frame by frame."""
    parts = session.parts()
    found = [Drawn(f"{name}.png", inside) for name, inside in parts.pictures.items()]
    by_frame = {
        session.node(f"{each}/indexed_timeseries").name.lstrip("/")
        for each in parts.indexed
        if has(session.node(each), "indexed_timeseries")
    }
    for series, frames in parts.films.items():
        name = series.rpartition("/")[2]
        if series in by_frame:
            found += [Drawn(f"{name}_{each}.png", series, each) for each in range(frames)]
        else:
            found.append(Drawn(f"{name}.avi", series))
    return found


def draw_stimuli(path: Path, target: Path) -> list[str]:
    """Write what can be drawn into a folder; gives the names of the files.

    The axis after that of frames is taken for rows, as pynwb's users write them.
    """
    from PIL import Image

    with Session.of(path) as session:
        found = _drawn_from(session)
        for each in found:
            node = session.node(each.inside)
            if each.file.endswith(".avi"):
                _film(session, node, each, target / each.file)
                continue
            data = node if each.frame is None else session.node(f"{each.inside}/data")
            session.weigh(data)
            pixels = data[() if each.frame is None else each.frame]
            _refuse_no_pixels(session, each, data)
            Image.fromarray(pixels).save(target / each.file)
    return [each.file for each in found]


def _refuse_no_pixels(session: Session, drawn: Drawn, data: Any) -> None:
    if data.dtype != np.uint8 or 0 in data.shape:
        kind, called = ("avi", "films") if drawn.file.endswith(".avi") else ("png", "pictures")
        raise DataError(
            f"its pixels are {data.dtype}, and a{'n' if kind == 'avi' else ''} {kind} has whole numbers "
            "from 0 to 255",
            where=place_in(session.path, drawn.inside),
            hint=_SAVE.format(called),
        )


def _film(session: Session, series: Any, drawn: Drawn, target: Path) -> None:
    """Write a film, and make sure that every frame is what the session has."""
    import av

    data = session.node(f"{drawn.inside}/data")
    session.weigh(data)
    _refuse_no_pixels(session, drawn, data)
    colours = _COLOURS.get(data.ndim - 1)
    if colours is None or (data.ndim == 4 and data.shape[3] != 3):
        raise DataError(
            f"its shape is {data.shape}, and a film is frames x rows x columns, or of three colours each",
            where=place_in(session.path, drawn.inside),
            hint=_SAVE.format("films"),
        )
    in_memory, in_file = colours
    with av.open(str(target), "w", format="avi") as container:
        stream: Any = container.add_stream("ffv1", rate=_rate(session, series, drawn.inside))
        stream.height, stream.width, stream.pix_fmt = data.shape[1], data.shape[2], in_file
        stream.thread_count = 1  # the same bytes on any machine
        for number in range(len(data)):
            pixels = np.ascontiguousarray(data[number])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format=in_memory)))
        container.mux(stream.encode())
    compared = zip_longest(_frames(target, in_memory), range(len(data)))
    if not all(
        frame is not None and number is not None and np.array_equal(frame, data[number])
        for frame, number in compared
    ):
        raise DataError(
            "it cannot be written as a film without a loss",
            where=place_in(session.path, drawn.inside),
            hint=_SAVE.format("films"),
        )


def _frames(film: Path, colours: str) -> Iterator[np.ndarray]:
    import av

    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format=colours)


def _rate(session: Session, series: Any, name: str) -> Fraction:
    """Give how many frames a second has."""
    if has(series, "starting_time"):
        rate = session.number(session.node(f"{name}/starting_time"), "rate", 0)
    else:
        times = session.read(session.node(f"{name}/timestamps")).astype(float)
        steps = np.diff(times)
        rate = 1 / steps.mean() if len(steps) and steps.min() > 0 else 0
        if rate and np.abs(steps * rate - 1).max() > 0.5:
            raise DataError(
                f"its frames were shown for {steps.min():g} to {steps.max():g} s, and those of an avi "
                "for equal times",
                where=place_in(session.path, name),
                hint=_SAVE.format("films"),
            )
    if not 0 < rate < _FINEST:
        raise DataError(
            f"it does not say how fast its frames were shown: {rate:g} a second",
            where=place_in(session.path, name),
            hint="say the rate, or save the films as files",
        )
    return Fraction(rate).limit_denominator(1001)
