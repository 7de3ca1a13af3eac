"""A draft, put into its folder: no file that exists is touched, and none is there in half."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.workers import Workers
from brainscore_data.drafting.drafts import Draft

_DRAWN = "stimuli"


def write_draft(draft: Draft) -> tuple[Path, ...]:
    """Write a draft's files; none that exists is touched."""
    paths = tuple(draft.folder / name for name in draft.files)
    drawn = (draft.folder / _DRAWN,) if draft.session else ()
    for path in (*drawn, *paths):
        if path.exists() or path.is_symlink():
            raise UsageError(
                "is there already, and is not overwritten",
                where=str(path),
                hint="move it away, or complete dataset.toml by hand",
            )
    if draft.session:
        _draw(draft.folder, draft.session)
    for path, text in zip(paths, draft.files.values(), strict=True):
        with written_whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")
    return (*drawn, *paths)


def _draw(folder: Path, session: str) -> None:
    with TemporaryDirectory(dir=folder, prefix=".stimuli-") as temporary:
        target = Path(temporary, _DRAWN)
        target.mkdir()
        with Workers(1, readable=[folder], writable=[target]) as workers:
            limits = Limits.of(size_of([folder / session]))
            workers.call(
                _drawn, limits=limits, where=session, root=folder, name=session, target=target
            )
        os.rename(target, folder / _DRAWN)  # noqa: PTH104 - where nothing is


def _drawn(root: Path, name: str, target: Path) -> tuple[str, ...]:
    from brainscore_data.arrays.nwb_stimuli import draw_stimuli

    with only_inside(root):
        return tuple(draw_stimuli(root / name, target))
