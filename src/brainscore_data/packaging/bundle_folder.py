"""The folder of a bundle: whole or not there, and nothing else in its way is touched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.files import explained
from brainscore_data.base.work_folders import work_folder
from brainscore_data.records.bundle import FILE_NAME


@contextlib.contextmanager
def replacing_bundle(out: Path) -> Iterator[Path]:
    """Give a folder to write into; it becomes `out` when the block ends well."""
    if out.exists() and not (out / FILE_NAME).is_file() and not _is_empty_folder(out):
        raise UsageError(
            "there is something here that is not a bundle",
            where=str(out),
            hint="choose another folder for the bundle",
        )
    with contextlib.ExitStack() as ending:
        with explained(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            staging = ending.enter_context(work_folder(out.parent, f".{out.name}-"))
        whole = staging / "new"
        whole.mkdir()
        try:
            # Not explained as being about `out`: what is read meanwhile can fail as well.
            yield whole
            with explained(out):
                _put_in_place(whole, out, before=staging / "old")
        except BrainScoreDataError as error:
            # Where the file was to be: the folder for the time being is gone when this is read.
            error.place = error.place and error.place.moved(whole, out)
            raise


def _put_in_place(whole: Path, out: Path, *, before: Path) -> None:
    if out.exists():
        out.rename(before)
    try:
        whole.rename(out)
    except BaseException:  # Ctrl-C as well: between the two renames there is neither
        if before.exists() and not out.exists():
            before.rename(out)
        raise


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
