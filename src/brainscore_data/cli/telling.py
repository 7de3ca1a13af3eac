"""The one place where text goes to a terminal: nothing that others wrote can command it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

import click

from brainscore_data.base.text import one_line, printable

if TYPE_CHECKING:
    from brainscore_data.plugins.render import Form
    from brainscore_data.records.receipts import Receipts
    from brainscore_data.store.interface import Answer


output_format_option = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is printed.",
)


def tell(text: Any, *, err: bool = False, nl: bool = True, as_it_is: bool = False) -> None:
    """Print text; what is no ordinary sign of it is replaced.

    `as_it_is` is for what was made fit part by part: colours around it, or a format for machines.
    """
    click.echo(str(text) if as_it_is else printable(str(text)), err=err, nl=nl)


def tell_note(notice: str) -> None:
    """Print what is worth knowing, beside what was asked for."""
    tell(f"note: {notice}", err=True)


def tell_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: on a terminal with rich, which folds what is too wide; elsewhere in columns."""
    shown = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        tell("\n".join(in_columns([head, *shown])))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text  # a cell is no markup of rich's

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in shown:
        table.add_row(*map(Text, row))
    Console().print(table)


def in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows with their cells below one another."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def answer_lines(answers: Iterable[Answer]) -> Iterator[str]:
    """Write what was found out, a line for each question, and below it what to do."""
    found = list(answers)
    width = max(len(each.question) for each in found) + 1
    for each in found:
        yield f"  {each.verdict:<8} {each.question:<{width}}{each.detail}"
        if each.hint:
            yield f"{'':{width + 11}}→ {each.hint}"


def tell_receipt(receipts: Receipts, form: Form = "auto", *, folder: str) -> None:
    """Print a receipt: Markdown to paste, and on a terminal its table as a table."""
    from brainscore_data.plugins.receipt_markdown import (
        COLUMNS,
        cells_of,
        leading_lines,
        render_markdown,
    )
    from brainscore_data.plugins.render import render_registrations

    if not sys.stdout.isatty() or not receipts.items:
        tell(render_markdown(receipts, form, folder=folder), nl=False)
        return
    tell(f"Receipt for {one_line(receipts.dataset)}\n")
    for line in leading_lines([receipts], one_line):
        tell(f"  {line}")
    tell_table([each.head for each in COLUMNS], cells_of(receipts, one_line, "\n"))
    tell(
        f"Paste this into the plugin's __init__.py:\n\n{render_registrations(receipts, form, folder=folder)}"
    )


def make_ready() -> None:
    """See that every text can be written, whatever the stream's encoding and whether it is open."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream: IO[str] | None = getattr(sys, name)
        if stream is None:
            # `>&-`: nobody listens. Else the next file that is opened would be the standard output.
            _open_nothing(number)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123
        elif name == "stdout" and callable(change := getattr(stream, "reconfigure", None)):
            change(errors="backslashreplace")  # as standard error is by itself


def _open_nothing(number: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
