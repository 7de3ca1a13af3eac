"""Registrations in the source of Brain-Score's plugins: parsed, never imported.

A plugin registers with ``stimulus_set_registry["…"] = …`` or ``data_registry["…"] = …``. What
its loader is called with pins the files; a registration that computes its pins is known by its
key only.
"""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from brainscore_data.base.door import content_of, opened
from brainscore_data.base.repository import find_repository, resolved
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.paths import LeavesDatasetError, refuse_escape
from brainscore_data.plugins.literals import (
    UNKNOWN,
    Beside,
    Module,
    name_of,
    needs_arguments,
    nodes_of,
)
from brainscore_data.plugins.loader_calls import LOADERS, LoaderCall, find_loader_call, other_loader

REGISTRIES: dict[str, Kind] = {"stimulus_set_registry": "stimulus_set", "data_registry": "assembly"}
#: The arguments of a registration that each file of an item is pinned by: sha1, version.
PINS: dict[Kind, dict[str, tuple[str, str]]] = {
    "stimulus_set": {
        "csv": ("csv_sha1", "csv_version_id"),
        "zip": ("zip_sha1", "zip_version_id"),
    },
    "assembly": {"nc": ("sha1", "version_id")},
}
# Far above any real plugin; a hostile one could make the parser take all memory.
_LARGEST = 1 << 20
# Modules beside a plugin that are read, at most.
_MOST_MODULES = 64
# What `locate_plugin` of brainscore-core 2.5.0 (plugin_management/import_plugin.py) searches each
# line for, after it made all quotes single; nothing in it goes on to the next line.
_DISCOVERED = re.compile(r"(stimulus_set_registry|data_registry)\['([^'\n]*)'\]")
# What adds to a dictionary without an assignment that could be found by a search.
_ADDING = frozenset({"update", "setdefault", "__setitem__"})
# What says which object is read: left open, nobody can tell which it is.
_PLACING = frozenset({"identifier", "bucket", "store", "endpoint_url", "region"})
#: How the names of files begin, unless the loader is told otherwise: `get_path` of brainscore-core
#: 2.5.0 (supported_data_standards/brainio/s3.py) and brainscore_language's utils/s3.py.
PREFIXES: dict[Kind, tuple[str, str]] = {
    "stimulus_set": ("filename_prefix", "stimulus_"),
    "assembly": ("assembly_prefix", "assy_"),
}
_NONE: Mapping[Any, Any] = MappingProxyType({})


class Registration(NamedTuple):
    """One entry of a registry."""

    kind: Kind
    # The name that plugins load it by; None if only running the plugin would tell
    registry_key: str | None
    line: int
    # Whether Brain-Score's search finds the key: literal, on one line with the registry's name
    is_discoverable: bool
    # Whether it stands in the module itself, outside of ``if`` and the like
    is_unconditional: bool
    call: LoaderCall | None  # None if only running the plugin would tell what loads it
    # Why what is registered cannot be called: "it is …"; None if it may be
    unfit: str | None = None
    # The function that is called, if it loads what belongs into the other registry
    other_loader: str | None = None
    undefined: tuple[str, ...] = ()  # the names that it uses, and that nothing defines or imports


class Unreadable(NamedTuple):
    """Why a plugin could not be read, and where in it."""

    reason: str
    line: int | None = None


class Plugin(NamedTuple):
    """What the ``__init__.py`` of a plugin registers."""

    registrations: tuple[Registration, ...] = ()
    # Every key that Brain-Score's search finds, also in a comment, and the first line of it
    mentions: Mapping[tuple[Kind, str], int] = _NONE
    constants: Mapping[str, str] = _NONE  # the module's names that are assigned once, a text
    # What is put into something that nothing defines or imports, as if it were a registry: the
    # line, and the name
    strays: tuple[tuple[int, str], ...] = ()
    error: Unreadable | None = None


