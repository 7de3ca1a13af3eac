"""``brainscore-data init``: a first ``dataset.toml`` for a folder."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from brainscore_data.cli.telling import tell


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Write a dataset.toml for what lies in FOLDER (the current one unless it is named).

    Looks for stimuli (a folder or .zip), csv and parquet tables, .nc and .npy files; guesses what
    belongs together; says what it could not guess. Files that exist are left as they are.
    """
    from brainscore_data.drafting.drafts import draft_dataset, write_draft

    draft = draft_dataset(folder)
    for path in write_draft(draft):
        tell(f"wrote {path}")
    for notice in draft.notices:
        tell(f"note: {notice}")
    for todo in draft.todos:
        tell(f"TODO: {todo}")
    manifest, dataset = folder / "dataset.toml", quote(str(folder))
    tell(f"next: edit {manifest}, then `brainscore-data package {dataset} -o bundle`")
