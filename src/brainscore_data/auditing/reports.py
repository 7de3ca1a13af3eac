"""An audit as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any, TypeVar

from brainscore_data.auditing.audit import Audit
from brainscore_data.auditing.comparing import Compared
from brainscore_data.base.hints import ALLOW_UNVERSIONED, Hint, Reader, Words, told
from brainscore_data.base.text import in_columns, json_safe, one_line

_READ = Hint(Words("--read", workflow="`brainscore-data audit --read`"))

T = TypeVar("T")
_COLUMNS = ("fine", "unknown", "gone", "different", "unversioned", "exposed", "hidden", "failed")
_PUBLIC = "public"
_HINTS = {
    "gone": "look for the right version with `brainscore-data lookup`, and register that",
    "different": "find out which is meant; `brainscore-data lookup` lists all versions",
    "unversioned": Hint(
        "publish it to a versioned store and `brainscore-data register` the receipt, "
        "or accept it with ",
        ALLOW_UNVERSIONED,
    ),
    "exposed": "have the store's owner close it (its tag visibility has to be private), and ask who "
    "may have read it; or, if it is public, say so in dataset.toml and tag it visibility=public",
    "hidden": "make the bucket's policy open it; or tag it visibility=private if it is",
}


def render_text(audit: Audit, reader: Reader = "command") -> str:
    """Write what is wrong, a line each, then a table with a row per store."""
    lines = remarks(audit, reader)
    if audit.compared or audit.failed:
        table = in_columns(totals(audit), numbers=True)
        lines += [*([""] if lines else []), *map(_safe, table)]
    return "".join(f"{line}\n" for line in lines)


def remarks(audit: Audit, reader: Reader = "command") -> list[str]:
    """Write what is wrong and what is not known, a line each, with hints."""
    return [_safe(line) for line in (*_problems(audit, reader), *_open_questions(audit, reader))]


def _safe(line: str) -> str:
    """Make a line fit for a workflow's log: files and stores are named by whoever wrote them."""
    text = one_line(line)
    return f"./{text}" if text.startswith("::") else text


def _problems(audit: Audit, reader: Reader) -> Iterator[str]:
    kinds = set()
    for each in audit.compared:
        for problem in each.problems:
            kinds.add(problem.kind)
            yield f"{each.pin.place}: {problem.kind}: {problem.message}"
    failed = [(str(each.pin.place), each.error) for each in audit.failed if each.error]
    for message, failures in _grouped(failed, lambda each: each[1].message).items():
        yield f"{_first_of([place for place, _ in failures])}: failed: {message}"
    for kind in sorted(kinds):
        yield f"  hint ({kind}): {told(_HINTS[kind], reader)}"
    for hint in dict.fromkeys(error.hint for _, error in failed if error.hint):
        yield f"  hint (failed): {told(hint, reader)}"


def _open_questions(audit: Audit, reader: Reader) -> Iterator[str]:
    for each in audit.compared:
        if each.content == "unknown":
            yield f"{each.pin.place}: unknown: {each.pin.key}: {each.note}"
    if any(each.content == "unknown" and each.pin.sha1 for each in audit.compared):
        yield f"  hint (unknown): {told(_READ, reader)} reads and hashes these files"
    for each in audit.compared:
        if each.visibility:
            yield f"{each.pin.place}: {each.pin.key}: {each.visibility}"
        if each.on_top:
            yield f"{each.pin.place}: note: {each.on_top}"
    for left in audit.not_audited:
        if left.store is None:
            yield f"{left.where}: not audited: {left.reason}"
    unlisted = [left for left in audit.not_audited if left.store is not None]
    for reason, group in _grouped(unlisted, lambda left: left.reason).items():
        yield f"{_first_of([left.where for left in group])}: not audited: {told(reason, reader)}"


def _grouped(found: Iterable[T], by: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for each in found:
        groups.setdefault(by(each), []).append(each)
    return groups


def _first_of(places: list[str]) -> str:
    """Name one place for all that have the same fault: one store may have hundreds."""
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"


def totals(audit: Audit) -> list[list[str]]:
    """Give a table with a head, and a row for each store."""
    counts = _counts(audit)
    used = [
        name
        for name in (*_COLUMNS, _PUBLIC)
        if name == "fine" or any(row[name] for row in counts.values())
    ]
    rows = [
        [store, str(row["files"]), *(str(row[name]) for name in used)]
        for store, row in sorted(counts.items())
    ]
    return [["store", "files", *used], *rows]


def _counts(audit: Audit) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for each in audit.compared:
        row = counts.setdefault(each.pin.store, Counter())
        row["files"] += 1
        row["fine"] += each.content == "same" and not each.problems
        row["unknown"] += each.content == "unknown"
        row[_PUBLIC] += bool(each.public)
        row.update(problem.kind for problem in each.problems)
    for failure in audit.failed:
        row = counts.setdefault(failure.pin.store, Counter())
        row["files"] += 1
        row["failed"] += 1
    return counts


def render_json(audit: Audit) -> str:
    """Write all outcomes, for programs."""
    summary = {
        store: {name: row[name] for name in ("files", *_COLUMNS, _PUBLIC)}
        for store, row in sorted(_counts(audit).items())
    }
    found = {
        "schema": 1,
        "files": [_file(each) for each in (*audit.compared, *audit.failed)],
        "not_audited": [
            {"where": each.where, "reason": each.reason, "store": each.store}
            for each in audit.not_audited
        ],
        "stores": summary,
    }
    return json_safe(json.dumps(found, indent=2)) + "\n"


def _file(each: Compared) -> dict[str, Any]:
    found = asdict(replace(each, error=None))
    pin = found.pop("pin")
    place = pin.pop("place")
    return {**place, **pin, **found, "error": str(each.error) if each.error else None}
