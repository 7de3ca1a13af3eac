"""The one place where text goes to a terminal: nothing that others wrote can command it."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, Literal

import click

from brainscore_data.base.markdown import code_span, table, table_row
from brainscore_data.base.text import in_columns, one_line, printable

if TYPE_CHECKING:
    from brainscore_data.plugins.render import Form
    from brainscore_data.previewing.preview import Preview
    from brainscore_data.records.receipts import Receipts
    from brainscore_data.store.interface import Answer


def forms_option(*forms: str, how: str = "The form of the output.") -> Callable[..., Any]:
    """Add ``--output-format``."""
    return click.option(
        "--output-format", type=click.Choice(forms), default="text", show_default=True, help=how
    )


output_format_option = forms_option("text", "json")
form_option = forms_option(
    "text", "markdown", "json", how="The form of the output; text is a table on a terminal."
)
# What the cells of tables say, where it is good or bad news; and the parts of a text.
_COLOURS = {
    **dict.fromkeys(("new", "public", "yes", "as it should be", "fine", "good"), "green"),
    **dict.fromkeys(("replaced", "private", "not yet", "warning", "waits"), "yellow"),
    **dict.fromkeys(("no", "retracted", "taken", "gone", "error", "code"), "red"),
    "hint": "cyan",
}
_BOLD = {"place", "code", "heading", "next", "error"}


def on_terminal() -> bool:
    """Whether people read what is printed."""
    return sys.stdout.isatty()


def columns() -> int:
    """Say how wide lines may be; long ones are hard to read, however wide a terminal is."""
    return min(shutil.get_terminal_size((80, 24)).columns, 120) if on_terminal() else 80


def paint(text: str, part: str) -> str:
    """Colour a part of a text, if a terminal shows it and nobody minds."""
    # https://no-color.org: set and not empty, whatever its value
    if not on_terminal() or os.environ.get("NO_COLOR"):
        return text
    return click.style(text, fg=_COLOURS.get(part), bold=part in _BOLD)


def tell(text: Any, *, err: bool = False, nl: bool = True, as_it_is: bool = False) -> None:
    """Print text; what is no ordinary sign of it is replaced.

    `as_it_is` is for what was made fit part by part: colours around it, or a format for machines.
    """
    click.echo(str(text) if as_it_is else printable(str(text)), err=err, nl=nl)


def tell_note(notice: str) -> None:
    """Print what is worth knowing, beside what was asked for."""
    tell(f"note: {notice}", err=True)


def tell_lines(lines: Iterable[str], part: str = "") -> None:
    """Print lines, folded where a terminal is narrower."""
    for line in lines:
        shown = one_line(line)
        folded = (
            textwrap.wrap(shown, columns(), subsequent_indent="  ", break_on_hyphens=False)
            if on_terminal()
            else [shown]
        )
        for each in folded or [""]:
            tell(paint(each, part), as_it_is=True)


def tell_next(*commands: str) -> None:
    """End what a terminal shows with what can be done next."""
    if on_terminal():
        tell("")
        for each in commands:
            tell(paint(f"next: {one_line(each)}", "next"), as_it_is=True)


def tell_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False
) -> None:
    """Print a table: on a terminal with rich, which folds what is too wide; elsewhere in columns."""
    shown = [[printable(cell) for cell in row] for row in rows]
    if not on_terminal():
        tell("\n".join(in_columns([head, *shown], numbers=numbers)))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text  # a cell is no markup of rich's

    shown_table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for place, name in enumerate(head):
        justify: Literal["left", "right"] = "right" if numbers and place else "left"
        shown_table.add_column(name, overflow="fold", justify=justify)
    for row in shown:
        shown_table.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
    console = Console()
    console.print()
    console.print(shown_table)
    console.print()


def tell_preview(seen: Preview) -> None:
    """Print a preview as text."""
    from brainscore_data.previewing.plain_text import text

    shown = text(seen, width=columns(), ascii_only=not _has_blocks(), paint=paint)
    tell(shown, nl=False, as_it_is=True)


def _has_blocks() -> bool:
    try:
        "▁█".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def tell_markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in Markdown; nothing in it comes alive."""
    tell(table(head, (table_row(map(code_span, row)) for row in rows)))


def answer_lines(answers: Iterable[Answer]) -> Iterator[str]:
    """Write what was found out, a line for each question, and below it what to do."""
    found = list(answers)
    width = max(len(each.question) for each in found) + 2
    for each in found:
        yield f"  {each.verdict:<8} {each.question:<{width}}{each.detail}"
        if each.hint:
            yield f"{'':{width + 11}}→ {each.hint}"


def tell_receipt(receipts: Receipts, form: Form = "auto", *, folder: str) -> None:
    """Print a receipt: Markdown to paste; on a terminal lines for people, and a table."""
    from brainscore_data.plugins.receipt_markdown import (
        NARROW,
        cells_of,
        leading_lines,
        render_markdown,
    )
    from brainscore_data.plugins.render import render_registrations

    if not on_terminal() or not receipts.items:
        tell(render_markdown(receipts, form, folder=folder), nl=False)
        return
    tell_lines([f"Receipt for {receipts.dataset}"], "heading")
    tell_lines(leading_lines([receipts], one_line))
    tell_table([each.head for each in NARROW], cells_of(receipts, one_line, "\n", NARROW))
    registrations = render_registrations(receipts, form, folder=folder)
    tell(f"Paste this into the plugin's __init__.py:\n\n{registrations}")


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
