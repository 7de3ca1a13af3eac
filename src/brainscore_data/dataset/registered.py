"""The stimulus sets that a repository registers already, read from its plugins' source.

Plugins are never imported: the lines that Brain-Score's own discovery greps for are parsed. What
they pin is enough to fetch a stimulus set; a registration that computes its pins is known by
name only.
"""

from __future__ import annotations

import ast
import os
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_REGISTRY = "stimulus_set_registry"
# Far above any real plugin; a hostile one could make the parser take all memory.
_LARGEST = 1 << 20
# The parameters in brainscore-core 2.5.0, supported_data_standards/brainio/s3.py.
_S3_LOADER = "load_stimulus_set_from_s3"
_S3_PARAMETERS = (
    "identifier",
    "bucket",
    "csv_sha1",
    "zip_sha1",
    "csv_version_id",
    "zip_version_id",
    "filename_prefix",
)
_OWN_LOADER = "load_stimulus_set"
# What `brainscore_data.load_stimulus_set` has in place of a bucket; its other parameters say
# nothing about which objects are read.
_PLACE = ("store", "endpoint_url", "region")


@dataclass(frozen=True)
class StimulusSetPin:
    """Which two objects of which store a registration reads.

    Attributes
    ----------
    store : str
        ``s3://bucket/prefix``, or whatever URL the registration gives.
    csv_sha1, zip_sha1 : str or None
        Lower-case hexadecimal; None where the registration has none.
    csv_version_id, zip_version_id : str or None
        None where it has none, also where it says so with "null" or an empty text.
    filename_prefix : str
        What the names of both files start with.
    endpoint_url, region : str or None
        Of a store that is not on AWS.
    """

    store: str
    csv_sha1: str | None
    csv_version_id: str | None
    zip_sha1: str | None
    zip_version_id: str | None
    filename_prefix: str = "stimulus_"
    endpoint_url: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class RegisteredStimulusSet:
    """One line ``stimulus_set_registry["…"] = …`` of a plugin.

    Attributes
    ----------
    registry_key : str
        The name that plugins load it by.
    identifier : str
        The name that its files have; the registry key where the source does not tell.
    pin : StimulusSetPin or None
        None if it can be known only by running the plugin.
    file : Path
        The plugin's ``__init__.py``, from the repository's root.
    line : int
        From 1.
    """

    registry_key: str
    identifier: str
    pin: StimulusSetPin | None
    file: Path
    line: int


@dataclass(frozen=True)
class Registered:
    """All stimulus sets that a repository registers.

    Attributes
    ----------
    stimulus_sets : tuple of RegisteredStimulusSet
        In the order of files and lines.
    notices : tuple of str
        What could not be read, and where.
    """

    stimulus_sets: tuple[RegisteredStimulusSet, ...]
    notices: tuple[str, ...]

    def find(self, name: str) -> RegisteredStimulusSet | None:
        """Find a stimulus set by its registry key or else by its identifier."""
        by_key = (each for each in self.stimulus_sets if each.registry_key == name)
        by_identifier = (each for each in self.stimulus_sets if each.identifier == name)
        return next(by_key, None) or next(by_identifier, None)

    def nearest(self, name: str) -> str | None:
        """Find the registry key that is most like `name`; None if none is."""
        return nearest(name, [each.registry_key for each in self.stimulus_sets])


def find_repository(start: Path) -> Path | None:
    """Find the git repository that a file or folder is in: the folder above with ``.git``."""
    start = start.resolve()
    # In a worktree or a submodule it is a file.
    return next((each for each in (start, *start.parents) if (each / ".git").exists()), None)


def read_registered(repository: Path) -> Registered:
    """Read all registrations of stimulus sets in the ``__init__.py`` files of a repository.

    Hidden folders and virtual environments are left out, symlinks are not followed. A file that
    cannot be parsed is left out with a notice.
    """
    stimulus_sets: list[RegisteredStimulusSet] = []
    notices: list[str] = []
    for path in _plugin_files(repository):
        file = path.relative_to(repository)
        try:
            tree = _parsed(path)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            notices.append(f"{file}{line}: its registrations could not be read: {reason}")
            continue
        if tree is not None:
            _collect(tree, file, stimulus_sets, notices)
    return Registered(tuple(stimulus_sets), tuple(notices))


