"""``brainscore-data package``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "bundle",
    metavar="BUNDLE",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder that becomes the bundle.",
)
def package(folder: Path, bundle: Path) -> None:
    """Make a bundle of the dataset in FOLDER: the final files and bundle.json."""
    from brainscore_data.packaging.bundling import package as make_bundle

    made = make_bundle(folder, bundle)
    for notice in made.notices:
        click.echo(f"note: {notice}", err=True)
    for item in made.items:
        for file in item.files:
            click.echo(f"{file.sha1}  {file.size:>14,}  {bundle / file.name}")
