"""The command ``publish``: bundles into the store. No data is parsed, only ``bundle.json``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.markdown import fenced
from brainscore_data.github.changed_datasets import Origin
from brainscore_data.github.context import Context
from brainscore_data.github.inputs import workspace_path
from brainscore_data.github.tasks.commenting import origins_of
from brainscore_data.github.tasks.task import (
    Job,
    Result,
    dataset_outputs,
    explained,
    store_of,
    store_options,
    worst,
)
from brainscore_data.plugins.receipt_markdown import render_markdown
from brainscore_data.records.bundle import FILE_NAME, record_text
from brainscore_data.records.receipts import Receipts
from brainscore_data.records.shard_receipts import shard_receipts_in
from brainscore_data.records.signing import MOST_SUBJECTS, checksums, predicate_of
from brainscore_data.store.interface import Store

# An output may have a megabyte, and all of a job's together fifty:
# https://docs.github.com/en/actions/reference/limits
_LARGEST_OUTPUT = 1_000_000
# Beside the receipts, which lie in the folders of datasets: none of those is hidden.
_TO_SIGN = ".attest"
_LARGEST_IN_SUMMARY = 500_000  # of a megabyte, so that the tables before it stay


def run(job: Job) -> Result:
    """Publish every bundle in a folder; one that fails does not stop the others."""
    bundles = _bundles_of(job)
    store = store_of(job, job.inputs.store or "")
    out = job.folder / "receipts"
    origins = origins_of(job, list(bundles))
    receipts: dict[str, Receipts] = {}
    failures, codes, errors = [], [], 0
    for name, bundle in bundles.items():
        try:
            receipts[name] = _published(bundle, out / name, store, job, origins[name])
        except BrainScoreDataError as error:
            job.runner.error(error)
            failures.append(explained(error, name))
            codes.append(error.exit_code)
            errors += error.count
            if (kept := _kept(out / name)) is not None:
                receipts[name] = kept
    result = published_result(job, receipts, out, failures=failures, codes=codes, errors=errors)
    outputs = {**dataset_outputs(list(bundles)), **result.outputs}
    return replace(result, outputs=outputs, origins=origins)


def published_result(
    job: Job,
    receipts: Mapping[str, Receipts],
    out: Path,
    *,
    failures: Sequence[str],
    codes: Sequence[int],
    errors: int,
) -> Result:
    """Tell what is published, and what failed; a later job can sign and comment what lies in `out`."""
    text = _as_json(receipts)
    parts = [
        *failures,
        *(render_markdown(each, folder=name) for name, each in receipts.items()),
        _for_machines(text),
    ]
    return Result(
        exit_code=worst(codes),
        outputs={
            **_counted(receipts),
            "receipts": text if len(text) < _LARGEST_OUTPUT else "",
            "receipts-path": str(out),
            "subjects": str(_to_be_signed(receipts, out, job)),
            "errors": str(errors),
        },
        summary="\n\n".join(["## Published", *parts]),
        receipts=receipts,
    )


def _bundles_of(job: Job) -> Mapping[str, Path | str]:
    """Find what the input `bundle` names: a bundle, a folder of bundles, or the address of one that was submitted."""
    named = job.inputs.bundle or ""
    if "://" not in named:
        return bundles_in(workspace_path(named, "bundle", job.workspace))
    # Its files do not say where in the repository its receipts belong; whoever approves it does.
    home = PurePosixPath(job.inputs.path[0] if job.inputs.path else ".")
    if home.is_absolute() or ".." in home.parts:
        raise UsageError(
            "this is outside of the repository",
            where=f"path: {home}",
            hint="name the folder in it that the receipts belong to",
        )
    return {home.as_posix(): named}


def bundles_in(start: Path) -> dict[str, Path]:
    """Find the bundles in a folder, by the place of the dataset that each was made of."""
    if (start / FILE_NAME).is_file():
        return {start.name: start}
    found = {
        path.parent.relative_to(start).as_posix(): path.parent
        for path in sorted(start.rglob(FILE_NAME))
        if path.is_file() and not path.is_symlink()
    }
    if not found:
        raise UsageError(
            "there is no bundle here",
            where=f"bundle: {start}",
            hint="the command package makes them, in a job without credentials; "
            "actions/download-artifact brings them here",
        )
    return found


def _published(bundle: Path | str, out: Path, store: Store, job: Job, origin: Origin) -> Receipts:
    from brainscore_data.github.base_commit import base_receipts
    from brainscore_data.publishing.folders import publish

    out.mkdir(parents=True, exist_ok=True)
    context = job.context
    published = publish(
        bundle,
        store,
        receipts=out,
        allow_unversioned=job.inputs.allow_unversioned,
        approve_digest=_approved(bundle, context),
        who=context.actor,
        commit=origin.commit or context.sha,
        pull_request=origin.pull_request,
        run_id=str(context.run_id),
        committed=base_receipts(context, job.workspace, origin.path, job.repository),
        **(store_options(job, bundle) if isinstance(bundle, str) else {}),
    )
    for notice in published.notices:
        job.runner.say(f"note: {notice}")
    for item in published.receipts.items:
        for file in item.files:
            job.runner.say(f"{file.run.status}: {file.object.key} version {file.object.version_id}")
    return published.receipts


def _approved(bundle: Path | str, context: Context) -> str | None:
    """Give the digest that a maintainer named, if it is this bundle's; one that was submitted needs it."""
    from brainscore_data.records.bundle import bundle_digest

    named = context.approved_bundles
    if isinstance(bundle, Path):
        digest = bundle_digest(bundle)
        return digest if digest.removeprefix("sha256:") in named else None
    if len(named) != 1:
        raise UsageError(
            "a submitted bundle is only published if its digest is approved",
            where="bundle",
            hint="start publish-data.yml by hand, with the sha256 of the bundle.json that you "
            "looked at as `bundle-sha256`",
        )
    return f"sha256:{next(iter(named))}"


