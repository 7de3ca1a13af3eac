"""Rewrite the source of a plugin: the statements that change, and nothing else.

LibCST keeps every character that is not edited: comments, blanks, quotes. What is new looks like
the rest of the module, and constants that lose their use go.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor
from libcst.metadata import MetadataWrapper, PositionProvider

from brainscore_data.plugins.deciding import Change
from brainscore_data.plugins.loader_calls import LoaderCall
from brainscore_data.plugins.parse import Plugin
from brainscore_data.plugins.render import (
    Style,
    license_comment,
    needed_imports,
    quoted,
    render_registration,
)
from brainscore_data.records.receipts import ItemReceipt

_MARK = "\ufeff"
_KEY = re.compile(r"(?:stimulus_set_registry|data_registry)\[(['\"])")
# The first argument below a registration that begins in the first column.
_INDENT = re.compile(
    r"^(?:stimulus_set_registry|data_registry)\[.*\((?:\r\n|\r|\n)([ \t]+)\w+ ?=", re.MULTILINE
)
_ARGUMENT = re.compile(r"^\s+\w+=(['\"])", re.MULTILINE)
# The parenthesis that ends a call: on the last argument's line, or on its own.
_END = re.compile(r"^(?:[ \t]+\w+=.*(?P<hugging>\))|(?P<apart>\)))[ \t]*$", re.MULTILINE)


def style_of(source: str, constants: Mapping[str, str]) -> Style:
    """Read the style of the registrations in a module; what most do is what it is."""
    usual = Style()
    ends = Counter(match.lastgroup for match in _END.finditer(source))
    return Style(
        key_quote=_most(_KEY.findall(source), usual.key_quote),
        quote=_most(_ARGUMENT.findall(source), usual.quote),
        constants={text: name for name, text in constants.items()},
        hugging=ends["hugging"] > ends["apart"],
        indent=_most(_INDENT.findall(source), usual.indent),
    )


def _most(found: list[str], default: str) -> str:
    return Counter(found).most_common(1)[0][0] if found else default


class UneditableError(ValueError):
    """A source that would not stay as it is but for the changes."""


def _module(source: str) -> cst.Module:
    try:
        module = cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        raise UneditableError("its grammar is not known to LibCST") from error
    if module.code != source:
        raise UneditableError("it has characters that LibCST leaves out, such as form feeds")
    return module


def edited(
    source: str,
    plugin: Plugin,
    changes: Iterable[Change],
    *,
    folder: str | None = None,
    style: Style,
) -> str:
    """Carry out changes in the source of a plugin."""
    changes = tuple(changes)
    updates = {
        place: arguments
        for change in changes
        if change.action == "update"
        for place, arguments in (change.arguments or {}).items()
    }
    added = [change.item for change in changes if change.action == "add"]
    # LibCST would leave a byte order mark out.
    mark = _MARK if source.startswith(_MARK) else ""
    module = _module(source.removeprefix(_MARK))
    if updates:
        module = MetadataWrapper(module).visit(_Rewriting(updates, _slots(plugin), style.quote))
    if added:
        keys = _stimulus_set_keys(plugin)
        named = [_with_stimulus_set_key(item, keys) for item in added]
        module = _appended(module, named, folder, style)
    code = module.code
    for change in changes:
        if change.action == "update":
            code = _with_license(code, change.item)
    return mark + code


def _with_license(code: str, item: ItemReceipt) -> str:
    """Bring the comment about an item's license up to date, where there is one."""
    registry = "stimulus_set_registry" if item.kind == "stimulus_set" else "data_registry"
    key = rf"{registry}\[(['\"]){re.escape(item.identifier)}\1\]"
    stated = license_comment(item.license)
    if not stated:
        return code
    return re.sub(
        rf"^# License: [^\r\n]*(?=\r?\n{key})", lambda _: stated, code, flags=re.MULTILINE
    )


def _stimulus_set_keys(plugin: Plugin) -> dict[str, str]:
    """Say under which keys the plugin has stimulus sets: older ones differ from the identifiers."""
    return {
        each.call.identifier: each.registry_key
        for each in plugin.registrations
        if each.kind == "stimulus_set" and each.registry_key
        if each.call is not None and each.call.identifier
    }


