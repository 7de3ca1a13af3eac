"""The options that several commands have: what a dataset is checked with, and how a store is reached."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def separated(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Split what was given at commas."""
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(part for part in parts if part)


def size(text: str) -> int:
    """Read a number of bytes, as 500MB or 12GB; units are powers of 1,000, as those of disks are."""
    said = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kMGT]?)B?\s*", text, re.ASCII)
    found = int(float(said[1]) * 1000 ** " kMGT".index(said[2] or " ")) if said else 0
    if found <= 0:
        raise click.BadParameter(f"{text!r} is no size: write 500MB or 12GB")
    return found


shard_option = click.option(
    "--shard",
    metavar="N/COUNT",
    help="Only the items of this shard: 2/5, as `brainscore-data shard` shares them out.",
)
jobs_option = click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=None,
    help="How many processes decode stimuli, and how many threads compress and hash; by default "
    "BRAINSCORE_DATA_JOBS, or the number of cores.",
)


cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Work on a cluster of dask: its scheduler's address (tcp://…), the file that the "
    "scheduler wrote, or local:4 for four workers here. Use it only for your own data, on your "
    "own network.",
)


stores_option = click.option(
    "--store",
    "stores",
    multiple=True,
    metavar="URL",
    help="A store to ask, with everything below it; can be repeated.",
)
read_option = click.option(
    "--read", is_flag=True, help="Read and hash a file if only its writer states its hash."
)
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask first.")
checkout_option = click.option(
    "--checkout",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The repository with the receipts  [default: the one around this folder]",
)
versions_option = click.option(
    "--version-id",
    "versions",
    metavar="ID",
    multiple=True,
    help="A version that no receipt names; one for each file.",
)


def check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--ignore`` and ``--baseline``."""
    for option in (
        click.option(
            "--baseline",
            metavar="FILE",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Accept the findings that are in FILE.",
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


def store_options(
    command: Callable[..., Any], *, otherwise: str | None = None
) -> Callable[..., Any]:
    """Add ``--store`` and what says how to reach it; it is required, or else something is the default."""
    from brainscore_data.store.urls import forms  # the light hooks have no store

    default = "" if otherwise is None else f"  [default: {otherwise}]"
    required = otherwise is None
    store = click.option("--store", required=required, metavar="URL", help=forms() + default)
    return store(reaching_options(command))


def reaching_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says how to reach a store, without the store itself."""
    return _with(command, recorded=True)


def credential_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what holds for all stores that receipts name: all but what those say themselves."""
    return _with(command, recorded=False)


def _with(command: Callable[..., Any], *, recorded: bool) -> Callable[..., Any]:
    from brainscore_data.store.urls import kinds

    options = {option.name: option for kind in kinds() for option in kind.options}
    for option in reversed(options.values()):
        if option.recorded and not recorded:
            continue
        command = click.option(
            f"--{option.name.replace('_', '-')}",
            metavar=option.metavar,
            type=click.Choice(option.choices) if option.choices else None,
            help=option.help,
        )(command)
    return command
