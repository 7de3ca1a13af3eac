"""What a script's imports reach, with and without installed packages of those names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brainscore_data.scripting import child
from brainscore_data.scripting.redirecting import BESIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

OURS = "brainscore_data.brainio"
CORE = "brainscore_core.supported_data_standards.brainio"
# What real packaging scripts import → what they get; stated here, so that none can go unnoticed.
UPLOADS = {
    "brainio.packaging": f"{OURS}.packaging",
    f"{CORE}.packaging": f"{OURS}.packaging",
    f"{CORE}.s3": f"{OURS}.s3",
    "brainscore_language.utils.s3": f"{OURS}.language",
}
DATA = {
    "brainio.assemblies": f"{OURS}.assemblies",
    "brainio.fetch": f"{OURS}.fetch",
    "brainio.s3": f"{OURS}.s3",
    "brainio.stimuli": f"{OURS}.stimuli",
    "brainio.upload_validator": f"{OURS}.upload_validator",
    f"{CORE}.assemblies": f"{OURS}.assemblies",
    f"{CORE}.fetch": f"{OURS}.fetch",
    f"{CORE}.s3": f"{OURS}.s3",
    f"{CORE}.stimuli": f"{OURS}.stimuli",
    f"{CORE}.upload_validator": f"{OURS}.upload_validator",
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the lines of a script in a process whose imports are redirected."""

    def run_lines(*lines: str, installed: Path | None = None) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "here" / "data_packaging.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text("\n".join(lines))
        return subprocess.run(
            [sys.executable, child.__file__, "run", str(script), ""],
            env={"PYTHONPATH": str(installed)} if installed else {},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_lines


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with packages of those names, each with a module that is not redirected."""
    site = tmp_path / "site"
    for name in UPLOADS:
        folder = site / Path(*name.split(".")[:-1])
        folder.mkdir(parents=True, exist_ok=True)
        for package in (folder, *folder.relative_to(site).parents):
            (site / package / "__init__.py").write_text("INSTALLED = True\n")
        (folder / "other.py").write_text("VALUE = 'still theirs'\n")
        (folder / f"{name.rpartition('.')[2]}.py").write_text("raise RuntimeError('theirs')\n")
    (site / "__init__.py").unlink()
    return site


@pytest.mark.parametrize(("name", "target"), UPLOADS.items())
def test_the_drop_in_is_reached_where_nothing_is_installed(
    name: str, target: str, run: Run
) -> None:
    parent, _, leaf = name.rpartition(".")
    done = run(
        "import sys, importlib",
        f"from {parent} import {leaf} as one",
        f"import {name}",
        f"import {target} as other",
        f"assert one is other is sys.modules[{name!r}] is {name}",
        f"assert one.__name__ == one.__spec__.name == {target!r}, one.__spec__",
        "assert importlib.reload(other) is other",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "target"), UPLOADS.items())
def test_the_drop_in_is_reached_below_a_package_that_is_installed(
    name: str, target: str, run: Run, installed: Path
) -> None:
    parent = name.rpartition(".")[0]
    done = run(
        f"import {name}, {parent}, {parent}.other, {target} as other",
        f"assert {name} is other",
        f"assert {parent}.INSTALLED and {parent}.other.VALUE == 'still theirs'",
        installed=installed,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "target"), DATA.items())
def test_what_scripts_import_beside_packaging_is_ours_where_nothing_is_installed(
    name: str, target: str, run: Run
) -> None:
    done = run(f"import {name}, {target} as other", f"assert {name} is other")
    assert done.returncode == 0, done.stderr


def test_the_imports_of_real_packaging_scripts_work_where_nothing_is_installed(run: Run) -> None:
    done = run(
        f"from {CORE}.stimuli import StimulusSet",
        f"from {CORE}.packaging import package_data_assembly, package_stimulus_set",
        f"from {CORE}.assemblies import DataAssembly, NeuroidAssembly, walk_coords",
        f"from {CORE}.fetch import fetch_file, unzip",
        f"from {CORE} import fetch, get_assembly, get_stimulus_set, BehavioralAssembly",
        "import brainio.assemblies",
        "assert brainio.assemblies.NeuroidAssembly is NeuroidAssembly",
        "assert StimulusSet({'stimulus_id': ['a']}).columns.tolist() == ['stimulus_id']",
        "one = NeuroidAssembly([[1.0]], dims=['presentation', 'neuroid'],",
        "                      coords={'stimulus_id': ('presentation', ['a'])})",
        "assert [name for name, _, _ in walk_coords(one)] == ['stimulus_id']",
        "assert get_assembly is fetch.get_assembly",
    )
    assert done.returncode == 0, done.stderr


def test_what_is_beside_packaging_stays_the_installed_packages(run: Run, installed: Path) -> None:
    below = installed / "brainscore_core" / "supported_data_standards" / "brainio"
    (below / "stimuli.py").write_text("StimulusSet = 'theirs'\n")
    done = run(
        "from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet",
        "assert StimulusSet == 'theirs'",
        "from brainscore_core.supported_data_standards import brainio",
        "assert not hasattr(brainio, 'get_assembly')",
        installed=installed,
    )
    assert done.returncode == 0, done.stderr


def test_another_module_below_a_made_up_package_is_missed_with_a_word_on_what_helps(
    run: Run,
) -> None:
    done = run(
        "import brainscore_core.supported_data_standards.brainio.packaging",
        "from brainscore_core.metrics import Score",
    )
    assert "ModuleNotFoundError" in done.stderr
    assert "brainscore_core is not installed for" in done.stderr
    assert "--python" in done.stderr


def test_a_script_can_still_try_another_module_in_vain(run: Run) -> None:
    done = run(
        "try:",
        "    from brainio.lookup import list_assemblies",
        "except ImportError:",
        "    print('without it')",
        "import brainio.packaging",
    )
    assert done.stdout == "without it\n", done.stderr


def test_nothing_is_made_up_that_was_not_asked_for(run: Run) -> None:
    done = run(
        "import importlib.util, sys",
        "print([name for name in sys.modules if name.startswith(('brainio', 'brainscore_l'))])",
        "print(importlib.util.find_spec('brainscore_vision'))",
    )
    assert done.stdout == "[]\nNone\n", done.stderr


def test_a_script_runs_as_python_would_run_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "beside.py").write_text("VALUE = 1\n")
    done = run(
        "import os, sys, beside",
        "assert __name__ == '__main__' and beside.VALUE == 1",
        "assert os.path.basename(__file__) == 'data_packaging.py' and sys.argv == [__file__]",
        "print(os.getcwd())",
    )
    assert done.stdout.strip() == str(tmp_path), done.stderr


def test_nothing_is_redirected_that_is_not_tested() -> None:
    assert {name: f"{OURS}.{leaf}" for name, leaf in child.UPLOADING.items()} == UPLOADS
    assert BESIDE == DATA


def test_an_interpreter_that_is_too_old_imports_nothing_that_uploads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 0))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    child.redirect()
    for name in UPLOADS:
        with pytest.raises(ImportError, match="cannot be recorded"):
            sys.meta_path[0].find_spec(name)
    assert sys.meta_path[0].find_spec("json") is None
