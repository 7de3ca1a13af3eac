"""Who shall be able to load an item, read off manifests of any quality."""

from __future__ import annotations

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.visibility import stated_in

STIMULI = '[[stimulus_set]]\nidentifier = "hvm"\nvisibility = "{}"\n'


@pytest.fixture
def stated(tmp_path):
    def of(text):
        (tmp_path / "dataset.toml").write_text(text)
        return stated_in(tmp_path / "dataset.toml")

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
