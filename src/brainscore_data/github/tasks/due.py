"""The command ``due``: one pull request that opens nothing, and says of what an embargo has ended.

It writes the manifests as they read when these items are public. Who merges it has decided; an admin
opens the items then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from brainscore_data.base.markdown import code_span, fenced
from brainscore_data.github.tasks.registering import Proposal, propose
from brainscore_data.github.tasks.task import Job, Result
from brainscore_data.hosting.checkout_edits import with_visibility
from brainscore_data.hosting.due import Due, due_items

_PROPOSAL = Proposal(
    "what is due",
    "brainscore-data/due",
    "Open data whose embargo has ended",
    body="",
    body_changes=True,
)


def run(job: Job) -> Result:
    """Propose what is due below the input `path`."""
    today = datetime.now(UTC).date()
    found = {each: None for path in job.paths for each in due_items(path, today)}
    if not found:
        job.runner.say("no embargo has ended")
        return Result(summary="## Embargoes\n\nNone has ended.")
    body = _body(list(found))
    proposed = propose(
        job.repository(job.inputs.register_token),
        job.context.default_branch or job.context.branch or "main",
        _texts(job, list(found)),
        labels=job.inputs.register_labels,
        proposal=replace(_PROPOSAL, body=body),
    )
    where = "" if proposed is None else f"Pull request [#{proposed.number}]({proposed.url}).\n\n"
    for each in found:
        job.runner.say(f"{each.identifier}: its embargo ended on {each.embargo}")
    return Result(summary=f"## Embargoes\n\n{where}{body}")


def _texts(job: Job, found: Sequence[Due]) -> dict[str, str]:
    texts = {}
    for name in dict.fromkeys(each.manifest for each in found):
        names = [(each.kind, each.identifier) for each in found if each.manifest == name]
        if (text := with_visibility(job.workspace / name, names, "public")) is not None:
            texts[name] = text.decode()
    return texts


def _body(found: Sequence[Due]) -> str:
    lines = [
        f"- {code_span(each.identifier)} in {code_span(each.manifest)}: private until {each.embargo}"
        for each in found
    ]
    commands = "\n".join(dict.fromkeys(each.command for each in found))
    return "\n\n".join(
        [
            "The embargo of these items has ended:",
            "\n".join(lines),
            "Merging this says that they shall be public. It opens nothing: then an admin runs",
            fenced(commands, "sh"),
            "To keep an item private, close this pull request and give it a later `embargo`, or none.",
        ]
    )
