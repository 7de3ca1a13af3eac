"""A rule on facts that exist is a class in its family's folder, its page, and nothing else."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from brainscore_data.check.engine import families
from brainscore_data.check.engine.checking import check
from brainscore_data.check.engine.documentation import pages
from brainscore_data.check.reporters.output_formats import written
from brainscore_data.check.reporters.plain_text import plain
from brainscore_data.cli import main

FOLDER = "brainscore_data.check.identifiers.rules"
SOURCE = '''\
"""A rule that somebody adds."""

from collections.abc import Iterator

from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.identifiers.examples import manifest
from brainscore_data.check.identifiers.probe import ManifestIdentifier


class Shouting(Rule[ManifestIdentifier]):
    """An identifier shouts.

    Capitals throughout are hard to read.
    """

    code = "BSD199"
    name = "identifier-shouts"
    severity = Severity.WARNING
    requires = frozenset({"BSD101"})
    fails = manifest("KAR2019")
    passes = manifest("Kar2019")

    def check(self, facts: ManifestIdentifier) -> Iterator[Violation]:
        if facts.identifier.isupper():
            yield Violation(facts.place, "the identifier shouts", "write small letters")
'''


@pytest.fixture
def pages_before(tmp_path, monkeypatch):
    """Put a module into the folder of the rules; give the pages without it."""
    before = pages()
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "shouting.py").write_text(SOURCE)
    package = importlib.import_module(FOLDER)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    families._rules_in.cache_clear()
    yield before
    sys.modules.pop(f"{FOLDER}.shouting", None)
    vars(package).pop("shouting", None)
    families._rules_in.cache_clear()


@pytest.fixture
def outcome(pages_before, tmp_path, monkeypatch):
    """Check the example of the new rule."""
    [rule] = [rule for rule in families.all_rules() if rule.code == "BSD199"]
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "data")
    for name, content in rule.fails.files.items():
        Path(name).write_text(content)
    return check([Path()], select=["identifier-shouts"])


def test_its_module_is_all_that_a_check_needs(outcome):
    [finding] = outcome.findings
    assert str(finding.place).startswith("dataset.toml:7")
    assert (finding.code, finding.message) == ("BSD199", "the identifier shouts")
    assert not outcome.errors


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit"])
def test_every_form_has_it(outcome, form):
    assert "BSD199" in written(outcome, form, plain)


@pytest.mark.usefixtures("pages_before")
def test_it_is_explained(capsys):
    assert main(["rule", "identifier-shouts", "--output-format", "json"]) == 0
    [rule] = json.loads(capsys.readouterr().out)["rules"]
    assert (rule["title"], rule["why"]) == (
        "An identifier shouts.",
        "Capitals throughout are hard to read.",
    )


def test_its_page_and_the_list_are_what_changes_in_the_documentation(pages_before):
    now = pages()
    changed = {name for name, text in now.items() if pages_before.get(name) != text}
    assert changed == {"BSD199-identifier-shouts.md", "README.md"}
    assert pages_before.keys() - now.keys() == set()
