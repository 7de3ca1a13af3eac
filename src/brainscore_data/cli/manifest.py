"""``brainscore-data source`` and ``revise``: what writes into a ``dataset.toml``."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any

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
@click.option("--name", help="The name of the file in dataset.toml; by default its own name.")
@click.option("--replace", is_flag=True, help="Replace an entry of this name with another hash.")
@click.option(
    "--token-env",
    metavar="VARIABLE",
    help="The variable with the token that the host asks for, e.g. OSF_TOKEN.",
)
def add(url: str, folder: Path, *, token_env: str | None, **named: Any) -> None:
    """Download URL, hash it, and write it into dataset.toml of FOLDER.

    URL is https://… (the page of an OSF file will do), or doi:10.…/filename for a file at Zenodo,
    figshare or Dataverse. FOLDER is by default the current folder.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.sources.pinning import add_source

    with Reported("downloading", 0) as progress:
        added = add_source(folder, url, token_env=token_env, progress=progress, **named)
    tell(
        f"{folder / 'dataset.toml'} pins {added.name}: {added.size} bytes, "
        f"sha256 {added.sha256}, from {added.url}"
    )


@click.command()
@click.argument("identifier")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def revise(identifier: str, folder: Path) -> None:
    """Let the next publication of IDENTIFIER replace the published version.

    Writes `replaces` into the dataset.toml of FOLDER (by default the current folder), with the
    versions in receipts.json beside it; for a stimulus set those of the csv and the zip.
    Comments and layout stay. A second run changes nothing.
    """
    from brainscore_data.publishing.revision import Replaced
    from brainscore_data.publishing.revision import revise as fill_in

    def shown(replaced: Replaced) -> str:
        if isinstance(replaced, str):
            return f"version {replaced}"
        return " and ".join(f"{name} version {each}" for name, each in replaced.items())

    manifest = folder / "dataset.toml" if folder.is_dir() else folder
    for each in fill_in(folder, identifier):
        before = f", and not {shown(each.before)}" if each.before else ""
        when = "already" if each.before == each.after else f"now{before}"
        named = f"{each.kind.replace('_', ' ')} {identifier!r}"
        tell(f"{manifest}: the {named} replaces {shown(each.after)} {when}")
    dataset = quote(str(manifest.parent))
    tell(f"next: `brainscore-data publish {dataset} --store URL`", err=True)
