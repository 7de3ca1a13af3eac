"""Findings as SARIF 2.1.0, which code scanning takes in.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub demands
beyond it: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from brainscore_data.base.place import Place
from brainscore_data.base.text import json_safe
from brainscore_data.check.engine.finding import Finding
from brainscore_data.check.engine.outcome import Outcome, Skipped
from brainscore_data.check.engine.rule import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif(outcome: Outcome, rules: Sequence[Rule[Any]], *, version: str) -> str:
    """Write a log with one run of the program, which has a version, and all rules that it may name."""
    index = {each.code: number for number, each in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "brainscore-data",
                "semanticVersion": version,
                "rules": [_rule(each) for each in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not outcome.incomplete,
                "toolExecutionNotifications": [_notification(each) for each in outcome.skipped],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, index) for each in outcome.findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_safe(json.dumps(log, indent=2)) + "\n"


def _rule(rule: Rule[Any]) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\n`brainscore-data rule {rule.code}` shows examples."},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": [rule.name]},
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    message = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity.value,
        "message": {"text": _valid(message)},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"brainscoreDataFinding/v1": _fingerprint(finding)},
    }
    if finding.code in index:
        result["ruleIndex"] = index[finding.code]
    return result


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(place.file),
            # Code scanning refuses a result without a line.
            "region": {"startLine": place.line or 1},
        }
    }
    if place.within is not None:
        location["logicalLocations"] = [{"name": _valid(place.within)}]
    return location


def _artifact(file: str) -> dict[str, str]:
    path = Path(file)
    # Names that are no UTF-8 keep their bytes.
    encoded = quote(path.as_posix().encode("utf-8", "surrogateescape"))
    return {"uri": f"file://{encoded}"} if path.is_absolute() else {"uri": encoded}


def _fingerprint(finding: Finding) -> str:
    # Without the line: the same finding after an edit above it.
    parts = (finding.code, finding.place.file, finding.place.within or "", finding.message)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _notification(skipped: Skipped) -> dict[str, Any]:
    text = f"{skipped.code} was skipped, because {skipped.because} is broken there"
    return {
        "level": "note",
        "message": {"text": text},
        "associatedRule": {"id": skipped.code},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(skipped.subject)}}],
    }


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
