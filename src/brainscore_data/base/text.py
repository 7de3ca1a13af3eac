"""Text on one line, as terminals, logs and JSON can bear it; names in one spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

_LONGEST = 1000
# The runner obeys `##[command]` anywhere in a line, and `::command::` at its beginning:
# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_COMMAND = "##["
# What moves the cursor, colours, hides or turns the text around it: control characters but for the
# end of a line and the tab, and the invisible ones that set a direction or end a line.
_COMMANDING = re.compile(
    "\\r(?!\\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    r"""Keep text of many lines from commanding a terminal.

    >>> printable("a\x1b[31m\n\u202eb\r\n\tc\rd")
    'a�[31m\n�b\r\n\tc�d'
    """
    return _COMMANDING.sub("�", text)


def one_line(text: str) -> str:
    r"""Keep text on one line: no control characters, no workflow command, not endless.

    >>> one_line("a\n::error::b\x1b[31m ##[add-mask]c")
    'a�::error::b�[31m # #[add-mask]c'
    """
    plain = "".join(each if each.isprintable() else "�" for each in text[: _LONGEST + 1])
    plain = plain.replace(_COMMAND, "# #[")
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


def json_safe(text: str) -> str:
    r"""Take workflow commands out of JSON without changing what it says.

    >>> json_safe('["##[add-mask]"]')
    '["##\\u005badd-mask]"]'
    """
    # In what `json` writes, a `#` is always inside a text.
    return text.replace(_COMMAND, "##\\u005b")


def snake_case(column_name: str) -> str:
    """Spell a column's name in lower case, with ``_`` between its words.

    >>> snake_case("DateOfBirth"), snake_case("E-Mail "), snake_case("IPAddress")
    ('date_of_birth', 'e_mail', 'ip_address')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", column_name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def some(values: Sequence[Any], most: int = 5, shown: Callable[[Any], str] = repr) -> str:
    """Show the first few values, and say how many more there are.

    >>> some(["a", "b", "c"], 2)
    "'a', 'b' and 1 more"
    """
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(map(shown, values[:most])) + more


def counted(count: int, noun: str, many: str | None = None) -> str:
    """Write a number with its noun.

    >>> counted(1, "row"), counted(1200, "stimulus", "stimuli")
    ('1 row', '1,200 stimuli')
    """
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


def in_columns(rows: Sequence[Sequence[str]], *, numbers: bool = False) -> list[str]:
    """Write rows with their cells below one another; with `numbers`, all but the first to the right.

    >>> in_columns([("store", "files"), ("a", "12")], numbers=True)
    ['store  files', 'a         12']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if numbers and place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Give a key that sorts ``n2`` before ``n10``.

    >>> sorted(["n10", "n2", "n1"], key=natural_order)
    ['n1', 'n2', 'n10']
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)
