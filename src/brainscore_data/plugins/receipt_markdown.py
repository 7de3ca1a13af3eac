"""Receipts for people: Markdown that shows what was published and how to register it.

Identifiers, keys and names come from a contributor. They stand in code spans, where GitHub
renders no HTML, no links and no mentions, and cannot get out of them.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from brainscore_data.base.markdown import code_span, fenced, table, table_row
from brainscore_data.base.progress import in_bytes
from brainscore_data.base.text import counted, one_line
from brainscore_data.plugins.render import Form, render_registrations
from brainscore_data.records.bundle import CheckRecord
from brainscore_data.records.receipts import FileReceipt, ItemReceipt, Receipts

_MOST_WARNINGS = 20
_MOST_IGNORED = 20
_LONGEST = 200
_MOST_LICENSES = 5
_SHORT = 8  # signs of a hash or a version id; the whole ones are folded below
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
    is_hash: bool = False  # only its beginning; a terminal is too narrow for it
    of_file: bool = False  # a line for each of an item's files, and not one that all of them share


def visibility_text(item: ItemReceipt, receipt: FileReceipt) -> str:
    """Say who shall be able to load a file, and whether that is true yet."""
    if receipt.run.public == _RETRACTED:
        return _RETRACTED
    if item.visibility == "public":
        return _NOT_TRUE_YET.get(receipt.run.public or "", "public")
    return item.visibility or "not said"


def _version(_: ItemReceipt, file: FileReceipt) -> str | None:
    version = file.object.version_id
    return None if version is None else version[:_SHORT]


def _sha1(_: ItemReceipt, file: FileReceipt) -> str:
    return file.object.sha1[:_SHORT]


COLUMNS = (
    Column("item", lambda item, _: item.identifier),
    Column("visibility", visibility_text, is_code=False),
    Column("license", lambda item, _: item.license, absent="not recorded"),
    Column("file", lambda _, file: file.object.key.rpartition(".")[2], of_file=True),
    Column("version", _version, absent="none", is_hash=True, of_file=True),
    Column("sha1", _sha1, is_hash=True, of_file=True),
    Column("size", lambda _, file: in_bytes(file.object.size), is_code=False, of_file=True),
    Column("status", lambda _, file: file.run.status, is_code=False),
)
NARROW = tuple(each for each in COLUMNS if not each.is_hash)


def cells_of(
    receipts: Receipts,
    code: Callable[[str], str] = code_span,
    line_break: str = "<br>",
    columns: Iterable[Column] = COLUMNS,
) -> Iterator[list[str]]:
    """Write the cells of a row for each item; hashes and versions by their beginnings."""
    for item in receipts.items:
        row = []
        for column in columns:
            values = [column.value(item, file) for file in item.files]
            if not column.of_file:
                values = list(dict.fromkeys(values))
            row.append(
                line_break.join(
                    code(each) if each and column.is_code else each or column.absent
                    for each in values
                )
            )
        yield row


def leading_lines(
    several: Iterable[Receipts], code: Callable[[str], str] = code_span
) -> tuple[str, ...]:
    """Say in three lines what is published, who may use and read it, and whether all is well."""
    told = list(several)
    items = [item for each in told for item in each.items]
    files = [file for item in items for file in item.files]
    if not files:
        return ("Nothing is published",)
    kinds = Counter(item.kind.replace("_", " ") for item in items)
    status = Counter(file.run.status for file in files)
    what = " and ".join(
        counted(number, kind, "assemblies" if kind == "assembly" else None)
        for kind, number in kinds.items()
    )
    size = in_bytes(sum(file.object.size for file in files))
    how_many = ", ".join(f"{number:,} {each}" for each, number in status.items())
    licenses = dict.fromkeys(
        code(item.license[:_LONGEST]) if item.license else "not recorded" for item in items
    )
    readers = Counter(visibility_text(item, item.files[-1]) for item in items)
    who = ", ".join(
        f"{number:,} {each}" if len(readers) > 1 else each for each, number in readers.items()
    )
    return (
        f"{what}: {counted(len(files), 'file')}, {size} ({how_many})",
        f"License: {_some(licenses)}. Visibility: {who}",
        _well(told, items, files),
    )


def _well(told: list[Receipts], items: list[ItemReceipt], files: list[FileReceipt]) -> str:
    waiting = [
        said
        for item in items
        if (said := visibility_text(item, item.files[-1])) not in {"public", "private"}
    ]
    warnings = sum(len(each.checks.warnings) for each in told if each.checks)
    ignored = sum(
        len(each.checks.ignored_by) or len(each.checks.ignored) for each in told if each.checks
    )
    ways = " and ".join(dict.fromkeys(file.object.verified for file in files))
    parts = [
        f"every file is confirmed by {ways}",
        *(f"{number:,} {said}" for said, number in Counter(waiting).items()),
        *([counted(warnings, "warning")] if warnings else []),
        *([f"{counted(ignored, 'rule')} ignored"] if ignored else []),
    ]
    return f"{'All is well' if len(parts) == 1 else 'To look at'}: {', '.join(parts)}"


def _some(values: Iterable[str]) -> str:
    listed = list(values)
    more = f" and {len(listed) - _MOST_LICENSES} more" if len(listed) > _MOST_LICENSES else ""
    return ", ".join(listed[:_MOST_LICENSES]) + more


def render_markdown(receipts: Receipts, form: Form = "auto", *, folder: str = "") -> str:
    """Render receipts as a table and the registration as a block of Python."""
    return "\n\n".join(receipt_parts(receipts, form, folder=folder)) + "\n"


def receipt_parts(receipts: Receipts, form: Form = "auto", *, folder: str = "") -> list[str]:
    """Give the parts of a receipt in Markdown: three lines for people, a table, and the rest.

    `folder` is the dataset's, which says whose registration it is where the receipts do not.
    """
    head = f"## Receipt for {code_span(receipts.dataset)}"
    if not receipts.items:
        return [head, "Nothing is published."]
    files = [file for item in receipts.items for file in item.files]
    return [
        head,
        as_list(leading_lines([receipts])),
        table([each.head for each in COLUMNS], map(table_row, cells_of(receipts))),
        _footnote(files),
        *([] if receipts.checks is None else _checks(receipts.checks)),
        *folded("Versions and hashes", fenced(whole_hashes(receipts), "text")),
        "Paste this into the plugin's `__init__.py`:",
        fenced(render_registrations(receipts, form, folder=folder), "python"),
    ]


def as_list(lines: Iterable[str]) -> str:
    """Write lines that are Markdown as a list."""
    return "\n".join(f"- {line}" for line in lines)


def folded(title: str, *parts: str, of: str = "", is_open: bool = False) -> list[str]:
    """Fold parts under a name; `of` is a contributor's, and stands in code."""
    # The summary's own line is HTML; Markdown is read again after the blank line.
    name = html.escape(one_line(of)).replace("`", "&#96;")
    name = f"{title} of <code>{name}</code>" if of else title
    return [f"<details{' open' * is_open}><summary>{name}</summary>", *parts, "</details>"]


