"""The license of public data is one that readers know."""

from __future__ import annotations

import pytest

from brainscore_data.check.engine.checking import check
from brainscore_data.check.repository.examples import manifest


def found(folder, toml):
    (folder / "dataset.toml").write_text(toml)
    return [each.message + " " + each.hint for each in check([folder], select=["BSD612"]).findings]


@pytest.mark.parametrize(
    "license_",
    [
        "CC-BY-4.0",
        "cc0-1.0",
        "MIT OR Apache-2.0",
        "restricted",
        "CC-BY-4.0 AND (MIT OR BSD-3-Clause)",
    ],
)
def test_what_spdx_knows_is_fine(license_, tmp_path):
    assert found(tmp_path, manifest().replace("CC-BY-4.0", license_)) == []


@pytest.mark.parametrize(
    ("license_", "meant"),
    [("CC BY 4.0", "'CC-BY-4.0'"), ("Apache 2", "'Apache-2.0'"), ("banana split", "take one of")],
)
def test_what_it_does_not_know_is_told_with_what_may_be_meant(license_, meant, tmp_path):
    (said,) = found(tmp_path, manifest().replace("CC-BY-4.0", license_))
    assert "'Doe2024.choices' shall be public" in said
    assert meant in said


def test_private_items_may_say_what_they_like(tmp_path):
    toml = manifest(visibility="private").replace("CC-BY-4.0", "ask Jane")
    assert found(tmp_path, toml) == []


def test_an_item_has_a_license_of_its_own(tmp_path):
    fine = manifest(more='license = "CC0-1.0"\n').replace("CC-BY-4.0", "ask Jane")
    assert found(tmp_path, fine) == []
    (said,) = found(tmp_path, manifest(more='license = "my own"\n'))
    assert "'my own' is not a license" in said


def test_a_license_of_ones_own_says_where_its_text_is(tmp_path):
    toml = manifest().replace('"CC-BY-4.0"', '"LicenseRef-lab"')
    (said,) = found(tmp_path, toml)
    assert "nobody knows what LicenseRef-lab says" in said
    toml = toml.replace("[dataset]\n", '[dataset]\nlicense_text = "LICENSE.txt"\n')
    assert found(tmp_path, toml) == []
