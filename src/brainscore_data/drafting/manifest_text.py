"""A drafted manifest as text: keys, what a contributor may want to know beside them, and TODOs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from brainscore_data.base.text import some
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.drafting.questions import ContributorQuestion

_WIDTH = 96
_BESIDE_A_KEY = {
    "visibility": 'your choice: "public" if everybody may load it',
    "metadata": "a row per stimulus: stimulus_id, filename, …",
    "files": "the folder or .zip that the filename column points into",
    "values": "the array",
    "dims": "its dimensions, in its order",
    "from_name": "the column that says what * stands for",
    "value": "becomes the data, and stays a coordinate too",
    "columns": "what is published; the rest stays here",
    "where": "the trials that are kept",
    "repetition": "a column that counts what is the same in these, from 0",
    "coords": "for each dimension a table with a row for each element",
}


@dataclass(frozen=True)
class DraftedItem:
    """A ``[[stimulus_set]]`` or ``[[assembly]]`` as it was guessed."""

    kind: Kind
    keys: Mapping[str, Any]  # in the order in which they are written
    remarks: tuple[str, ...] = ()  # written above it
    optional: tuple[str, ...] = ()  # TOML that may be wanted: written below it, commented out
    todos: tuple[str, ...] = ()  # what it needs to pass: written above it, and printed
    notices: tuple[str, ...] = ()  # what was decided: printed
    questions: tuple[ContributorQuestion, ...] = ()  # whose TODOs are written there, too
    files: Mapping[str, str] = field(default_factory=dict)  # what it still lacks, as text
    made_of: tuple[str, ...] = ()  # of which tables one of them was made

    @property
    def left(self) -> tuple[str, ...]:
        """All its TODOs."""
        return (*self.todos, *(each.todo for each in self.questions if each.todo))


def manifest_text(
    dataset: Mapping[str, Any],
    items: Sequence[DraftedItem],
    todos: Sequence[str],
    remarks: Sequence[str],
) -> str:
    """Write a ``dataset.toml``."""
    lines = [
        *comment("Written by `brainscore-data init`: its guesses are yours to fix."),
        *comment("Paths are relative to this file; text is in quotes, lists in [ ]."),
        "schema = 1",
        "",
        "[dataset]",
        *(line for todo in todos for line in comment(f"TODO: {todo}")),
        *_entries(dataset),
    ]
    if "reference" not in dataset:
        lines += comment('reference = "doi:10.…"   # where the data is described')
    for item in items:
        lines += ["", f"[[{item.kind}]]"]
        lines += [line for todo in item.left for line in comment(f"TODO: {todo}")]
        lines += [line for remark in item.remarks for line in comment(remark)]
        lines += _entries(item.keys)
        lines += [f"# {line}" for line in item.optional]
    if remarks:
        lines += ["", *(line for remark in remarks for line in comment(remark))]
    return "\n".join(lines) + "\n"


def comment(text: str) -> list[str]:
    """Write a comment, over as many lines as it needs; those of a TODO belong to it visibly."""
    deeper = "  " if text.startswith("TODO") else ""
    lines = textwrap.wrap(_printable(text), _WIDTH - 2, subsequent_indent=deeper)
    return [f"# {line}" for line in lines]


def toml(value: Any) -> str:
    r"""Write a value in TOML, quoted as it must be.

    >>> print(toml({"column": 'image "url"', "from": "stem"}))
    {column = "image \"url\"", from = "stem"}
    """
    import tomlkit

    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        return table.as_string()
    text: str = tomlkit.item(value).as_string()
    return text


def quoted(name: str) -> str:
    """Quote a name for people to read."""
    return json.dumps(name, ensure_ascii=False)


def listed(names: Sequence[str], most: int = 3) -> str:
    """Name the first few of many, quoted for people to read."""
    return some(names, most, quoted)


def _entries(table: Mapping[str, Any]) -> list[str]:
    lines = []
    for key, value in table.items():
        line = f"{key} = {toml(value)}"
        beside = _BESIDE_A_KEY.get(key)
        if len(line) <= _WIDTH and not (beside and len(line) + len(beside) + 5 > _WIDTH):
            lines.append(f"{line}   # {beside}" if beside else line)
            continue
        if beside:
            lines += comment(f"{key}: {beside}")
        if isinstance(value, list) and len(line) > _WIDTH:
            lines += [f"{key} = [", *(f"    {toml(each)}," for each in value), "]"]
        else:
            lines.append(line)
    return lines


def _printable(text: str) -> str:
    # A line break in a column's name must not end the comment.
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
