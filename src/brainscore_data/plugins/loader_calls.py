"""The functions that registrations call to load their files, and with which arguments.

They are brainscore-core's, brainscore_language's and our own. Functions of the module, and of modules
beside it, are followed as far as literals go.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from brainscore_data.dataset.identifiers import Kind
from brainscore_data.plugins.literals import UNKNOWN, Module, name_of, needs_arguments, nodes_of

Form = Literal["s3", "language", "own"]
#: What an argument is for, which decides what may be written for it.
Role = Literal[
    "identifier", "bucket", "store", "sha1", "version", "class", "stimulus_set", "flag", "prefix",
    "option", "any",
]  # fmt: skip
_ROLES: dict[str, Role] = {
    "identifier": "identifier",
    "bucket": "bucket",
    "store": "store",
    **dict.fromkeys(("sha1", "csv_sha1", "zip_sha1"), "sha1"),
    **dict.fromkeys(("version_id", "csv_version_id", "zip_version_id"), "version"),
    "cls": "class",
    "stimulus_set_loader": "stimulus_set",
    "merge_stimulus_set_meta": "flag",
    **dict.fromkeys(("filename_prefix", "assembly_prefix"), "prefix"),
    **dict.fromkeys(("endpoint_url", "region", "profile", "addressing_style"), "option"),
    **dict.fromkeys(("ca_bundle", "expected_bucket_owner"), "option"),
    **dict.fromkeys(("timeout", "session"), "any"),
}


class Parameter(NamedTuple):
    """A parameter of a loader."""

    name: str
    role: Role
    is_required: bool  # whether the call fails without it
    is_named: bool  # whether it can be given by name only


class Loader(NamedTuple):
    """Whose function it is, what it loads, and its parameters in their order."""

    form: Form
    kind: Kind
    all: tuple[Parameter, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of those that may be given without their names."""
        return tuple(each.name for each in self.all if not each.is_named)

    def find(self, name: str) -> Parameter | None:
        """Give the parameter of a name; None if there is none."""
        return next((each for each in self.all if each.name == name), None)


def _loader(form: Form, kind: Kind, signature: str) -> Loader:
    """Take parameters as a signature has them: ``=`` may be left out, after ``*`` come names."""
    positional, _, named = signature.partition(", *, ")
    return Loader(
        form,
        kind,
        tuple(
            Parameter(name, _ROLES[name], is_required=not optional, is_named=is_named)
            for part, is_named in ((positional, False), (named, True))
            for name, optional, _ in (each.partition("=") for each in part.split(", ") if each)
        ),
    )


#: Where brainscore-core has loaders, assemblies and stimulus sets.
BRAINIO = "brainscore_core.supported_data_standards.brainio"
# The keywords of brainscore_data.store.options.StoreOptions.
_OPTIONS = (
    "endpoint_url=, region=, profile=, addressing_style=, ca_bundle=, expected_bucket_owner=, "
    "timeout=, session="
)
# The parameters of brainscore-core 2.5.0 (supported_data_standards/brainio/s3.py) and
# brainscore_language (utils/s3.py), in their order.
LOADERS = {
    "load_stimulus_set_from_s3": _loader(
        "s3",
        "stimulus_set",
        "identifier, bucket, csv_sha1, zip_sha1, csv_version_id, zip_version_id, filename_prefix=",
    ),
    "load_assembly_from_s3": _loader(
        "s3",
        "assembly",
        "identifier, version_id, sha1, bucket, cls, stimulus_set_loader=, merge_stimulus_set_meta=",
    ),
    "load_from_s3": _loader(
        "language", "assembly", "identifier, sha1, version_id=, assembly_prefix=, cls="
    ),
}
# brainscore_vision has functions of these names too; they take no store.
OWN_LOADERS = {
    "load_stimulus_set": _loader(
        "own",
        "stimulus_set",
        "identifier, *, store, csv_version_id=, zip_version_id=, csv_sha1=, zip_sha1=, cls=, "
        + _OPTIONS,
    ),
    "load_assembly": _loader(
        "own",
        "assembly",
        "identifier, *, store, version_id=, sha1=, cls=, stimulus_set_loader=, "
        "merge_stimulus_set_meta=, " + _OPTIONS,
    ),
}


