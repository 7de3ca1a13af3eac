"""Verifying receipts: the bytes are read again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import brainscore_data
from brainscore_data.errors import UsageError
from brainscore_data.receipts import save_receipts


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
