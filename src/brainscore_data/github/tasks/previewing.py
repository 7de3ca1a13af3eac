"""What reviewers see of the bundles that a run has made: a page, and its beginning in the summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.github.comment import rule_pages
from brainscore_data.github.tasks.task import Job


def previewed(job: Job, bundles: Mapping[str, Path]) -> tuple[str, str]:
    """Write one page for all bundles; give its path, and Markdown for the summary.

    Of private items there are aggregates only, whoever may see the artifacts. What goes wrong here
    loses the page and nothing else.
    """
    from brainscore_data.previewing.looking import preview
    from brainscore_data.previewing.page import sections
    from brainscore_data.previewing.summary_markdown import markdown

    seen = []
    for name, bundle in bundles.items():
        try:
            seen.append(replace(preview(bundle), name=name))
        except (BrainScoreDataError, ModuleNotFoundError) as error:
            job.runner.say(f"note: there is no preview of {name}: {error}")
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
    return str(page), "\n".join(map(markdown, seen))