# The one prefix that brainscore_language.utils.s3 reaches.
_LANGUAGE_STORE = "s3://brainscore-storage/brainscore-language"
# How many functions call each other, at most, until one loads.
_DEEPEST = 4
#: What kind of value is written; "name" and "call" where the source does not tell it.
Written = Literal[
    "text", "None", "bool", "number", "...", "bytes", "collection", "lambda", "name", "call", "other"
]  # fmt: skip
_TYPES: dict[type, Written] = {
    str: "text",
    type(None): "None",
    bool: "bool",
    int: "number",
    float: "number",
    complex: "number",
    type(...): "...",
    bytes: "bytes",
    dict: "collection",
    list: "collection",
}
_NODES: dict[type[ast.expr], Written] = {
    ast.Lambda: "lambda",
    ast.Name: "name",
    ast.Attribute: "name",
    ast.Call: "call",
    ast.JoinedStr: "text",
    ast.Set: "collection",
    ast.Tuple: "collection",
}


class Argument(NamedTuple):
    """What is written for a parameter."""

    written: Written
    # The last part of a name; of a call or a lambda, that of the function that is called
    name: str | None = None
    key: str | None = None  # of a call or a lambda: the text that is the first argument
    needs: bool = False  # whether a lambda has parameters that must be given


class LoaderCall(NamedTuple):
    """What a registration calls to load its files."""

    form: Form  # whose loader it is: brainscore-core's, brainscore_language's or this package's
    # What the source tells. What is neither text nor None has the name of its type in angle
    # brackets.
    arguments: Mapping[str, str | None]
    computed: frozenset[str]  # the parameters whose values only running the plugin would tell
    # Whether all arguments are known by name: no ``*`` or ``**`` of unknown values
    is_complete: bool
    # The line, from 1, and the column, in characters from 0, where the call begins
    place: tuple[int, int]
    slots: Mapping[str, int]  # where each parameter is among the arguments as they are written
    loader: Loader
    written: Mapping[str, Argument]  # which kind of value each is
    twice: tuple[str, ...] = ()  # parameters that are given by place and by name
    surplus: int = 0  # how many more arguments without a name there are than parameters
    is_own: bool = True  # whether it stands in the plugin itself, and is this registration's alone
    # The parameters whose values are put together, or stand in a table or in another function
    followed: frozenset[str] = frozenset()

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


class _Site(NamedTuple):
    """A call of a loader somewhere, and what the names in it are there."""

    node: ast.Call
    loader: Loader
    positional: list[ast.expr]
    module: Module
    local: Mapping[str, Any]
    is_own: bool


def find_loader_call(
    value: ast.expr, kind: Kind, module: Module, lines: list[str]
) -> LoaderCall | None:
    """Find the one call that loads what is registered; None if there is none, or more."""
    # Anywhere in it: some plugins wrap the loader in a function that fixes a column.
    sites = [site for site in _sites(value, module) if site.loader.kind == kind]
    return _call_of(sites[0], lines) if len(sites) == 1 else None


def other_loader(value: ast.expr, kind: Kind, module: Module) -> str | None:
    """Name the loader of what the other registry is for, if nothing but that is called."""
    sites = list(_sites(value, module))
    if not sites or any(site.loader.kind == kind for site in sites):
        return None
    return name_of(sites[0].node.func)


def _sites(
    value: ast.AST,
    module: Module,
    local: Mapping[str, Any] | None = None,
    depth: int = 0,
    *,
    is_own: bool = True,
) -> Iterator[_Site]:
    home, body, local = module, value, dict(local or {})
    if isinstance(value, ast.Name):
        found = module.find_function(value.id)
        if found is not None:
            home, body = found
            is_own = is_own and home is module
            local = _locals(home, found[1], {})
    nodes = nodes_of(body)
    taken = [apart for node in nodes if (apart := _taken_apart(node, home)) is not None]
    for call, loader, positional in taken:
        yield _Site(call, loader, positional, home, local, is_own)
    if taken or depth == _DEEPEST:
        return
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            function = home.find_function(node.func.id)
            if function is not None and function[1] is not body:
                given = _bound(node, home, local, function)
                # Others may call it with other arguments.
                yield from _sites(function[1], function[0], given, depth + 1, is_own=False)


def _bound(
    call: ast.Call,
    module: Module,
    local: Mapping[str, Any],
    function: tuple[Module, ast.FunctionDef],
) -> dict[str, Any]:
    """Give what the names in a function are when it is called like this."""
    home, node = function
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    given = dict.fromkeys([*names, *(each.arg for each in node.args.kwonlyargs)], UNKNOWN)
    defaults = node.args.defaults
    for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
        given[name] = home.value(default, {})
    if any(isinstance(each, ast.Starred) for each in call.args):
        return _locals(home, node, dict.fromkeys(given, UNKNOWN))
    for name, value in zip(names, call.args, strict=False):
        given[name] = module.value(value, local)
    for keyword in call.keywords:
        if keyword.arg is None:
            return _locals(home, node, dict.fromkeys(given, UNKNOWN))
        given[keyword.arg] = module.value(keyword.value, local)
    return _locals(home, node, given)


