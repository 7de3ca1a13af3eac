"""A preview in Markdown, for summaries and comments: what strangers wrote stands in code spans."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.base.markdown import code_span, table, table_row
from brainscore_data.previewing.charts import number, sparkline
from brainscore_data.previewing.leading import changes_in_words, leading_lines, verdict
from brainscore_data.previewing.preview import ItemPreview, Preview
from brainscore_data.previewing.seen import ColumnSeen

_MOST_REMARKS, _MOST_COLUMNS = 20, 20


def markdown(whole: Preview) -> str:
    """Write a preview as Markdown, every item folded below its three lines."""
    parts = [f"## Preview of {_code(whole.name)}", f"{_capital(verdict(whole))}."]
    if whole.remarks:
        rows = [
            table_row(
                [
                    "error" if each.is_error else "warning",
                    code_span(each.code or "bundle"),
                    code_span(each.place),
                    code_span(each.message),
                ]
            )
            for each in whole.remarks[:_MOST_REMARKS]
        ]
        parts.append(table(["", "rule", "where", "what"], rows))
        if len(whole.remarks) > _MOST_REMARKS:
            parts.append(f"and {len(whole.remarks) - _MOST_REMARKS} more.")
    for item in whole.items:
        parts += _item(item, whole)
    return "\n\n".join(parts) + "\n"


def _item(item: ItemPreview, whole: Preview) -> Iterator[str]:
    yield f"### {_code(item.identifier)}"
    yield "\n".join(f"- {_code(line)}" for line in leading_lines(item, whole))
    if item.changes is not None:
        yield f"Compared with {_code(item.compared)}: {_code(changes_in_words(item.changes))}"
        if item.changes.examples:
            rows = (table_row(map(code_span, each)) for each in item.changes.examples)
            yield table(["where", "before", "after"], rows)
    elif item.compared:
        yield f"{_capital(_code(item.compared))}"
    seen = item.assembly
    if seen is not None and seen.values is not None and seen.values.histogram is not None:
        values, bins = seen.values, sparkline(seen.values.histogram)
        yield f"Values from {number(values.low)} to {number(values.high)}: {_code(f'|{bins}|')}"
    if seen is not None and seen.reliability is not None:
        yield f"Split-half reliability: median {seen.reliability.median:.2f}."
    columns = item.stimuli.columns if item.stimuli else seen.coordinates if seen else ()
    if columns:
        yield "<details><summary>columns</summary>"
        head = ["column", "type", "different", "missing", "values"]
        yield table(head, map(_row, columns[:_MOST_COLUMNS]))
        yield "</details>"


def _row(each: ColumnSeen) -> str:
    values = f"{each.low} to {each.high}" if each.low is not None else ""
    values = values or ", ".join(value for value, _ in each.top[:5])
    cells = [code_span(each.name), each.kind, f"{each.distinct:,}", f"{each.missing:,}"]
    return table_row([*cells, code_span(values) if values else ""])


def _code(text: str) -> str:
    return code_span(text, in_table=False)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
