"""A preview on a terminal: a screenful for each item."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from brainscore_data.base.text import counted, one_line
from brainscore_data.previewing.charts import number, sparkline
from brainscore_data.previewing.leading import changes_in_words, leading_lines, verdict
from brainscore_data.previewing.preview import ItemPreview, Preview, Remark
from brainscore_data.previewing.seen import AssemblySeen, ColumnSeen, StimuliSeen

_MOST_COLUMNS, _MOST_REMARKS = 12, 10
_LONGEST_NAME = 24
Paint = Callable[[str, str], str]


def _plain(text: str, part: str) -> str:  # noqa: ARG001 - the signature of all that colour
    return text


def text(
    whole: Preview, *, width: int = 80, ascii_only: bool = False, paint: Paint = _plain
) -> str:
    """Write a preview for people; `ascii_only` for terminals without block signs."""
    lines = [*_remarks(whole, paint)]
    for item in whole.items:
        lines += ["", *_item(item, whole, width, paint, ascii_only=ascii_only)]
    lines += ["", f"{one_line(whole.name)}: {verdict(whole)}"]
    return "\n".join(lines).lstrip("\n") + "\n"


def _remarks(whole: Preview, paint: Paint) -> Iterator[str]:
    for each in whole.remarks[:_MOST_REMARKS]:
        yield _remark(each, paint)
    if len(whole.remarks) > _MOST_REMARKS:
        yield f"and {counted(len(whole.remarks) - _MOST_REMARKS, 'more finding')}"


def _remark(each: Remark, paint: Paint) -> str:
    kind = "error" if each.is_error else "warning"
    named = " ".join(filter(None, (each.place and f"{each.place}:", each.code)))
    return one_line(f"{paint(kind, kind)}: {named} {each.message}")


def _item(
    item: ItemPreview, whole: Preview, width: int, paint: Paint, *, ascii_only: bool
) -> Iterator[str]:
    yield paint(one_line(item.identifier), "heading")
    for line in leading_lines(item, whole):
        yield from _wrapped(line, width)
    if item.changes is not None:
        yield from _wrapped(
            f"compared with {item.compared}: {changes_in_words(item.changes)}", width
        )
        for where, before, after in item.changes.examples[:3]:
            yield from _wrapped(f"  {where}: {before or '(nothing)'} -> {after}", width)
    elif item.compared:
        yield from _wrapped(item.compared, width)
    if item.stimuli is not None:
        yield from _stimuli(item.stimuli, width, ascii_only=ascii_only)
    if item.assembly is not None:
        yield from _assembly(item.assembly, width, ascii_only=ascii_only)


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(
        one_line(line), width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
    )


def _stimuli(seen: StimuliSeen, width: int, *, ascii_only: bool) -> Iterator[str]:
    if seen.ids:
        more = f", … ({seen.count:,})" if seen.count > len(seen.ids) else ""
        yield from _wrapped(f"ids: {', '.join(seen.ids)}{more}", width)
    yield from _columns(seen.columns, width, ascii_only=ascii_only)
    for each in seen.sample:
        if each.error:
            yield from _wrapped(f"{each.filename}: {each.error}", width)


def _assembly(seen: AssemblySeen, width: int, *, ascii_only: bool) -> Iterator[str]:
    yield from _columns(seen.coordinates, width, ascii_only=ascii_only)
    if (values := seen.values) is not None and values.histogram is not None:
        line = f"values: {number(values.low)} to {number(values.high)}, mean {number(values.mean)}"
        yield from _wrapped(line, width)
        yield f"    |{sparkline(values.histogram, ascii_only=ascii_only)}|"[:width]
    if (shown := seen.repetitions) is not None:
        line = f"{counted(shown.stimuli, 'stimulus', 'stimuli')} shown {_times(shown.least, shown.most)}"
        if shown.in_stimulus_set is not None:
            line += f", of {shown.in_stimulus_set:,} in the stimulus set"
        if shown.unknown:
            line += f"; {shown.unknown:,} are not in it"
        yield from _wrapped(line, width)
    if seen.reliability is not None:
        yield from _wrapped(
            f"split-half reliability: median {seen.reliability.median:.2f} of "
            f"{counted(seen.reliability.neuroids, 'neuroid')}",
            width,
        )
    if (behaviour := seen.behaviour) is not None:
        if behaviour.choices:
            chosen = ", ".join(f"{name} {count:,}" for name, count in behaviour.choices[:6])
            yield from _wrapped(f"choices: {chosen}", width)
        if behaviour.participants:
            least, most = behaviour.trials_range or (0, 0)
            who = counted(behaviour.participants, "participant")
            yield from _wrapped(f"{who}, {least:,} to {most:,} trials each", width)
    if (spikes := seen.spikes) is not None:
        yield from _wrapped(
            f"{counted(spikes.units, 'unit')} over {number(spikes.duration)}", width
        )
    if seen.sampled:
        yield from _wrapped(f"sampled: {seen.sampled}", width)


def _times(least: int, most: int) -> str:
    return f"{least:,} times each" if least == most else f"{least:,} to {most:,} times"


def _columns(columns: tuple[ColumnSeen, ...], width: int, *, ascii_only: bool) -> Iterator[str]:
    shown = columns[:_MOST_COLUMNS]
    longest = min(_LONGEST_NAME, max((len(each.name) for each in shown), default=0))
    for each in shown:
        name = one_line(each.name)
        name = name if len(name) <= longest else f"{name[: longest - 1]}…"
        line = f"  {name:<{longest}}  {each.kind:<6}  {_described(each)}"
        if each.histogram is not None and (room := width - len(line) - 2) >= len(
            each.histogram.counts
        ):
            line += f"  {sparkline(each.histogram, ascii_only=ascii_only)}"[: room + 2]
        yield line if len(line) <= width else f"{line[: width - 1]}…"
    if len(columns) > len(shown):
        yield f"  and {len(columns) - len(shown)} more"


def _described(each: ColumnSeen) -> str:
    parts = [f"{each.distinct:,} different"]
    if each.low is not None and each.high is not None:
        parts.append(f"{each.low} to {each.high}")
    elif each.top and each.distinct <= len(each.top):
        parts.append(", ".join(one_line(value) for value, _ in each.top))
    if each.missing:
        parts.append(f"{each.missing:,} missing")
    return "; ".join(parts)
