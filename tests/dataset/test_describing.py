"""What a manifest says to those who cite the data."""

from __future__ import annotations

import pytest

from brainscore_data.dataset.reading import ManifestError, load_dataset

ABOUT = """\
schema = 1
[dataset]
license = "CC-BY-4.0"
title = "Gratings"
authors = [{ name = "Doe, Jane", orcid = "https://orcid.org/0000-0002-1825-0097" }, { name = "Lab" }]
species = ["Macaca mulatta"]
published = "2026-11-30"
[dataset.rai]
data_collection = "Electrodes."
[[assembly]]
identifier = "Doe2026.V1"
visibility = "public"
class = "NeuroidAssembly"
data = "v1.nc"
"""


def test_authors_have_orcids_whose_check_digit_is_right(tmp_path):
    (tmp_path / "dataset.toml").write_text(ABOUT)
    about = load_dataset(tmp_path).manifest.dataset
    assert [each.orcid for each in about.authors] == ["0000-0002-1825-0097", None]
    assert about.rai.data_collection == "Electrodes."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0097", "0098", "its last digit would be 7"),
        ("https://orcid.org/0000-0002-1825-0097", "Jane", "is not an ORCID iD: it looks like"),
        ("data_collection", "data_collections", "data_collections"),
        ("2026-11-30", "today", "published"),
    ],
)
def test_what_is_wrong_is_told_in_its_place(old, new, said, tmp_path):
    (tmp_path / "dataset.toml").write_text(ABOUT.replace(old, new))
    with pytest.raises(ManifestError, match=said) as caught:
        load_dataset(tmp_path)
    assert "[dataset]" in str(caught.value)
