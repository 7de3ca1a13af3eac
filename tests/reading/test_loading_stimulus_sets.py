"""Loading stimulus sets: verified tables and the files they name."""

from __future__ import annotations

import pytest

import brainscore_data
from brainscore_data.base.errors import DataError


def test_without_a_class_it_is_a_plain_table_with_the_paths_of_its_stimuli(published):
    hvm = brainscore_data.load_stimulus_set("hvm", store=published.url)
    assert hvm["object_name"].tolist() == ["cup", "duck"]
    assert hvm.attrs["identifier"] == "hvm"
    assert hvm.attrs["stimulus_paths"]["n1"].read_bytes() == b"\x89PNG one"


def test_its_versions_and_hashes_can_be_pinned(published):
    csv, zipped = published.file(".csv"), published.file(".zip")
    hvm = brainscore_data.load_stimulus_set(
        "hvm",
        store=published.url,
        csv_version_id=csv.version_id,
        zip_version_id=zipped.version_id,
        csv_sha1=csv.sha1,
        zip_sha1=zipped.sha1,
    )
    assert len(hvm) == 2


def test_with_a_class_its_own_reader_is_used(published):
    class StimulusSet:
        @classmethod
        def from_files(cls, csv_path, dir_path):
            self = cls()
            self.csv, self.folder = csv_path, dir_path
            return self

    hvm = brainscore_data.load_stimulus_set("hvm", store=published.url, cls=StimulusSet)
    assert hvm.identifier == "hvm"
    assert sorted(path.name for path in hvm.folder.iterdir()) == ["n0.png", "n1.png"]


@pytest.mark.parametrize(
    ("csv", "files", "message"),
    [
        (b"stimulus_id,filename\nn0,n0.png\n", {}, "n0.png"),
        (b"stimulus_id,filename\nn0,n0.png\n", {"n0.png": b"", "n1.png": b""}, "n1.png"),
        (b"name,filename\nn0,n0.png\n", {"n0.png": b""}, "stimulus_id"),
        (b"stimulus_id\nn0\n", {"n0.png": b""}, "n0.png"),
        (b"", {}, "cannot be read"),
    ],
)
def test_a_csv_and_a_zip_that_do_not_fit_are_an_error(publish_stimuli, csv, files, message):
    with pytest.raises(DataError, match=message):
        brainscore_data.load_stimulus_set("hvm", store=publish_stimuli(csv, files))


def test_the_older_name_of_the_id_column_is_understood(publish_stimuli):
    store = publish_stimuli(b"image_id,filename\nn0,n0.png\n", {"n0.png": b"png"})
    assert list(brainscore_data.load_stimulus_set("hvm", store=store)["stimulus_id"]) == ["n0"]
