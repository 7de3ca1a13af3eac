"""What holds for every rule: a code, a name, a reason, and examples that fail and pass."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import get_type_hints

import pytest
from git_repositories import new_repository

from brainscore_data.check.engine.checking import check
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.finding import Severity
from brainscore_data.check.engine.rule import Symlink

HEAVY = {"xarray", "pandas", "numpy", "boto3", "PIL", "pydantic", "pyarrow", "h5py", "av"}
HERE = [
    family
    for family in FAMILIES
    if importlib.util.find_spec(f"brainscore_data.check.{family.module}.rules")
]
RULES = [(family, rule) for family in HERE for rule in family.rules()]
#: What else of its family is wrong in the example of a rule.
ALSO_FAILS = {"BSD414": {"BSD427"}}
#: Rules that look at faults: where all is well, they have nothing to look at.
LOOK_AT_FAULTS = {
    *("BSD110", "BSD401", "BSD402", "BSD403", "BSD501", "BSD518"),
    *("BSD602", "BSD603", "BSD606", "BSD607", "BSD611"),
}
each_rule = pytest.mark.parametrize(
    ("family", "rule"), [pytest.param(*both, id=both[1].code) for both in RULES]
)


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """Check a small repository that holds an example, with all rules."""

    def run(example):
        for name, content in example.files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Symlink):
                path.symlink_to(content.make().decode())
                continue
            path.write_bytes(content.encode() if isinstance(content, str) else content.make())
        return check([Path()], **where)

    new_repository(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))
    where = {"select": [family.code for family in HERE]}
    return run


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.code)
def test_every_family_has_rules_and_a_probe(family):
    if family not in HERE:
        pytest.skip(f"the rules of {family.code} are not here yet")
    assert family.rules()
    assert importlib.util.find_spec(f"brainscore_data.check.{family.module}.probe")


def test_codes_and_names_are_unique():
    for attribute in ("code", "name", "title"):
        counts = Counter(getattr(rule, attribute) for _, rule in RULES)
        assert [value for value, count in counts.items() if count > 1] == []


def test_what_is_said_of_rules_needs_no_extra():
    code = (
        "import sys\nfrom brainscore_data.check.engine import families\n"
        "families.all_rules()\n"
        f"print({HEAVY} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@each_rule
def test_code_and_name_are_well_formed(family, rule):
    assert re.fullmatch(re.escape(family.code) + r"(?!00)\d{2}", rule.code)
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", rule.name)
    assert isinstance(rule.severity, Severity)


@each_rule
def test_title_and_reason_are_written(family, rule):
    assert type(rule).__doc__ is not None
    assert type(rule).__doc__ != type(rule).__mro__[1].__doc__
    assert 10 <= len(rule.title) <= 120
    assert rule.title.endswith(".")
    assert len(rule.why.split()) >= 5


@each_rule
def test_it_checks_the_facts_that_it_names(family, rule):
    assert get_type_hints(type(rule).check)["facts"] is rule.looks_at


@each_rule
def test_it_builds_on_rules_of_the_same_facts_with_lower_codes(family, rule):
    others = {other.code: other for other in family.rules()}
    for code in rule.requires:
        assert code < rule.code
        assert issubclass(others[code].looks_at, rule.looks_at) or issubclass(
            rule.looks_at, others[code].looks_at
        )


@each_rule
def test_its_example_fails(family, rule, checked):
    outcome = checked(rule.fails)
    found = [finding for finding in outcome.findings if finding.code == rule.code]
    assert found, f"only found: {outcome.findings}"
    assert not outcome.crashed
    for finding in found:
        assert finding.place.file
        assert not Path(finding.place.file).is_absolute()  # as what was given: the folder itself
        assert finding.message
        assert "\n" not in finding.message
        assert finding.hint
    own = {finding.code for finding in outcome.findings if finding.code.startswith(family.code)}
    assert own == {rule.code, *ALSO_FAILS.get(rule.code, ())}


@each_rule
def test_its_mended_example_passes(family, rule, checked):
    outcome = checked(rule.passes)
    # Examples are short: a table stands for itself, and its images may be somewhere else.
    own = [finding for finding in outcome.findings if finding.code.startswith(family.code)]
    assert own == []
    assert (rule.code in outcome.ran) == (rule.code not in LOOK_AT_FAULTS)
    assert rule.code not in {skipped.code for skipped in outcome.skipped}
    assert any(code.startswith(family.code) for code in outcome.ran)
    assert not outcome.crashed
