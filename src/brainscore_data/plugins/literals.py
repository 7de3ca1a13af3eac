"""What the source of a module tells of its values: texts, tables of them, and what is put together.

Nothing is run. A value that the source does not tell is `UNKNOWN`.
"""

from __future__ import annotations

import ast
import builtins
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Beside = Callable[[tuple[str, ...]], "Module | None"]

UNKNOWN: Final = object()
# Far above any real plugin: how deep values refer to values, how many are looked at, and how
# long a text that is put together gets.
_DEEPEST, _MOST, _LONGEST = 16, 100_000, 1 << 12
_BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__", "__package__", "__path__"}
# What makes names that no assignment shows.
_DYNAMIC = frozenset({"exec", "globals", "vars", "setattr"})
# Fields of nodes that hold texts, numbers, signs of operators, or what is imported.
_NO_NODES = frozenset(
    {
        *("arg", "attr", "asname", "conversion", "ctx", "id", "is_async", "kind", "level"),
        *("module", "name", "names", "op", "ops", "simple", "type_comment", "type_ignores"),
    }
)


def nodes_of(root: ast.AST) -> list[ast.AST]:
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


class Module:
    """The values and functions of a module, as far as its source tells them."""

    def __init__(self, tree: ast.Module, beside: Beside = lambda name: None) -> None:  # noqa: ARG005
        self._beside = beside
        self.nodes = nodes_of(tree)
        stored = Counter(
            node.id
            for node in self.nodes
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )
        self.functions = {
            node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)
        }
        self._assigned = {  # the names that are assigned once
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and stored[target.id] == 1
        }
        self.constants = {  # of those, the texts
            name: value.value
            for name, value in self._assigned.items()
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        }
        imports = [node for node in self.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        # What relative imports give: its name here; the module, and its name there.
        self.imported = {
            alias.asname or alias.name: (tuple((node.module or "").split(".")), alias.name)
            for node in imports
            if isinstance(node, ast.ImportFrom) and node.level == 1
            for alias in node.names
        }
        absolute = [node for node in imports if isinstance(node, ast.ImportFrom) and not node.level]
        # What absolute imports give under another name: its name here, and there.
        self.aliases = {
            alias.asname: alias.name for node in absolute for alias in node.names if alias.asname
        }
        self.ours = {  # what is imported from this package
            alias.asname or alias.name
            for node in absolute
            if (node.module or "").partition(".")[0] == "brainscore_data"
            for alias in node.names
        }
        self._bound = {*stored, *_names_of(imports), *_definitions(self.nodes), *_BUILTINS}
        self._is_open = "*" in self._bound or any(
            isinstance(node, ast.Name) and node.id in _DYNAMIC for node in self.nodes
        )
        self._known: dict[str, Any] = {}
        self._looks = 0

    def undefined(self, *roots: ast.AST) -> list[str]:
        """List the names that some of its code uses and that nothing defines or imports."""
        if self._is_open:
            return []
        found: dict[str, None] = {}
        for root in roots:
            nodes = nodes_of(root)
            names = [node for node in nodes if isinstance(node, ast.Name)]
            inner = {node.arg for node in nodes if isinstance(node, ast.arg)}
            inner |= {node.id for node in names if not isinstance(node.ctx, ast.Load)}
            used = (node.id for node in names if isinstance(node.ctx, ast.Load))
            found |= dict.fromkeys(each for each in used if each not in inner | self._bound)
        return list(found)

    def binds(self, name: str) -> bool:
        """Whether a name may be defined or imported here."""
        return self._is_open or name in self._bound

    def find_function(self, name: str) -> tuple[Module, ast.FunctionDef] | None:
        """Find a function: of this module, or of one beside it that it is imported from."""
        module, seen = self, 0
        while name not in module.functions:
            seen += 1
            other = module._imported_from(name) if seen < _DEEPEST else None
            if other is None:
                return None
            module, name = other
        return module, module.functions[name]

    def _imported_from(self, name: str) -> tuple[Module, str] | None:
        if name not in self.imported:
            return None
        where, there = self.imported[name]
        module = self._beside(tuple(part for part in where if part))
        return None if module is None else (module, there)

    def value(  # noqa: PLR0911 - one for each kind of expression
        self, node: ast.expr, local: Mapping[str, Any], depth: int = 0
    ) -> Any:
        """Give the value of an expression, or UNKNOWN."""
        self._looks += 1
        if depth > _DEEPEST or self._looks > _MOST:
            return UNKNOWN
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return local[node.id] if node.id in local else self._of_name(node.id, depth + 1)
        inner = functools.partial(self.value, local=local, depth=depth + 1)
        if isinstance(node, ast.Subscript):
            return _taken_out(inner(node.value), inner(node.slice))
        if isinstance(node, ast.JoinedStr):
            return _joined([_part(each, inner) for each in node.values])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _joined([inner(node.left), inner(node.right)])
        if isinstance(node, ast.Tuple | ast.List):
            return [inner(each) for each in node.elts]
        if isinstance(node, ast.Dict):
            return _table((None if k is None else inner(k), inner(v)) for k, v in _pairs(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
            pairs = [(each.arg, inner(each.value)) for each in node.keywords]
            return _table(pairs) if node.func.id == "dict" else UNKNOWN
        return UNKNOWN

    def _of_name(self, name: str, depth: int) -> Any:
        if name in self._known:
            return self._known[name]
        found: Any = UNKNOWN
        if name in self._assigned:
            self._known[name] = UNKNOWN  # of a name that refers to itself
            found = self.value(self._assigned[name], {}, depth)
        elif (other := self._imported_from(name)) is not None and depth <= _DEEPEST:
            found = other[0]._of_name(other[1], depth + 1)  # noqa: SLF001 - another of this class
        self._known[name] = found
        return found


def _names_of(imports: Iterable[ast.Import | ast.ImportFrom]) -> list[str]:
    return [
        alias.asname
        or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
        for node in imports
        for alias in node.names
    ]


def _definitions(nodes: Iterable[ast.AST]) -> list[str]:
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [node.name for node in nodes if isinstance(node, named)]
    return found + [
        node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name
    ]


def _pairs(node: ast.Dict) -> Iterable[tuple[ast.expr | None, ast.expr]]:
    return zip(node.keys, node.values, strict=True)


def _part(node: ast.expr, inner: Callable[[ast.expr], Any]) -> Any:
    """Give a part of an f-string as text."""
    if not isinstance(node, ast.FormattedValue):
        return inner(node)
    value = inner(node.value)
    is_plain = node.conversion == -1 and node.format_spec is None
    return str(value) if is_plain and isinstance(value, str | int) else UNKNOWN


def _joined(parts: list[Any]) -> Any:
    if not all(isinstance(part, str) for part in parts):
        return UNKNOWN
    return "".join(parts) if sum(map(len, parts)) <= _LONGEST else UNKNOWN


def _table(pairs: Iterable[tuple[Any, Any]]) -> Any:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if key is None:  # **
            if not isinstance(value, dict):
                return UNKNOWN
            found |= value
        elif isinstance(key, str | int):
            found[key] = value
        else:
            return UNKNOWN
    return found


def _taken_out(container: Any, key: Any) -> Any:
    if isinstance(container, dict) and isinstance(key, str | int):
        return container.get(key, UNKNOWN)
    if isinstance(container, list) and isinstance(key, int) and 0 <= key < len(container):
        return container[key]
    return UNKNOWN


def needs_arguments(function: ast.Lambda | ast.FunctionDef) -> bool:
    """Whether a function cannot be called without arguments."""
    given = function.args
    places = [*given.posonlyargs, *given.args]
    return len(places) > len(given.defaults) or None in given.kw_defaults


def name_of(node: ast.expr) -> str | None:
    """Give the last part of a name."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None
