"""The csv and the zip of a stimulus set, written so that readers get what was checked."""

from __future__ import annotations

import hashlib
import zipfile
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from brainscore_data.base.files import Fingerprint, fingerprint, written_whole
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.cage.cage import Elsewhere
from brainscore_data.packaging.hashing import Following, HashedRange
from brainscore_data.packaging.zip_members import (
    Deflated,
    append_deflated,
    member,
    pieces,
    unpacked_members,
)
from brainscore_data.records.digest import ContentDigest, Written
from brainscore_data.stimuli.content import StimulusSetContent
from brainscore_data.stimuli.files import StimulusFiles
from brainscore_data.stimuli.readers_csv import read_back, write_cells
from brainscore_data.tables.table import Table

_QUIET = Quiet()


def write_stimulus_csv(content: StimulusSetContent, target: Path) -> Written:
    r"""Write the csv that readers load, and read it back as they do.

    UTF-8 without a mark, ``,``, ``\n``, quotes only where they are needed, the cells verbatim.
    """
    table = content.table
    digest = ContentDigest("table")
    digest.number(len(table.columns))
    for column in table.columns:
        digest.text(column)
        digest.strings(table.texts(column))
    found = write_table(table, target, content.id_column)
    return Written(digest.result(), found)


def write_table(table: Table, target: Path, id_column: str | None = None) -> Fingerprint:
    """Write a table as csv, and read it back as readers do if a column of ids is named."""
    with written_whole(target) as path:
        with path.open("wb") as stream:
            write_cells(table, stream)
        if id_column is not None:
            read_back(path, table, id_column)
        return fingerprint(path)


def write_stimulus_zip(
    content: StimulusSetContent,
    target: Path,
    progress: Progress,
    elsewhere: Elsewhere | None = None,
) -> Written:
    """Write the zip that readers unpack: the stimuli side by side, in the order of the csv.

    The bytes depend on the names and the contents only: dates, permissions and the system are
    fixed. What is compressed already (images, videos, sounds) is stored, the rest deflated, which
    may be done `elsewhere`.
    """
    sums, found = write_zip(content.files, content.filenames, target, progress, elsewhere)
    digest = ContentDigest("files")
    for name in sorted(sums):
        digest.text(name)
        digest.text(sums[name])
    return Written(digest.result(), found)


def write_zip(
    files: StimulusFiles,
    names: Sequence[str],
    target: Path,
    progress: Progress = _QUIET,
    elsewhere: Elsewhere | None = None,
) -> tuple[dict[str, str], Fingerprint]:
    """Write a zip of files, in the order of `names`; gives their SHA-256 by name, and its own hashes."""
    hashed: dict[str, Callable[[], str]] = {}
    names = list(dict.fromkeys(names))
    handed = _HandedOut(files, names, elsewhere)
    with written_whole(target) as path, path.open("wb") as stream, Following(path) as following:
        with zipfile.ZipFile(stream, "w") as archive, files.opened() as read:
            for name in names:
                info = member(name, files.sizes[name])
                if (found := handed.taken(name)) is not None:
                    append_deflated(archive, stream, info, found)
                    hashed[name] = partial(str, found.sha256)
                    progress.advance(found.size)
                    stream.flush()
                    following.reached(stream.tell())
                    continue
                sha256 = hashlib.sha256()
                hashed[name] = sha256.hexdigest
                # What is stored is in the zip as it is: whoever hashes the zip hashes it as well,
                # or has enough to do.
                beside = info.compress_type == zipfile.ZIP_STORED and not following.behind
                with archive.open(info, "w") as content:
                    begin = stream.tell()
                    for block in read(name):
                        content.write(block)
                        if not beside:
                            sha256.update(block)
                        progress.advance(len(block))
                    end = stream.tell()
                stream.flush()
                following.reached(
                    stream.tell(), HashedRange(begin, end, sha256) if beside else None
                )
        stream.flush()
        written = following.finished(stream.tell())
    return {name: hashed[name]() for name in names}, written


class _HandedOut:
    """The files that are deflated elsewhere, taken when their turn comes."""

    def __init__(
        self, files: StimulusFiles, names: Sequence[str], elsewhere: Elsewhere | None
    ) -> None:
        self._elsewhere = elsewhere
        self._pieces = deque([] if elsewhere is None else pieces(files.sizes, names))
        self._taken: dict[str, Deflated] = {}
        if elsewhere is not None:
            for each in self._pieces:
                elsewhere.hand_out(each._asdict())

    def taken(self, name: str) -> Deflated | None:
        """Give a member if it is deflated elsewhere."""
        if self._elsewhere is not None and self._pieces and self._pieces[0].names[0] == name:
            self._taken = dict(unpacked_members(self._elsewhere.take(), self._pieces.popleft()))
        return self._taken.pop(name, None)