def read_plugin(path: Path) -> Plugin:
    """Read what the ``__init__.py`` of a plugin registers."""
    try:
        if not path.is_file():
            return Plugin(error=Unreadable("it is not a file"))
        if path.is_symlink():
            refuse_escape(find_repository(path.parent) or resolved(path.parent), path)
        with opened(path) as stream:
            source = stream.read(_LARGEST + 1)
    except (LeavesDatasetError, OSError) as error:
        refused = "it is a link that leads out of the repository"
        reason = f"it cannot be read: {error.strerror}" if isinstance(error, OSError) else refused
        return Plugin(error=Unreadable(reason))
    if not any(name.encode() in source for name in (*REGISTRIES, *LOADERS)):
        return Plugin()
    if len(source) > _LARGEST:
        return Plugin(error=Unreadable(f"it is larger than {_LARGEST >> 20} MiB"))
    plugin = parse_plugin(source)
    if all(each.call is not None for each in plugin.registrations):
        return plugin
    return _parsed(source, _Beside(path.parent))


class _Beside:
    """The modules in a plugin's folder, for what it imports from them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[tuple[str, ...], Module | None] = {}

    def __call__(self, name: tuple[str, ...]) -> Module | None:
        if name not in self._found:
            self._found[name] = None  # of a module that imports itself
            self._found[name] = self._read(name)
        return self._found[name]

    def _read(self, name: tuple[str, ...]) -> Module | None:
        base = self._folder.joinpath(*name)
        package = base / "__init__.py"
        path = package if package.is_file() else base.with_name(f"{base.name}.py")
        inside = name if path is package else name[:-1]
        parts = [path, *(self._folder.joinpath(*name[:n]) for n in range(1, len(name)))]
        if len(self._found) > _MOST_MODULES or any(part.is_symlink() for part in parts):
            return None
        try:
            if not name or not path.is_file() or path.stat().st_size > _LARGEST:
                return None
            tree = _tree(content_of(path, _LARGEST))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return Module(tree, lambda there: self((*inside, *there)))


# Two families of rules read the same files.
@functools.lru_cache(maxsize=256)
def parse_plugin(source: bytes) -> Plugin:
    """Parse the source of a plugin."""
    return _parsed(source, lambda name: None)  # noqa: ARG005


def _parsed(source: bytes, beside: Beside) -> Plugin:
    try:
        tree = _tree(source)
    except UnicodeDecodeError as error:
        # Brain-Score's search opens plugins as UTF-8, whatever they declare.
        line = source.count(b"\n", 0, error.start) + 1
        return Plugin(error=Unreadable(f"it is not UTF-8: byte 0x{source[error.start]:02x}", line))
    except SyntaxError as error:
        return Plugin(error=Unreadable(error.msg, error.lineno or None))
    except (ValueError, RecursionError, MemoryError) as error:
        return Plugin(error=Unreadable(str(error) or "it is nested too deeply"))
    text = source.decode("utf-8-sig")
    mentions = _mentions(text)
    module = Module(tree, beside)
    found = sorted(_registrations(module, text, mentions), key=lambda each: each.line)
    return Plugin(tuple(found), mentions, module.constants, tuple(_strays(module)))


def _tree(source: bytes) -> ast.Module:
    with warnings.catch_warnings():
        # Bibliographies are full of backslashes that are no escapes.
        warnings.simplefilter("ignore")
        return ast.parse(source.decode("utf-8-sig"))


def _mentions(text: str) -> dict[tuple[Kind, str], int]:
    found: dict[tuple[Kind, str], int] = {}
    line, end = 1, 0
    plain = text.replace('"', "'")
    for match in _DISCOVERED.finditer(plain):
        line, end = line + plain.count("\n", end, match.start()), match.start()
        found.setdefault((REGISTRIES[match[1]], match[2]), line)
    return found


def _registrations(
    module: Module, text: str, mentions: Mapping[tuple[Kind, str], int]
) -> Iterator[Registration]:
    # The parser counts columns in bytes, which are characters as long as all are ASCII.
    lines = [] if text.isascii() else re.split(r"\r\n|\r|\n", text)
    for kind, key_node, value, statement in _entries(module.nodes):
        key = module.value(key_node, {}) if key_node is not None else None
        registry_key = key if isinstance(key, str) and key else None
        added = key_node is None  # by a method: what exactly, nobody can tell
        function = module.functions.get(value.id) if isinstance(value, ast.Name) else None
        yield Registration(
            kind=kind,
            registry_key=registry_key,
            line=statement.lineno,
            is_discoverable=registry_key is not None and (kind, registry_key) in mentions,
            is_unconditional=statement.col_offset == 0,
            call=find_loader_call(value, kind, module, lines),
            unfit=None if added else _unfit(value, module),
            other_loader=other_loader(value, kind, module),
            undefined=tuple(
                module.undefined(statement, *([function] if function is not None else []))
            ),
        )


def _unfit(value: ast.expr, module: Module) -> str | None:
    """Say why what is registered cannot be called without arguments; None if it may be."""
    found = module.value(value, {})
    if found is not UNKNOWN:
        return f"it is {'...' if found is ... else type(found).__name__}, which is not a function"
    name = name_of(value)
    function = module.functions.get(name or "") if isinstance(value, ast.Name) else value
    if isinstance(function, ast.Lambda | ast.FunctionDef) and needs_arguments(function):
        return "it is a function with parameters, and is called without arguments"
    if name is not None and module.aliases.get(name, name) in LOADERS:
        return f"it is {name} itself, and is called without arguments"
    if isinstance(value, ast.Call) and (loader := _loads_at_once(value, module)):
        return f"it calls {loader} when the plugin is imported, and registers what that gives"
    return None


def _loads_at_once(value: ast.Call, module: Module) -> str | None:
    """Name the loader that is called in place of being registered; None if none is."""
    nodes: list[ast.AST] = [value]
    for node in nodes:
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            name = name_of(node.func) or ""
            if module.aliases.get(name, name) in LOADERS:
                return name
            if name == "partial":
                continue
            function = module.find_function(name)
            if function is not None and node is value:
                returned = [each for each in function[1].body if isinstance(each, ast.Return)]
                nodes += [each.value for each in returned if isinstance(each.value, ast.Call)]
        nodes += ast.iter_child_nodes(node)
    return None


def _strays(module: Module) -> Iterator[tuple[int, str]]:
    for node in module.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Subscript):
            continue
        name = name_of(node.targets[0].value) or ""
        if name in REGISTRIES or not isinstance(node.targets[0].value, ast.Name):
            continue
        calls = (each for each in nodes_of(node.value) if isinstance(each, ast.Call))
        if not module.binds(name) and any(name_of(each.func) in LOADERS for each in calls):
            yield node.lineno, name


def _entries(
    nodes: Iterable[ast.AST],
) -> Iterator[tuple[Kind, ast.expr | None, ast.expr, ast.stmt | ast.expr]]:
    """Find what is put into a registry: kind, key (None if it has none of its own), value."""
    for node in nodes:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            if isinstance(node, ast.Call) and (kind := _adds_to(node.func)) is not None:
                yield kind, None, node, node
            continue
        for target in targets:
            if isinstance(target, ast.Subscript) and name_of(target.value) in REGISTRIES:
                yield REGISTRIES[str(name_of(target.value))], target.slice, value, node


def _adds_to(function: ast.expr) -> Kind | None:
    if not isinstance(function, ast.Attribute) or function.attr not in _ADDING:
        return None
    return REGISTRIES.get(name_of(function.value) or "")


def pinned_version(written: str | None) -> str | None:
    """Give the version that is pinned: "null" and the empty text pin none.

    >>> pinned_version("null"), pinned_version("3HL4kqtJlcpXroDTDmJ")
    (None, '3HL4kqtJlcpXroDTDmJ')
    """
    return written if written not in {"", "null"} else None


def why_not_followed(registration: Registration) -> str | None:
    """Say why only running the plugin would tell what is loaded; None if the source tells it."""
    call, kind = registration.call, registration.kind
    if call is None:
        return "it is loaded in a way of its own, so only running the plugin would show its files"
    telling = {*_PLACING, PREFIXES[kind][0]}.union(*PINS[kind].values())
    if not call.is_complete:
        return "it computes its arguments, so only running the plugin would show them"
    if computed := sorted(call.computed & telling):
        return f"it computes {', '.join(computed)}, so only running the plugin would show it"
    return None


def why_untold(registration: Registration) -> str | None:
    """Say why nobody can tell which files a registration loads; None if the source tells it."""
    call = registration.call
    if (reason := why_not_followed(registration)) is not None or call is None:
        return reason
    if not call.identifier or not call.store:
        missing = "identifier" if not call.identifier else "store"
        return f"it names no {missing} as a text"
    return None
