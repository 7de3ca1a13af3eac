"""The engine: rules are independent, what is skipped says so, what crashes never passes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sample_rules import BeginsLarge, HasLines, NoBoom, Poem

from brainscore_data.base.errors import UsageError
from brainscore_data.check.engine.checking import check
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.settings import Settings

pytestmark = pytest.mark.usefixtures("sample_rules")


@pytest.fixture
def poems(tmp_path, monkeypatch):
    def write(**contents):
        for name, text in contents.items():
            (tmp_path / f"{name}.poem").write_text(text, encoding="utf-8")
        return tmp_path

    monkeypatch.chdir(tmp_path)
    return write


def codes(outcome):
    return [finding.code for finding in outcome.findings]


def test_a_rule_can_be_tried_alone():
    [violation] = BeginsLarge().violations(Poem("a.poem", ("Roses", "red")), Settings())
    assert (violation.place.line, violation.message) == (2, "'red' begins small")


def test_a_rule_s_title_is_the_first_line_of_its_docstring():
    assert HasLines().title == "A poem is empty."


def test_every_broken_rule_is_found_whatever_the_others_find(poems):
    outcome = check([poems(a="roses\nBang\n")], select=["BSD9"])
    assert codes(outcome) == ["BSD903", "BSD902"]  # by place: the first has no line
    assert outcome.ran == {"BSD901", "BSD902", "BSD903"}


def test_findings_are_in_the_order_of_files_and_lines(poems):
    poems(b="roses\nred\n", a="Roses\nred\n")
    found = [
        (each.place.file, each.place.line) for each in check([Path()], select=["BSD9"]).findings
    ]
    assert found == [("a.poem", 2), ("b.poem", 1), ("b.poem", 2)]


def test_a_rule_that_builds_on_a_broken_one_is_skipped_and_says_so(poems):
    outcome = check([poems(a="") / "a.poem"], select=["BSD9"])
    assert codes(outcome) == ["BSD901"]
    [skipped] = outcome.skipped
    assert (skipped.code, skipped.because) == ("BSD902", "BSD901")
    assert skipped.subject.endswith("a.poem")
    assert outcome.ran == {"BSD901", "BSD903"}


def test_it_is_skipped_even_when_the_one_it_builds_on_is_ignored_itself(poems):
    outcome = check([poems(a="")], select=["BSD9"], ignore=["poem-empty"])
    assert codes(outcome) == []
    assert [(each.code, each.because) for each in outcome.skipped] == [("BSD902", "BSD901")]
    assert outcome.ignored == {"BSD901"}


def test_what_builds_on_a_skipped_rule_is_skipped_too():
    class Third(BeginsLarge):
        """Builds on the second."""

        code = "BSD904"
        requires = frozenset({"BSD902"})

    outcome = run_rules([Third(), BeginsLarge(), HasLines()], [Poem("a", ())], Settings())
    assert [each.code for each in outcome.skipped] == ["BSD902", "BSD904"]


def test_a_rule_that_crashes_is_a_finding_and_the_others_run(poems):
    outcome = check([poems(a="Boom\nroses\n") / "a.poem"], select=["BSD9"])
    assert codes(outcome) == ["BSD001", "BSD902"]
    assert "BSD903 could not be checked: ZeroDivisionError" in outcome.findings[0].message
    assert outcome.crashed


def test_a_probe_that_crashes_is_a_finding_and_what_it_saw_before_counts(poems):
    folder = poems(a="")
    (folder / "broken.probe").touch()
    outcome = check([Path()], select=["BSD9"])
    assert sorted(codes(outcome)) == ["BSD001", "BSD901"]
    assert outcome.crashed


@pytest.mark.parametrize("ignore", ["BSD001", "rule-crashed", "BSD002", "BSD003"])
def test_a_crash_cannot_be_ignored(poems, ignore):
    with pytest.raises(UsageError, match="there is no rule"):
        check([poems(a="Boom")], select=["BSD9"], ignore=[ignore])


def test_a_rule_that_lacks_an_extra_says_so_and_the_others_run(poems):
    outcome = check([poems(a="Import\nroses", b="Import")], select=["BSD9"])
    absent, small = outcome.findings
    assert (absent.code, small.code) == ("BSD003", "BSD902")
    assert absent.message == (
        "pandas is not installed: BSD903 could not be checked here and in 1 more places"
    )
    assert "pip install 'brainscore-data[all]'; or do without" in absent.hint
    assert outcome.incomplete
    assert not outcome.crashed


def test_what_builds_on_a_rule_that_lacks_an_extra_lacks_it_too():
    class Third(BeginsLarge):
        """Builds on what needs pandas."""

        code = "BSD904"
        requires = frozenset({"BSD903"})

    outcome = run_rules([Third(), NoBoom()], [Poem("a", ("Import",))], Settings())
    assert [(each.code, each.module) for each in outcome.not_run] == [
        *(("BSD903", "pandas"), ("BSD904", "pandas"))
    ]
    assert (outcome.ran, outcome.skipped) == (frozenset(), ())


def test_a_rule_that_lacks_an_extra_is_ignored_like_any_other(poems):
    folder = poems(a="Import")
    assert not check([folder], select=["BSD9"], ignore=["boom"]).incomplete
    (folder / "pyproject.toml").write_text(
        '[tool.brainscore-data]\nper-path-ignores = { "a.poem" = ["boom"] }\n'
    )
    assert not check([folder], select=["BSD9"]).incomplete


def test_a_probe_that_lacks_an_extra_says_so_and_what_it_saw_before_counts(poems):
    folder = poems(a="")
    (folder / "extra.probe").touch()
    outcome = check([Path()], select=["BSD9"])
    assert sorted(codes(outcome)) == ["BSD003", "BSD901"]
    assert "h5py is not installed: BSD9 could not be checked" in outcome.findings[0].message


def test_a_module_that_no_extra_has_is_a_crash(poems, monkeypatch):
    def fail(self, facts, settings):
        raise ModuleNotFoundError(name="nowhere")

    monkeypatch.setattr(NoBoom, "check", fail)
    assert check([poems(a="Roses")], select=["BSD9"]).crashed


def test_a_family_that_nobody_selected_is_not_looked_at(poems):
    assert not check([poems(a="Roses")], select=["BSD902"]).crashed
    assert check([poems(a="Roses")], select=["BSD801"]).crashed


def test_a_path_that_is_not_there_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        check([tmp_path / "nowhere"])


def test_settings_ignore_by_path_and_the_rest_is_checked(poems):
    folder = poems(a="roses", old_b="")
    (folder / "pyproject.toml").write_text(
        '[tool.brainscore-data]\nselect = ["BSD9"]\n'
        'per-path-ignores = { "old_*" = ["BSD9"], "a.poem" = ["poem-empty"] }\n'
    )
    assert codes(check([Path()])) == ["BSD902"]
    assert codes(check([folder / "a.poem", folder / "old_b.poem"])) == ["BSD902"]


def test_a_probe_learns_the_pull_request_and_the_jobs(poems, monkeypatch):
    seen = []
    monkeypatch.setattr(
        sys.modules["brainscore_data.check.poems.probe"],
        "probe",
        lambda run: iter(seen.append((run.settings.pull_request, run.settings.jobs)) or ()),
    )
    check([poems()], select=["BSD9"], pull_request=12, jobs=3)
    assert seen == [(12, 3)]


def test_a_rule_that_needs_nothing_else_is_alone():
    assert NoBoom().requires == frozenset()
