"""The command ``comment``, and what the others say on the pull request that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.markdown import fenced
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.github.changed_datasets import Origin
from brainscore_data.github.comment import Belonging, Posted
from brainscore_data.github.tasks.task import Job, Result, worst
from brainscore_data.records.receipts import FILE_NAME, Receipts, load_receipts


def run(job: Job) -> Result:
    """Find what a job before this one left: receipts, posted like those of `publish`, or a preview."""
    if job.inputs.preview is not None:
        return Result(preview=_section(job, job.inputs.preview))
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


def _section(job: Job, lines: str) -> str:
    from brainscore_data.github.commented_preview import page_link, preview_section, read_lines

    context = job.context
    repository = f"{context.server_url}/{context.repository}"
    return preview_section(read_lines(lines), page_link(job.inputs.preview_url, repository))


def origins_of(job: Job, folders: list[str]) -> dict[str, Origin]:
    """Find the pull request that each dataset came with; the input decides where it is given."""
    from brainscore_data.github.changed_datasets import Origin, origins

    if (number := job.inputs.pull_request) is not None:
        commit = job.context.approved_sha or job.context.sha
        return {each: Origin(each, number, commit) for each in folders}
    return origins(job.context, job.workspace, folders, job.repository)


def say_on_pull_requests(job: Job, result: Result) -> Result:
    """Put findings or receipts where their contributors look.

    Everything else is done and told by then: whatever goes wrong here loses a comment only. The exit
    code is 3 if a receipt did not reach its pull request, and another run may bring it there.
    """
    if job.inputs.comment == "never" and job.inputs.command != "comment":
        return Result()
    if result.preview:
        return _preview(job, result.preview)
    if result.receipts:
        return _receipts(job, result.receipts, result.origins)
    if result.outcome is not None:
        return _findings(job, result.outcome, result.notes)
    return Result()


def _findings(job: Job, outcome: Outcome, notes: Sequence[str]) -> Result:
    from brainscore_data.github.comment import (
        findings_text,
        post_findings,
        publishing_line,
        rule_pages,
    )

    pull = job.context.pull_request
    if pull is None:
        return Result()
    line = fenced(publishing_line(pull.head.sha), "text")
    publishing = [f"To have its data published, a maintainer comments this line alone:\n\n{line}"]
    if not job.inputs.approval or outcome.errors or outcome.incomplete:
        publishing = []
    # A fork's token may only read: https://docs.github.com/en/actions/concepts/security/github_token
    if not pull.from_fork and job.inputs.github_token is not None:
        pages = rule_pages(job.environment, job.context.server_url)
        to = _belonging(job, pull.number)
        text = findings_text(to, outcome.findings, notes=[*notes, *publishing], pages=pages)
        try:
            posted = post_findings(job.repository(), to, text)
        except BrainScoreDataError as error:
            job.runner.say(f"there is no comment on the pull request: {error}")
        else:
            return Result(outputs=_outputs(posted))
    said = "This run may not comment on the pull request."
    if outcome.errors or outcome.incomplete:
        return Result(summary=f"{said} Its data cannot be published before the errors are fixed.\n")
    return Result(summary="\n\n".join([said, *publishing]) + "\n")


def _preview(job: Job, section: str) -> Result:
    from brainscore_data.github.comment import post_change
    from brainscore_data.github.commented_preview import with_preview

    pull = job.context.pull_request
    number = job.inputs.pull_request or (pull.number if pull else None)
    if number is None:
        raise UsageError(
            "it is not known which pull request this is about",
            where="pull-request",
            hint="run it on a pull request, or give its number",
        )
    try:
        to = _belonging(job, number)
        posted = post_change(
            job.repository(), to, lambda old: with_preview(old, section, to.workflow)
        )
    except BrainScoreDataError as error:  # the page is there, and linked from the run
        job.runner.say(f"there is no comment on the pull request: {error}")
        return Result()
    return Result(outputs=_outputs(posted))


def _receipts(job: Job, receipts: Mapping[str, Receipts], origins: Mapping[str, Origin]) -> Result:
    """Post each receipt on the pull request that its dataset came with."""
    from brainscore_data.github.comment import post_receipts

    by_number: dict[int, dict[str, Receipts]] = {}
    left, codes = [], []
    for folder, each in receipts.items():
        origin = origins[folder]
        if origin.pull_request is not None:
            by_number.setdefault(origin.pull_request, {})[folder] = each
        else:
            left.append(f"{folder}: only this summary has the receipt: {origin.why}")
            job.runner.say(left[-1])
            codes.append(3 if origin.unknown else 0)
    outputs: Mapping[str, str] = {}
    for number, mine in sorted(by_number.items()):
        try:
            posted = post_receipts(
                job.repository(),
                _belonging(job, number, "receipts"),
                mine,
                registrations=job.inputs.register != "none",
            )
        except BrainScoreDataError as error:
            job.runner.error(error)
            left.append(str(error))
            codes.append(3)
        else:
            outputs = outputs or _outputs(posted)
            _suggest(job, number, mine)
    return Result(worst(codes), outputs, "\n\n".join(fenced(text, "text") for text in left))


def _suggest(job: Job, number: int, receipts: Mapping[str, Receipts]) -> None:
    """Suggest the pins on the pull request's own lines; what goes wrong loses no more than that."""
    from brainscore_data.github.suggestions import post_suggestions

    if job.inputs.register != "comment":
        return
    try:
        count = post_suggestions(job.repository(), _belonging(job, number), receipts)
    except (BrainScoreDataError, RecursionError) as error:
        job.runner.say(f"nothing is suggested on the pull request's lines: {error}")
    else:
        job.runner.say(f"{count} lines of the pull request have a suggestion")


def answered(job: Job, number: int, text: str) -> None:
    """Answer somebody on a pull request, in the place of an earlier answer."""
    from brainscore_data.github.comment import answer_text, post_change

    to = _belonging(job, number, "answer")
    try:
        post_change(job.repository(), to, lambda _: answer_text(to, text))
    except BrainScoreDataError as error:  # the run says the same
        job.runner.say(f"there is no answer on the pull request: {error}")


def _belonging(job: Job, number: int, part: str = "") -> Belonging:
    """Say whose comment it is; one file may call workflows that each write a `part` of their own."""
    from brainscore_data.github.comment import Belonging
    from brainscore_data.github.commented_receipts import workflow_file

    context = job.context
    workflow = workflow_file(context.workflow_ref) or context.workflow
    name = f"{workflow}/{part}" if part else workflow
    return Belonging(context.repository, number, name, context.run_url)


def _outputs(posted: Posted) -> dict[str, str]:
    return {"comment-id": str(posted.id), "comment-url": posted.url}
