"""``brainscore-data receipt``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from brainscore_data.cli.telling import tell_receipt

if TYPE_CHECKING:
    from brainscore_data.plugins.render import Form


@click.command()
@click.argument("receipts", type=click.Path(path_type=Path))
@click.option(
    "--form",
    type=click.Choice(["auto", "s3", "language", "own"]),
    default="auto",
    show_default=True,
    help="Of the registration: Brain-Score's for AWS, its language package's, or our loaders'.",
)
def receipt(receipts: Path, form: str) -> None:
    """Show RECEIPTS (a receipts.json, or the folder with it) and how to register them."""
    from brainscore_data.records.receipts import load_receipts, receipts_at

    path = receipts_at(receipts)
    folder = path.parent.absolute().as_posix()
    tell_receipt(load_receipts(path), cast("Form", form), folder=folder)
