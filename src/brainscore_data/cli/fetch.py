"""``brainscore-data fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from brainscore_data.cli.known_buckets import suggesting_buckets
from brainscore_data.cli.options import store_options
from brainscore_data.cli.telling import tell, tell_note


@click.command()
@click.argument("identifier")
@store_options
@click.option("--version-id", help="The version of the assembly  [default: the published one]")
@click.option("--sha1", help="The hash that the assembly must have.")
@click.option("--csv-version-id", help="The version of the stimulus set's csv.")
@click.option("--csv-sha1", help="The hash that the csv must have.")
@click.option("--zip-version-id", help="The version of the stimulus set's zip.")
@click.option("--zip-sha1", help="The hash that the zip must have.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder that the files go into  [default: this one]",
)
def fetch(identifier: str, **options: Any) -> None:
    """Download the files published as IDENTIFIER; they are verified before they get a name."""
    from brainscore_data.base.progress import Reported
    from brainscore_data.reading.downloads import fetch as fetch_files

    with suggesting_buckets(options["store"]):
        paths = fetch_files(identifier, report=Reported, tell=tell_note, **options)
    for path in paths:
        tell(str(path))
