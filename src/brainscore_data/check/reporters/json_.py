"""Findings for programs."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from brainscore_data.base.text import json_safe
from brainscore_data.check.engine.finding import Finding
from brainscore_data.check.engine.outcome import Outcome

SCHEMA_VERSION = 1


def json_text(outcome: Outcome) -> str:
    """Write everything that an outcome holds; `schema` changes when a key changes its meaning."""
    document = {
        "schema": SCHEMA_VERSION,
        "findings": [_finding(each) for each in outcome.findings],
        "skipped": [each._asdict() for each in outcome.skipped],
        "ran": sorted(outcome.ran),
        "selected": sorted(outcome.selected),
        "ignored": sorted(outcome.ignored),
        "grandfathered": outcome.grandfathered,
        "crashed": outcome.crashed,
        "incomplete": outcome.incomplete,
    }
    return json_safe(json.dumps(document, indent=2)) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.place
    placed = {"file": place.file, "line": place.line, "item": place.within}
    return {**dataclasses.asdict(finding), "place": placed}
