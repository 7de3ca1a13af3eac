"""A link in a circle is a finding about a file, never a fault of the program."""

from __future__ import annotations

import pytest
from git_repositories import new_repository

from brainscore_data.check.engine.checking import check
from brainscore_data.check.engine.own_rules import RuleCrashed

MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"
[[stimulus_set]]
identifier = "Doe2024"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
[[assembly]]
identifier = "Doe2024.IT"
visibility = "public"
class = "NeuroidAssembly"
data = "a.nc"
"""


@pytest.mark.parametrize(
    "names",
    [
        ("dataset.toml",),
        ("stimuli", "a.nc", "stimuli.csv"),
        ("stimuli/s1.png", "plugin/__init__.py", "receipts.json"),
        ("b.csv", "c.nc", "d.png", "e.zip", "f.parquet", "g.npy", "folder"),
    ],
)
def test_a_link_to_itself_is_a_finding_at_most(tmp_path, monkeypatch, names):
    monkeypatch.chdir(tmp_path)
    new_repository(tmp_path)
    (tmp_path / "dataset.toml").write_text(MANIFEST)
    for name in names:
        path = tmp_path / name
        path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(path.name)
    found = check([tmp_path])
    assert RuleCrashed.code not in {each.code for each in found.findings}
    assert {each.place.file for each in found.findings} >= {
        str(tmp_path / name) for name in names[:1]
    }
