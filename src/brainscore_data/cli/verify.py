"""``brainscore-data verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from brainscore_data.cli.store_options import credential_options


@click.command()
@click.argument("receipts", metavar="FOLDER|RECEIPTS", type=click.Path(path_type=Path))
@credential_options
def verify(receipts: Path, **options: Any) -> int:
    """Read every file that the receipts name and compare its bytes with what they say."""
    from brainscore_data.progress import Reported
    from brainscore_data.reading.verification import verify as read_again
    from brainscore_data.receipts import load_receipts, receipts_at

    loaded = load_receipts(receipts_at(receipts))
    files = [file for item in loaded.items for file in item.files]
    notices: list[str] = []
    total = sum(file.object.size for file in files)
    with Reported("verifying", total) as progress:
        progress.expect_files(len(files))
        mismatches = read_again(loaded, progress=progress, tell=notices.append, **options)
    for notice in notices:
        click.echo(f"note: {notice}", err=True)
    for mismatch in mismatches:
        click.echo(f"{mismatch.where}: {mismatch.message}")
    click.echo(f"{len(files) - len(mismatches)} of {len(files)} files are as their receipts say")
    return 1 if mismatches else 0
