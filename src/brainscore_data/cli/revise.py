"""``brainscore-data revise``."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from brainscore_data.cli.telling import tell


@click.command()
@click.argument("identifier")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def revise(identifier: str, folder: Path) -> None:
    """Have the next publication of IDENTIFIER replace what is published.

    Writes `replaces` into the dataset.toml of FOLDER (the current one unless it is named), with the
    versions that receipts.json beside it names; for a stimulus set those of the csv and the zip.
    Comments and layout stay. Done twice, it changes nothing the second time.
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
