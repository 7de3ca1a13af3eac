"""The options of every command that opens a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_REACHING = (
    click.option("--endpoint-url", metavar="URL", help="The server, if it is not AWS."),
    click.option("--region", help="The bucket's region  [default: found out]"),
)
_CREDENTIALS = (
    click.option("--profile", help="The AWS profile whose keys are used."),
    click.option(
        "--addressing-style",
        type=click.Choice(["auto", "path", "virtual"]),
        help="Where the bucket goes in a request's URL  [default: path with --endpoint-url]",
    ),
    click.option(
        "--ca-bundle",
        metavar="FILE",
        help="Certificates to trust, for a server with one of its own.",
    ),
    click.option(
        "--expected-bucket-owner",
        metavar="ACCOUNT",
        help="Refuse a bucket of another AWS account than this one.",
    ),
)


def store_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--store`` and what says how to reach it."""
    store = click.option(
        "--store", required=True, metavar="URL", help="s3://bucket/prefix or file:///folder"
    )
    return store(reaching_options(command))


def reaching_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says how to reach a store, without the store itself."""
    return _with(_REACHING, credential_options(command))


def credential_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what holds for all stores that receipts name: all but the server and the region."""
    return _with(_CREDENTIALS, command)


def _with(
    options: tuple[Callable[..., Any], ...], command: Callable[..., Any]
) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command