def _locals(module: Module, node: ast.FunctionDef, given: dict[str, Any]) -> dict[str, Any]:
    """Add the names that a function assigns."""
    stored = [
        each.id
        for each in nodes_of(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    ]
    found = {**given, **dict.fromkeys(stored, UNKNOWN)}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and stored.count(target.id) == 1:
                found[target.id] = module.value(statement.value, found)
    return found


def _call_of(site: _Site, lines: list[str]) -> LoaderCall:
    node, loader, positional, module, local, _ = site
    is_complete = not any(isinstance(each, ast.Starred) for each in positional)
    named: dict[str, ast.expr] = {}
    if is_complete:
        named = dict(zip(loader.parameters, positional, strict=False))
    values = {name: module.value(value, local) for name, value in named.items()}
    twice = []
    for keyword in node.keywords:
        if keyword.arg is not None:
            twice += [keyword.arg] if keyword.arg in named else []
            named[keyword.arg] = keyword.value
            values[keyword.arg] = module.value(keyword.value, local)
            continue
        table = module.value(keyword.value, local)
        if isinstance(table, dict) and all(isinstance(name, str) for name in table):
            values |= table
        else:
            is_complete = False
    written = [*node.args, *(keyword.value for keyword in node.keywords)]
    return LoaderCall(
        loader.form,
        {name: _text(value) for name, value in values.items() if value is not UNKNOWN},
        frozenset(name for name, value in values.items() if value is UNKNOWN),
        is_complete,
        (node.lineno, _column(node, lines) if site.is_own else node.col_offset),
        {name: written.index(value) for name, value in named.items()},
        loader,
        {name: _argument(value, named.get(name), module, local) for name, value in values.items()},
        tuple(twice),
        max(0, len(positional) - len(loader.parameters)) if is_complete else 0,
        site.is_own,
        frozenset(name for name in values if not _is_plain(named.get(name), module)),
    )


def _is_plain(node: ast.expr | None, module: Module) -> bool:
    if isinstance(node, ast.Name):
        return node.id in module.constants
    return isinstance(node, ast.Constant)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else f"<{type(value).__name__}>"


def _argument(
    value: Any, node: ast.expr | None, module: Module, local: Mapping[str, Any]
) -> Argument:
    if value is not UNKNOWN or node is None:
        return Argument(_TYPES.get(type(value), "other"))
    written = _NODES.get(type(node), "other")
    if isinstance(node, ast.Lambda):
        called = node.body
        return Argument(written, *_called(called, module, local), needs=needs_arguments(node))
    if isinstance(node, ast.Call):
        if name_of(node.func) == "partial":  # which is a function, as a lambda is
            name = name_of(node.args[0]) if node.args else None
            first = node.args[1] if len(node.args) > 1 else None
            return Argument("lambda", name, key=_key(first, module, local))
        return Argument(written, *_called(node, module, local))
    return Argument(written, name_of(node))


def _called(
    node: ast.expr, module: Module, local: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    if not isinstance(node, ast.Call):
        return None, None
    values = [*node.args, *(each.value for each in node.keywords if each.arg == "identifier")]
    return name_of(node.func), _key(values[0] if values else None, module, local)


def _key(node: ast.expr | None, module: Module, local: Mapping[str, Any]) -> str | None:
    value = UNKNOWN if node is None else module.value(node, local)
    return value if isinstance(value, str) else None


def _column(node: ast.Call, lines: list[str]) -> int:
    if not lines:
        return node.col_offset
    return len(lines[node.lineno - 1].encode()[: node.col_offset].decode())


def _taken_apart(node: ast.AST, module: Module) -> tuple[ast.Call, Loader, list[ast.expr]] | None:
    """Take a call of a loader, or a partial of one, apart: its positional arguments."""
    if not isinstance(node, ast.Call):
        return None
    function, positional = node.func, node.args
    if name_of(function) == "partial" and positional:
        function, positional = positional[0], positional[1:]
    name = module.aliases.get(name_of(function) or "", name_of(function) or "")
    loader = LOADERS.get(name)
    if loader is None and name in OWN_LOADERS and _is_ours(function, node, module):
        loader = OWN_LOADERS[name]
    return (node, loader, positional) if loader else None


def _is_ours(function: ast.expr, node: ast.Call, module: Module) -> bool:
    if isinstance(function, ast.Attribute) and name_of(function.value) == "brainscore_data":
        return True
    if isinstance(function, ast.Name) and function.id in module.ours:
        return True
    return any(each.arg == "store" for each in node.keywords)
