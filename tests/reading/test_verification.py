"""Verifying receipts: the bytes are read again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import brainscore_data
from brainscore_data.base.errors import UsageError
from brainscore_data.records.receipts import save_receipts
from brainscore_data.store.local.folder import LocalStore


def stored_file(published, name):
    root = Path(published.url.removeprefix("file://"))
    return next(path for path in root.rglob(name) if path.is_file())


@pytest.fixture
def folder(published, tmp_path):
    save_receipts(published.receipts, tmp_path / "dataset" / "receipts.json")
    return tmp_path / "dataset"


def test_receipts_that_hold_give_no_findings(published, folder):
    assert brainscore_data.verify(published.receipts) == []
    assert brainscore_data.verify(folder) == []
    assert brainscore_data.verify(folder / "receipts.json") == []


def test_a_file_that_changed_is_found(published):
    path = stored_file(published, "stimulus_hvm.csv")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"duck", b"cups"))
    mismatch = brainscore_data.verify(published.receipts)
    assert len(mismatch) == 1
    assert "stimulus_hvm.csv" in mismatch[0].where
    assert "sha1" in mismatch[0].message


def test_a_file_that_was_cut_off_is_found(published):
    path = stored_file(published, "stimulus_hvm.zip")
    path.chmod(0o644)
    path.write_bytes(b"PK")
    assert [
        "stimulus_hvm.zip" in found.where for found in brainscore_data.verify(published.receipts)
    ] == [True]


def test_a_version_that_is_gone_is_found(published):
    shutil.rmtree(stored_file(published, "assy_MajajHong2015.nc").parent)
    assert [found.message for found in brainscore_data.verify(published.receipts)] == ["it is gone"]


def test_a_folder_without_receipts_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="no receipts"):
        brainscore_data.verify(tmp_path)


class TestWhoCanRead:
    @pytest.fixture
    def verified(self, published, folder, monkeypatch):
        """Verify receipts beside a manifest that says something, with a store that shows something."""

        def verify(manifest=None, tags=None, readable=None):
            if manifest is not None:
                text = f'[[stimulus_set]]\nidentifier = "hvm"\nvisibility = "{manifest}"\n'
                (folder / "dataset.toml").write_text(text)
            if tags is not None:
                monkeypatch.setattr(LocalStore, "tags", tags)
            if readable is not None:
                monkeypatch.setattr(LocalStore, "readable_by_all", lambda *_: readable)
            told: list[str] = []
            found = brainscore_data.verify(folder, tell=told.append)
            return [each.message for each in found], told

        return verify

    def test_both_files_that_are_more_open_than_the_manifest_says_are_mismatches(self, verified):
        found, (told,) = verified("private")
        assert len(found) == 2
        for message in found:
            assert message.startswith("dataset.toml says private, but it is tagged visibility=publ")
            assert re.search(r"may have read it since 20\d\d-\d\d-\d\dT", message)
        assert told == "hvm: dataset.toml says private, its receipt public: publish it again"

    def test_without_a_manifest_the_receipt_says_who_shall_read(self, verified):
        found, told = verified(tags=lambda *_: {"visibility": "private"})
        assert found == []
        assert len(told) == 3
        assert all("waits for its release: its receipt says public" in each for each in told)

    def test_what_everybody_can_read_is_a_mismatch_whatever_its_tag(self, verified):
        found, _ = verified("private", lambda *_: {"visibility": "private"}, readable=True)
        assert len(found) == 2
        assert all("everybody can read it without credentials" in each for each in found)

    def test_of_public_files_that_come_without_credentials_nothing_else_is_asked(
        self, verified, monkeypatch
    ):
        def tags(*_):
            raise AssertionError

        monkeypatch.setattr(LocalStore, "open_as_anybody", LocalStore.open)
        assert verified(tags=tags) == ([], [])

    def test_public_files_that_nobody_can_read_are_told(self, verified):
        found, told = verified(readable=False)
        assert found == []
        assert len(told) == 3
        assert all("public, but not yet readable" in each for each in told)

    def test_what_cannot_be_seen_is_not_known(self, verified):
        def tags(*_):
            raise UsageError("you may not read tags")

        found, told = verified("private", tags)
        assert found == []
        assert sum("not known who can read it" in each for each in told) == 3

    def test_a_manifest_that_is_no_toml_leaves_the_receipts_word(self, verified, folder):
        (folder / "dataset.toml").write_text("[")
        found, (told,) = verified()
        assert found == []
        assert "not known" in told

    def test_a_link_is_not_the_manifest_of_the_receipts(self, verified, folder, tmp_path):
        elsewhere = tmp_path / "elsewhere.toml"
        elsewhere.write_text('[[stimulus_set]]\nidentifier = "hvm"\nvisibility = "private"\n')
        (folder / "dataset.toml").symlink_to(elsewhere)
        assert verified() == ([], [])