def whole_hashes(receipts: Receipts) -> str:
    """Write each file's version and hashes in full, to be copied."""
    lines = []
    for item in receipts.items:
        for file in item.files:
            stored = file.object
            lines += [
                f"file     {one_line(stored.key)}",
                f"version  {one_line(stored.version_id or 'none')}",
                f"sha1     {stored.sha1}",
                f"sha256   {stored.sha256}",
                f"bytes    {stored.size}",
                "",
            ]
    return "\n".join(lines)


def checked_with(rules: int, ignored: Iterable[tuple[str, str]]) -> str:
    """Say how much was checked, what did not count, and by whose word.

    >>> print(checked_with(78, [("BSD7", "pyproject.toml")]))
    Checked with 78 rules; `BSD7` ignored by `pyproject.toml`.
    """
    told = [f"{_short(what)} ignored by {_short(by)}" for what, by in ignored]
    said = told[:_MOST_IGNORED]
    if len(told) > len(said):
        said.append(f"and {len(told) - len(said)} more")
    return "; ".join([f"Checked with {counted(rules, 'rule')}", *said]) + "."


def _short(text: str) -> str:
    return code_span(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _checks(checks: CheckRecord) -> list[str]:
    """Say what was checked and what was not; what a warning says is a contributor's text."""
    said = checked_with(len(checks.ran), ((each.what, each.by) for each in checks.ignored_by))
    if not checks.ignored_by:  # as earlier versions wrote them
        if checks.ignored:
            said += f" Ignored: {', '.join(map(code_span, checks.ignored))}."
        if checks.baseline:
            said += " A baseline hid known findings."
    if not checks.warnings:
        return [f"{said} No warnings."]
    lines = [
        f"- {code_span(each.place)}: {code_span(each.code)} {code_span(each.message)}"
        for each in checks.warnings[:_MOST_WARNINGS]
    ]
    if len(checks.warnings) > _MOST_WARNINGS:
        lines.append(f"- and {len(checks.warnings) - _MOST_WARNINGS} more, in `bundle.json`")
    return [said, *folded(counted(len(checks.warnings), "warning"), "\n".join(lines))]


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
            f" Waits for its release; until then the store keeps it private: {', '.join(waiting)}."
        )
    if retracted := named.get(_RETRACTED):
        text += f" Retracted: {', '.join(retracted)}."
    if closed := named.get("not yet"):
        text += f" Public, but not yet readable without credentials: {', '.join(closed)}."
    if unknown := [code_span(file.object.key) for file in files if file.object.digest is None]:
        text += f" Without a content digest, because nobody packaged it here: {', '.join(unknown)}."
    if set(named) - {None} == {"yes"}:
        text += " Public files: readable without credentials."
    return text
