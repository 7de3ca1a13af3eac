"""The command ``merge``: the receipts that the jobs of a matrix left become those of the datasets."""

from __future__ import annotations

from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.github.tasks.publishing import published_result
from brainscore_data.github.tasks.task import Job, Result, explained
from brainscore_data.publishing.kept_receipts import KeptReceipts
from brainscore_data.records.receipts import Receipts
from brainscore_data.records.shard_receipts import load_shards, merge_shards, shard_receipts_in


def run(job: Job) -> Result:
    """Merge what is in each dataset's folder; what is incomplete is named, and left out."""
    out = job.folder / "receipts"
    receipts: dict[str, Receipts] = {}
    failures, codes, errors = [], [], 0
    for name, folder in _folders(job).items():
        try:
            receipts[name] = merge_shards(load_shards([folder]))
        except BrainScoreDataError as error:
            job.runner.error(error)
            failures.append(explained(error, name))
            codes.append(error.exit_code)
            errors += error.count
            continue
        (out / name).mkdir(parents=True, exist_ok=True)
        home = KeptReceipts(out / name)
        with home.shown_in_the_end():
            home.keep(receipts[name])
    return published_result(job, receipts, out, failures=failures, codes=codes, errors=errors)


def _folders(job: Job) -> dict[str, Path]:
    """Find the folders with receipts of shards, by the place of the dataset that each is of."""
    found = {
        folder.relative_to(start).as_posix(): folder
        for start in job.paths
        for folder in sorted({path.parent for path in start.rglob("receipts.*.json")})
        if shard_receipts_in(folder)
    }
    if not found:
        raise UsageError(
            "there are no receipts of shards here",
            where=f"path: {', '.join(job.inputs.path) or '.'}",
            hint="the command publish leaves them in its output receipts-path; bring those of all "
            "jobs into one folder",
        )
    return found
