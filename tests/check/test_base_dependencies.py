from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("xarray", "pandas", "numpy", "boto3", "PIL", "pydantic", "pyarrow")
SCRIPT = """
import sys
from pathlib import Path
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects

subjects = find_subjects([Path(sys.argv[1])])
# Only what is wrong inside of manifests is seen with pydantic.
without = Settings(ignore=("BSD601",))
for family in FAMILIES:
    if family.code in {"BSD1", "BSD5"}:
        outcome = run_rules(family.rules(), family.probe(CheckRun(subjects, Settings())), Settings())
        print(family.code, len(outcome.findings))
    if family.code == "BSD6":
        outcome = run_rules(family.rules()[1:], family.probe(CheckRun(subjects, without)), without)
        print(family.code, *sorted({each.code for each in outcome.findings}))
print([name for name in sys.argv[2:] if name in sys.modules])
"""


def test_names_registrations_and_repositories_are_checked_with_base_dependencies_only(tmp_path):
    (tmp_path / "dataset.toml").write_text('[[assembly]]\nidentifier = "hvm"\n')
    (tmp_path / "__init__.py").write_text("data_registry[KEY] = load\n")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "dataset.toml").write_text("[")
    (tmp_path / "receipts.json").write_text("{}")
    (tmp_path / "a.csv").write_text("version https://git-lfs.github.com/spec/v1\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), *HEAVY]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["BSD1 2", "BSD5 5", "BSD6 BSD605 BSD606", "[]"]


def test_a_folder_without_a_manifest_is_checked_by_all_rules_with_nothing_heavy(tmp_path):
    (tmp_path / "trials.csv").write_text("rt\n1\n")
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from brainscore_data.check.engine.checking import check\n"
        "print(len(check([Path(sys.argv[1])]).findings))\n"
        "print([name for name in sys.argv[2:] if name in sys.modules])\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path), *HEAVY]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["0", "[]"]


REGISTRATION = """\
stimulus_set_registry["Author{number}"] = lambda: load_stimulus_set_from_s3(
    identifier="Author{number}", bucket="brainscore-storage/a", csv_sha1="{number:040x}",
    zip_sha1="{number:039x}a", csv_version_id="c{number}", zip_version_id="z{number}")
"""
IMPORTS = "from brainscore_vision import load_stimulus_set_from_s3, stimulus_set_registry\n"
HOOK = """
import sys
from brainscore_data.cli import main

code = main(["check", "--select", sys.argv[1], "--", "__init__.py", "trials.csv"])
print(code, sorted(name for name in sys.argv[2:] if name in sys.modules))
"""
# What only a baseline, an error or a download needs takes longer to import than 300 names to check.
SLOW = (
    "brainscore_data.check.engine.baseline",
    "difflib",
    "hashlib",
    "tempfile",
    "json",
    "importlib.metadata",
)


@pytest.mark.parametrize(
    ("selected", "left_alone"),
    [("BSD1", (*HEAVY, *SLOW)), ("BSD5", HEAVY), ("BSD7", ("xarray", "pandas", "boto3", "PIL"))],
)
def test_a_light_hook_imports_nothing_that_takes_long(tmp_path, selected, left_alone):
    registrations = IMPORTS + "".join(
        REGISTRATION.format(number=number) for number in range(2000, 2300)
    )
    (tmp_path / "__init__.py").write_text(registrations)
    (tmp_path / "trials.csv").write_text("participant,rt\n1,431\n")
    command = [sys.executable, "-c", HOOK, selected, *left_alone]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout


def test_where_pydantic_is_missing_the_rule_that_needs_it_says_so(tmp_path):
    (tmp_path / "dataset.toml").write_text("schema = 1\n")
    code = (
        "import sys\nsys.modules['pydantic'] = None\n"
        "from brainscore_data.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "check", "--select", "BSD6", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pydantic" in done.stdout + done.stderr
    done = subprocess.run([*command, "--ignore", "BSD601"], capture_output=True, check=False)
    assert done.returncode == 0


UNCHANGED = """
import sys
from pathlib import Path
from brainscore_data.check.engine.checking import check
from brainscore_data.media import cache

cache._SETTLED = -(10**18)  # what was written a moment ago is kept, too
outcome = check([Path(sys.argv[1])], select=["BSD3"])
print(sorted(outcome.ran), [name for name in sys.argv[2:] if name in sys.modules])
"""


def test_stimuli_that_are_known_need_no_models_no_decoders_and_no_processes(tmp_path, monkeypatch):
    images = pytest.importorskip("PIL.Image")
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    dataset = tmp_path / "dataset"
    (dataset / "stimuli").mkdir(parents=True)
    images.new("RGB", (4, 4)).save(dataset / "stimuli" / "a.png")
    (dataset / "stimuli.csv").write_text("stimulus_id,filename\na,a.png\n")
    (dataset / "dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "MIT"\n[[stimulus_set]]\nidentifier = "Doe2024"\nvisibility = "public"\n'
        'metadata = "stimuli.csv"\nfiles = "stimuli"\n'
    )
    slow = (*HEAVY, "av", "subprocess", "concurrent.futures", "importlib.metadata", "statistics")
    command = [sys.executable, "-c", UNCHANGED, str(dataset), *slow]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in "12"
    )
    assert "'subprocess'" in first
    ran, _, imported = second.strip().partition("] ")
    assert first.startswith(ran)
    assert imported == "[]"
