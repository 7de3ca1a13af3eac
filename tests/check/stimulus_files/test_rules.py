from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.finding import Severity
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects

if TYPE_CHECKING:
    from brainscore_data.check.engine.outcome import Outcome

FAMILY = next(family for family in FAMILIES if family.code == "BSD3")
RULES = FAMILY.rules()


def outcome(folder: Path, settings: Settings | None = None) -> Outcome:
    settings = settings or Settings()
    with CheckRun(find_subjects([folder]), settings) as run:
        return run_rules(RULES, FAMILY.probe(run), settings)


def test_codes_and_names_are_each_rule_s_own() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.code.startswith("BSD3") and rule.title and rule.why for rule in RULES)


def test_brain_score_s_ten_images_and_its_video_pass(shared_data: Path) -> None:
    assert not outcome(shared_data / "natural-images").findings
    assert not outcome(shared_data / "videos").findings


def test_of_brain_score_s_other_images_only_the_palette_is_an_error(shared_data: Path) -> None:
    found = outcome(shared_data / "images").findings
    assert [(finding.code, Path(finding.place.file).name) for finding in found] == [
        ("BSD311", "palletized.png")
    ]
    assert found[0].severity is Severity.ERROR
