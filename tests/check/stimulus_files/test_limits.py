"""Where the rules of stimulus files begin and end."""

from __future__ import annotations

import zipfile

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.stimulus_files.facts import MediaFacts, StimulusListing, StimulusMedia
from brainscore_data.check.stimulus_files.probe import _Tally
from brainscore_data.stimuli.filenames import problem_of
from brainscore_data.stimuli.files import list_stimuli

[RULES] = [family.rules() for family in FAMILIES if family.module == "stimulus_files"]


def findings(code, facts, **settings):
    [rule] = [each for each in RULES if each.code == code]
    return [each.message for each in rule.violations(facts, Settings(**settings))]


def of_sizes(*sizes):
    counted = {size: (count, f"{size[0]}.png") for count, size in sizes}
    return StimulusMedia("stimuli", {"image": (sum(c for c, _ in sizes), "a.png")}, (), counted)


def test_among_three_images_none_is_far_from_the_others():
    assert findings("BSD314", of_sizes((2, (10, 10)), (1, (900, 900)))) == []
    [found] = findings("BSD314", of_sizes((3, (10, 10)), (1, (900, 900))))
    assert "900 x 900" in found


@pytest.mark.parametrize(
    ("size", "is_far"),
    [((40, 10), True), ((39, 39), False), ((10, 40), True), ((3, 10), False), ((2.5, 10), True)],
)
def test_at_exactly_four_times_or_a_quarter_it_is_far(size, is_far):
    assert bool(findings("BSD314", of_sizes((5, (10, 10)), (1, size)))) == is_far


def test_a_number_after_a_dot_is_not_at_the_end_of_a_name():
    listing = StimulusListing("stimuli", "Doe2024", "a.csv", (), ("face_1.png", "face_1.5.png"))
    found = findings("BSD306", listing, sequential_numbering=True)
    assert found == ["'face_1.5.png' has no number at its end"]


def test_empty_files_are_no_twins():
    tally = _Tally()
    for name, size in (("a", 0), ("b", 0), ("c", 3), ("d", 3)):
        tally.add(MediaFacts(name, name, None, size, "e3" * 32 if size else "00" * 32))
    assert tally.facts("stimuli").same == (("c", "d"),)


def test_255_counts_bytes_of_a_name_and_not_letters():
    assert problem_of("é" * 125 + "x.png") is None  # 255 bytes
    assert "longer than the 255 bytes" in problem_of("é" * 126 + ".png")  # 130 letters
    assert problem_of("e" * 251 + ".png") is None
    assert problem_of("e" * 252 + ".png") is not None


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        (0x1, "is encrypted"),
        (0x20, "is a patch to an older file"),
        (0x40, "is encrypted"),
        (0x2000, "is encrypted"),
    ],
)
def test_members_that_are_patches_or_encrypted_are_refused_when_they_are_listed(
    tmp_path, flag, words
):
    path = tmp_path / "stimuli.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("s1.png", b"x")
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02") + 8
    content[at : at + 2] = flag.to_bytes(2, "little")
    path.write_bytes(content)
    with pytest.raises(DataError, match=words):
        list_stimuli(path, metadata=tmp_path / "a.csv", root=tmp_path)
