"""``brainscore-data preview``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from brainscore_data.cli.options import jobs_option, reaching_options
from brainscore_data.cli.telling import forms_option, tell, tell_note, tell_preview


@click.command()
@click.argument("what", metavar="BUNDLE|DATASET|IDENTIFIER")
@click.option(
    "--store", metavar="URL", help="The store to compare with, or the store of IDENTIFIER."
)
@click.option(
    "--html",
    "page",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one page, which loads nothing else, to FILE.",
)
@forms_option("text", "markdown", "json")
@click.option(
    "--show-private",
    is_flag=True,
    help="Show stimuli, ids and values of private and restricted items, too.",
)
@click.option("--check/--no-check", default=True, help="Whether to check a dataset, too.")
@jobs_option
@reaching_options
def preview(
    what: str,
    *,
    store: str | None,
    page: Path | None,
    output_format: str,
    show_private: bool,
    check: bool,
    jobs: int | None,
    **options: Any,
) -> int:
    """Show the data itself: of a bundle, a dataset, or what is published as IDENTIFIER.

    For private and restricted items it shows only aggregates, unless you give --show-private.
    """
    from brainscore_data.base.files import written_whole
    from brainscore_data.base.progress import Reported
    from brainscore_data.cli.known_buckets import suggesting_buckets
    from brainscore_data.previewing.previews import preview as look

    with nullcontext() if store is None else suggesting_buckets(store):
        seen = look(
            what,
            store=store,
            show_private=show_private,
            check=check,
            jobs=jobs or 0,
            report=Reported,
            **options,
        )
    if page is not None:
        from brainscore_data.previewing.page import html

        with written_whole(page) as path:
            path.write_text(html(seen), encoding="utf-8")
    if output_format == "markdown":
        from brainscore_data.previewing.summary_markdown import markdown

        tell(markdown(seen), nl=False)
    elif output_format == "json":
        from brainscore_data.previewing.summary_json import as_json

        tell(as_json(seen), nl=False, as_it_is=True)
    else:
        tell_preview(seen)
    if page is not None:
        tell_note(f"the page is {page}")
    return int(bool(seen.errors) or any(item.error for item in seen.items))
