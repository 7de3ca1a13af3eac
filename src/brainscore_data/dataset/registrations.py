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
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from brainscore_data.dataset.loaders import LOADERS, OWN_LOADERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from brainscore_data.dataset.loaders import Form, Kind, Loader

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
# What `locate_plugin` of brainscore-core 2.5.0 (plugin_management/import_plugin.py) searches each
# line for, after it made all quotes single; nothing in it goes on to the next line.
_DISCOVERED = re.compile(r"(stimulus_set_registry|data_registry)\['([^'\n]*)'\]")
# What adds to a dictionary without an assignment that could be found by a search.
_ADDING = frozenset({"update", "setdefault", "__setitem__"})
# Fields of nodes that hold texts, numbers, signs of operators, or what is imported.
_NO_NODES = frozenset(
    {
        *("arg", "attr", "asname", "conversion", "ctx", "id", "is_async", "kind", "level"),
        *("module", "name", "names", "op", "ops", "simple", "type_comment", "type_ignores"),
    }
)
# The one prefix that brainscore_language.utils.s3 reaches.
_LANGUAGE_STORE = "s3://brainscore-storage/brainscore-language"
_NONE: Mapping[Any, Any] = MappingProxyType({})


class LoaderCall(NamedTuple):
    """What a registration calls to load its files.

    Attributes
    ----------
    form : {"s3", "language", "own"}
        Whose loader it is: brainscore-core's, brainscore_language's or this package's.
    arguments : mapping of str to str or None
        What is written literally, or as a constant of the module. What is neither text nor None
        has the name of its type in angle brackets.
    computed : frozenset of str
        The parameters whose values only running the plugin would tell.
    is_complete : bool
        Whether all arguments are named: no ``*`` or ``**``.
    place : (int, int)
        The line, from 1, and the column, in characters from 0, where the call begins.
    slots : mapping of str to int
        Where each parameter is among the arguments as they are written.
    """

    form: Form
    arguments: Mapping[str, str | None]
    computed: frozenset[str]
    is_complete: bool
    place: tuple[int, int]
    slots: Mapping[str, int]

    @property
    def identifier(self) -> str | None:
        """The name that the files have; None if only running the plugin would tell."""
        return self.arguments.get("identifier") or None

    @property
    def store(self) -> str | None:
        """The URL of the store; None if only running the plugin would tell."""
        if self.form == "language":
            return _LANGUAGE_STORE
        if bucket := self.arguments.get("bucket"):
            return f"s3://{bucket.strip('/')}"
        return self.arguments.get("store") or None


class Registration(NamedTuple):
    """One entry of a registry.

    Attributes
    ----------
    kind : {"stimulus_set", "assembly"}
        Of which registry.
    registry_key : str or None
        The name that plugins load it by; None if only running the plugin would tell.
    line : int
        From 1.
    is_discoverable : bool
        Whether Brain-Score's search finds the key: literal, on one line with the registry's name.
    is_unconditional : bool
        Whether it stands in the module itself, outside of ``if`` and the like.
    call : LoaderCall or None
        None if only running the plugin would tell what loads it.
    """

    kind: Kind
    registry_key: str | None
    line: int
    is_discoverable: bool
    is_unconditional: bool
    call: LoaderCall | None


class Unreadable(NamedTuple):
    """Why a plugin could not be read, and where in it."""

    reason: str
    line: int | None = None


class Plugin(NamedTuple):
    """What the ``__init__.py`` of a plugin registers.

    Attributes
    ----------
    registrations : tuple of Registration
        In the order of lines.
    mentions : mapping of (Kind, str) to int
        Every key that Brain-Score's search finds, also in a comment, and the first line of it.
    constants : mapping of str to str
        The module's names that are assigned once, a text.
    error : Unreadable or None
        Why nothing is known.
    """

    registrations: tuple[Registration, ...] = ()
    mentions: Mapping[tuple[Kind, str], int] = _NONE
    constants: Mapping[str, str] = _NONE
    error: Unreadable | None = None


def read_plugin(path: Path) -> Plugin:
    """Read what the ``__init__.py`` of a plugin registers.

    Parameters
    ----------
    path : Path
        Opened if it is a regular file.

    Returns
    -------
    Plugin
        With an `error` if the file cannot be read or parsed; empty if it has no registration.
    """
    try:
        if not path.is_file():
            return Plugin(error=Unreadable("it is not a file"))
        with path.open("rb") as stream:
            source = stream.read(_LARGEST + 1)
    except OSError as error:
        return Plugin(error=Unreadable(f"it cannot be read: {error.strerror}"))
    if not any(name.encode() in source for name in REGISTRIES):
        return Plugin()
    if len(source) > _LARGEST:
        return Plugin(error=Unreadable(f"it is larger than {_LARGEST >> 20} MiB"))
    return parse_plugin(source)


# Two families of rules read the same files.
@functools.lru_cache(maxsize=256)
def parse_plugin(source: bytes) -> Plugin:
    r"""Parse the source of a plugin.

    Examples
    --------
    >>> plugin = parse_plugin(b"data_registry['Kar2019'] = lambda: load_from_s3('Kar2019', SHA1)")
    >>> [(each.registry_key, each.call.computed) for each in plugin.registrations]
    [('Kar2019', frozenset({'sha1'}))]
    >>> parse_plugin(b"data_registry['Kar2019'] = (").error
    Unreadable(reason="'(' was never closed", line=1)
    """
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Brain-Score's search opens plugins as UTF-8, whatever they declare.
        line = source.count(b"\n", 0, error.start) + 1
        return Plugin(error=Unreadable(f"it is not UTF-8: byte 0x{source[error.start]:02x}", line))
    try:
        with warnings.catch_warnings():
            # Bibliographies are full of backslashes that are no escapes.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        return Plugin(error=Unreadable(error.msg, error.lineno or None))
    except (ValueError, RecursionError, MemoryError) as error:
        return Plugin(error=Unreadable(str(error) or "it is nested too deeply"))
    mentions = _mentions(text)
    nodes = _nodes(tree)
    constants = _constants(tree, nodes)
    found = sorted(
        _registrations(tree, nodes, constants, text, mentions), key=lambda each: each.line
    )
    return Plugin(tuple(found), mentions, constants)