def _with_stimulus_set_key(item: ItemReceipt, keys: Mapping[str, str]) -> ItemReceipt:
    if item.kind == "stimulus_set" or item.stimulus_set is None:
        return item
    return item.model_copy(update={"stimulus_set": keys.get(item.stimulus_set, item.stimulus_set)})


def _slots(plugin: Plugin) -> dict[tuple[int, int], LoaderCall]:
    calls = (each.call for each in plugin.registrations if each.call is not None)
    return {call.place: call for call in calls if call.is_own}


class _Rewriting(cst.CSTTransformer):
    """Gives arguments of some calls new values."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(
        self,
        updates: Mapping[tuple[int, int], Mapping[str, str | None]],
        calls: Mapping[tuple[int, int], LoaderCall],
        quote: str,
    ) -> None:
        super().__init__()
        self._quote = quote
        self._updates = updates
        self._calls = calls

    def leave_Call(  # noqa: N802 - LibCST's name
        self, original_node: cst.Call, updated_node: cst.Call
    ) -> cst.Call:
        """Rewrite one call, if it is one of those."""
        at = self.get_metadata(PositionProvider, original_node)
        place = (at.start.line, at.start.column)
        if place not in self._updates:
            return updated_node
        slots = self._calls[place].slots
        arguments = list(updated_node.args)
        for name, value in self._updates[place].items():
            if name in slots:
                argument = arguments[slots[name]]
                literal = cst.SimpleString(quoted(value, _quote_of(argument.value, self._quote)))
                new = literal if value is not None else cst.Name("None")
                arguments[slots[name]] = argument.with_changes(value=new)
            else:
                _append_argument(arguments, name, value, self._quote)
        return updated_node.with_changes(args=arguments)


def _quote_of(value: cst.BaseExpression, usual: str) -> str:
    return value.quote[0] if isinstance(value, cst.SimpleString) else usual


def _append_argument(arguments: list[cst.Arg], name: str, value: str | None, quote: str) -> None:
    """Add an argument behind the last one, in its formatting."""
    last = arguments[-1]
    separator = arguments[-2].comma if len(arguments) > 1 else cst.Comma(_BLANK)
    new = last.with_changes(
        keyword=cst.Name(name),
        value=cst.parse_expression(quoted(value, _quote_of(last.value, quote))),
        equal=last.equal if last.keyword else _EQUAL,
    )
    arguments[-1] = last.with_changes(comma=separator)
    arguments.append(new)


_BLANK = cst.SimpleWhitespace("")
_EQUAL = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _appended(
    module: cst.Module, items: list[ItemReceipt], folder: str | None, style: Style
) -> cst.Module:
    module = _with_imports(module, items, folder)
    end = module.default_newline
    blocks = [render_registration(item, plugin=folder, style=style) for item in items]
    text = "\n\n".join(blocks).replace("\n", end) + end
    before = module.code.rstrip("\r\n \t")
    return cst.parse_module(f"{before}{end}{end if before else ''}{text}".lstrip("\r\n"))


def _with_imports(module: cst.Module, items: list[ItemReceipt], folder: str | None) -> cst.Module:
    bound = _bound(ast.parse(module.code).body)
    context = CodemodContext()
    needed = {
        source: names - bound
        for source, names in needed_imports(items, plugin=folder).items()
        if not names or names - bound
    }
    for source, names in sorted(needed.items()):
        if not names and source not in bound:
            AddImportsVisitor.add_needed_import(context, source)
        for name in sorted(names):
            AddImportsVisitor.add_needed_import(context, source, name)
    changed = AddImportsVisitor(context).transform_module(module)
    return _apart_from_docstring(changed) if needed else changed


def _apart_from_docstring(module: cst.Module) -> cst.Module:
    """Put an empty line between a docstring and an import that was added right below it."""
    if len(module.body) < 2 or module.get_docstring() is None:
        return module
    first = module.body[1]
    is_import = isinstance(first, cst.SimpleStatementLine) and isinstance(
        first.body[0], cst.Import | cst.ImportFrom
    )
    if not is_import or first.leading_lines:
        return module
    spaced = first.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    return module.with_changes(body=[module.body[0], spaced, *module.body[2:]])


def _bound(statements: Iterable[ast.AST]) -> set[str]:
    """Name what a module binds: older plugins take the same classes from other places.

    What stands in an ``if`` or a ``try`` counts, what stands in functions and classes does not.
    """
    found = set()
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Name):
            found |= {node.id} if isinstance(node.ctx, ast.Store) else set()
        else:
            found |= _bound(ast.iter_child_nodes(node))
    return found


def without_leftovers(before: str, after: str) -> tuple[str, tuple[str, ...]]:
    r"""Remove constants of a module that only the old text of it used.

    One whose name begins with an underscore is the module's own. Any other may be imported
    somewhere, and one with a comment says something: these stay.

    >>> without_leftovers("_OLD = 'a'\nload(_OLD)\n", "_OLD = 'a'\nload('b')\n")
    ("load('b')\n", ())
    >>> without_leftovers("OLD = 'a'\nload(OLD)\n", "OLD = 'a'\nload('b')\n")
    ("OLD = 'a'\nload('b')\n", ('OLD',))
    """
    mark = _MARK if after.startswith(_MARK) else ""  # which LibCST would leave out
    before, after = before.removeprefix(_MARK), after.removeprefix(_MARK)
    module = _module(after)
    assigned = _assigned(module)
    idle = (_used(before) - _used(after)) & set(assigned)
    removed = {n for n in idle if n.startswith("_") and _is_plain(module, assigned[n])}
    if removed:
        module = module.with_changes(body=_without(module.body, removed))
    return mark + module.code, tuple(sorted(idle - removed))


def _used(source: str) -> set[str]:
    """Name what a module uses; a text could be used as a name, too: in ``__all__`` for one."""
    nodes = list(ast.walk(ast.parse(source)))
    named = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}
    return named | {
        n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }


def _assigned(module: cst.Module) -> dict[str, list[cst.CSTNode]]:
    """Give the statements that give a text a name, by that."""
    found: dict[str, list[cst.CSTNode]] = {}
    for statement in module.body:
        if (name := _constant(statement)) is not None:
            found.setdefault(name, []).append(statement)
    return found


def _constant(statement: cst.CSTNode) -> str | None:
    """Name what a statement of a module assigns, if it does nothing but give a text a name."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    only = statement.body[0]
    if not isinstance(only, cst.Assign) or not isinstance(only.value, cst.SimpleString):
        return None
    target = only.targets[0].target
    return target.value if len(only.targets) == 1 and isinstance(target, cst.Name) else None


