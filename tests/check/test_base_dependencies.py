from __future__ import annotations

import subprocess
import sys

HEAVY = ("xarray", "pandas", "numpy", "boto3", "PIL", "pydantic", "pyarrow")
SCRIPT = """
import sys
from pathlib import Path
from brainscore_data.check.families import FAMILIES
from brainscore_data.check.running import run_rules
from brainscore_data.check.settings import Settings
from brainscore_data.check.subjects import find_subjects

subjects = find_subjects([Path(sys.argv[1])])
for family in FAMILIES:
    if family.code in {"BSD1", "BSD5"}:
        outcome = run_rules(family.rules(), family.probe(subjects, Settings()), Settings())
        print(family.code, len(outcome.findings))
print([name for name in sys.argv[2:] if name in sys.modules])
"""


def test_names_and_registrations_are_checked_with_base_dependencies_only(tmp_path):
    (tmp_path / "dataset.toml").write_text('[[assembly]]\nidentifier = "hvm"\n')
    (tmp_path / "__init__.py").write_text("data_registry[KEY] = load\n")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "dataset.toml").write_text("[")
    (tmp_path / "receipts.json").write_text("{}")
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), *HEAVY]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["BSD1 2", "BSD5 2", "[]"]
