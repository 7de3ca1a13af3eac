"""The command ``package``: a bundle of each dataset, made without any credentials."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.markdown import code_span
from brainscore_data.check.engine.baseline import Baseline
from brainscore_data.check.engine.configuration import Configuration
from brainscore_data.dataset.naming import visibility_in_name
from brainscore_data.github.base_commit import BaseSettings
from brainscore_data.github.inputs import Inputs, workspace_path
from brainscore_data.github.tasks.previewing import previewed
from brainscore_data.github.tasks.task import (
    Job,
    Result,
    dataset_outputs,
    explained,
    some_datasets,
    worst,
)
from brainscore_data.plugins.receipt_markdown import checked_with
from brainscore_data.records.bundle import Bundle, BundledAssembly, BundledStimulusSet, CheckRecord
from brainscore_data.scripting.credentials import find_credentials

if TYPE_CHECKING:

    class Policy(TypedDict):
        """How the checks of a dataset are told what counts."""

        configuration: Configuration
        baseline: Baseline | None


_HEAD = "| dataset | items | bytes | sha256 of bundle.json |\n| --- | --- | ---: | --- |"


def run(job: Job) -> Result:
    """Package the datasets; what is private stays out where everybody can see the artifacts."""
    refuse_script_beside_credentials(job.inputs, job.environment, job.workspace)
    found = _wanted(job)
    named = job.inputs.bundle
    out = job.workspace / named if named else job.folder / "bundles"
    rows, failures, kept_back, codes, errors, warnings = [], [], [], [], 0, 0
    base, notes = job.base_settings(), []
    bundles: dict[str, Path] = {}
    failed: dict[str, BrainScoreDataError] = {}
    for name in found:
        job.runner.say(f"packaging {name}")
        try:
            bundle, withheld = _packaged(name, out / name, job, base)
        except BrainScoreDataError as error:
            job.runner.error(error)
            failures.append(explained(error, name))
            codes.append(error.exit_code)
            errors += error.count
            if job.inputs.script is None:
                failed[name] = error
            continue
        warnings += len(bundle.checks.warnings)
        notes.append(f"- {code_span(name)}: {_said(bundle.checks)}")
        kept_back += [f"- {code_span(each)} in {code_span(name)}" for each in withheld]
        if bundle.items or bundle.shard:
            rows.append(_row(name, bundle, out / name))
            bundles[name] = out / name
    shown = previewed(job, bundles, failed)
    folders = [job.workspace / name for name in found]
    return Result(
        exit_code=worst(codes),
        outputs={
            **dataset_outputs(found),
            "bundle-path": str(out) if rows else "",
            "preview": shown.lines,
            "preview-path": shown.page,
            "errors": str(errors),
            "warnings": str(warnings),
        },
        summary=(f"{shown.summary}\n" if shown.summary else "")
        + _summary(rows, [*failures, *base.notes(folders)], kept_back, notes),
    )


def _wanted(job: Job) -> list[str]:
    """List what is to be packaged: a script, the one dataset whose shard it is, or datasets."""
    if job.inputs.script is not None:
        return [job.inputs.script]
    if job.inputs.shard is None:
        return some_datasets(job)
    if len(job.inputs.path) != 1:
        raise UsageError(
            "a shard is of one dataset", where="shard", hint="name that dataset in `path`"
        )
    return [job.named(each) for each in job.paths]


def refuse_script_beside_credentials(
    inputs: Inputs, environment: Mapping[str, str], workspace: Path
) -> None:
    """Make sure that a script of a contributor finds no credentials."""
    if inputs.script is None:
        return
    found = credentials_in_reach(inputs, environment, workspace)
    if found:
        listed = "\n".join(f"    {each}" for each in found)
        raise UsageError(
            f"a contributor's script may not run beside credentials, and this job has these:\n{listed}",
            where="script",
            hint="package in a job of its own with `permissions: contents: read`, without "
            "credentials, and check out with `persist-credentials: false`",
        )


def credentials_in_reach(
    inputs: Inputs, environment: Mapping[str, str], workspace: Path
) -> tuple[str, ...]:
    """List the credentials that a program started by this job would find."""
    return (
        *find_credentials(environment, [workspace]),
        *(
            f"the input {name.replace('_', '-')}"
            for name in ("role_to_assume", "github_token", "register_token")
            if getattr(inputs, name) is not None
        ),
    )


def _packaged(name: str, out: Path, job: Job, base: BaseSettings) -> tuple[Bundle, list[str]]:
    """Package a dataset, or what a script uploads; gives also what was taken out again."""
    from brainscore_data.packaging.bundling import package

    named = job.inputs.baseline
    policy: Policy = {
        "configuration": base.configuration([job.workspace / name]),
        "baseline": base.baseline(named) if named else None,
    }
    if job.inputs.script is None:
        bundle = package(job.workspace / name, out, shard=job.inputs.shard, **policy)
    else:
        bundle = _of_script(workspace_path(name, "script", job.workspace), out, job, policy)
    for notice in bundle.notices:
        job.runner.say(f"note: {notice}")
    if job.context.private:
        return bundle, []
    return _without_private(bundle, out)


def _of_script(script: Path, out: Path, job: Job, policy: Policy) -> Bundle:
    from brainscore_data.scripting.bundling import package_script

    # The script finds its data where it would on its author's machine: in the checkout.
    with contextlib.chdir(job.workspace):
        return package_script(script, out, ask=lambda: None, **policy)


def _is_private(item: BundledStimulusSet | BundledAssembly) -> bool:
    # Only a script's items can say neither, as brainio's functions ask for neither. It ran where no
    # credential was within reach, so what it read can be read by everybody in a public repository.
    return (item.visibility or visibility_in_name(item.identifier)) == "private"


def _without_private(bundle: Bundle, out: Path) -> tuple[Bundle, list[str]]:
    """Take private items out of a bundle: the artifacts of a public repository are public."""
    from brainscore_data.records.bundle import save_bundle

    private = [item for item in bundle.items if _is_private(item)]
    public = [item for item in bundle.items if not _is_private(item)]
    if not private:
        return bundle, []
    for item in private:
        for file in item.files:
            (out / file.name).unlink()
    names = [item.identifier for item in private]
    # What was said of the others may quote them.
    notices = [
        each for each in bundle.notices if not each.startswith(tuple(f"{n}:" for n in names))
    ]
    left = bundle.model_copy(update={"items": public, "notices": notices})
    if (shard := bundle.shard) is not None:  # it stays, or it would be missing among the others
        shard = shard.model_copy(update={"items": len(public)})
        left = left.model_copy(update={"shard": shard})
    if public or shard:
        save_bundle(left, out)
    else:
        shutil.rmtree(out)
    return left, names


def _row(name: str, bundle: Bundle, out: Path) -> str:
    from brainscore_data.records.bundle import FILE_NAME

    digest = hashlib.sha256((out / FILE_NAME).read_bytes()).hexdigest()
    size = sum(file.size for item in bundle.items for file in item.files)
    items = "<br>".join(code_span(item.identifier) for item in bundle.items)
    return f"| {code_span(name)} | {items} | {size:,} | `{digest}` |"


def _said(checks: CheckRecord) -> str:
    return checked_with(len(checks.ran), ((each.what, each.by) for each in checks.ignored_by))


def _summary(rows: list[str], failures: list[str], kept_back: list[str], notes: list[str]) -> str:
    parts = ["## Bundles", *failures]
    if rows:
        parts += ["\n".join([_HEAD, *rows]), "\n".join(notes)]
    if kept_back:
        parts += [
            (
                "Private items are not in the bundles, because this repository is public "
                "(`docs/github.md` has the way for private data):"
            ),
            "\n".join(kept_back),
        ]
    if len(parts) == 1:
        parts.append("There is no dataset to package.")
    return "\n\n".join(parts) + "\n"
