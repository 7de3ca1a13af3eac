from __future__ import annotations

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.check.engine.selection import choose, codes_of, ignored_at

pytestmark = pytest.mark.usefixtures("sample_rules")


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ("BSD902", {"BSD902"}),
        ("line-begins-small", {"BSD902"}),
        ("BSD9", {"BSD901", "BSD902", "BSD903"}),
    ],
)
def test_rules_are_named_by_code_by_name_and_by_family(wanted, codes):
    assert codes_of(wanted, where="--select") == codes


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("BSD909", "BSD90"), ("line-begin-small", "line-begins-small"), ("BSD7", "BSD"), ("", None)],
)
def test_an_unknown_one_is_wrong_usage_with_the_nearest(wanted, near):
    with pytest.raises(UsageError) as caught:
        codes_of(wanted, where="--ignore")
    assert caught.value.where == "--ignore"
    assert f"there is no rule {wanted!r}" in caught.value.message
    assert near is None or f"did you mean '{near}" in caught.value.message


@pytest.mark.parametrize("wanted", ["BSD999", "BSD979", "bsd777", "BSD90", "BSD9011"])
def test_no_code_is_suggested_that_only_begins_alike(wanted):
    with pytest.raises(UsageError) as caught:
        codes_of(wanted, where="--ignore")
    assert "did you mean" not in caught.value.message


def test_without_a_selection_it_is_all():
    assert choose([]).codes == {"BSD801", "BSD901", "BSD902", "BSD903"}


def test_what_is_selected_and_ignored_is_ignored():
    selection = choose(["BSD9"]).without(frozenset({"BSD901", "BSD801"}))
    assert selection.codes == {"BSD902", "BSD903"}
    assert selection.ignored == {"BSD901", "BSD801"}


def test_ignoring_everything_is_wrong_usage():
    for ignored in ("BSD901", "BSD9"):
        with pytest.raises(UsageError, match="no rule is left"):
            choose(["BSD901"]).without(codes_of(ignored, where="--ignore"))


def test_a_rule_brings_what_it_builds_on(sample_rules):
    rules = choose(["BSD902"]).rules(sample_rules[1])
    assert [rule.code for rule in rules] == ["BSD901", "BSD902"]


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("data/a/*.csv", "data/a/stimuli.csv", True),
        ("data/a", "data/a/deep/stimuli.csv", True),
        ("data/a/**", "data/a/deep/stimuli.csv", True),
        ("**/stimuli.csv", "stimuli.csv", True),
        ("**/stimuli.csv", "data/a/stimuli.csv", True),
        ("stimuli.csv", "data/a/stimuli.csv", True),
        ("old_*", "data/old_1/stimuli.csv", True),
        ("data/a", "data/ab/stimuli.csv", False),
        ("*.csv", "stimuli.csv.txt", False),
        ("DATA/*", "data/stimuli.csv", False),
    ],
)
def test_globs_start_at_the_settings(tmp_path, glob, path, expected):
    globs, file = {glob: frozenset({"BSD901"})}, str(tmp_path / path)
    assert ignored_at("BSD901", file, globs, tmp_path) is expected
    assert not ignored_at("BSD902", file, globs, tmp_path)


def test_paths_may_be_relative(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "data")
    assert ignored_at("BSD901", "a.csv", {"data/a.csv": frozenset({"BSD901"})}, tmp_path)
