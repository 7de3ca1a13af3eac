"""What a manifest of any quality says of its items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.document import manifest_above, named_files, stated_visibility

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


STIMULI = '[[stimulus_set]]\nidentifier = "hvm"\nvisibility = "{}"\n'


@pytest.fixture
def stated(tmp_path):
    def of(text):
        (tmp_path / "dataset.toml").write_text(text)
        return stated_visibility(tmp_path / "dataset.toml")

    return of


def test_every_item_has_its_word_by_kind_and_identifier(stated):
    assembly = '[[assembly]]\nidentifier = "hvm"\nvisibility = "private"\n'
    assert stated(STIMULI.format("public") + assembly) == {
        ("stimulus_set", "hvm"): "public",
        ("assembly", "hvm"): "private",
    }


@pytest.mark.parametrize("words", [("public", "private"), ("private", "public")])
def test_of_two_words_for_one_item_private_counts(stated, words):
    assert stated("".join(map(STIMULI.format, words))) == {("stimulus_set", "hvm"): "private"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        STIMULI.format("secret"),
        "stimulus_set = 3\n",
        "stimulus_set = [3]\n",
        '[[assembly]]\nvisibility = "private"\n',
        '[[assembly]]\nidentifier = 3\nvisibility = "private"\n',
    ],
)
def test_what_says_nothing_is_left_out(stated, text):
    assert stated(text) == {}


def test_what_is_no_toml_is_an_error(stated):
    with pytest.raises(DataError):
        stated("[")
