"""Known findings: not shown, whatever their lines, and missed when they are gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.check.engine.baseline import read_baseline, write_baseline
from brainscore_data.check.engine.checking import check

pytestmark = pytest.mark.usefixtures("sample_rules")
POEMS = ["BSD9"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.poem").write_text("roses\nViolets\nroses\n")
    (tmp_path / "b.poem").write_text("")
    return tmp_path


@pytest.fixture
def baseline(folder):
    file = folder / "baseline.json"
    assert write_baseline(check([folder], select=POEMS), file, [folder]) == 3
    return file


def said(outcome):
    return [(each.code, each.place.file, each.place.line) for each in outcome.findings]


def test_known_findings_are_counted_and_not_shown(folder, baseline):
    outcome = check([folder], select=POEMS, baseline=baseline)
    assert outcome.findings == ()
    assert outcome.grandfathered == 3


def test_a_known_finding_may_move(folder, baseline):
    (folder / "a.poem").write_text("Sugar\nroses\n\nroses\n")
    assert check([folder], select=POEMS, baseline=baseline).findings == ()


def test_one_more_of_the_same_is_shown(folder, baseline):
    (folder / "a.poem").write_text("roses\nroses\nroses\n")
    assert said(check([Path("a.poem")], select=POEMS, baseline=baseline)) == [
        ("BSD902", "a.poem", 3)
    ]


def test_it_holds_from_another_folder(folder, baseline, monkeypatch):
    (folder / "inside").mkdir()
    monkeypatch.chdir(folder / "inside")
    assert check([Path("..")], select=POEMS, baseline=baseline).grandfathered == 3


def test_an_entry_that_is_mended_is_a_warning(folder, baseline):
    (folder / "a.poem").write_text("roses\nRoses\n")
    (folder / "b.poem").unlink()
    outcome = check([folder], select=POEMS, baseline=baseline)
    assert [each.code for each in outcome.findings] == ["BSD002", "BSD002"]
    assert outcome.errors == ()
    assert "a.poem has BSD902 no more" in outcome.findings[0].message
    assert "b.poem has BSD901 no more" in outcome.findings[1].message


def test_what_was_not_looked_at_is_not_stale(folder, baseline):
    (folder / "a.poem").write_text("Roses\n")
    assert check([Path("b.poem")], select=POEMS, baseline=baseline).findings == ()
    assert check([Path()], select=["BSD901"], baseline=baseline).findings == ()


def test_what_was_skipped_is_not_stale(folder, baseline):
    (folder / "a.poem").write_text("")
    outcome = check([folder / "a.poem"], select=POEMS, baseline=baseline)
    assert [each.code for each in outcome.findings] == ["BSD901"]


def test_after_a_crash_nothing_is_stale(folder, baseline):
    (folder / "a.poem").write_text("Boom\n")
    outcome = check([folder], select=POEMS, baseline=baseline)
    assert [each.code for each in outcome.findings] == ["BSD001"]


def test_a_crash_is_never_known(folder, tmp_path):
    (folder / "a.poem").write_text("Boom\n")
    file = tmp_path / "other.json"
    write_baseline(check([folder], select=POEMS), file, [folder])
    assert check([folder], select=POEMS, baseline=file).crashed


def test_a_crash_that_somebody_wrote_into_a_baseline_is_shown(folder, baseline):
    (folder / "a.poem").write_text("Boom\n")
    crash = check([folder], select=POEMS).findings[0]
    document = json.loads(baseline.read_text())
    entry = {"file": "a.poem", "code": crash.code, "message": crash.message, "count": 1}
    baseline.write_text(json.dumps({**document, "findings": [entry]}))
    assert check([folder], select=POEMS, baseline=baseline).crashed


def test_a_finding_around_the_paths_that_is_known_already_counts_once(folder, baseline):
    outcome = check([folder], select=POEMS)
    assert write_baseline(outcome, baseline, [folder / "a.poem"]) == 3


def test_writing_again_keeps_what_was_not_looked_at(folder, baseline):
    (folder / "a.poem").write_text("Roses\n")
    assert write_baseline(check([Path("a.poem")], select=POEMS), baseline, [Path("a.poem")]) == 1
    assert [known.file for known in read_baseline(baseline).counts] == ["b.poem"]


def test_the_file_has_a_schema_counts_and_no_lines(baseline):
    document = json.loads(baseline.read_text())
    assert document["schema"] == 1
    assert document["findings"][0] == {
        "file": "a.poem",
        "code": "BSD902",
        "message": "'roses' begins small",
        "count": 2,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": 2, "findings": []}',
        '{"schema": 1, "findings": [{}]}',
        '{"schema": 1, "findings": [{"file": 1, "code": "a", "message": "b", "count": 1}]}',
        '{"schema": 1, "findings": 3}',
    ],
)
def test_another_file_is_wrong_usage_and_stays_as_it_is(folder, text):
    file = folder / "notes.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="baseline"):
        check([folder], select=POEMS, baseline=file)
    with pytest.raises(UsageError, match="baseline"):
        write_baseline(check([folder], select=POEMS), file, [folder])
    assert file.read_text() == text


def test_a_baseline_that_is_not_there_is_wrong_usage(folder):
    with pytest.raises(UsageError, match="--write-baseline"):
        check([folder], select=POEMS, baseline=folder / "nowhere.json")
