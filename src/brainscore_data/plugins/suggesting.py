"""How single lines of a plugin have to read so that it pins what was published: for people to accept.

Nothing but the standard library parses the source, and nothing of it is run: it is a stranger's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from brainscore_data.plugins.deciding import decide
from brainscore_data.plugins.parse import parse_plugin
from brainscore_data.plugins.render import quoted
from brainscore_data.records.receipts import Receipts

_MARK = "\ufeff"


def suggested_lines(source: str, receipts: Receipts, *, folder: str) -> dict[int, str]:
    r"""Give the lines that pin something else, from 1, as they have to be.

    Whether a pin is later than a receipt is not asked: a person accepts each, or does not. What is
    computed, what lies on several lines, and registrations that are not there yet are left out.
    """
    source = source.removeprefix(_MARK)
    plugin = parse_plugin(source.encode())
    changes = decide(plugin, receipts, folder=folder, is_earlier=lambda *_: False, force=True)
    wanted = {
        place: arguments
        for change in changes
        for place, arguments in (change.arguments or {}).items()
    }
    if not wanted:
        return {}
    slots = {each.call.place: each.call.slots for each in plugin.registrations if each.call}
    lines, found = source.split("\n"), dict[int, str]()
    values = [
        (value, new)
        for place, call in _calls(source, lines)
        for name, new in wanted.get(place, {}).items()
        if (value := _written(call, slots[place].get(name))) is not None
    ]
    # From the right, so that the columns of what is left stay.
    for value, new in sorted(values, key=lambda each: each[0].col_offset, reverse=True):
        line = found.get(value.lineno, lines[value.lineno - 1].removesuffix("\r")).encode()
        old = line[value.col_offset : value.end_col_offset].decode()
        quote = old[0] if old[0] in "'\"" else '"'
        new_line = line[: value.col_offset] + quoted(new, quote).encode()
        found[value.lineno] = (new_line + line[value.end_col_offset :]).decode()
    return dict(sorted(found.items()))


def _calls(source: str, lines: list[str]) -> Iterator[tuple[tuple[int, int], ast.Call]]:
    """List the calls by their places: line, and column in characters."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            before = lines[node.lineno - 1].encode()[: node.col_offset]
            yield (node.lineno, len(before.decode())), node


def _written(call: ast.Call, slot: int | None) -> ast.expr | None:
    """Find the value of an argument, if it is on one line."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    value = None if slot is None or slot >= len(values) else values[slot]
    return value if value is not None and value.lineno == value.end_lineno else None
