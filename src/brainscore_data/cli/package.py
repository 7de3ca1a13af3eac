"""``brainscore-data package``."""

from __future__ import annotations

from pathlib import Path

import click

from brainscore_data.cli.check_options import check_options, jobs_option


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
@check_options
@jobs_option
def package(
    folder: Path, bundle: Path, *, ignore: tuple[str, ...], baseline: Path | None, jobs: int | None
) -> None:
    """Make a bundle of the dataset in FOLDER: the final files and bundle.json.

    The dataset is checked first; an error that a rule finds stops it.
    """
    from brainscore_data.check.reporters.plain import one_line
    from brainscore_data.packaging.bundling import package as make_bundle

    made = make_bundle(folder, bundle, ignore=ignore, baseline=baseline, jobs=jobs or 0)
    for warning in made.checks.warnings:
        text = f"warning: {warning.place}: {warning.code} {warning.message}"
        click.echo(one_line(text), err=True)
    for notice in made.notices:
        click.echo(f"note: {notice}", err=True)
    for item in made.items:
        for file in item.files:
            click.echo(f"{file.sha1}  {file.size:>14,}  {bundle / file.name}")
