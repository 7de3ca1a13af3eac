"""Findings as JUnit XML, which most systems of continuous integration show."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from brainscore_data.base.text import one_line
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.check.engine.own_rules import NOT_CHECKED


def junit(outcome: Outcome) -> str:
    """Write a test case for each finding, each skipped check, and each rule that found nothing.

    Errors are failures and crashes are errors; a warning is a case that passes and says why it is
    there, as in the exit code.
    """
    broken = {finding.code for finding in outcome.findings}
    cases = [_of_finding(each) for each in outcome.findings]
    cases += [
        _case(each.code, each.subject, "skipped", f"{each.because} is broken there")
        for each in outcome.skipped
    ]
    cases += [_case(code, "all files") for code in sorted(outcome.ran - broken)]
    counts = {
        kind: sum(case.find(tag) is not None for case in cases)
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    attributes = {"name": "brainscore-data", "tests": str(len(cases))}
    attributes |= {kind: str(count) for kind, count in counts.items()}
    suites = ET.Element("testsuites", attributes)
    ET.SubElement(suites, "testsuite", attributes).extend(cases)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _of_finding(finding: Finding) -> ET.Element:
    classname = f"{finding.code} {finding.rule}"
    if finding.code in NOT_CHECKED:
        return _case(classname, str(finding.place), "error", finding.message, finding.hint)
    if finding.severity is Severity.ERROR:
        return _case(classname, str(finding.place), "failure", finding.message, finding.hint)
    case = _case(classname, str(finding.place))
    said = ET.SubElement(case, "system-out")
    said.text = f"warning: {one_line(finding.message)}\nhint: {one_line(finding.hint)}"
    return case


def _case(
    classname: str, name: str, outcome: str | None = None, message: str = "", hint: str = ""
) -> ET.Element:
    # XML 1.0 cannot hold control characters, not even escaped: https://www.w3.org/TR/xml/#charsets
    case = ET.Element("testcase", {"classname": classname, "name": one_line(name)})
    if outcome:
        ET.SubElement(case, outcome, {"message": one_line(message)}).text = one_line(hint)
    return case
