"""The options of every command that opens a store: those of all kinds of stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from brainscore_data.store.options import Option
from brainscore_data.store.urls import forms, kinds


def store_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--store`` and what says how to reach it."""
    store = click.option("--store", required=True, metavar="URL", help=forms())
    return store(reaching_options(command))


def reaching_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says how to reach a store, without the store itself."""
    return _with(command, lambda _: True)


def credential_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what holds for all stores that receipts name: all but what those say themselves."""
    return _with(command, lambda option: not option.recorded)


def _with(command: Callable[..., Any], chosen: Callable[[Option], bool]) -> Callable[..., Any]:
    options = {option.name: option for kind in kinds() for option in kind.options}
    for option in reversed(list(filter(chosen, options.values()))):
        command = click.option(
            f"--{option.name.replace('_', '-')}",
            metavar=option.metavar,
            type=click.Choice(option.choices) if option.choices else None,
            help=option.help,
        )(command)
    return command
