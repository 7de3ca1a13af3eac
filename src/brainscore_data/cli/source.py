"""``brainscore-data source``: the files that are too large for git."""

from __future__ import annotations

from pathlib import Path

import click

from brainscore_data.cli.groups import SuggestingGroup
from brainscore_data.cli.telling import tell


@click.group(cls=SuggestingGroup)
def source() -> None:
    """Pin files that are too large for git."""


@source.command()
@click.argument("url")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path()
)
@click.option("--name", help="What dataset.toml shall call the file; by default what it is called.")
@click.option("--replace", is_flag=True, help="Replace an entry of this name with another hash.")
def add(url: str, folder: Path, name: str | None, *, replace: bool) -> None:
    """Download URL, hash it, and write it into dataset.toml of FOLDER.

    URL is https://… (the page of an OSF file will do), or doi:10.…/filename for a file at Zenodo,
    figshare or Dataverse. FOLDER is the current folder unless it is named.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.sources.pinning import add_source

    with Reported("downloading", 0) as progress:
        added = add_source(folder, url, name=name, replace=replace, progress=progress)
    tell(
        f"{folder / 'dataset.toml'} pins {added.name}: {added.size} bytes, "
        f"sha256 {added.sha256}, from {added.url}"
    )