def _plugin_files(repository: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(repository):
        here = Path(folder)
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        path = here / "__init__.py"
        if path.is_file() and not path.is_symlink():
            yield path


def _parsed(path: Path) -> ast.Module | None:
    """Parse a file that mentions the registry; None if it does not."""
    with path.open("rb") as stream:
        source = stream.read(_LARGEST + 1)
    if _REGISTRY.encode() not in source:
        return None
    if len(source) > _LARGEST:
        msg = f"it is larger than {_LARGEST >> 20} MiB"
        raise ValueError(msg)
    with warnings.catch_warnings():
        # Bibliographies are full of backslashes that are no escapes.
        warnings.simplefilter("ignore")
        return ast.parse(source, filename=str(path))


def _collect(
    tree: ast.Module, file: Path, stimulus_sets: list[RegisteredStimulusSet], notices: list[str]
) -> None:
    constants = _constants(tree)
    found = [
        (target, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Subscript) and _name(target.value) == _REGISTRY
    ]
    for target, value in sorted(found, key=lambda each: each[0].lineno):
        try:
            key = _text(target.slice, constants)
        except _NotLiteralError:
            key = None
        if not key:
            notices.append(
                f"{file}:{target.lineno}: a registration whose key is no literal was not read"
            )
            continue
        identifier, pin = _pinned(value, constants) or (key, None)
        stimulus_sets.append(RegisteredStimulusSet(key, identifier, pin, file, target.lineno))


class _NotLiteralError(Exception):
    """An expression whose value only running it would tell."""


def _pinned(value: ast.expr, constants: Mapping[str, str]) -> tuple[str, StimulusSetPin] | None:
    """Read identifier and pin out of what is registered; None if the source does not tell."""
    # Anywhere in it: some plugins wrap the loader in a function that mends a column.
    calls = [call for node in ast.walk(value) if (call := _loader_call(node)) is not None]
    if len(calls) != 1:
        return None
    parameters, positional, keywords = calls[0]
    try:
        arguments = {
            **{
                name: _text(node, constants)
                for name, node in zip(parameters, positional, strict=False)
            },
            **{
                each.arg: _text(each.value, constants)
                for each in keywords
                if each.arg in _PLACE or each.arg in _S3_PARAMETERS
            },
        }
    except _NotLiteralError:
        return None
    identifier, store = arguments.get("identifier"), arguments.get("store")
    if bucket := arguments.get("bucket"):
        store = f"s3://{bucket.strip('/')}"
    if not identifier or not store or any(each.arg is None for each in keywords):
        return None
    return identifier, StimulusSetPin(
        store,
        arguments.get("csv_sha1") or None,
        _version_id(arguments.get("csv_version_id")),
        arguments.get("zip_sha1") or None,
        _version_id(arguments.get("zip_version_id")),
        arguments.get("filename_prefix") or "stimulus_",
        arguments.get("endpoint_url"),
        arguments.get("region"),
    )


def _loader_call(
    node: ast.AST,
) -> tuple[tuple[str, ...], list[ast.expr], list[ast.keyword]] | None:
    """Take a call of a loader, or a partial of one, apart: parameters' names and arguments."""
    if not isinstance(node, ast.Call):
        return None
    function, positional = node.func, node.args
    if _name(function) == "partial" and positional:
        function, positional = positional[0], positional[1:]
    if _name(function) == _S3_LOADER:
        return _S3_PARAMETERS, positional, node.keywords
    # brainscore_vision has a function of the same name, which takes no store.
    if _name(function) == _OWN_LOADER and any(each.arg == "store" for each in node.keywords):
        return ("identifier",), positional, node.keywords
    return None


def _version_id(written: str | None) -> str | None:
    return written if written not in {"", "null"} else None


def _name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _text(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str)):
        return node.value
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    raise _NotLiteralError


def _constants(tree: ast.Module) -> dict[str, str]:
    """Find the module's names that are assigned once, a text."""
    assignments = Counter(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name) and assignments[target.id] == 1
    }
