"""What reviewers see of the data that a run has packaged, or could not: a page, and its beginning in the summary."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.github.comment import rule_pages
from brainscore_data.github.tasks.task import Job


def previewed(
    job: Job, bundles: Mapping[str, Path], failed: Mapping[str, BrainScoreDataError]
) -> tuple[str, str]:
    """Write one page for all bundles, and the datasets of which there are none; give its path, and Markdown.

    A dataset that `failed` begins with why; the summary has said that already.
    Of private items there are aggregates only, whoever may see the artifacts. What goes wrong here
    loses the page and nothing else.
    """
    from brainscore_data.previewing.looking import preview, remark_of
    from brainscore_data.previewing.page import sections
    from brainscore_data.previewing.summary_markdown import markdown

    seen = []
    for name, bundle in bundles.items():
        try:
            seen.append(replace(preview(bundle), name=name))
        except (BrainScoreDataError, ModuleNotFoundError) as error:
            job.runner.say(f"note: there is no preview of {name}: {error}")
    packaged = len(seen)
    for name, reason in failed.items():
        with contextlib.suppress(BrainScoreDataError, ModuleNotFoundError):  # it is told already
            whole = preview(job.workspace / name, check=False)
            seen.append(replace(whole, name=name, remarks=(remark_of(reason),)))
    if not seen:
        return "", ""
    pull = job.context.pull_request
    number = job.inputs.pull_request or (pull.number if pull else None)
    page = job.folder / f"preview-{number or job.context.sha[:12]}.html"
    pages = rule_pages(job.environment, job.context.server_url)
    page.write_text(
        sections(seen, title=f"Preview of {page.stem.removeprefix('preview-')}", pages=pages),
        encoding="utf-8",
    )
    return str(page), "\n".join(map(markdown, seen[:packaged]))
