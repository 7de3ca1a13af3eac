"""What was seen of files before, in one sqlite file below the cache folder.

What a file decodes to is kept by its SHA-256. A second table knows the SHA-256 of files that have
not been touched since, by everything that changes when a file is: size, both times and the inode.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from brainscore_data.base.caching import cache_folder
from brainscore_data.media.decoding import Content
from brainscore_data.media.looks import Look, Stamp

# Part of the file's name: a change of what is kept, or of how it is judged, starts a new file.
_FORM = 1
_MOST_FILES = 1_000_000
# Within the tick of a file system's clock a file can change and keep its times.
_SETTLED = 2_000_000_000
_TABLES = """
CREATE TABLE IF NOT EXISTS content (
  sha256 BLOB, decoder TEXT, size INTEGER, kind TEXT, mode TEXT, width INTEGER, height INTEGER,
  frames INTEGER, duration REAL, samplerate INTEGER, channels INTEGER, error TEXT, used INTEGER,
  PRIMARY KEY (sha256, decoder)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
  folder TEXT, name BLOB, size INTEGER, modified INTEGER, changed INTEGER, inode INTEGER,
  sha256 BLOB, PRIMARY KEY (folder, name)) WITHOUT ROWID;
"""
_FIELDS = "kind, mode, width, height, frames, duration, samplerate, channels, error"


class MediaCache:
    """Looks at files of earlier runs; without a usable file it knows nothing and keeps nothing."""

    def __init__(self, path: Path | str, decoder: str, *, read_only: bool = False) -> None:
        path = Path(path)
        self._path = path
        self._decoder = decoder
        self._alone = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        with contextlib.suppress(OSError, sqlite3.Error):
            if read_only:
                uri = f"{path.absolute().as_uri()}?mode=ro"
                self._connection = sqlite3.connect(uri, uri=True, timeout=10)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _opened(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._trim(self._connection)
                self._connection.commit()
            self._connection.close()

    def known(self, folder: str) -> Mapping[str, tuple[Stamp, Look]]:
        """Give what is known of a folder's files: name → its stamp at that time, and the look."""
        if self._connection is None:
            return {}
        query = (
            f"SELECT name, file.size, modified, changed, inode, lower(hex(sha256)), {_FIELDS} "  # noqa: S608
            "FROM file JOIN content USING (sha256) WHERE folder = ? AND decoder = ?"
        )
        try:
            with self._alone:
                rows = self._connection.execute(query, (_key(folder), self._decoder)).fetchall()
            return {os.fsdecode(row[0]): _as_look(row[1:]) for row in rows}
        except (sqlite3.Error, TypeError, ValueError):
            return {}

    def keep(self, folder: str, looks: Mapping[str, Look]) -> None:
        """Remember looks at files of a folder, by their names."""
        if self._connection is None:
            return
        now = time.time_ns()
        contents, files = [], []
        for name, look in looks.items():
            content = look.content
            if content is None or content.missing or look.sha256 is None:
                continue
            digest = bytes.fromhex(look.sha256)
            # All fields but `missing`, which is the last.
            contents.append((digest, self._decoder, look.size, *content[:-1], now))
            stamp = look.stamp
            # A member of a zip has none: it is unpacked again, and known by its content.
            if stamp and max(stamp.modified, stamp.changed) < now - _SETTLED:
                files.append((_key(folder), os.fsencode(name), *stamp, digest))
        with (
            self._alone,
            contextlib.suppress(sqlite3.Error, OverflowError),
            self._connection as connection,
        ):
            places = ", ".join("?" * 13)
            connection.executemany(f"INSERT OR REPLACE INTO content VALUES ({places})", contents)  # noqa: S608
            connection.executemany(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?)", files
            )

    def recall(self) -> tuple[str, str] | None:
        """Give what another process opens this cache with; None if it would find nothing."""
        query = "SELECT 1 FROM content WHERE decoder = ? LIMIT 1"
        with self._alone, contextlib.suppress(sqlite3.Error):
            if self._connection and self._connection.execute(query, (self._decoder,)).fetchone():
                return str(self._path), self._decoder
        return None

    def content_of(self, sha256: str) -> Content | None:
        """Give what a content decodes to, wherever it was seen."""
        if self._connection is None:
            return None
        query = f"SELECT {_FIELDS} FROM content WHERE sha256 = ? AND decoder = ?"  # noqa: S608
        with self._alone, contextlib.suppress(sqlite3.Error, TypeError, ValueError):
            found = self._connection.execute(
                query, (bytes.fromhex(sha256), self._decoder)
            ).fetchone()
            return None if found is None else Content(*found)
        return None

    @staticmethod
    def _trim(connection: sqlite3.Connection) -> None:
        (count,) = connection.execute("SELECT count(*) FROM content").fetchone()
        if count > _MOST_FILES:
            connection.execute(
                "DELETE FROM content WHERE (sha256, decoder) IN "
                "(SELECT sha256, decoder FROM content ORDER BY used LIMIT ?)",
                (count - _MOST_FILES * 9 // 10,),
            )
            connection.execute("DELETE FROM file WHERE sha256 NOT IN (SELECT sha256 FROM content)")


@contextlib.contextmanager
def media_cache() -> Iterator[MediaCache]:
    """Open the user's cache of looks at files."""
    with MediaCache(media_cache_folder() / f"media-{_FORM}.sqlite3", _decoder()) as cache:
        yield cache


def media_cache_folder() -> Path:
    """Name the folder that this is alone in, for who may read it and nothing else of the user's."""
    return cache_folder() / "media"


def _decoder() -> str:
    found = (_version(*named) for named in (("pillow", "PIL"), ("av", "av")))
    return ", ".join(version for version in found if version is not None)


def _version(package: str, module: str) -> str | None:
    """Find which version of a package is installed; None if it is not.

    The folder beside the module says it, as pip and uv write it
    (https://packaging.python.org/en/latest/specifications/recording-installed-packages/). To ask
    `importlib.metadata` takes as long as to look at hundreds of files that are known.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:  # a folder of that name is no package
        return None
    with contextlib.suppress(OSError):
        for name in os.listdir(os.path.dirname(os.path.dirname(spec.origin))):
            found, _, version = name.removesuffix(".dist-info").partition("-")
            if found.lower() == package and version and name.endswith(".dist-info"):
                return f"{package} {version}"
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as recorded

    with contextlib.suppress(PackageNotFoundError):
        return f"{package} {recorded(package)}"
    return f"{package} ?"


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # what is lost is looked at again
        connection.executescript(_TABLES)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked, or the disk is full: the file may be good
        path.unlink()
        connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
        connection.executescript(_TABLES)
    return connection


def _key(folder: str) -> bytes:
    return os.fsencode(folder)


def _as_look(row: tuple[object, ...]) -> tuple[Stamp, Look]:
    stamp = Stamp._make(row[:4])
    return stamp, Look(stamp.size, row[4], Content._make((*row[5:], None)), None, stamp)  # type: ignore[arg-type]
