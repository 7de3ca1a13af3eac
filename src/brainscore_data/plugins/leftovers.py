"""Constants that an edit left without a use: the hash or the version that was pinned before."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import libcst as cst

_MARK = "\ufeff"


def without_leftovers(before: str, after: str) -> tuple[str, tuple[str, ...]]:
    r"""Remove constants of a module that only the old text of it used.

    One whose name begins with an underscore is the module's own. Any other may be imported
    somewhere, and one with a comment says something: these stay.

    Examples
    --------
    >>> without_leftovers("_OLD = 'a'\nload(_OLD)\n", "_OLD = 'a'\nload('b')\n")
    ("load('b')\n", ())
    >>> without_leftovers("OLD = 'a'\nload(OLD)\n", "OLD = 'a'\nload('b')\n")
    ("OLD = 'a'\nload('b')\n", ('OLD',))
    """
    mark = _MARK if after.startswith(_MARK) else ""  # which LibCST would leave out
    before, after = before.removeprefix(_MARK), after.removeprefix(_MARK)
    module = cst.parse_module(after)
    idle = (_used(before) - _used(after)) & set(_assigned(module))
    removed = {name for name in idle if name.startswith("_") and _is_plain(module, name)}
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


def _assigned(module: cst.Module) -> Iterator[str]:
    return (name for name in map(_constant, module.body) if name is not None)


def _constant(statement: cst.CSTNode) -> str | None:
    """Name what a statement of a module assigns, if it does nothing but give a text a name."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    only = statement.body[0]
    if not isinstance(only, cst.Assign) or not isinstance(only.value, cst.SimpleString):
        return None
    target = only.targets[0].target
    return target.value if len(only.targets) == 1 and isinstance(target, cst.Name) else None


def _is_plain(module: cst.Module, name: str) -> bool:
    """Say whether a constant is assigned once, and has no comment."""
    found = [each for each in module.body if _constant(each) == name]
    # What is above a module's first statement is the module's in LibCST.
    above = module.header[-1:] if found == module.body[:1] else ()
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
