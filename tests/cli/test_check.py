"""``brainscore-data check`` and ``rule``: what is printed, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from brainscore_data.cli import main

pytestmark = pytest.mark.usefixtures("sample_rules")


@pytest.fixture
def poem(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.brainscore-data]\nselect = ['BSD9']\n")
    file = tmp_path / "a.poem"
    file.write_text("Roses\n")
    return file


def test_all_is_well_is_zero(poem, capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "All checks passed.\n"


def test_an_error_is_one_and_reads_place_code_message_hint(poem, capsys):
    poem.write_text("")
    assert main(["check", "a.poem"]) == 1
    assert capsys.readouterr().out == (
        "a.poem: BSD901 [error] the poem is empty\n"
        "  hint: write it\n"
        "skipped: 1 rule on a.poem: BSD902 where BSD901 is broken\n"
        "Found 1 error.\n"
    )


def test_warnings_alone_are_zero(poem, capsys):
    poem.write_text("roses\n")
    assert main(["check"]) == 0
    assert "BSD902 [warning]" in capsys.readouterr().out


def test_a_crash_is_two_even_with_exit_zero(poem, capsys):
    poem.write_text("Boom\n")
    assert main(["check"]) == 2
    assert main(["check", "--exit-zero"]) == 2
    assert "BSD001 [error] BSD903 could not be checked" in capsys.readouterr().out


def test_exit_zero_shows_and_does_not_fail(poem, capsys):
    poem.write_text("")
    assert main(["check", "--exit-zero"]) == 0
    assert "BSD901" in capsys.readouterr().out


def test_a_missing_extra_is_two_and_the_line_that_installs_it(poem, capsys):
    poem.write_text("Import\n")
    for also in ([], ["--exit-zero"], ["--baseline", "known.json", "--write-baseline"]):
        assert main(["check", *also]) == 2
        assert "hint: pip install 'brainscore-data[all]'" in capsys.readouterr().out
    assert not poem.with_name("known.json").exists()
    assert main(["check", "--ignore", "boom"]) == 0


def test_rules_are_selected_and_ignored_with_commas_or_repeated(poem, capsys):
    poem.write_text("Bang\nroses")
    assert main(["check", "--select", "boom,BSD902", "--ignore", "boom"]) == 0
    assert main(["check", "--select", "BSD901", "--select", "BSD903"]) == 1
    assert main(["check", "--select", "bom"]) == 2
    assert "did you mean 'boom'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere"],
        ["--statistics", "--output-format", "json"],
        ["--write-baseline"],
        ["--baseline", "nowhere.json"],
        ["--output-format", "xml"],
        ["--jobs", "0"],
        ["--ignore", "BSD9"],
    ],
)
def test_wrong_usage_is_two_and_prints_no_result(poem, capsys, arguments):
    assert main(["check", *arguments]) == 2
    assert capsys.readouterr().out == ""


def test_wrong_settings_are_two(poem, capsys):
    poem.with_name("pyproject.toml").write_text("[tool.brainscore-data]\nselct = []\n")
    assert main(["check"]) == 2
    error = capsys.readouterr().err
    assert "pyproject.toml: [tool.brainscore-data] selct: unknown key" in error
    assert "did you mean 'select'?" in error


def test_every_format_is_what_it_says(poem, capsys):
    poem.write_text("")

    def written(name):
        assert main(["check", "--output-format", name]) == 1
        return capsys.readouterr().out

    assert json.loads(written("json"))["findings"][0]["code"] == "BSD901"
    sarif = json.loads(written("sarif"))["runs"][0]
    assert [rule["id"] for rule in sarif["tool"]["driver"]["rules"]] == [
        *("BSD001", "BSD002", "BSD003", "BSD901", "BSD902", "BSD903")
    ]
    assert written("github").startswith("::error title=BSD901 poem-empty,file=a.poem::")
    junit = ET.fromstring(written("junit"))  # noqa: S314 - our own
    assert junit.get("failures") == "1"


def test_statistics_count(poem, capsys):
    poem.write_text("roses\nred\n")
    assert main(["check", "--statistics"]) == 0
    assert capsys.readouterr().out == ("2  BSD902  warning  line-begins-small\nFound 2 warnings.\n")


def test_a_baseline_is_written_then_used_then_stale(poem, capsys):
    poem.write_text("")
    assert main(["check", "--baseline", "known.json", "--write-baseline"]) == 0
    assert capsys.readouterr().out == "known.json: 1 known finding\n"
    assert main(["check", "--baseline", "known.json"]) == 0
    assert "(1 in the baseline)" in capsys.readouterr().out
    poem.write_text("Roses\n")
    assert main(["check", "--baseline", "known.json"]) == 0
    assert "known.json: BSD002 [warning]" in capsys.readouterr().out


def test_no_baseline_is_written_after_a_crash(poem, capsys):
    poem.write_text("Boom\n")
    assert main(["check", "--baseline", "known.json", "--write-baseline"]) == 2
    assert not poem.with_name("known.json").exists()


@pytest.mark.parametrize("ignored", [True, False])
def test_fixing_comes_first_is_told_and_knows_what_is_ignored(poem, capsys, monkeypatch, ignored):
    if ignored:
        with poem.with_name("pyproject.toml").open("a") as settings:
            settings.write("per-path-ignores = { '*.poem' = ['poem-empty'] }\n")

    def fix(subjects, settings, linking_table, is_ignored):
        assert is_ignored("BSD901", next(iter(subjects.files))) is ignored
        poem.write_text("Roses\n")
        assert str(linking_table) == "people.json"
        return [
            SimpleNamespace(path=path, what="wrote it", left=("and more",))
            for path in subjects.files
        ]

    module = ModuleType("brainscore_data.check.fixing")
    module.fix = fix
    monkeypatch.setitem(sys.modules, module.__name__, module)
    poem.write_text("")
    assert main(["check", "a.poem", "--fix", "--linking-table", "people.json"]) == 0
    said = capsys.readouterr()
    assert said.out == "All checks passed.\n"
    assert said.err == "fixed a.poem: wrote it\n  note: and more\n"


def test_a_linking_table_without_fixing_is_wrong_usage(poem, capsys):
    assert main(["check", "--linking-table", "people.json"]) == 2
    assert "--linking-table is for --fix" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("terminal", "no_color", "coloured"), [(True, "", True), (True, "1", False), (False, "", False)]
)
def test_colours_are_for_terminals_that_want_them(
    poem, capsys, monkeypatch, terminal, no_color, coloured
):
    poem.write_text("")
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    main(["check"])
    assert ("\x1b[" in capsys.readouterr().out) is coloured


def test_a_rule_is_explained_by_code_and_by_name(capsys):
    assert main(["rule", "BSD902"]) == 0
    by_code = capsys.readouterr().out
    assert by_code == (
        "BSD902 line-begins-small [warning]\n"
        "A line of a poem begins with a small letter.\n\n"
        "Poets did so for long.\n\n"
        "Not all of them.\n\n"
        "Fails:\n  a.poem\n      roses\n  b.poem\n      (a poem)\n\n"
        "Passes:\n  a.poem\n      Roses\n  b.poem\n      (a poem)\n"
    )
    assert main(["rule", "line-begins-small"]) == 0
    assert capsys.readouterr().out == by_code


def test_all_rules_are_explained_as_data_too(capsys):
    assert main(["rule", "--all", "--output-format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 1
    rules = {rule["code"]: rule for rule in document["rules"]}
    assert list(rules) == ["BSD001", "BSD002", "BSD003", "BSD801", "BSD901", "BSD902", "BSD903"]
    assert rules["BSD902"]["fails"] == {"a.poem": "roses\n", "b.poem": "(a poem)"}
    assert rules["BSD902"]["requires"] == ["BSD901"]


def test_what_the_engine_itself_says_is_explained(capsys):
    assert main(["rule", "stale-baseline"]) == 0
    assert capsys.readouterr().out.startswith("BSD002 stale-baseline [warning]")


@pytest.mark.parametrize("arguments", [[], ["BSD901", "--all"], ["BSD999"], ["bom"]])
def test_naming_no_rule_or_an_unknown_one_is_two(capsys, arguments):
    assert main(["rule", *arguments]) == 2
    assert capsys.readouterr().out == ""


def test_a_non_utf8_name_can_be_printed_anywhere(poem, capsys):
    name = os.fsdecode(b"caf\xe9.poem")
    poem.with_name(name).write_text("")
    for name in ("text", "json", "github", "sarif", "junit"):
        assert main(["check", "--output-format", name]) == 1
        capsys.readouterr().out.encode("utf-8")


def test_the_help_says_what_the_exit_codes_mean():
    done = subprocess.run(
        [sys.executable, "-m", "brainscore_data", "check", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "warnings only" in " ".join(done.stdout.split())
