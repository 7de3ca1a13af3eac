"""The options of every command that opens a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def store_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--store`` and what says how to reach it."""
    for option in reversed(
        [
            click.option(
                "--store", required=True, metavar="URL", help="s3://bucket/prefix or file:///folder"
            ),
            click.option("--endpoint-url", metavar="URL", help="The server, if it is not AWS."),
            click.option("--region", help="The bucket's region, if it cannot be found out."),
            click.option("--profile", help="The AWS profile whose keys are used."),
        ]
    ):
        command = option(command)
    return command
