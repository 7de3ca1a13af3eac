"""What a release changes, and what it is held to: the rest is tried by ``.ci/release``."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib

import pytest

HASH = "0123456789abcdef0123456789abcdef01234567"
USES = re.compile(r"uses: (\S+/brainscore-data\S*@\S+.*)")


@pytest.fixture
def checkout(repository_root, tmp_path):
    for name in (".ci", ".github", "docs", "examples"):
        shutil.copytree(repository_root / name, tmp_path / name)
    shutil.copy(repository_root / "README.md", tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    return tmp_path


def pin(checkout, *arguments):
    return subprocess.run(
        [".ci/pin", *arguments], cwd=checkout, capture_output=True, text=True, check=False
    )


def uses(checkout):
    pages = [*checkout.rglob("*.md"), *checkout.rglob("*.yml")]
    return [found for page in pages for found in USES.findall(page.read_text(encoding="utf-8"))]


def test_a_release_is_named_by_its_hash_in_all_docs_and_examples(checkout):
    count = len(uses(checkout))
    for version in ("v1.2.3", "v1.3.0"):
        assert pin(checkout, "brain-score/brainscore-data", HASH, version).returncode == 0
        named = uses(checkout)
        assert len(named) == count > 5
        assert all(re.fullmatch(rf"brain-score/\S+@{HASH} # {version}", each) for each in named)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("a/b", HASH, "1.2.3"),
        ("a/b", HASH[:7], "v1.2.3"),
        ("a|e id|/b", HASH, "v1.2.3"),
        ("a/b", HASH, "v1.2.3", "more"),
    ],
)
def test_what_names_no_release_changes_nothing(checkout, arguments):
    before = uses(checkout)
    assert pin(checkout, *arguments).returncode == 2
    assert uses(checkout) == before


def test_the_changelog_begins_with_what_is_not_released_and_then_this_version(repository_root):
    project = tomllib.loads((repository_root / "pyproject.toml").read_text(encoding="utf-8"))
    changelog = (repository_root / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert sections[:2] == ["Unreleased", project["project"]["version"]]
