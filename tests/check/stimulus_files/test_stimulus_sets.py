from __future__ import annotations

import hashlib

import pytest

from brainscore_data.check.stimulus_files.stimulus_sets import NotFetchedError, stimulus_sets

ITEM = '[[stimulus_set]]\nidentifier = "Doe2024"\nmetadata = "stimuli.csv"\nfiles = "stimuli"\n'


@pytest.fixture
def sets_of(tmp_path):
    def read(text: str):
        (tmp_path / "dataset.toml").write_text(text)
        return list(stimulus_sets(tmp_path / "dataset.toml"))

    return read


@pytest.mark.parametrize(
    "elsewhere", ["", '[dataset]\nlicence = "MIT"\n', '[[assembly]]\nclass = "none"\n']
)
def test_what_is_wrong_elsewhere_in_a_manifest_hides_no_stimuli(sets_of, tmp_path, elsewhere):
    (found,) = sets_of(f"schema = 1\n{elsewhere}{ITEM}")
    (tmp_path / "stimuli.csv").write_text("stimulus_id,filename\n")
    assert found.identifier == "Doe2024"
    assert found.locate("stimuli.csv", where="") == (tmp_path / "stimuli.csv").resolve()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("schema = 1", "schema = 2"),
        ('"Doe2024"', '"../Doe2024"'),
        ('"Doe2024"', "2024"),
        ('"stimuli.csv"', '"../stimuli.csv"'),
        ('"stimuli.csv"', '"/etc/passwd"'),
        ('files = "stimuli"', ""),
        ("[[stimulus_set]]", "[stimulus_set]"),
        ("[[", "[[["),
    ],
)
def test_what_the_rules_about_manifests_tell_is_left_to_them(sets_of, right, wrong):
    assert len(sets_of(f"schema = 1\n{ITEM}")) == 1
    assert sets_of(f"schema = 1\n{ITEM}".replace(right, wrong)) == []


def test_a_manifest_that_is_a_link_to_elsewhere_is_not_followed(tmp_path):
    (tmp_path / "elsewhere.toml").write_text(f"schema = 1\n{ITEM}")
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "dataset.toml").symlink_to(tmp_path / "elsewhere.toml")
    assert list(stimulus_sets(tmp_path / "dataset" / "dataset.toml")) == []


@pytest.mark.parametrize("is_pinned", [True, False])
def test_a_source_is_what_was_downloaded_for_its_hash_and_nothing_else(
    sets_of, tmp_path, monkeypatch, is_pinned
):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    sha256 = hashlib.sha256(b"a zip").hexdigest()
    kept = tmp_path / "cache" / "sources" / sha256 / "stimuli.zip"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"a zip")
    named = sha256 if is_pinned else f"../sources/{sha256}"
    (found,) = sets_of(
        f'schema = 1\nsources = {{ "stimuli.zip" = {{ sha256 = "{named}" }} }}\n{ITEM}'
    )
    if is_pinned:
        assert found.locate("stimuli.zip", where="") == kept
        kept.write_bytes(b"another")
    with pytest.raises(NotFetchedError):
        found.locate("stimuli.zip", where="")
