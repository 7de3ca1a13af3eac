"""Which datasets the run is about."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.github.inputs import workspace_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brainscore_data.github.tasks.task import Job

_MANIFEST = "dataset.toml"
_MOST_JOBS = 256  # https://docs.github.com/en/actions/reference/limits


def datasets(job: Job) -> list[str]:
    """List the folders with a ``dataset.toml`` below the input `path`, as the repository names them.

    Raises
    ------
    UsageError
        If there is no such path.
    """
    start = workspace_path(job.inputs.path or "", "path", job.workspace)
    return sorted(job.named(path.parent) for path in walk(start) if path.name == _MANIFEST)


def walk(start: Path) -> Iterator[Path]:
    """Give the files below a folder; links are not followed, and git's own are left out."""
    for folder, folders, files in os.walk(start):
        folders[:] = [each for each in folders if each != ".git"]
        for name in files:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def dataset_outputs(found: Sequence[str]) -> dict[str, str]:
    """Write the outputs that name datasets."""
    return {"datasets": json.dumps(list(found)), "matrix": json.dumps({"dataset": list(found)})}
