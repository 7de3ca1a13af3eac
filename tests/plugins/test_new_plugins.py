"""What a new plugin is given: tests that pass on what was published, and fail on anything else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from brainscore_library import LIBRARY

import brainscore_data
from brainscore_data.packaging.bundling import package
from brainscore_data.plugins.registering import plan_registering
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.urls import open_store

PLUGIN = "brainscore_vision/data/doe2026"
MANIFEST = """
schema = 1
[dataset]
license = "CC-BY-4.0"
plugin = "brainscore_vision/data/doe2026"
[[stimulus_set]]
identifier = "Doe2026"
visibility = "private"
metadata = "stimuli.csv"
files = "stimuli"
"""


@pytest.fixture(scope="module")
def registered(tmp_path_factory, repository_root):
    """A repository with a plugin that `register` made from what was published into a folder."""
    root = tmp_path_factory.mktemp("vision")
    gratings = repository_root / "examples" / "gratings"
    shutil.copytree(gratings / "stimuli", root / "dataset" / "stimuli")
    shutil.copy(gratings / "stimuli.csv", root / "dataset")
    (root / "dataset" / "dataset.toml").write_text(MANIFEST)
    package(root / "dataset", root / "bundle", ignore=["BSD6"])
    store = open_store((root / "store").as_uri())
    run = Run("majaj", "2026-01-01T00:00:00+00:00")
    receipts = publish_bundle(root / "bundle", store, run=run).receipts
    brainio = root / "brainscore_core" / "supported_data_standards" / "brainio"
    brainio.mkdir(parents=True)
    (brainio / "stimuli.py").write_text(
        "from brainscore_data.brainio.plain_stimuli import StimulusSet, StimulusSetLoader\n"
    )
    (root / PLUGIN).mkdir(parents=True)
    (root / "brainscore_vision" / "__init__.py").write_text(LIBRARY)
    plan_registering(receipts, root / PLUGIN, is_earlier=lambda *_: False).write()
    return root


def run_tests(root, cache):
    """Run the plugin's tests as its repository's CI does."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", f"{PLUGIN}/test.py"]
    source = Path(brainscore_data.__file__).parents[1]
    done = subprocess.run(
        command,
        cwd=root,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(root), str(source)]),
            "BRAINSCORE_DATA_CACHE": str(cache),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_its_tests_pass_on_what_was_published(registered, tmp_path):
    said = run_tests(registered, tmp_path)
    assert "3 passed" in said, said


def test_its_tests_fail_when_a_size_is_another(registered, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(registered, copy)
    test = copy / PLUGIN / "test.py"
    test.write_text(re.sub(r", (\d+)\),\n", r", 1\1),\n", test.read_text(), count=1))
    said = run_tests(copy, tmp_path / "cache")
    assert "1 failed, 2 passed" in said, said


def test_what_is_private_is_marked_as_the_vision_repository_marks_it(registered):
    test = (registered / PLUGIN / "test.py").read_text()
    assert 'pytest.param("Doe2026", marks=[pytest.mark.private_access]),' in test
