"""``brainscore-data site``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from brainscore_data.cli.options import reaching_options, stores_option
from brainscore_data.cli.telling import tell, tell_note


@click.command()
@click.argument("repository", metavar="[REPOSITORY]", default=".", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "out",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder for the pages; replaces those of an earlier run.",
)
@stores_option
@click.option("--title", default="", help="The title of the site.")
@click.option("--contact", default="", help="Whom readers ask for items that are not public.")
@click.option(
    "--previews",
    is_flag=True,
    help="Show the data, too; what is not in REPOSITORY is read from a listed store, if it is public.",
)
@reaching_options
def site(repository: Path, *, out: Path, stores: tuple[str, ...], **options: Any) -> None:
    """Write a static site of all that REPOSITORY registers, a page for each identifier.

    It tries in the listed stores who can read what; if you list none, it asks none. Retracted items keep
    their page. For private items it shows only aggregates.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.base.text import counted
    from brainscore_data.previewing.site import site as written

    done = written(repository, out, stores, report=Reported, tell=tell_note, **options)
    for notice in done.notices:
        tell_note(notice)
    tried = f"; {done.readable} can be read by everybody" if stores else ""
    tell(f"{counted(done.pages, 'page')} in {out / 'index.html'}{tried}")
