"""What the checks say of the registrations that Brain-Score has today (docs/checks.md)."""

from __future__ import annotations

import subprocess
from collections import Counter

from brainscore_data.check.engine.checking import check
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.finding import Severity
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects

NAMES = [family for family in FAMILIES if family.code in {"BSD1", "BSD5"}]


def findings_in(repository, settings=Settings()):  # noqa: B008 - frozen
    subjects = find_subjects([repository])
    return [
        finding
        for family in NAMES
        for finding in run_rules(
            family.rules(), family.probe(CheckRun(subjects, settings)), settings
        ).findings
    ]


def test_no_name_that_brain_score_uses_today_is_an_error(live_rows, live_plugins):
    assert len(live_rows) == 198
    assert [each for each in findings_in(live_plugins) if each.severity is Severity.ERROR] == []


def test_the_repository_of_live_registrations_has_nothing_of_its_own(live_plugins):
    subprocess.run(["git", "init", "-q", str(live_plugins)], check=True)
    assert check([live_plugins], select=["BSD6"]).findings == ()


def test_so_many_live_registrations_get_which_warning(live_plugins, repository_root):
    counted = Counter(each.code for each in findings_in(live_plugins))
    assert counted == {"BSD102": 16, "BSD505": 172, "BSD506": 23}
    section = (repository_root / "docs" / "checks.md").read_text(encoding="utf-8")
    for code, number in counted.items():
        assert f"| {code} |" in section
        line = next(line for line in section.splitlines() if line.startswith(f"| {code} |"))
        assert line.split("|")[3].strip() == str(number)


def test_every_live_identifier_can_be_registered_again_from_a_manifest(
    live_rows, live_plugins, tmp_path
):
    for kind in ("stimulus_set", "assembly"):
        names = sorted({row["identifier"] for row in live_rows if row["kind"] == kind})
        path = live_plugins / kind / "dataset.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f'[[{kind}]]\nidentifier = "{name}"\n' for name in names))
        said = [each for each in findings_in(path) if each.severity is Severity.ERROR]
        path.unlink()
        assert said == []


def test_registrations_in_a_loop_are_reported_and_stop_nothing(live_plugins, tmp_path):
    for path in live_plugins.rglob("__init__.py"):
        target = tmp_path / path.relative_to(live_plugins)
        target.parent.mkdir(parents=True)
        loop = "for name in NAMES:\n    data_registry[name] = load(name)\n"
        target.write_text(path.read_text(encoding="utf-8") + loop, encoding="utf-8")
    said = Counter(each.code for each in findings_in(tmp_path))
    assert said["BSD502"] == len(list(live_plugins.rglob("__init__.py")))
    assert said["BSD505"] == 172
