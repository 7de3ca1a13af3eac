"""From a manifest's bytes to its tables, without the models that say what is right in them.

Needs nothing outside the standard library: the hook that checks names reads manifests with it.
"""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import keep, kept, opened
from brainscore_data.base.repository import resolved
from brainscore_data.dataset.paths import refuse_escape, refuse_pointer_content

# Far above any real manifest: a hostile one must not keep the parser busy for hours, whose time
# grows with the square of a key's depth.
_LARGEST = 1 << 20
_DEEPEST = 100
#: So many times the memory of its text a manifest takes once it is parsed, about.
PARSED = 16
# What stands in quotes or is a comment; of a text in three quotes, two more can end it.
_NO_KEYS = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:\'{0,2})'
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*',
    re.DOTALL,
)
_TODO = re.compile(r"#\s*TODO\b:?(.*)")


class WrittenManifest(NamedTuple):
    """What stands in a ``dataset.toml``: its text, and what TOML makes of it."""

    text: str
    document: dict[str, Any]


def read_manifest(path: Path) -> WrittenManifest:
    """Read a ``dataset.toml``, whoever asks: nothing else opens one."""
    refuse_escape(resolved(path.parent), path)
    return _read(path)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file of TOML, in bounded time."""
    return _read(path).document


def _read(path: Path) -> WrittenManifest:
    read: WrittenManifest | None = kept(path, WrittenManifest)
    if read is None:
        read = _parsed(path)
        keep(path, WrittenManifest, read, PARSED * len(read.text))
    return read


def _parsed(path: Path) -> WrittenManifest:
    try:
        # Opening a pipe would wait for ever, and a device has no end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError("is not a file", where=str(path), hint="remove it")
        with opened(path) as stream:
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
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"is not UTF-8: byte 0x{content[error.start]:02x}",
            where=Place(str(path), line),
            hint="save it as UTF-8 in your editor",
        ) from error
    return WrittenManifest(text, _as_toml(text, path))


def _as_toml(text: str, path: Path) -> dict[str, Any]:
    too_deep = DataError("is nested too deeply", where=str(path))
    if nested_too_deeply(text):
        raise too_deep
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise too_deep from None
    except ValueError as error:
        raise _syntax_error(error, path) from error


def todos_in(text: str) -> tuple[tuple[int, str], ...]:
    r"""Find the comments that begin with TODO, each with its line; indented lines go on with one.

    >>> todos_in('a = "# TODO: no comment"\n# TODO: say who\n#   may read it\n# a remark')
    ((2, 'say who may read it'),)
    """
    found: list[tuple[int, str]] = []
    last = 0
    for comment in (each for each in _NO_KEYS.finditer(text) if each[0].startswith("#")):
        line = text.count("\n", 0, comment.start()) + 1
        if begun := _TODO.match(comment[0]):
            found.append((line, begun[1].strip()))
            last = line
        elif found and line == last + 1 and comment[0].startswith("#   "):
            found[-1] = (found[-1][0], f"{found[-1][1]} {comment[0][1:].strip()}")
            last = line
    return tuple(found)


def nested_too_deeply(text: str) -> bool:
    r"""Look for a key like a.a.a.a, without parsing; dots in texts and comments do not count.

    >>> dots = "a." * 200
    >>> [nested_too_deeply(text) for text in (f"{dots}a = 1", f"x = '{dots}'", f"# {dots}")]
    [True, False, False]
    """
    unquoted = _NO_KEYS.sub("x", text)
    return any(run.count(".") > _DEEPEST for run in re.split(r"[^\w. \t-]+", unquoted))


def _syntax_error(error: ValueError, path: Path) -> DataError:
    # Before Python 3.14 the line is in the message alone.
    placed = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error))
    reason, line = placed.groups() if placed else (str(error), None)
    return DataError(
        f"is not valid TOML: {reason}" + ("" if line or not placed else " at the end of the file"),
        where=Place(str(path), int(line) if line else None),
        hint="text needs quotes, lists need [ ] and tables { }; https://toml.io shows all of it",
    )
