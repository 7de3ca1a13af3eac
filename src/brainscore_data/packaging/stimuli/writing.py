"""The csv and the zip of a stimulus set, written so that readers get what was checked."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import stat
import warnings
import zipfile
from typing import TYPE_CHECKING, BinaryIO, TextIO

from brainscore_data.errors import DataError
from brainscore_data.files import written_whole
from brainscore_data.packaging.digest import ContentDigest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from brainscore_data.packaging.stimuli.opening import StimulusSetContent
    from brainscore_data.progress import Progress
    from brainscore_data.tables.table import Table

# Of images, videos, sounds and archives; deflating them again takes long and gains nothing.
_ALREADY_COMPRESSED = re.compile(
    r"(png|jpe?g|gif|webp|heic|avif|jxl|mp4|m4v|avi|mov|mkv|webm|mpe?g"
    r"|mp3|m4a|ogg|oga|opus|flac|aac|gz|bz2|xz|7z|npz)",
    re.IGNORECASE,
)


# Up to 15 digits pandas 2, which readers use, finds the nearest float as pandas 3 does; of longer
# numbers it makes the neighbour of that in one case of three.
_SAFE_FLOAT = re.compile(r"-?(?=[0-9.]{1,16}$)[0-9]+\.[0-9]+|-?inf")


def write_stimulus_csv(content: StimulusSetContent, target: Path) -> str:
    r"""Write the csv that readers load, and read it back as they do.

    UTF-8 without a mark, ``,``, ``\n``, quotes only where they are needed, the cells verbatim.

    Returns
    -------
    str
        The content digest. After the kind ``table``: a number, the number of columns; then for
        each column, in order, its name as text and its cells as strings.

    Raises
    ------
    DataError
        If ids or filenames read back are not those written.
    UsageError
        If the file cannot be written.
    """
    table = content.table
    digest = ContentDigest("table")
    digest.number(len(table.columns))
    for column in table.columns:
        digest.text(column)
        digest.strings(table.texts(column))
    with written_whole(target) as path:
        with path.open("wb") as stream:
            write_cells(table, stream)
        read_back(path, table, content.id_column)
    return digest.result()


def write_stimulus_zip(content: StimulusSetContent, target: Path, progress: Progress) -> str:
    """Write the zip that readers unpack: the stimuli side by side, in the order of the csv.

    The bytes depend on the names and the contents only: dates, permissions and the system are
    fixed. What is compressed already (images, videos, sounds) is stored, the rest deflated.

    Parameters
    ----------
    content : StimulusSetContent
        The stimulus set.
    target : Path
        Where to.
    progress : Progress
        Told the bytes of stimuli that were read; `StimulusSetContent.size` in the end.

    Returns
    -------
    str
        The content digest. After the kind ``files``: for each stimulus, sorted by name, its name
        as text and the SHA-256 of its content, in lower-case hexadecimal, as text.

    Raises
    ------
    DataError
        If a stimulus is damaged or changes while it is read.
    UsageError
        If the file cannot be written.
    """
    sums: dict[str, str] = {}
    with (
        written_whole(target) as path,
        zipfile.ZipFile(path, "w") as archive,
        content.files.opened() as read,
    ):
        for name in content.filenames:
            sha256 = hashlib.sha256()
            with archive.open(_member(name, content.files.sizes[name]), "w") as member:
                for block in read(name):
                    member.write(block)
                    sha256.update(block)
                    progress.advance(len(block))
            sums[name] = sha256.hexdigest()
    digest = ContentDigest("files")
    for name in sorted(sums):
        digest.text(name)
        digest.text(sums[name])
    return digest.result()


def _member(name: str, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the earliest a zip can say
    info.create_system = 3  # Unix, wherever this runs: it is what gives the permissions a meaning
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = size  # decides about ZIP64, as the header is written before the content
    compressed = _ALREADY_COMPRESSED.fullmatch(name.rpartition(".")[2])
    info.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
    return info


class _UnixLines:
    r"""What the csv writer writes to: ``\r\n`` at the end of a row becomes ``\n``.

    Told that lines end in ``\r\n``, the writer puts quotes around cells with either of them in
    every version of Python; told ``\n``, versions differ about ``\r``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, row: str) -> None:
        self._stream.write(row[:-2] + "\n")


def write_cells(table: Table, stream: BinaryIO) -> None:
    """Write a table as csv."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.writer(_UnixLines(text), lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows())
    text.detach()  # flushes, and leaves the stream open


def read_back(source: Path | BinaryIO, table: Table, id_column: str) -> np.ndarray:
    """Read a written csv as readers do, and compare ids and filenames with those of the table.

    Returns
    -------
    np.ndarray
        Shape (rows,): the ids as readers have them.

    Raises
    ------
    DataError
        If an id or a filename is not the same any more.
    """
    import numpy as np
    import pandas as pd

    with warnings.catch_warnings():
        # It reads large files in pieces; what that does to ids is checked below.
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)
        try:
            frame = pd.read_csv(source)
        except ValueError as error:
            raise DataError(
                f"pandas cannot read this table again: {error}", where=str(table.path)
            ) from error
    if tuple(frame.columns) != table.columns or len(frame) != len(table):
        raise DataError(
            "pandas reads other columns or rows from this table than it has",
            where=str(table.path),
            hint="give the columns plain names",
        )
    for column in (id_column, "filename"):
        _refuse_changed(table, column, frame[column].tolist(), frame[column].isna().to_numpy())
    ids = frame[id_column]
    if ids.dtype.kind in "iufb":
        return np.asarray(ids.to_numpy())
    texts = np.empty(len(table), dtype=object)
    texts[:] = table.texts(id_column)
    return texts


def _refuse_changed(table: Table, column: str, values: Sequence[object], gone: np.ndarray) -> None:
    hint = (
        "put a letter in front of all ids, e.g. 's0001'"
        if column != "filename"
        else "give the file a name that is not a number or a word for missing or true"
    )
    cells = table.texts(column)
    # What is missing turns whole numbers into floats, so it is looked for first.
    for row in gone.nonzero()[0].tolist():
        raise DataError(
            f"the {column} {cells[row]!r} becomes a missing value when readers load the csv",
            where=table.place(row),
            hint=hint,
        )
    first = type(values[0])
    for row, (cell, value) in enumerate(zip(cells, values, strict=True)):
        if str(value) != cell:
            raise DataError(
                f"the {column} {cell!r} becomes {value!r} when readers load the csv",
                where=table.place(row),
                hint=hint,
            )
        if isinstance(value, float) and not _SAFE_FLOAT.fullmatch(cell):
            raise DataError(
                f"the {column} {cell!r} is a number of which pandas before version 3, which "
                "readers use, may make another one",
                where=table.place(row),
                hint=hint,
            )
        if type(value) is not first:
            raise DataError(
                f"some cells of {column} become numbers and others, as {cell!r}, text when readers "
                "load the csv, because pandas reads large files in pieces",
                where=table.place(row),
                hint=hint,
            )
