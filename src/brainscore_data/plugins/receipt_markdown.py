"""Receipts for people: Markdown that shows what was published and how to register it.

Identifiers, keys and names come from a contributor. They stand in code spans, where GitHub
renders no HTML, no links and no mentions, and cannot get out of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from brainscore_data.base.markdown import code_span, fenced, table, table_row
from brainscore_data.plugins.render import Form, render_registrations
from brainscore_data.records.bundle import CheckRecord
from brainscore_data.records.receipts import FileReceipt, ItemReceipt, Receipts

_MOST_WARNINGS = 20
_MOST_IGNORED = 20
_LONGEST = 200
_NOT_TRUE_YET = {
    "not yet": "public, but not yet readable",
    "waits for its release": "public, waits for its release",
}
_RETRACTED = "retracted"


class Column(NamedTuple):
    """A column of the table of a receipt, wherever that is shown."""

    head: str
    value: Callable[[ItemReceipt, FileReceipt], str | None]
    absent: str = ""
    is_code: bool = True  # a contributor's text, or one to copy
    where_it_is_narrow: bool = True  # in a comment and on a terminal


def visibility_text(item: ItemReceipt, receipt: FileReceipt) -> str:
    """Say who shall be able to load a file, and whether that is true yet."""
    if receipt.run.public == _RETRACTED:
        return _RETRACTED
    if item.visibility == "public":
        return _NOT_TRUE_YET.get(receipt.run.public or "", "public")
    return item.visibility or "not said"


COLUMNS = (
    Column("item", lambda item, _: item.identifier),
    Column("file", lambda _, file: file.object.key.rpartition(".")[2]),
    Column("visibility", visibility_text, is_code=False),
    Column("license", lambda item, _: item.license, absent="not recorded"),
    Column("key", lambda _, file: file.object.key, where_it_is_narrow=False),
    Column("version id", lambda _, file: file.object.version_id, absent="none"),
    Column("sha1", lambda _, file: file.object.sha1),
    Column("bytes", lambda _, file: f"{file.object.size:,}", is_code=False),
    Column("status", lambda _, file: file.run.status, is_code=False),
)
NARROW = tuple(each for each in COLUMNS if each.where_it_is_narrow)


def cells_of(
    receipts: Receipts,
    columns: Iterable[Column] = COLUMNS,
    code: Callable[[str], str] = code_span,
) -> Iterator[list[str]]:
    """Write the cells of a row for each file."""
    for item in receipts.items:
        for file in item.files:
            values = [(each, each.value(item, file)) for each in columns]
            yield [
                code(value) if value and each.is_code else value or each.absent
                for each, value in values
            ]


def render_markdown(receipts: Receipts, form: Form = "auto", *, folder: str = "") -> str:
    """Render receipts as a table and the registration as a block of Python."""
    return "\n\n".join(receipt_parts(receipts, form, folder=folder)) + "\n"


def receipt_parts(receipts: Receipts, form: Form = "auto", *, folder: str = "") -> list[str]:
    """Give the parts of a receipt in Markdown; the second is the table.

    `folder` is the dataset's, which says whose registration it is where the receipts do not.
    """
    parts = [f"## Receipt for {code_span(receipts.dataset)}"]
    files = [file for item in receipts.items for file in item.files]
    if not files:
        return [*parts, "Nothing is published."]
    parts.append(table([each.head for each in COLUMNS], map(table_row, cells_of(receipts))))
    parts.append(_footnote(files))
    if receipts.checks is not None:
        parts += _checks(receipts.checks)
    parts.append("Paste this into the plugin's `__init__.py`:")
    parts.append(fenced(render_registrations(receipts, form, folder=folder), "python"))
    return parts


def checked_with(rules: int, ignored: Iterable[tuple[str, str]]) -> str:
    """Say how much was checked, what did not count, and by whose word.

    Examples
    --------
    >>> print(checked_with(78, [("BSD7", "pyproject.toml")]))
    Checked with 78 rules; `BSD7` ignored by `pyproject.toml`.
    """
    told = [f"{_short(what)} ignored by {_short(by)}" for what, by in ignored]
    said = told[:_MOST_IGNORED]
    if len(told) > len(said):
        said.append(f"and {len(told) - len(said)} more")
    return "; ".join([f"Checked with {_counted(rules, 'rule')}", *said]) + "."


def _short(text: str) -> str:
    return code_span(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _checks(checks: CheckRecord) -> list[str]:
    """Say what was checked and what was not; what a warning says is a contributor's text."""
    said = checked_with(len(checks.ran), ((each.what, each.by) for each in checks.ignored_by))
    if not checks.ignored_by:  # as earlier versions wrote them
        if checks.ignored:
            said += f" Ignored: {', '.join(map(code_span, checks.ignored))}."
        if checks.baseline:
            said += " Findings of a baseline were let pass."
    if not checks.warnings:
        return [f"{said} No warnings."]
    lines = [
        f"- {code_span(each.place)}: {code_span(each.code)} {code_span(each.message)}"
        for each in checks.warnings[:_MOST_WARNINGS]
    ]
    if len(checks.warnings) > _MOST_WARNINGS:
        lines.append(f"- and {len(checks.warnings) - _MOST_WARNINGS} more, in `bundle.json`")
    summary = _counted(len(checks.warnings), "warning")
    opening = f"<details><summary>{summary}</summary>"
    return [said, opening, "\n".join(lines), "</details>"]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _footnote(files: list[FileReceipt]) -> str:
    stores = ", ".join(dict.fromkeys(code_span(file.object.store) for file in files))
    ways = " and ".join(dict.fromkeys(file.object.verified for file in files))
    guards = " and ".join(dict.fromkeys(file.run.guard for file in files if file.run.guard))
    text = f"Store: {stores}. Verified by: {ways}."
    text += f" Guarded by: {guards}." if guards else ""
    named: dict[str | None, list[str]] = {}
    for file in files:
        named.setdefault(file.run.public, []).append(code_span(file.object.key))
    if waiting := named.get("waits for its release"):
        text += (
            f" Waits for its release, until when the store keeps it private: {', '.join(waiting)}."
        )
    if retracted := named.get(_RETRACTED):
        text += f" Retracted: {', '.join(retracted)}."
    if closed := named.get("not yet"):
        text += f" Public, but not yet readable without credentials: {', '.join(closed)}."
    if set(named) - {None} == {"yes"}:
        text += " Public files: readable without credentials."
    return text
