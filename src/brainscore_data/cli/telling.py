"""The one place where text goes to a terminal: nothing that others wrote can command it."""

from __future__ import annotations

import os
import sys
from typing import IO, Any

import click

from brainscore_data.base.text import printable


def tell(text: Any, *, err: bool = False, nl: bool = True, as_it_is: bool = False) -> None:
    """Print text; what is no ordinary sign of it is replaced.

    `as_it_is` is for what was made fit part by part: colours around it, or a format for machines.
    """
    click.echo(str(text) if as_it_is else printable(str(text)), err=err, nl=nl)


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
