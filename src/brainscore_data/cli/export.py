"""``brainscore-data export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from brainscore_data.cli.options import credential_options
from brainscore_data.cli.telling import tell, tell_note

_FORMS = ("croissant", "datacite", "citation")


@click.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    required=True,
    help="Croissant with RAI fields, DataCite's metadata, or a CITATION.cff.",
)
@click.option(
    "--bundle",
    metavar="BUNDLE",
    type=click.Path(path_type=Path),
    help="croissant: describe the files of this bundle, and not those of receipts.json.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to FILE.",
)
@credential_options
def export(
    dataset: Path, *, form: str, bundle: Path | None, output: Path | None, **options: Any
) -> None:
    """Describe DATASET for catalogues, citations and loaders.

    The content comes from the `[dataset]` table of its dataset.toml, and from receipts.json beside it.
    It leaves out the files of private items.
    """
    from brainscore_data.base.files import written_whole
    from brainscore_data.exporting.described import described

    if bundle is not None and form != "croissant":
        raise click.UsageError(f"--bundle is for croissant only: {form} describes no files.")
    known = described(dataset, bundle=bundle, files=form == "croissant", **options)
    if form == "croissant":
        from brainscore_data.exporting.croissant import croissant

        text = croissant(known) + "\n"
    elif form == "datacite":
        from brainscore_data.exporting.datacite import datacite

        text = datacite(known) + "\n"
    else:
        from brainscore_data.exporting.citation import citation

        text = citation(known)
    for item in known.items:
        if not item.is_public:
            tell_note(f"{item.identifier} is not public: its files are not in it")
    if known.items and any(file.url is None for item in known.items for file in item.files):
        tell_note("its files have no address on the web: keep them beside what is written")
    if output is None:
        tell(text, nl=False, as_it_is=True)
        return
    with written_whole(output) as path:
        path.write_text(text, encoding="utf-8")
    tell(str(output))
