"""What a comment says of the data itself: a few lines for each item, and a link to the page.

The job that packages has no token, and the one that comments parses no data: between them goes JSON,
as an output of the job. What is in it was written by strangers, as their data was.
"""

from __future__ import annotations

import json
import re

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from brainscore_data.base.errors import UsageError
from brainscore_data.base.markdown import code_span
from brainscore_data.base.text import counted, json_safe, one_line
from brainscore_data.github.comment import LONGEST_PREVIEW, length
from brainscore_data.github.commented_receipts import marker

_BEGIN, _END = "<!-- brainscore-data:preview -->", "<!-- brainscore-data:preview end -->"
_LONGEST_LINE = 200
_MOST_ITEMS = 20
_LARGEST = 100_000


class ItemLines(BaseModel):
    """What is said of one item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    identifier: str
    lines: tuple[str, ...] = Field(max_length=4)
    values: str = ""  # their distribution, in block signs


class DatasetLines(BaseModel):
    """What is said of one dataset."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    verdict: str
    items: tuple[ItemLines, ...] = ()
    more: int = 0  # items that are on the page only


_LINES = TypeAdapter(tuple[DatasetLines, ...])


def written_lines(datasets: list[DatasetLines]) -> str:
    """Write them for the next job; of many items the first, so that it may be an output."""
    left = _MOST_ITEMS
    kept = []
    for each in datasets[:_MOST_ITEMS]:
        items = tuple(
            ItemLines(
                identifier=_cut(item.identifier),
                lines=tuple(map(_cut, item.lines)),
                values=_cut(item.values),
            )
            for item in each.items[: max(left, 0)]
        )
        left -= len(items)
        more = len(each.items) - len(items)
        kept.append(
            DatasetLines(name=_cut(each.name), verdict=_cut(each.verdict), items=items, more=more)
        )
    # An input of the next job: on one line, in its log, and a variable, which takes 128 KiB.
    return json_safe(json.dumps(_LINES.dump_python(tuple(kept), mode="json"), ensure_ascii=False))


def read_lines(text: str) -> tuple[DatasetLines, ...]:
    """Read what another job wrote."""
    try:
        return _LINES.validate_json(text[:_LARGEST])  # what is cut off is no JSON
    except ValidationError:
        raise UsageError(
            "it is not what the command package wrote",
            where="preview",
            hint="hand over the output `preview` of that step as it is",
        ) from None


def preview_section(datasets: tuple[DatasetLines, ...], page: str | None) -> str:
    """Write the lines of each dataset, and the link; what does not fit is on the page."""
    link = f"**[See the data]({page})**: a page that opens in the browser." if page else ""
    parts: list[str] = []
    left_out = 0
    for each in datasets:
        for part in _parts(each):
            if length("\n\n".join([*parts, part, link])) < LONGEST_PREVIEW - 200:
                parts.append(part)
            else:
                left_out += 1
    if left_out:
        parts.append(f"and {counted(left_out, 'more part')} on the page.")
    return "\n\n".join([_BEGIN, *parts, *([link] if link else []), _END])


def _parts(each: DatasetLines) -> list[str]:
    parts = [f"{_cell(each.name)}: {_cell(each.verdict)}"]
    for item in each.items:
        lines = [f"- {_cell(line)}" for line in item.lines]
        lines += [f"- values {_cell(f'|{item.values}|')}"] if item.values else []
        parts.append("\n".join([f"**{_cell(item.identifier)}**", "", *lines]))
    if each.more:
        parts.append(f"and {counted(each.more, 'more item')} on the page.")
    return parts


def with_preview(body: str, section: str, workflow: str) -> str:
    """Put the section behind the headline of a comment, in the place of one that is there."""
    lines = body.replace("\r\n", "\n").split("\n")
    if _BEGIN in lines and _END in lines:
        # Whatever strangers wrote is within a line: none of theirs is one of these.
        first, last = lines.index(_BEGIN), lines.index(_END)
        lines = [*lines[: first - 1], *lines[last + 1 :]]
    if not body:
        lines = [marker(workflow), "### The data", ""]
    return "\n".join([*lines[:2], "", section, *lines[2:]])


def page_link(url: str | None, repository_url: str) -> str | None:
    """Give the page's address if it is an artifact of this repository."""
    pattern = rf"{re.escape(repository_url)}/actions/runs/\d+/artifacts/\d+"
    return url if url is not None and re.fullmatch(pattern, url, re.ASCII) else None


def _cut(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"


def _cell(text: str) -> str:
    return code_span(_cut(text), in_table=False)
