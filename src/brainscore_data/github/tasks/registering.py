"""The registrations of what was published, as one pull request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.markdown import code_span, fenced
from brainscore_data.github.registration_pull_request import propose, registration_files
from brainscore_data.github.tasks.storing import aws_session
from brainscore_data.github.tasks.task import Job, Result
from brainscore_data.plugins.deciding import is_earlier_in_store
from brainscore_data.records.receipts import FileReceipt, Receipts


def propose_registrations(job: Job, receipts: Mapping[str, Receipts]) -> Result:
    """Open the registration pull request, where that is wanted; it may wait for another run."""
    if job.inputs.register != "pull-request" or not receipts:
        return Result()
    try:
        done, code = _proposed(job, receipts), 0
    except BrainScoreDataError as error:
        job.runner.error(error)
        done, code = fenced(f"the registrations are not proposed: {error}", "text"), 3
    job.runner.say(done)
    return Result(code, summary=done)


def _proposed(job: Job, receipts: Mapping[str, Receipts]) -> str:
    """Open the registration pull request, or bring it up to date; says in Markdown what it did.

    The job needs a checkout of the default branch, and a token that may write contents.
    """
    inputs = job.inputs
    found = registration_files(job.workspace, receipts, is_earlier=_order(job))
    base = job.context.default_branch or job.context.branch or "main"
    proposed = propose(
        job.repository(inputs.register_token), base, found.texts, labels=inputs.register_labels
    )
    lines = ["## Registrations"]
    if proposed is None:
        lines.append("They are in the repository already.")
    else:
        lines.append(f"Pull request [#{proposed.number}]({proposed.url}) writes them.")
    lines += [
        f"- not registered: {code_span(f'{each.item.identifier}: {each.reason}')}"
        for each in found.refused
    ]
    return "\n\n".join(lines)


def _order(job: Job) -> Any:
    """Ask the store with the job's own credentials, where it has any."""
    sessions: list[Any] = []

    def is_earlier(receipt: FileReceipt, version_id: str) -> bool:
        if receipt.object.bucket and job.inputs.command == "publish" and not sessions:
            sessions.append(aws_session(job))
        ask = partial(is_earlier_in_store, session=sessions[0] if sessions else None)
        return ask(receipt, version_id)

    return is_earlier