def _is_plain(module: cst.Module, found: list[cst.CSTNode]) -> bool:
    """Say whether a constant is assigned once, and has no comment."""
    # What is above a module's first statement is the module's in LibCST.
    above = module.header[-1:] if found[0] is module.body[0] else ()
    return (
        len(found) == 1
        and all(line.comment is None for line in above)
        and all(
            isinstance(each, cst.SimpleStatementLine)
            and each.trailing_whitespace.comment is None
            and all(line.comment is None for line in each.leading_lines)
            for each in found
        )
    )


def _without(
    statements: Sequence[cst.SimpleStatementLine | cst.BaseCompoundStatement], removed: set[str]
) -> list[cst.SimpleStatementLine | cst.BaseCompoundStatement]:
    """Leave statements out; the empty lines above them go to what follows, if it has fewer."""
    kept: list[cst.SimpleStatementLine | cst.BaseCompoundStatement] = []
    above: Sequence[cst.EmptyLine] = ()
    for each in statements:
        if _constant(each) in removed:
            lines = tuple(each.leading_lines)
            above = lines if len(lines) > len(above) else above
            continue
        if len(above) > len(each.leading_lines) and kept:
            each = each.with_changes(leading_lines=above)  # noqa: PLW2901
        above = ()
        kept.append(each)
    return kept
