"""Text as Markdown shows it: never as Markdown's own signs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from brainscore_data.base.text import printable


def code_span(text: str, *, in_table: bool = True) -> str:
    r"""Put any text into a code span; inside a table a bar has a backslash, which shows elsewhere.

    >>> print(code_span("MajajHong2015.public"))
    `MajajHong2015.public`
    >>> print(code_span("a|b `<b>@user"))
    `` a\|b `<b>@user ``
    >>> print(code_span("a|b", in_table=False))
    `a|b`
    """
    line = re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]", " ", text)
    line = printable(line)  # what turns the text around it does so in a code span, too
    line = line.replace("|", r"\|") if in_table else line
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    needs_blank = longest > 0 or not line.strip()
    return f"{fence} {line} {fence}" if needs_blank else f"{fence}{line}{fence}"


def fenced(text: str, language: str) -> str:
    """Put text into a fenced block that it cannot close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def table_row(cells: Iterable[str]) -> str:
    """Write a row of a table, of cells that are Markdown."""
    return f"| {' | '.join(cells)} |"


def table(head: Sequence[str], rows: Iterable[str]) -> str:
    """Write a table, of rows that are written."""
    return "\n".join([table_row(head), table_row(["---"] * len(head)), *rows])
