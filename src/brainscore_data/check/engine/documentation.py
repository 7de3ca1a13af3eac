"""The pages of ``docs/rules``, made from the rules.

``python -m brainscore_data.check.engine.documentation docs/rules`` writes them anew after a change.
"""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath
from typing import Any

from brainscore_data.base.files import written_whole
from brainscore_data.base.markdown import code_span, fenced
from brainscore_data.check.engine import families
from brainscore_data.check.engine.own_rules import OWN_RULES
from brainscore_data.check.engine.rule import Example, Made, Rule

_INTRODUCTION = (
    "`brainscore-data check` runs them, `brainscore-data rule CODE` explains one. Errors stop "
    "`package` and `publish`; warnings are shown. These pages are made from the rules: "
    "`python -m brainscore_data.check.engine.documentation docs/rules`."
)
_LANGUAGES = {".py": "python", ".toml": "toml", ".json": "json", ".csv": "text"}


def pages() -> dict[str, str]:
    """Render every page: file name → Markdown."""
    rules = (*OWN_RULES, *families.all_rules())
    return {"README.md": _index(), **{rule.page: page(rule) for rule in rules}}


def write_documentation(folder: Path) -> None:
    """Write the pages into a folder, and take away those of rules that are gone."""
    made = pages()
    for old in folder.glob("BSD*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        with written_whole(folder / name) as path:
            path.write_text(text, encoding="utf-8", newline="\n")


def page(rule: Rule[Any]) -> str:
    """Render the page of one rule."""
    parts = [f"# {rule.code} {rule.name}", rule.title, f"Severity: {rule.severity.value}."]
    if rule.requires:
        parts.append(f"Skipped where one of these is broken: {', '.join(sorted(rule.requires))}.")
    parts += ["## Why", rule.why]
    if rule.fails and rule.passes:
        parts += ["## Fails", *_example(rule.fails), "## Passes", *_example(rule.passes)]
    return "\n\n".join(parts) + "\n"


def _index() -> str:
    parts = ["# Rules", _INTRODUCTION, "## BSD0 The engine", _table(OWN_RULES)]
    for family in families.FAMILIES:
        parts += [f"## {family.code} {family.title}", _table(family.rules())]
    return "\n\n".join(parts) + "\n"


def _table(rules: tuple[Rule[Any], ...]) -> str:
    rows = [
        f"| [{each.code}]({each.page}) | `{each.name}` | {each.severity.value} "
        f"| {each.title.replace('|', chr(92) + '|')} |"
        for each in rules
    ]
    return "\n".join(["| code | name | severity | |", "|---|---|---|---|", *rows])


def _example(example: Example) -> list[str]:
    return [part for name, content in example.files.items() for part in _file(name, content)]


def _file(name: str, content: str | Made) -> list[str]:
    if not isinstance(content, str):
        return [f"{code_span(name)}: {content.description}"]
    language = _LANGUAGES.get(PurePosixPath(name).suffix, "text")
    return [f"{code_span(name)}:", fenced(content, language) if content else "(empty)"]


if __name__ == "__main__":
    write_documentation(Path(sys.argv[1]))
