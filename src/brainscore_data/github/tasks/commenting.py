"""The command ``comment``, and what the others say on the pull request that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.markdown import fenced
from brainscore_data.check.engine.running import Outcome
from brainscore_data.github.comment import Posted
from brainscore_data.github.comment_text import Belonging
from brainscore_data.github.pull_requests import Origin
from brainscore_data.github.tasks.task import Job, Result, worst
from brainscore_data.records.receipts import FILE_NAME, Receipts, load_receipts


@dataclass(frozen=True)
class Said:
    """What became of the comments of a run."""

    exit_code: int = 0
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""


def run(job: Job) -> Result:
    """Find the receipts that a job before this one left; they are posted like those of `publish`."""
    receipts: dict[str, Receipts] = {}
    for start in job.paths:
        for path in sorted(start.rglob(FILE_NAME)):
            if path.is_file() and not path.is_symlink():
                receipts[path.parent.relative_to(start).as_posix()] = load_receipts(path)
    if not receipts:
        raise UsageError(
            "there are no receipts here",
            where=f"path: {', '.join(job.inputs.path) or '.'}",
            hint="the command publish leaves them in its output receipts-path; hand that folder "
            "over as an artifact",
        )
    return Result(receipts=receipts, origins=origins_of(job, list(receipts)))


def origins_of(job: Job, folders: list[str]) -> dict[str, Origin]:
    """Find the pull request that each dataset came with; the input decides where it is given."""
    from brainscore_data.github.pull_requests import Origin, origins

    if (number := job.inputs.pull_request) is not None:
        commit = job.context.approved_sha or job.context.sha
        return {each: Origin(each, number, commit) for each in folders}
    return origins(job.context, job.workspace, folders, job.repository)


def say_on_pull_requests(job: Job, result: Result) -> Said:
    """Put findings or receipts where their contributors look.

    Everything else is done and told by then: whatever goes wrong here loses a comment only.
    """
    silent = job.inputs.comment == "never" and job.inputs.command != "comment"
    if silent:
        return _with_registrations(job, result.receipts, Said())
    if result.receipts:
        said = _receipts(job, result.receipts, result.origins)
        return _with_registrations(job, result.receipts, said)
    if result.outcome is not None:
        return _findings(job, result.outcome, result.notes)
    return Said()


def _findings(job: Job, outcome: Outcome, notes: Sequence[str]) -> Said:
    from brainscore_data.github.comment import post_findings
    from brainscore_data.github.comment_text import findings_text, maintainer_command
    from brainscore_data.github.findings_table import rule_pages

    pull = job.context.pull_request
    if pull is None:
        return Said()
    command = maintainer_command(
        job.context.repository,
        pull.number,
        pull.head.sha,
        job.context.default_branch or pull.base.ref,
    )
    # A fork's token may only read: https://docs.github.com/en/actions/concepts/security/github_token
    if not pull.from_fork and job.inputs.github_token is not None:
        pages = rule_pages(job.environment, job.context.server_url)
        text = findings_text(
            _belonging(job, pull.number), outcome.findings, notes=notes, pages=pages
        )
        try:
            posted = post_findings(job.repository(), _belonging(job, pull.number), text)
        except BrainScoreDataError as error:
            job.runner.say(f"there is no comment on the pull request: {error}")
        else:
            return Said(outputs=_outputs(posted))
    said = "This run may not comment on the pull request. "
    if outcome.errors or outcome.incomplete:
        return Said(summary=f"{said}Its data cannot be published before the errors are mended.\n")
    return Said(
        summary=f"{said}To publish its data, a maintainer runs:\n\n{fenced(command, 'sh')}\n"
    )


def _receipts(job: Job, receipts: Mapping[str, Receipts], origins: Mapping[str, Origin]) -> Said:
    """Post each receipt on the pull request that its dataset came with."""
    from brainscore_data.github.comment import post_receipts

    by_number: dict[int, dict[str, Receipts]] = {}
    left, codes = [], []
    for folder, each in receipts.items():
        origin = origins[folder]
        if origin.pull_request is not None:
            by_number.setdefault(origin.pull_request, {})[folder] = each
        else:
            left.append(f"{folder}: the receipt is here only: {origin.why}")
            job.runner.say(left[-1])
            codes.append(3 if origin.unknown else 0)
    outputs: Mapping[str, str] = {}
    for number, mine in sorted(by_number.items()):
        try:
            posted = post_receipts(
                job.repository(),
                _belonging(job, number),
                mine,
                registrations=job.inputs.register != "none",
            )
        except BrainScoreDataError as error:
            job.runner.error(error)
            left.append(str(error))
            codes.append(3)
        else:
            outputs = outputs or _outputs(posted)
    return Said(worst(codes), outputs, "\n\n".join(fenced(text, "text") for text in left))


def _with_registrations(job: Job, receipts: Mapping[str, Receipts], said: Said) -> Said:
    """Open the registration pull request too, where that is wanted."""
    if job.inputs.register != "pull-request" or not receipts:
        return said
    from brainscore_data.github.tasks.registering import register

    try:
        done, code = register(job, receipts), 0
    except BrainScoreDataError as error:
        job.runner.error(error)
        done, code = fenced(f"the registrations are not proposed: {error}", "text"), 3
    job.runner.say(done)
    return Said(
        worst([said.exit_code, code]), said.outputs, "\n\n".join(filter(None, [said.summary, done]))
    )


def _belonging(job: Job, number: int) -> Belonging:
    from brainscore_data.github.comment_text import Belonging
    from brainscore_data.github.embedded import workflow_file

    context = job.context
    workflow = workflow_file(context.workflow_ref) or context.workflow
    return Belonging(context.repository, number, workflow, context.run_url)


def _outputs(posted: Posted) -> dict[str, str]:
    return {"comment-id": str(posted.id), "comment-url": posted.url}
