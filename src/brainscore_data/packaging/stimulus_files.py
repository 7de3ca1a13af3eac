"""The csv and the zip of a stimulus set, written so that readers get what was checked."""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path

from brainscore_data.base.files import Fingerprint, fingerprint, written_whole
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.packaging.hashing import Following, HashedRange
from brainscore_data.records.digest import ContentDigest, Written
from brainscore_data.stimuli.content import StimulusSetContent
from brainscore_data.stimuli.files import StimulusFiles
from brainscore_data.stimuli.readers_csv import read_back, write_cells
from brainscore_data.tables.table import Table

_QUIET = Quiet()

# Of images, videos, sounds and archives; deflating them again takes long and gains nothing.
_ALREADY_COMPRESSED = re.compile(
    r"(png|jpe?g|gif|webp|heic|avif|jxl|mp4|m4v|avi|mov|mkv|webm|mpe?g"
    r"|mp3|m4a|ogg|oga|opus|flac|aac|gz|bz2|xz|7z|npz)",
    re.IGNORECASE,
)


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


def write_stimulus_zip(content: StimulusSetContent, target: Path, progress: Progress) -> Written:
    """Write the zip that readers unpack: the stimuli side by side, in the order of the csv.

    The bytes depend on the names and the contents only: dates, permissions and the system are
    fixed. What is compressed already (images, videos, sounds) is stored, the rest deflated.
    """
    sums, found = write_zip(content.files, content.filenames, target, progress)
    digest = ContentDigest("files")
    for name in sorted(sums):
        digest.text(name)
        digest.text(sums[name])
    return Written(digest.result(), found)


def write_zip(
    files: StimulusFiles, names: Sequence[str], target: Path, progress: Progress = _QUIET
) -> tuple[dict[str, str], Fingerprint]:
    """Write a zip of files, in the order of `names`; gives their SHA-256 by name, and its own hashes."""
    sums = {name: hashlib.sha256() for name in names}
    with written_whole(target) as path, path.open("wb") as stream, Following(path) as following:
        with zipfile.ZipFile(stream, "w") as archive, files.opened() as read:
            for name, sha256 in sums.items():
                member = _member(name, files.sizes[name])
                # What is stored is in the zip as it is: whoever hashes the zip hashes it as well,
                # or has enough to do.
                beside = member.compress_type == zipfile.ZIP_STORED and not following.behind
                with archive.open(member, "w") as content:
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
        found = following.finished(stream.tell())
    return {name: sha256.hexdigest() for name, sha256 in sums.items()}, found


def _member(name: str, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the earliest a zip can say
    info.create_system = 3  # Unix, wherever this runs: it is what gives the permissions a meaning
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = size  # decides about ZIP64, as the header is written before the content
    compressed = _ALREADY_COMPRESSED.fullmatch(name.rpartition(".")[2])
    info.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
    return info
