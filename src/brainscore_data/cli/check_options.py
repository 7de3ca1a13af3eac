"""The options of every command that checks a dataset first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def separated(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Split what was given at commas."""
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(part for part in parts if part)


jobs_option = click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=None,
    help="How many processes decode stimuli, and threads compress and hash; BRAINSCORE_DATA_JOBS, or "
    "as many as there are cores, by default.",
)


def check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--ignore`` and ``--baseline``."""
    for option in (
        click.option(
            "--baseline",
            metavar="FILE",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Let pass the findings that are in FILE.",
        ),
        click.option(
            "--ignore",
            metavar="RULES",
            multiple=True,
            callback=separated,
            help="Rules not to check: codes, families (BSD3) or names, with commas between them.",
        ),
    ):
        command = option(command)
    return command
