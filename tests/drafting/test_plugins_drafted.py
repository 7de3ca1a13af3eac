from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from brainscore_library import LIBRARY
from drafted import dataset, write_netcdf, write_stimuli

from brainscore_data.drafting.drafts import draft_dataset
from brainscore_data.drafting.writing_down import write_draft

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A data plugin's folder in a library with Brain-Score's two registries."""
    library = tmp_path / "brainscore_vision"
    folder = library / "data" / "author2026"
    write_stimuli(folder / "stimuli", "n0.png")
    write_netcdf(folder / "assembly.nc", presentation=1, neuroid=2)
    (library / "__init__.py").write_text(LIBRARY)
    (library / "data" / "__init__.py").write_text("")
    return folder


def run_plugin_tests(plugin: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-ra", plugin / "test.py"]
    finished = subprocess.run(
        command, cwd=plugin.parents[2], capture_output=True, text=True, check=False
    )
    return finished.stdout


def test_a_plugin_folder_gets_an_init_and_tests_that_wait_for_the_registration(plugin: Path):
    paths = write_draft(draft_dataset(plugin))
    assert {path.name for path in paths} == {
        "stimuli.csv",
        "dataset.toml",
        "__init__.py",
        "test.py",
    }
    assert "BIBTEX" in (plugin / "__init__.py").read_text()
    assert "2 skipped" in run_plugin_tests(plugin)
    with (plugin / "__init__.py").open("a") as stream:
        stream.write(
            "from brainscore_vision import data_registry, stimulus_set_registry\n"
            "import types\n"
            "named = {'identifier': 'Author2026'}\n"
            "data_registry['Author2026'] = lambda: types.SimpleNamespace(size=2, attrs=named)\n"
            "stimulus_set_registry['Author2026'] = lambda: _Set()\n"
            "class _Set(dict):\n"
            "    identifier, stimulus_paths = 'Author2026', {'n0': __file__}\n"
            "    def __init__(self): super().__init__(stimulus_id=['n0'])\n"
        )
    assert "2 passed" in run_plugin_tests(plugin)


def test_a_plugins_manifest_says_where_registrations_go(plugin: Path):
    assert dataset(plugin).dataset.plugin == "brainscore_vision/data/author2026"


def test_what_init_writes_is_no_registration_to_plugin_discovery(plugin: Path):
    text = draft_dataset(plugin).files["__init__.py"]
    assert "_registry[" not in text


def test_a_plugins_own_files_are_left_alone(plugin: Path):
    (plugin / "__init__.py").write_text("# mine")
    write_draft(draft_dataset(plugin))
    assert (plugin / "__init__.py").read_text() == "# mine"
    assert (plugin / "test.py").exists()


def test_the_language_library_has_no_stimulus_sets_to_test(plugin: Path):
    plugin.parents[1].rename(plugin.parents[2] / "brainscore_language")
    folder = plugin.parents[2] / "brainscore_language" / "data" / "author2026"
    text = draft_dataset(folder).files["test.py"]
    assert "stimulus_set" not in text
    assert "load_dataset" in text


def test_a_folder_elsewhere_is_no_plugin(stimuli: Path):
    assert set(draft_dataset(stimuli).files) == {"dataset.toml"}
