"""What a script uploaded: a folder for each upload, with its files and what they are.

The process of the script writes it, so whoever reads it trusts nothing in it.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainscore_data.base.door import opened
from brainscore_data.base.errors import DataError
from brainscore_data.base.text import one_line
from brainscore_data.records.bundle import BundledFile, BundledItem

#: The variable that names the folder to the process of the script.
RECORD = "BRAINSCORE_DATA_RECORD"
_NAME = "upload.json"
_UNFINISHED = ".writing-"
_LARGEST = 1 << 20


class Entry(BaseModel):
    """One upload."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: The URL of the store that the script named.
    asked_for: str
    #: An item; or a single file, of a stimulus set whose other file is uploaded by itself, too.
    content: BundledItem | BundledFile
    #: Library → its version in the process of the script.
    writers: dict[str, str] = Field(default_factory=dict)

    @property
    def files(self) -> tuple[BundledFile, ...]:
        """The files, as a bundle lists them."""
        return (self.content,) if isinstance(self.content, BundledFile) else self.content.files


def save_entry(entry: Entry, files: Mapping[str, Path], record: Path) -> None:
    """Keep an upload, `files` by their names in the bundle: it is there as a whole, or not at all."""
    record.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=record))
    try:
        for name, path in files.items():
            shutil.copyfile(path, folder / name)
        (folder / _NAME).write_text(entry.model_dump_json(), encoding="utf-8")
        for number in itertools.count(len(os.listdir(record))):  # noqa: PTH208 - names will do
            target = record / f"{number:08d}"
            try:
                folder.rename(target)
            except OSError:  # another process of the script was faster; or something is wrong
                if not target.exists():
                    raise
                continue
            return
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load_entries(record: Path) -> Iterator[tuple[Entry, Path]]:
    """Read the uploads of a script, in their order; gives each with its folder."""
    for folder in sorted(record.iterdir()):
        if folder.name.startswith(_UNFINISHED):
            continue
        try:
            entry = Entry.model_validate_json(_described(folder))
        except (OSError, ValueError, ValidationError) as error:
            raise DataError(
                "what the script left behind is not a record of an upload",
                where=one_line(folder.name),
                hint="a script uploads through brainio's functions and writes no records itself",
            ) from error
        yield entry, folder


def _described(folder: Path) -> bytes:
    if folder.is_symlink():
        raise NotADirectoryError(folder)
    with opened(folder / _NAME) as stream:
        return stream.read(_LARGEST)
