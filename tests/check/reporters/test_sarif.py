"""SARIF 2.1.0, held against what its specification and code scanning demand of what is written."""

from __future__ import annotations

import json
from urllib.parse import unquote

import jsonschema
import pytest

from brainscore_data.base.place import Place
from brainscore_data.check.engine.families import all_rules
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.check.engine.own_rules import OWN_RULES
from brainscore_data.check.reporters.sarif import sarif

MESSAGE = {
    "type": "object",
    "properties": {"text": {"type": "string", "minLength": 1}},
    "required": ["text"],
    "additionalProperties": False,
}
ARTIFACT = {
    "type": "object",
    "properties": {"uri": {"type": "string", "format": "uri-reference", "minLength": 1}},
    "required": ["uri"],
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATION = {
    "type": "object",
    "properties": {
        "physicalLocation": {
            "type": "object",
            "properties": {
                "artifactLocation": ARTIFACT,
                "region": {
                    "type": "object",
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                    "required": ["startLine"],
                    "additionalProperties": False,
                },
            },
            "required": ["artifactLocation"],
            "additionalProperties": False,
        },
        "logicalLocations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "additionalProperties": False,
            },
        },
    },
    "required": ["physicalLocation"],
    "additionalProperties": False,
}
RULE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^BSD[0-9]{3}$"},
        "name": {"type": "string", "pattern": "^[A-Z][A-Za-z0-9]+$"},
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": {
            "type": "object",
            "properties": {"level": LEVEL},
            "additionalProperties": False,
        },
        "properties": {"type": "object"},
    },
    "required": ["id", "shortDescription", "fullDescription", "help"],
    "additionalProperties": False,
}
RESULT = {
    "type": "object",
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {"type": "array", "items": LOCATION, "minItems": 1, "maxItems": 1},
        "partialFingerprints": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "minProperties": 1,
        },
    },
    "required": ["ruleId", "message", "locations", "partialFingerprints"],
    "additionalProperties": False,
}
# What is written of https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
# (objects there take no other keys), and what code scanning requires besides.
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "tool": {
                        "type": "object",
                        "properties": {
                            "driver": {
                                "type": "object",
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "items": RULE,
                                        "uniqueItems": True,
                                    },
                                },
                                "required": ["name", "rules"],
                                "additionalProperties": False,
                            }
                        },
                        "required": ["driver"],
                        "additionalProperties": False,
                    },
                    "invocations": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "executionSuccessful": {"type": "boolean"},
                                "toolExecutionNotifications": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "properties": {
                                            "level": LEVEL,
                                            "message": MESSAGE,
                                            "associatedRule": {
                                                "type": "object",
                                                "properties": {"id": {"type": "string"}},
                                                "required": ["id"],
                                                "additionalProperties": False,
                                            },
                                            "locations": {"type": "array", "items": LOCATION},
                                        },
                                        "required": ["message"],
                                        "additionalProperties": False,
                                    },
                                },
                            },
                            "required": ["executionSuccessful"],
                            "additionalProperties": False,
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
                "required": ["tool", "results"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["version", "runs"],
    "additionalProperties": False,
}


def run_of(outcome, rules=OWN_RULES):
    written = sarif(outcome, rules, version="0.1.0")
    document = json.loads(written)
    jsonschema.validate(document, SCHEMA, format_checker=jsonschema.FormatChecker())
    return document["runs"][0]


def test_findings_point_at_their_rules_files_and_lines(outcome, sample_rules):
    run = run_of(outcome, [*OWN_RULES, *all_rules()])
    first, second = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "BSD901"
    assert "brainscore-data rule BSD901" in rules[first["ruleIndex"]]["help"]["text"]
    assert second["level"] == "warning"
    place = second["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "dir/b%20c.poem"},
        "region": {"startLine": 3},
    }
    assert second["locations"][0]["logicalLocations"] == [{"name": "line"}]


def test_what_was_skipped_is_a_notification(outcome):
    [invocation] = run_of(outcome)["invocations"]
    assert invocation["executionSuccessful"] is True
    notes = invocation["toolExecutionNotifications"]
    assert [note["associatedRule"]["id"] for note in notes] == ["BSD902", "BSD902"]


def test_after_a_crash_the_run_was_no_success(crashed):
    assert run_of(crashed)["invocations"][0]["executionSuccessful"] is False


def test_a_fingerprint_outlives_other_lines_and_tells_findings_apart():
    def prints(*places):
        findings = [
            Finding("BSD901", "x", Severity.ERROR, place, message, "") for place, message in places
        ]
        results = run_of(Outcome(tuple(findings), (), frozenset()))["results"]
        return [result["partialFingerprints"]["brainscoreDataFinding/v1"] for result in results]

    same, moved = prints((Place("a", 1), "m"), (Place("a", 2), "m"))
    assert same == moved
    different = prints(
        (Place("a", 1), "m"), (Place("b", 1), "m"), (Place("a", 1, "i"), "m"), (Place("a"), "n")
    )
    assert len(set(different)) == 4


@pytest.mark.parametrize(
    "file", ["http://evil/x", "a:b", "ü.csv", "/data/a b.csv", "a\nb", "caf\udce9.csv", "../a?b#c"]
)
def test_any_file_is_one_valid_reference(said, file):
    [result] = run_of(said(file=file, message="\udce9", item="\udce9"))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert unquote(uri.removeprefix("file://"), errors="surrogateescape") == file.replace("//", "/")


def test_it_commands_no_runner(said):
    assert "##[" not in sarif(said(message="##[add-mask]x"), [], version="0")
