"""``brainscore-data register``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from brainscore_data.registering.deciding import Change
    from brainscore_data.registering.plugins import Registering

_DONE = {"add": "added", "update": "updated", "keep": "unchanged", "refuse": "refused"}


@click.command()
@click.argument("receipts", type=click.Path(path_type=Path))
@click.argument("plugin", required=False, type=click.Path(path_type=Path))
@click.option("--diff", is_flag=True, help="Print what would change, and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if something would change.")
@click.option("--force", is_flag=True, help="Replace pins even if nothing shows that they are old.")
@click.option("--profile", help="The AWS profile whose keys are used.")
def register(
    receipts: Path,
    plugin: Path | None,
    *,
    diff: bool,
    check: bool,
    force: bool,
    profile: str | None,
) -> None:
    """Write the registrations of RECEIPTS into the __init__.py of PLUGIN.

    RECEIPTS is a receipts.json or the folder with it, PLUGIN the folder of a plugin; the one that
    dataset.toml names, if none is given. New keys are appended in the file's own style, existing
    ones are updated in place, and everything else stays as it is.
    """
    from functools import partial

    from brainscore_data.receipts import FILE_NAME, load_receipts
    from brainscore_data.registering.order import is_earlier_in_store
    from brainscore_data.registering.plugins import plan_registering, plugin_folder

    path = receipts / FILE_NAME if receipts.is_dir() else receipts
    found = load_receipts(path)
    planned = plan_registering(
        found,
        plugin_folder(found, path.parent, plugin),
        is_earlier=partial(is_earlier_in_store, profile=profile),
        force=force,
    )
    if diff:
        click.echo("".join(text.diff() for text in planned.texts), nl=False)
    elif not check:
        planned.write()
    _report(planned, dry=diff or check)
    if planned.refused or (check and any(text.changes for text in planned.texts)):
        raise click.exceptions.Exit(1)


def _report(planned: Registering, *, dry: bool) -> None:
    source = planned.texts[0].path
    for change in planned.changes:
        click.echo(_line(source, change, dry=dry), err=True)
    for line in planned.left_alone:
        click.echo(
            f"{source}:{line}: note: this registers under a key that only running it would tell; "
            f"it was left alone",
            err=True,
        )
    for text in planned.texts[1:]:
        click.echo(f"{text.path}: {'would be written' if dry else 'written'}", err=True)


def _line(source: Path, change: Change, *, dry: bool) -> str:
    place = f"{source}:{change.line}" if change.line else str(source)
    done = _DONE[change.action]
    if dry and change.action in {"add", "update"}:
        done = f"would be {done}"
    text = f"{place}: {change.item.kind.replace('_', ' ')} {change.item.identifier!r}: {done}"
    if change.action == "refuse":
        text += f": {change.reason}\n  hint: {change.hint}"
    return text
