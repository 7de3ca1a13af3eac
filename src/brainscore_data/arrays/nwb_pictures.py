"""Pictures that were shown and lie in an NWB file, taken out as png."""

from __future__ import annotations

from pathlib import Path

from brainscore_data.arrays.nwb_session import Session, place_in
from brainscore_data.base.errors import DataError


def draw_pictures(path: Path, target: Path) -> list[str]:
    """Write each picture into a folder, with its name; gives the names of the files.

    Its first axis is taken for rows, as pynwb's users write them.
    """
    from PIL import Image

    drawn = []
    with Session.of(path) as session:
        for name, inside in session.parts().pictures.items():
            pixels = session.read(session.node(inside))
            if pixels.dtype.kind == "b" or str(pixels.dtype) != "uint8" or 0 in pixels.shape:
                raise DataError(
                    f"its pixels are {pixels.dtype}, and a png has whole numbers from 0 to 255",
                    where=place_in(path, inside),
                    hint="save the pictures as files, and put them into a folder beside the session",
                )
            Image.fromarray(pixels).save(target / f"{name}.png")
            drawn.append(f"{name}.png")
    return drawn
