"""Fix what is safe to fix: no measurement, no pixel and no cell that is right is touched.

What holds people's data is raw data, and kept byte for byte: see `pseudonymising` and
`image_stripping`. Of a table of stimuli only the cells that are wrong are written anew. Fixing
twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from brainscore_data.check.engine.finding import Fixed
from brainscore_data.check.engine.selection import is_chosen
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.people.image_stripping import strip_images
from brainscore_data.check.people.pseudonymising import pseudonymise
from brainscore_data.check.stimulus_metadata.mended_stimuli import mend_stimuli


def fix(
    subjects: Subjects,
    settings: Settings,
    *,
    linking_table: Path | None = None,
    is_ignored: Callable[[str, Path], bool] | None = None,
) -> list[Fixed]:
    """Fix what is safe to fix below the paths that were given, and say what was done.

    What is not selected, or is ignored, stays: `is_ignored` gets a rule's code and a file. Nothing
    is changed if the linking table is not the one that a manifest records, or is in a repository.
    """

    def wanted(code: str, path: Path) -> bool:
        return is_chosen(code, settings) and not (is_ignored and is_ignored(code, path))

    return [
        *pseudonymise(subjects, wanted, linking_table),
        *strip_images(subjects, wanted),
        *mend_stimuli(subjects, wanted),
    ]
