"""Where the rules about assemblies begin and end."""

from __future__ import annotations

import numpy as np
import pytest

from brainscore_data.check.assemblies.examples import TIME_BINS, array, recording
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects

FAMILY = next(family for family in FAMILIES if family.code == "BSD4")
RULES = FAMILY.rules()


def check(folder):
    settings = Settings()
    subjects = find_subjects([folder])
    with CheckRun(subjects, settings) as run:
        return run_rules(RULES, FAMILY.probe(run), settings)


def write(example, folder):
    for name, content in example.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content.make())
    return folder


@pytest.mark.parametrize("is_more", [False, True])
def test_a_share_of_nan_that_is_equal_to_the_limit_passes(is_more, tmp_path):
    def half(values):
        values[:, :, 1] = np.nan
        values[0, 0, 0] = np.nan if is_more else 1

    files = recording(time_bins=TIME_BINS, values=array("rates", (4, 2, 2), half))
    codes = {finding.code for finding in check(write(files, tmp_path)).findings}
    assert ("BSD446" in codes) == is_more
