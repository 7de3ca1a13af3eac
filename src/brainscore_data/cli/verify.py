"""``brainscore-data verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from brainscore_data.cli.options import credential_options
from brainscore_data.cli.telling import tell, tell_note


@click.command()
@click.argument("receipts", metavar="FOLDER|RECEIPTS", type=click.Path(path_type=Path))
@credential_options
def verify(receipts: Path, **options: Any) -> int:
    """Read every file that the receipts name and compare its bytes with what they say.

    Who can read it is compared too, with the dataset.toml beside the receipts or else with them:
    more open than they say is a mismatch. What waits for its release, is public but not yet
    readable, or cannot be seen is a note.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.base.text import one_line
    from brainscore_data.dataset.document import MANIFEST_NAME
    from brainscore_data.reading.verification import verify as read_again
    from brainscore_data.records.receipts import load_receipts, receipts_at

    path = receipts_at(receipts)
    loaded = load_receipts(path)
    notes: list[str] = []
    files = [file for item in loaded.items for file in item.files]
    total = sum(file.object.size for file in files)
    with Reported("verifying", total) as progress:
        progress.expect_files(len(files))
        mismatches = read_again(
            loaded,
            manifest=path.with_name(MANIFEST_NAME),
            progress=progress,
            tell=notes.append,
            **options,
        )
    for note in notes:
        tell_note(one_line(note))
    for mismatch in mismatches:
        tell(one_line(f"{mismatch.where}: {mismatch.message}"))
    tell(f"{len(files) - len(mismatches)} of {len(files)} files are as their receipts say")
    return 1 if mismatches else 0
