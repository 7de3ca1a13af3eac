"""Mend what is safe to mend: no measurement, no pixel and no cell that is right is touched.

What holds people's data is raw data, and kept byte for byte: see `pseudonymising` and
`image_originals`. Of a table of stimuli only the cells that are wrong are written anew. Fixing
twice changes nothing the second time.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.stimulus_tables import stimulus_tables
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.people.image_originals import strip_images
from brainscore_data.check.people.pseudonymising import pseudonymise
from brainscore_data.check.stimulus_metadata.mended_stimuli import mended_stimuli


@dataclass(frozen=True)
class Fixed:
    """Something that was mended.

    Attributes
    ----------
    path : Path
        The file, as the user typed it.
    what : str
        What was done to it, in a few words.
    left : tuple of str
        What is left to know or to do.
    """

    path: Path
    what: str
    left: tuple[str, ...] = ()


def fix(
    subjects: Subjects,
    settings: Settings,
    *,
    linking_table: Path | None = None,
    is_ignored: Callable[[str, str, Path], bool] | None = None,
) -> list[Fixed]:
    """Mend what is safe to mend below the paths that were given."""

    def wanted(code: str, name: str, path: Path) -> bool:
        words = {code, code[:4], name}
        chosen = not settings.select or not words.isdisjoint(settings.select)
        ignored = not words.isdisjoint(settings.ignore)
        return chosen and not ignored and not (is_ignored and is_ignored(code, name, path))

    done = [
        Fixed(path, what, left)
        for path, what, left in (
            *pseudonymise(subjects, wanted, linking_table),
            *strip_images(subjects, wanted),
        )
    ]
    for path in stimulus_tables(subjects.given()):
        table, mends = mended_stimuli(path, wanted)
        if table is not None and mends:
            table.write(mode=stat.S_IMODE(path.stat().st_mode))
        done += [Fixed(path, mend.what) for mend in mends]
    return done
