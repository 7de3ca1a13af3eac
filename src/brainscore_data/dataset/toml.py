"""From a manifest's bytes to its tables, without the models that say what is right in them.

Needs nothing outside the standard library: the hook that checks names reads manifests with it.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from brainscore_data.dataset.locating import refuse_pointer_content
from brainscore_data.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

# Far above any real manifest: a hostile one must not keep the parser busy for hours, whose time
# grows with the square of a key's depth.
_LARGEST = 1 << 20
_DEEPEST = 100


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file of TOML, in bounded time.

    Parameters
    ----------
    path : Path
        A regular file.

    Raises
    ------
    UsageError
        If it cannot be read.
    DataError
        If it is not TOML, too large or too deep for a manifest, or a git-LFS pointer.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", where=str(path), hint="check its permissions"
        ) from error
    if len(content) > _LARGEST:
        raise DataError(
            f"is larger than {_LARGEST >> 20} MiB",
            where=str(path),
            hint="a manifest names files; data does not go into it",
        )
    refuse_pointer_content(content, path.name, where=str(path))
    try:
        return _as_toml(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"is not UTF-8: byte 0x{content[error.start]:02x}",
            where=f"{path}:{line}",
            hint="save it as UTF-8 in your editor",
        ) from error


def _as_toml(text: str, path: Path) -> dict[str, Any]:
    too_deep = DataError("is nested too deeply", where=str(path))
    if _nested_too_deeply(text):
        raise too_deep
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise too_deep from None
    except ValueError as error:
        raise _syntax_error(error, path) from error


def _nested_too_deeply(text: str) -> bool:
    """Look for a key like a.a.a.a, without parsing; dots inside quotes do not count."""
    unquoted = re.sub(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', "x", text)
    return any(run.count(".") > _DEEPEST for run in re.split(r"[^\w. \t-]+", unquoted))


def _syntax_error(error: ValueError, path: Path) -> DataError:
    # Before Python 3.14 the line is in the message alone.
    placed = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error))
    reason, line = placed.groups() if placed else (str(error), None)
    return DataError(
        f"is not valid TOML: {reason}" + ("" if line or not placed else " at the end of the file"),
        where=f"{path}:{line}" if line else str(path),
        hint="text needs quotes, lists need [ ] and tables { }; https://toml.io shows all of it",
    )
