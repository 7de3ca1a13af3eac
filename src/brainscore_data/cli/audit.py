"""``brainscore-data audit``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from brainscore_data.cli.options import reaching_options
from brainscore_data.cli.telling import output_format_option, tell, tell_note


@click.command()
@click.argument("folder", metavar="[PATH]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--store",
    "stores",
    multiple=True,
    metavar="URL",
    help="A store that may be asked, with all below it; can be repeated.",
)
@reaching_options
@click.option("--read", is_flag=True, help="Read and hash what only its writer vouches for.")
@click.option("--allow-unversioned", is_flag=True, help="Accept registrations that pin no version.")
@output_format_option
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    help="Files at a time, at most  [default: as many as the line has room for]",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    help="Files in a second, at most; one that is fine is three requests  [default: no limit]",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where an audit that is cut off is kept  [default: in the cache folder]",
)
def audit(folder: Path, *, stores: tuple[str, ...], output_format: str, **options: Any) -> int:
    """Compare the registrations below PATH with what their stores hold, by version.

    Plugins are parsed, not imported. A file is gone, different, unversioned, exposed (meant to be
    private, and more open), hidden (named public, and readable by nobody) or fine; it is unknown if
    nothing but its writer's word tells its hash. Who shall read it says its dataset.toml or
    receipts.json in the repository, else its tag. An audit that is cut off goes on where it stopped
    when the same command is run again.
    """
    from brainscore_data.auditing.audit import audit as compare_all
    from brainscore_data.auditing.reports import render_json, render_text
    from brainscore_data.base.progress import Reported

    found = compare_all(
        folder,
        stores,
        report=Reported,
        tell=tell_note,
        **options,
    )
    render = render_json if output_format == "json" else render_text
    tell(render(found), nl=False)
    return found.exit_code
