from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.check.reporters.junit import junit


def cases(outcome):
    root = ET.fromstring(junit(outcome))  # noqa: S314 - our own
    return root, {
        (case.get("classname"), case.get("name")): [child.tag for child in case]
        for case in root.iter("testcase")
    }


def test_errors_fail_warnings_pass_and_skipped_is_skipped(outcome):
    root, found = cases(outcome)
    assert found == {
        ("BSD901 poem-empty", "a.poem"): ["failure"],
        ("BSD902 line-begins-small", "dir/b c.poem:3 (line)"): ["system-out"],
        ("BSD902", "a.poem"): ["skipped"],
        ("BSD902", "c.poem"): ["skipped"],
        ("BSD903", "all files"): [],
    }
    suite = root.find("testsuite")
    for element in (root, suite):
        counted = {key: element.get(key) for key in ("tests", "failures", "errors", "skipped")}
        assert counted == {"tests": "5", "failures": "1", "errors": "0", "skipped": "2"}


def test_a_crash_is_an_error(crashed):
    root, found = cases(crashed)
    assert found["BSD001 rule-crashed", "a.poem"] == ["error"]
    assert root.get("errors") == "1"


@example(file="\n::a::", message="##[a]", hint="\r::error::x", severity=Severity.ERROR)
@given(
    file=st.text(),
    message=st.text(),
    hint=st.text(),
    severity=st.sampled_from(Severity),
)
def test_any_text_makes_xml_that_can_be_read(file, message, hint, severity):
    finding = Finding("BSD901", "x", severity, Place(file), message, hint)
    written = junit(Outcome((finding,), (), frozenset()))
    written.encode("utf-8")
    [case] = ET.fromstring(written.encode("utf-8")).iter("testcase")  # noqa: S314
    assert [child.tag for child in case] == ["failure" if severity == "error" else "system-out"]
    assert "##[" not in written
    assert not any(line.lstrip().startswith("::") for line in written.splitlines())
