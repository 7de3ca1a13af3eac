"""What reviewers see of the data that a run has packaged, or could not: a page, and its beginning in the summary."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.github.comment import rule_pages
from brainscore_data.github.tasks.task import Job

if TYPE_CHECKING:
    from brainscore_data.github.commented_preview import DatasetLines
    from brainscore_data.previewing.preview import Preview


class Previewed(NamedTuple):
    """What there is for people to look at."""

    page: str = ""  # its path
    summary: str = ""  # Markdown
    lines: str = ""  # for a comment, as JSON


def previewed(
    job: Job, bundles: Mapping[str, Path], failed: Mapping[str, BrainScoreDataError]
) -> Previewed:
    """Write one page for all bundles, and the datasets of which there are none; give what is said of it.

    A dataset that `failed` begins with why; the summary has said that already.
    Of private items there are aggregates only, whoever may see the artifacts. What goes wrong here
    loses the page and nothing else.
    """
    from brainscore_data.previewing.page import sections
    from brainscore_data.previewing.previews import preview
    from brainscore_data.previewing.shown_items import remark_of
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
        return Previewed()
    pull = job.context.pull_request
    number = job.inputs.pull_request or (pull.number if pull else None)
    page = job.folder / f"preview-{number or job.context.sha[:12]}.html"
    pages = rule_pages(job.environment, job.context.server_url)
    page.write_text(
        sections(seen, title=f"Preview of {page.stem.removeprefix('preview-')}", pages=pages),
        encoding="utf-8",
    )
    from brainscore_data.github.commented_preview import written_lines

    lines = written_lines(list(map(lines_of, seen)))
    return Previewed(str(page), "\n".join(map(markdown, seen[:packaged])), lines)


def lines_of(whole: Preview) -> DatasetLines:
    """Say of a dataset what a comment has room for."""
    from brainscore_data.github.commented_preview import DatasetLines, ItemLines
    from brainscore_data.previewing.charts import sparkline
    from brainscore_data.previewing.leading import leading_lines, verdict

    items = []
    for item in whole.items:
        values = item.assembly.values if item.assembly else None
        bins = sparkline(values.histogram) if values and values.histogram else ""
        items.append(
            ItemLines(identifier=item.identifier, lines=leading_lines(item, whole), values=bins)
        )
    return DatasetLines(name=whole.name, verdict=verdict(whole), items=tuple(items))
