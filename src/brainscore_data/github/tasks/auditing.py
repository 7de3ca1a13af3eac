"""The command ``audit``: whether stores still hold what the repository says.

The committed receipts and the registrations of all plugins are compared with the stores that the
input ``store`` names, and with no other: what is committed does not decide where credentials go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from brainscore_data.auditing.stores import ListedStores
from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.hints import told
from brainscore_data.base.markdown import code_span, fenced
from brainscore_data.base.text import one_line
from brainscore_data.github.tasks.task import (
    Job,
    Result,
    below,
    datasets,
    explained,
    store_options,
    worst,
)
from brainscore_data.records.receipts import FILE_NAME, InStore, PublishedObject, load_receipts
from brainscore_data.store.options import StoreOptions


@dataclass
class _Audit:
    """The stores that may be asked, and what has come of it so far."""

    stores: list[str]
    options: StoreOptions
    listed: ListedStores
    codes: list[int] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    asked: int = 0
    wrong: int = 0
    left_out: int = 0
    elsewhere: set[str] = field(default_factory=set)


def run(job: Job) -> Result:
    """Compare what the repository says with what is in the listed stores."""
    from brainscore_data.auditing.pins import read_pins
    from brainscore_data.auditing.stores import ListedStores

    stores = (job.inputs.store or "").split()
    options = store_options(job, *stores)
    found = _Audit(stores, options, ListedStores(stores, **options))
    pins, unread = read_pins(job.workspace)
    files = _receipts(job, found)
    places = [*(pin.place.file for pin in pins), *(left.place.file for left in unread)]
    paths = [job.named(path) for path in job.paths]
    if not files and not any(below(place, path) for place in places for path in paths):
        raise UsageError(
            f"no dataset here has a {FILE_NAME}, and no plugin registers data",
            where=f"path: {', '.join(job.inputs.path) or '.'}",
            hint="is `path` right? `brainscore-data register` writes both; commit them",
        )
    if unread or any(found.listed.refusal(pin) is None for pin in pins):
        _registrations(job, found)
    elif pins and found.asked:  # so the stores are not misspelt
        found.left_out += len(pins)
        found.parts.append(f"Files of registrations in stores that are not listed: {len(pins)}")
    elif not found.asked and not found.codes:
        raise _nothing_listed(job, {*found.elsewhere, *map(_named, pins)})
    return Result(
        exit_code=worst(found.codes),
        outputs={"errors": str(found.wrong), "warnings": str(found.left_out)},
        summary="\n\n".join(["## Audit", *found.parts]),
    )


def _nothing_listed(job: Job, named: set[str]) -> UsageError:
    """Word it: a misspelt store must not look like one in which all is fine."""
    return UsageError(
        "no receipt and no registration is in a store that is listed, at the server that is",
        where=f"store: {one_line(job.inputs.store or '')}",
        hint=f"they name these: {' '.join(sorted(map(one_line, named)))}",
    )


def _registrations(job: Job, found: _Audit) -> None:
    from brainscore_data.auditing.audit import audit
    from brainscore_data.auditing.reports import render_text

    audited = audit(
        job.workspace,
        found.stores,
        allow_unversioned=job.inputs.allow_unversioned,
        **found.options,
    )
    text = render_text(audited, "workflow")
    for line in text.splitlines():
        job.runner.say(line)
    found.codes.append(audited.exit_code)
    found.wrong += len(audited.mismatches) + len(audited.failed)
    found.left_out += len(audited.not_audited)
    found.parts.append(fenced(text, "text"))


def _receipts(job: Job, found: _Audit) -> int:
    """Read every file in a listed store that a receipt names, and compare; gives how many receipts."""
    files = 0
    for dataset in datasets(job):
        path = job.workspace / dataset / FILE_NAME
        if not path.is_file():
            continue
        files += 1
        name = job.named(path)
        try:
            _compared(job, name, path, found)
        except BrainScoreDataError as error:
            job.runner.error(error)
            found.parts.append(explained(error, name))
            found.codes.append(error.exit_code)
            found.wrong += 1
    return files


def _named(stored: InStore) -> str:
    return stored.store if stored.endpoint is None else f"{stored.store} at {stored.endpoint}"


def _elsewhere(job: Job, stored: PublishedObject) -> str | None:
    """Say why a file on AWS is not asked for where the inputs name another server."""
    if stored.bucket is None or stored.endpoint is not None or job.inputs.endpoint_url is None:
        return None
    return f"it is on AWS, and endpoint-url is {job.inputs.endpoint_url}"


def _compared(job: Job, name: str, path: Path, found: _Audit) -> None:
    from brainscore_data.dataset.document import MANIFEST_NAME
    from brainscore_data.reading.verification import verify

    receipts = load_receipts(path)
    reasons = {
        item.identifier: reason
        for item in receipts.items
        for file in item.files
        if (reason := found.listed.refusal(file.object) or _elsewhere(job, file.object)) is not None
    }
    asked = [item for item in receipts.items if item.identifier not in reasons]
    notices: list[str] = []
    mismatches = verify(
        receipts.model_copy(update={"items": asked}),
        manifest=path.with_name(MANIFEST_NAME),
        tell=notices.append,
        **found.options,
    )
    count = sum(len(item.files) for item in asked)
    found.asked += count
    found.wrong += len(mismatches)
    found.left_out += len(reasons)
    found.elsewhere |= {_named(f.object) for i in receipts.items if i not in asked for f in i.files}
    found.codes += [1 for _ in mismatches]
    said = f"{count - len(mismatches)} of {count} files are right"
    lines = [f"- {code_span(name)}: {said}"]
    wrong = [(each.where, each.message) for each in mismatches]
    wrong += [
        (each, f"not audited: {told(reason, 'workflow')}") for each, reason in reasons.items()
    ]
    lines += [f"  - {code_span(where)}: {code_span(message)}" for where, message in wrong]
    lines += [f"  - note: {code_span(notice)}" for notice in notices]
    found.parts.append("\n".join(lines))
    for line in [f"{name}: {said}", *(f"  {where}: {message}" for where, message in wrong)]:
        job.runner.say(line)
