from __future__ import annotations

import os
import subprocess

from brainscore_data.check.git import open_repository


def test_it_knows_what_is_tracked_ignored_and_in_lfs(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    odd = os.fsdecode(b"\xff\n.csv")
    for name in ("a.csv", "b.csv", "c d.csv", odd):
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("b.csv\n")
    (tmp_path / ".gitattributes").write_text("c*.csv filter=lfs\n")
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    git = open_repository(tmp_path)
    assert git.tracked == {".gitattributes", ".gitignore", "a.csv", "c d.csv", odd}
    assert git.ignored(["b.csv", "new.csv", odd]) == {"b.csv"}
    assert git.ignored([]) == frozenset()
    assert git.in_lfs(["a.csv", "c d.csv", odd]) == {"c d.csv"}