def _kept(out: Path) -> Receipts | None:
    """Read what was published before it failed."""
    from brainscore_data.records.receipts import FILE_NAME as RECEIPTS
    from brainscore_data.records.receipts import load_receipts

    left = [path for path in (out / RECEIPTS, *shard_receipts_in(out)) if path.is_file()]
    return load_receipts(left[0]) if left else None


def _counted(receipts: Mapping[str, Receipts]) -> dict[str, str]:
    counts = Counter(
        file.run.status for each in receipts.values() for item in each.items for file in item.files
    )
    return {
        "published": str(counts["new"]),
        "unchanged": str(counts["unchanged"]),
        "replaced": str(counts["replaced"]),
    }


def _to_be_signed(receipts: Mapping[str, Receipts], out: Path, job: Job) -> int:
    """Leave what a later job may sign with actions/attest; gives the number of its subjects."""
    predicate = predicate_of(receipts)
    lines = checksums(predicate)
    if len(lines) > MOST_SUBJECTS:
        job.runner.say(f"nothing is signed: {len(lines)} files are more than {MOST_SUBJECTS}")
        return 0
    if lines:
        folder = out / _TO_SIGN
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "subjects.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "predicate.json").write_text(record_text(predicate), encoding="utf-8")
    return len(lines)


def _as_json(receipts: Mapping[str, Receipts]) -> str:
    return json.dumps(
        {name: each.model_dump(mode="json", by_alias=True) for name, each in receipts.items()}
    )


def _for_machines(text: str) -> str:
    """Fold the receipts as JSON into the summary; the folder with them may be an artifact."""
    if len(text) > _LARGEST_IN_SUMMARY:
        return (
            "As JSON the receipts are too long for a summary: the output `receipts-path` has them."
        )
    head = "<details><summary>Receipts as JSON</summary>"
    return f"{head}\n\n{fenced(text, 'json')}\n\n</details>"
