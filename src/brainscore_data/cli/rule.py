"""``brainscore-data rule``."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import click

from brainscore_data.base.errors import UsageError
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.cli.telling import output_format_option, tell

_SCHEMA_VERSION = 1


@click.command()
@click.argument("wanted", metavar="[CODE|NAME]", required=False)
@click.option("--all", "every", is_flag=True, help="Explain all rules.")
@output_format_option
def rule(wanted: str | None, *, every: bool, output_format: str) -> None:
    """Explain a rule (by its code or name), or a family of rules (BSD3)."""
    from brainscore_data.check.engine.families import all_rules
    from brainscore_data.check.engine.own_rules import OWN_RULES
    from brainscore_data.check.engine.selection import rules_called

    if every is (wanted is not None):
        raise UsageError("name one rule, or give --all", hint="brainscore-data rule --all")
    rules = rules_called(wanted) if wanted else [*OWN_RULES, *all_rules()]
    if output_format == "json":
        document = {"schema": _SCHEMA_VERSION, "rules": [_as_data(each) for each in rules]}
        tell(json.dumps(document, indent=2))
    else:
        tell("\n\n".join(_as_text(each) for each in rules))


def _as_data(rule: Rule[Any]) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "title": rule.title,
        "why": rule.why,
        "requires": sorted(rule.requires),
        "fails": _files(rule.fails),
        "passes": _files(rule.passes),
    }


def _as_text(rule: Rule[Any]) -> str:
    paragraphs = [textwrap.fill(each, 88) for each in rule.why.split("\n\n")]
    parts = [f"{rule.code} {rule.name} [{rule.severity.value}]\n{rule.title}", *paragraphs]
    for head, example in (("Fails:", rule.fails), ("Passes:", rule.passes)):
        files = _files(example) or {}
        shown = [
            f"{name}\n{textwrap.indent(text.rstrip(), '    ')}" for name, text in files.items()
        ]
        if shown:
            parts.append("\n".join([head, *(textwrap.indent(each, "  ") for each in shown)]))
    return "\n\n".join(parts)


def _files(example: Example | None) -> dict[str, str] | None:
    if example is None:
        return None
    return {
        name: content if isinstance(content, str) else f"({content.description})"
        for name, content in example.files.items()
    }
