"""``[tool.brainscore-data]`` of the ``pyproject.toml`` that is nearest to what is checked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, get_args

from brainscore_data.base.errors import UsageError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.check.engine.settings import Naming, Settings

_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_UNITS |= {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_SIZE = rf"([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?) ?({'|'.join(_UNITS)})"
FILE_NAME, TABLE = "pyproject.toml", "tool.brainscore-data"
# In every file that has the table, however its name is quoted; most have none and are not parsed.
_OURS = b"brainscore"


class SettingsFiles(NamedTuple):
    """Where settings are read: the files that are there, or those of a commit."""

    read: Callable[[Path], bytes | None]  # None if there is no such file
    says: str = ""  # is said behind a file's name, for people


class Configuration(NamedTuple):
    """Settings, and where they were found; the defaults where nothing was."""

    settings: Settings
    file: Path | None  # the pyproject.toml, absolute
    # Its name where people read whose word it is: from the root of the repository, and so the same on
    # every machine.
    by: str = FILE_NAME

    def where(self, key: str) -> str:
        """Name a key, for errors."""
        return f"{self.file or FILE_NAME}: [{TABLE}] {key}"


def configured(paths: Sequence[Path], source: SettingsFiles | None = None) -> Configuration:
    """Read the settings that hold for some paths.

    The nearest ``pyproject.toml`` above that has the table counts; others on the way do not. The
    search ends at the root of the git repository. Without a `source` the files that are there count.
    """
    source = source or SettingsFiles(_there)
    found = {_nearest(path, source) for path in paths}
    if len(found) > 1:
        raise UsageError(
            "these paths have different settings: "
            + " and ".join(sorted(str(each or "none") for each in found)),
            hint="check them one at a time",
        )
    file = found.pop() if found else None
    if file is None:
        return Configuration(Settings(), None)
    table = _table(file, source.read(file) or b"")
    return Configuration(read_settings(table or {}, file), file, _named(file) + source.says)


def read_settings(table: dict[str, Any], file: Path) -> Settings:
    """Turn the table into settings."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{file}: [{TABLE}] {key}"
        if key not in _KEYS:
            raise UsageError(
                f"unknown key{did_you_mean(key, _KEYS)}",
                where=where,
                hint=f"the keys here are {', '.join(_KEYS)}",
            )
        values[key.replace("-", "_")] = _KEYS[key](value, where)
    return replace(Settings(), **values)


def _nearest(path: Path, source: SettingsFiles) -> Path | None:
    start = Path(os.path.abspath(path))  # noqa: PTH100 - a link's own place counts, not its target's
    for folder in (start, *start.parents):
        file = folder / FILE_NAME
        content = source.read(file)
        if content is not None and _table(file, content) is not None:
            return file
        if (folder / ".git").exists():
            return None
    return None


def _named(file: Path) -> str:
    for folder in file.parents:
        if (folder / ".git").exists():
            return file.relative_to(folder).as_posix()
    return file.name


def _there(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError as error:
        raise UsageError(f"it cannot be read: {error.strerror}", where=str(file)) from error


def _table(file: Path, content: bytes) -> dict[str, Any] | None:
    try:
        # Somebody else's settings, whatever is wrong with them; in UTF-16 they could be ours.
        if _OURS not in content and b"\0" not in content:
            return None
        document = _toml(content)
    except (ValueError, RecursionError) as error:  # no TOML, or no UTF-8
        raise UsageError(f"it is not valid TOML: {error}", where=str(file)) from error
    tools = document.get("tool", {})
    table = tools.get("brainscore-data") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError("must be a table", where=f"{file}: [{TABLE}]")
    return table


def _toml(content: bytes) -> dict[str, Any]:
    import tomllib  # most repositories have no such table, and need not wait for it

    from brainscore_data.dataset.toml import nested_too_deeply

    text = content.decode()
    if nested_too_deeply(text):
        msg = "it is nested too deeply"
        raise ValueError(msg)
    return tomllib.loads(text)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError("must be a list of texts", where=where)
    return tuple(value)


def _text_lists(value: Any, where: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise UsageError("must be a table: a glob, and a list of rules", where=where)
    return {glob: _texts(rules, f"{where}.{glob!r}") for glob, rules in value.items()}


def _naming(value: Any, where: str) -> str:
    choices = get_args(Naming)
    if not isinstance(value, str) or value not in choices:
        near = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise UsageError(f"must be one of {', '.join(choices)}{near}", where=where)
    return value


def _pattern(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError("must be a text: a regular expression", where=where)
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"is not a regular expression: {error}", where=where) from error
    return value


def _yes_or_no(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError("must be true or false", where=where)
    return value


def _share(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UsageError("must be a number from 0 to 1", where=where)
    return float(value)


def _size(value: Any, where: str) -> int:
    if isinstance(value, str) and (written := re.fullmatch(_SIZE, value)):
        return int(float(written[1]) * _UNITS[written[2]])
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(
            'must be a whole number of bytes, or a size such as "5 MB" '
            f"(the units are {', '.join(_UNITS)})",
            where=where,
        )
    return value


def _number(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError("must be a whole number from 1", where=where)
    return value


_KEYS: dict[str, Callable[[Any, str], object]] = {
    "select": _texts,
    "ignore": _texts,
    "per-path-ignores": _text_lists,
    "naming": _naming,
    "allowed-buckets": _texts,
    "stimulus-names": _pattern,
    "sequential-numbering": _yes_or_no,
    "largest-nan-share": _share,
    "largest-file": _size,
    "public": _yes_or_no,
    "pull-request": _number,
}