def _mentions(text: str) -> dict[tuple[Kind, str], int]:
    found: dict[tuple[Kind, str], int] = {}
    line, end = 1, 0
    plain = text.replace('"', "'")
    for match in _DISCOVERED.finditer(plain):
        line, end = line + plain.count("\n", end, match.start()), match.start()
        found.setdefault((REGISTRIES[match[1]], match[2]), line)
    return found


def _registrations(
    tree: ast.Module,
    nodes: list[ast.AST],
    constants: Mapping[str, str],
    text: str,
    mentions: Mapping[tuple[Kind, str], int],
) -> Iterator[Registration]:
    # The parser counts columns in bytes, which are characters as long as all are ASCII.
    lines = [] if text.isascii() else re.split(r"\r\n|\r|\n", text)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for kind, key_node, value, statement in _entries(nodes):
        key, is_known = _text(key_node, constants) if key_node is not None else (None, False)
        registry_key = key if is_known else None
        body: ast.AST = value
        if isinstance(value, ast.Name) and value.id in functions:
            body = functions[value.id]
        yield Registration(
            kind=kind,
            registry_key=registry_key or None,
            line=statement.lineno,
            is_discoverable=registry_key is not None and (kind, registry_key) in mentions,
            is_unconditional=statement.col_offset == 0,
            call=_loader_call(body, kind, constants, lines),
        )


def _nodes(root: ast.AST) -> list[ast.AST]:
    """Give what `ast.walk` does, in a fraction of the time: most fields hold no nodes."""
    nodes = [root]
    for node in nodes:
        for name in _fields_with_nodes(type(node)):  # type: ignore[arg-type]  # classes do hash
            value = getattr(node, name)
            if value.__class__ is list:
                nodes += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST):
                nodes.append(value)
    return nodes


@functools.cache
def _fields_with_nodes(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in _NO_NODES)


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
            if isinstance(target, ast.Subscript) and _name(target.value) in REGISTRIES:
                yield REGISTRIES[str(_name(target.value))], target.slice, value, node


def _adds_to(function: ast.expr) -> Kind | None:
    if not isinstance(function, ast.Attribute) or function.attr not in _ADDING:
        return None
    return REGISTRIES.get(_name(function.value) or "")


def _loader_call(
    body: ast.AST, kind: Kind, constants: Mapping[str, str], lines: list[str]
) -> LoaderCall | None:
    # Anywhere in it: some plugins wrap the loader in a function that mends a column.
    calls = [call for node in _nodes(body) if (call := _taken_apart(node, kind)) is not None]
    if len(calls) != 1:
        return None
    node, loader, positional = calls[0]
    is_complete = not any(isinstance(each, ast.Starred) for each in positional)
    named = dict(zip(loader.parameters, positional, strict=False)) if is_complete else {}
    for keyword in node.keywords:
        if keyword.arg is None:
            is_complete = False
        else:
            named[keyword.arg] = keyword.value
    read = {name: _text(value, constants) for name, value in named.items()}
    written = [*node.args, *(keyword.value for keyword in node.keywords)]
    return LoaderCall(
        loader.form,
        {name: text for name, (text, is_known) in read.items() if is_known},
        frozenset(name for name, (_, is_known) in read.items() if not is_known),
        is_complete,
        (node.lineno, _column(node, lines)),
        {name: written.index(value) for name, value in named.items()},
    )


def _column(node: ast.Call, lines: list[str]) -> int:
    if not lines:
        return node.col_offset
    return len(lines[node.lineno - 1].encode()[: node.col_offset].decode())


def _taken_apart(node: ast.AST, kind: Kind) -> tuple[ast.Call, Loader, list[ast.expr]] | None:
    """Take a call of a loader, or a partial of one, apart: its positional arguments."""
    if not isinstance(node, ast.Call):
        return None
    function, positional = node.func, node.args
    if _name(function) == "partial" and positional:
        function, positional = positional[0], positional[1:]
    name = _name(function) or ""
    loader = LOADERS.get(name)
    if any(each.arg == "store" for each in node.keywords):
        loader = loader or OWN_LOADERS.get(name)
    return (node, loader, positional) if loader and loader.kind == kind else None


def _name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _text(node: ast.expr, constants: Mapping[str, str]) -> tuple[str | None, bool]:
    """Give a value, and whether the source tells it at all."""
    if isinstance(node, ast.Constant):
        if node.value is None or isinstance(node.value, str):
            return node.value, True
        return f"<{type(node.value).__name__}>", True
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id], True
    return None, False


def _constants(tree: ast.Module, nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Find the module's names that are assigned once, a text."""
    assignments: Counter[str] = Counter(
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
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


def pinned_version(written: str | None) -> str | None:
    """Give the version that is pinned: "null" and the empty text pin none.

    Examples
    --------
    >>> pinned_version("null"), pinned_version("3HL4kqtJlcpXroDTDmJ")
    (None, '3HL4kqtJlcpXroDTDmJ')
    """
    return written if written not in {"", "null"} else None
