from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brainscore_data.dataset.named_files import manifest_above, named_files

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_fetched_from_elsewhere_is_not_named(tmp_path: Path):
    manifest = tmp_path / "dataset.toml"
    manifest.write_text(
        '[[stimulus_set]]\nmetadata = "a.csv"\nfiles = "a.zip"\n'
        '[[assembly]]\ncoords = { neuroid = "n.csv" }\ntable = 3\n'
        '[sources]\n"a.zip" = { url = "https://example.org/a.zip" }\n'
    )
    named = {(each.key, each.path.name) for each in named_files(manifest)}
    assert named == {("metadata", "a.csv"), ("coords", "n.csv")}


@pytest.mark.parametrize(
    "content", [b"[", b"\xff", b"x = " + b"[" * 5000, b"a" + b".a" * 500 + b" = 1", b"#" * 2**21]
)
def test_a_manifest_that_is_wrong_names_nothing(tmp_path: Path, content: bytes):
    manifest = tmp_path / "dataset.toml"
    manifest.write_bytes(content)
    assert named_files(manifest) == ()


def test_the_nearest_manifest_counts_and_none_beyond_the_repository(tmp_path: Path):
    (tmp_path / "dataset.toml").touch()
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "inside" / "deeper").mkdir(parents=True)
    assert manifest_above(tmp_path / "repository" / "a.csv") is None
    assert manifest_above(tmp_path / "inside" / "deeper" / "a.csv") == tmp_path / "dataset.toml"
