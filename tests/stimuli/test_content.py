from __future__ import annotations

import hashlib
import io
import os
import stat
import time
import unicodedata
import warnings
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import DataError
from brainscore_data.base.files import fingerprint
from brainscore_data.base.progress import Quiet
from brainscore_data.packaging import hashing
from brainscore_data.packaging.stimulus_files import write_stimulus_csv, write_stimulus_zip
from brainscore_data.records.digest import ContentDigest, Written
from brainscore_data.stimuli.content import StimulusSetContent, open_stimulus_set

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


def dataset(folder: Path, csv: str | None = None, files: Mapping[str, bytes] | None = None) -> Path:
    """Write a stimulus set of two, or what is given, into a folder."""
    stimuli = folder / "stimuli"
    stimuli.mkdir(parents=True, exist_ok=True)
    for name, content in ({"a.png": b"A", "b.txt": b"B" * 99} if files is None else files).items():
        (stimuli / name).parent.mkdir(parents=True, exist_ok=True)
        (stimuli / name).write_bytes(content)
    text = csv or "stimulus_id,filename,size\nn0,a.png,0.10\nn1,b.txt,2\n"
    (folder / "stimuli.csv").write_bytes(text.encode())
    return folder


def opened(folder: Path, files: str = "stimuli") -> StimulusSetContent:
    return open_stimulus_set("Mine2024", folder / "stimuli.csv", folder / files, root=folder)


def error_of(folder: Path, files: str = "stimuli") -> DataError:
    with pytest.raises(DataError) as caught:
        opened(folder, files)
    return caught.value


def csv_error(folder: Path, csv: str) -> DataError:
    return error_of(dataset(folder, csv))


def zipped(folder: Path, members: Mapping[str, bytes], **options: object) -> Path:
    path = folder / "stimuli.zip"
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


TWO = {"a.png": b"A", "b.txt": b"B" * 99}


class TestTheCsv:
    def test_what_is_written_equals_what_was_given(self, tmp_path):
        content = opened(dataset(tmp_path))
        write_stimulus_csv(content, tmp_path / "out.csv")
        assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "stimuli.csv").read_bytes()

    def test_it_is_written_in_one_form_whatever_form_it_came_in(self, tmp_path):
        rows = "stimulus_id;filename;text\r\nn0;a.png;'é, \"\"x\"\"'\r\nn1;b.txt;'1\r2'\r\n"
        dataset(tmp_path)
        (tmp_path / "stimuli.csv").write_bytes(rows.replace("'", '"').encode("utf-16"))
        write_stimulus_csv(opened(tmp_path), tmp_path / "out.csv")
        assert (tmp_path / "out.csv").read_bytes() == (
            'stimulus_id,filename,text\nn0,a.png,"é, ""x"""\nn1,b.txt,"1\r2"\n'.encode()
        )

    def test_plain_pandas_reads_from_it_what_it_reads_from_the_original(self, tmp_path):
        numbers = ["0.1234567890123456789", "1e-320", "123456789.123456789", "", "NA", "1.10"]
        rows = "".join(f"n{i},{i}.png,{number}\n" for i, number in enumerate(numbers))
        dataset(
            tmp_path,
            "stimulus_id,filename,x\n" + rows,
            {f"{i}.png": b"" for i in range(len(numbers))},
        )
        write_stimulus_csv(opened(tmp_path), tmp_path / "out.csv")
        original = pd.read_csv(tmp_path / "stimuli.csv")
        pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out.csv"), original, check_exact=True)

    def test_its_digest_is_that_of_columns_and_cells(self, tmp_path):
        digest = ContentDigest("table")
        digest.number(3)
        for name, *cells in (
            ["stimulus_id", "n0", "n1"],
            ["filename", "a.png", "b.txt"],
            ["size", "0.10", "2"],
        ):
            digest.text(name)
            digest.strings(cells)
        content = opened(dataset(tmp_path))
        written = write_stimulus_csv(content, tmp_path / "out.csv")
        assert written == Written(digest.result(), fingerprint(tmp_path / "out.csv"))

    def test_the_older_image_id_is_accepted(self, tmp_path):
        content = opened(dataset(tmp_path, "image_id,filename\nn0,a.png\nn1,b.txt\n"))
        assert content.id_column == "image_id"
        assert content.stimulus_ids.tolist() == ["n0", "n1"]
        error = csv_error(tmp_path, "image_id,filename\n01,a.png\n02,b.txt\n")
        assert "image_id '01'" in error.message

    @pytest.mark.parametrize("column", ["stimulus_id", "filename"])
    def test_a_missing_column_is_an_error_that_names_it(self, tmp_path, column):
        csv = "stimulus_id,filename\nn0,a.png\n".replace(column, f"my_{column}")
        error = csv_error(tmp_path, csv)
        assert f"no column '{column}'" in error.message
        assert f"is it 'my_{column}'?" in error.hint

    def test_an_index_written_along_is_an_error(self, tmp_path):
        error = csv_error(tmp_path, "Unnamed: 0,stimulus_id,filename\n0,n0,a.png\n1,n1,b.txt\n")
        assert "'Unnamed: 0'" in error.message
        assert "index=False" in error.hint


class TestIds:
    def test_numbers_are_fine_if_they_stay_as_they_are(self, tmp_path):
        content = opened(dataset(tmp_path, "stimulus_id,filename\n10,a.png\n2,b.txt\n"))
        assert content.stimulus_ids.dtype == np.int64
        assert content.stimulus_ids.tolist() == [10, 2]

    def test_floats_are_fine_if_they_are_written_as_pandas_writes_them(self, tmp_path):
        content = opened(dataset(tmp_path, "stimulus_id,filename\n1.0,a.png\n2.5,b.txt\n"))
        assert content.stimulus_ids.tolist() == [1.0, 2.5]

    def test_floats_of_many_digits_are_an_error_because_readers_may_get_others(self, tmp_path):
        csv = "stimulus_id,filename\n0.5,a.png\n0.8474337369372327,b.txt\n"
        error = csv_error(tmp_path, csv)
        assert error.where.endswith("stimuli.csv:3")
        assert "may make another one" in error.message

    def test_empty_and_repeated_ids_are_errors_that_name_their_rows(self, tmp_path):
        error = csv_error(tmp_path, "stimulus_id,filename\nn0,a.png\n,b.txt\n")
        assert error.where.endswith("stimuli.csv:3")
        assert "empty" in error.message
        error = csv_error(tmp_path, "stimulus_id,filename\nn0,a.png\nn0,b.txt\n")
        assert error.where.endswith("stimuli.csv:3")
        assert "stimuli.csv:2" in error.message

    @pytest.mark.parametrize(
        ("ids", "line", "becomes"),
        [
            (["0001", "0002"], 2, "becomes 1 when"),
            (["1", "2.50"], 2, "becomes 1.0 when"),
            (["1e5", "2"], 2, "becomes 100000.0 when"),
            (["+1", "2"], 2, "becomes 1 when"),
            ([" 1", "2"], 2, "becomes 1 when"),
            (["true", "false"], 2, "becomes True when"),
            (["n0", "NA"], 3, "'NA' becomes a missing value"),
            (["n0", "None"], 3, "'None' becomes a missing value"),
            (["null", "n1"], 2, "'null' becomes a missing value"),
            (["1", "nan"], 3, "'nan' becomes a missing value"),
            (["nan", "n/a"], 2, "'nan' becomes a missing value"),
        ],
    )
    def test_an_id_that_changes_on_the_way_is_an_error(self, tmp_path, ids, line, becomes):
        error = csv_error(tmp_path, f"stimulus_id,filename\n{ids[0]},a.png\n{ids[1]},b.txt\n")
        assert error.where.endswith(f"stimuli.csv:{line}")
        assert becomes in error.message
        assert "letter in front" in error.hint

    def test_ids_that_pandas_reads_partly_as_numbers_are_an_error(self, tmp_path):
        # The wider the table, the smaller the pieces: this one is read 8192 rows at a time.
        columns = [f"c{i}" for i in range(98)]
        names = [*map(str, range(8200)), "last"]
        rows = "".join(f"{name},f{name}.png{',' * len(columns)}\n" for name in names)
        header = ",".join(["stimulus_id", "filename", *columns])
        dataset(tmp_path, f"{header}\n{rows}", {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)
            read = pd.read_csv(tmp_path / "stimuli.csv")["stimulus_id"]
        assert {type(value) for value in read} == {int, str}  # what this is about
        zipped(tmp_path, {f"f{name}.png": b"" for name in names})
        error = error_of(tmp_path, "stimuli.zip")
        assert (
            "some cells of stimulus_id become numbers and others, as '8192', text" in error.message
        )


class TestFilenames:
    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("/etc/passwd", "absolute"),
            ("C:a.png", "absolute"),
            ("../a.png", "leads out"),
            ("..\\a.png", "leads out"),
            ("..", "leads out"),
            (".", "leads out"),
            ("sub/a.png", "subfolder"),
            ("sub\\a.png", "subfolder"),
            ("a\tb.png", "control"),
            ("a.csv", ".csv or .zip"),
            ("a.zip", ".csv or .zip"),
            ("a" * 256, "longer than"),
        ],
    )
    def test_a_name_that_readers_do_not_find_is_an_error(self, tmp_path, name, problem):
        error = csv_error(tmp_path, f'stimulus_id,filename\nn0,b.txt\nn1,"{name}"\n')
        assert problem in error.message
        assert error.where.endswith("stimuli.csv:3")

    def test_an_empty_name_is_an_error(self, tmp_path):
        assert "filename is empty" in csv_error(tmp_path, "stimulus_id,filename\nn0,\n").message

    def test_a_name_in_two_rows_is_an_error(self, tmp_path):
        error = csv_error(tmp_path, "stimulus_id,filename\nn0,a.png\nn1,a.png\n")
        assert "filename 'a.png'" in error.message

    @pytest.mark.parametrize("other", ["A.png", "é.png"])
    def test_names_that_are_one_on_other_systems_are_an_error(self, tmp_path, other):
        name = "a.png" if other == "A.png" else unicodedata.normalize("NFD", other)
        error = csv_error(tmp_path, f"stimulus_id,filename\nn0,{name}\nn1,{other}\n")
        assert "one and the same file" in error.message

    @pytest.mark.parametrize("name", ["NA", "1.50"])
    def test_a_name_that_changes_on_the_way_is_an_error(self, tmp_path, name):
        dataset(tmp_path, f"stimulus_id,filename\nn0,{name}\n", {name: b""})
        error = error_of(tmp_path)
        assert f"the filename '{name}' becomes" in error.message
        assert "give the file a name" in error.hint

    def test_names_without_a_file_are_listed_with_the_nearest(self, tmp_path):
        rows = "".join(f"n{i},image_{i}.png\n" for i in range(7))
        files = {"image-0.png": b"", "IMAGE_1.png": b"", "image_6.png": b""}
        error = error_of(dataset(tmp_path, f"stimulus_id,filename\n{rows}", files))
        assert error.where.endswith("stimuli.csv:2")
        assert "'image_4.png' and 1 more" in error.message
        assert "'image_5.png'" not in error.message
        assert "for 'image_0.png' there is 'image-0.png'" in error.hint
        assert "for 'image_1.png' there is 'IMAGE_1.png': case and accents" in error.hint

    def test_a_file_in_another_unicode_form_is_named(self, tmp_path):
        files = {unicodedata.normalize("NFD", "é.png"): b""}
        error = error_of(dataset(tmp_path, "stimulus_id,filename\nn0,é.png\n", files))
        assert "'e\\u0301.png': case and accents" in error.hint

    def test_a_file_without_a_row_is_an_error(self, tmp_path):
        error = error_of(dataset(tmp_path, files={**TWO, "c.png": b""}))
        assert "not in the column filename of stimuli.csv: 'c.png'" in error.message


class TestTheFolder:
    def test_what_operating_systems_leave_behind_is_no_stimulus(self, tmp_path):
        left = [".DS_Store", "._a.png", "Thumbs.db", "desktop.ini", "__MACOSX/._a.png"]
        content = opened(dataset(tmp_path, files={**TWO, **dict.fromkeys(left, b"x")}))
        assert dict(content.files.sizes) == {"a.png": 1, "b.txt": 99}

    def test_the_csv_may_lie_among_the_stimuli(self, tmp_path):
        (dataset(tmp_path) / "stimuli.csv").rename(tmp_path / "stimuli" / "stimuli.csv")
        content = open_stimulus_set(
            "x", tmp_path / "stimuli" / "stimuli.csv", tmp_path / "stimuli", root=tmp_path
        )
        assert sorted(content.files.sizes) == ["a.png", "b.txt"]

    def test_beside_the_manifest_are_other_things_than_stimuli(self, tmp_path):
        """What a csv lists is a stimulus there, whatever it is called, and so is any image."""
        others = ("dataset.toml", "receipts.json", "rates.npy", "README.md")
        for name in ("a.png", "b.txt", *others):
            (tmp_path / name).write_bytes(b"x")
        (tmp_path / "bundle").mkdir()
        dataset(tmp_path / "other")
        (tmp_path / "other" / "stimuli.csv").rename(tmp_path / "stimuli.csv")
        content = opened(tmp_path, ".")
        assert sorted(content.files.sizes) == ["a.png", "b.txt"]
        (tmp_path / "c.JPG").write_bytes(b"x")
        assert (
            "not in the column filename of stimuli.csv: 'c.JPG'" in error_of(tmp_path, ".").message
        )

    def test_a_subfolder_is_an_error(self, tmp_path):
        error = error_of(dataset(tmp_path, files={**TWO, "more/c.png": b""}))
        assert "subfolder 'more'" in error.message

    def test_a_link_out_of_the_dataset_is_an_error(self, tmp_path):
        (tmp_path / "secret").write_bytes(b"s")
        folder = dataset(tmp_path / "mine", files={"b.txt": b""})
        (folder / "stimuli" / "a.png").symlink_to(tmp_path / "secret")
        assert "leads out" in error_of(folder).message

    def test_a_link_inside_of_the_dataset_is_followed(self, tmp_path):
        folder = dataset(tmp_path, files={"b.txt": b""})
        (folder / "raw.png").write_bytes(b"raw")
        (folder / "stimuli" / "a.png").symlink_to(folder / "raw.png")
        assert opened(folder).files.sizes["a.png"] == 3

    def test_a_link_to_nothing_is_an_error(self, tmp_path):
        folder = dataset(tmp_path, files={"b.txt": b""})
        (folder / "stimuli" / "a.png").symlink_to(folder / "gone.png")
        assert "not there" in error_of(folder).message

    def test_a_pipe_is_an_error(self, tmp_path):
        folder = dataset(tmp_path, files={"b.txt": b""})
        os.mkfifo(folder / "stimuli" / "a.png")
        assert "'a.png' is not a file" in error_of(folder).message

    def test_an_lfs_pointer_is_reported_as_such(self, tmp_path):
        error = error_of(dataset(tmp_path, files={"a.png": POINTER, "b.txt": b""}))
        assert "git-LFS pointer" in error.message
        assert error.where.endswith("a.png")

    def test_a_folder_that_is_not_there(self, tmp_path):
        dataset(tmp_path)
        assert "no such folder" in error_of(tmp_path, "images").message


class TestAZip:
    def test_members_are_stimuli(self, tmp_path):
        zipped(dataset(tmp_path), TWO)
        assert dict(opened(tmp_path, "stimuli.zip").files.sizes) == {"a.png": 1, "b.txt": 99}

    def test_one_folder_around_all_members_is_taken_away(self, tmp_path):
        members = {f"my stimuli/{name}": content for name, content in TWO.items()}
        zipped(dataset(tmp_path), {"my stimuli/": b"", **members, "__MACOSX/x/._a.png": b""})
        content = opened(tmp_path, "stimuli.zip")
        with content.files.opened() as read:
            assert b"".join(read("b.txt")) == b"B" * 99

    def test_what_operating_systems_leave_behind_and_the_csv_are_no_stimuli(self, tmp_path):
        zipped(dataset(tmp_path), {**TWO, ".DS_Store": b"", "._a.png": b"", "stimuli.csv": b""})
        assert sorted(opened(tmp_path, "stimuli.zip").files.sizes) == ["a.png", "b.txt"]

    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("/a.png", "leads out"),
            ("../a.png", "leads out"),
            ("x/../../a.png", "leads out"),
            ("..\\a.png", "leads out"),
            ("C:/a.png", "leads out"),
            ("sub/a.png", "subfolder 'sub'"),
        ],
    )
    def test_a_bad_name_is_an_error(self, tmp_path, name, problem):
        zipped(dataset(tmp_path), {name: b"A", "b.txt": b""})
        assert problem in error_of(tmp_path, "stimuli.zip").message

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_two_members_of_one_name_are_an_error(self, tmp_path):
        with zipfile.ZipFile(zipped(dataset(tmp_path), TWO), "a") as archive:
            archive.writestr("a.png", b"other")
        assert "two members" in error_of(tmp_path, "stimuli.zip").message

    def test_names_that_macos_writes_without_the_flag_are_understood(self, tmp_path):
        dataset(tmp_path, "stimulus_id,filename\nn0,é.png\n", {})
        path = zipped(tmp_path, {"XX.png": b"A"})
        path.write_bytes(path.read_bytes().replace(b"XX.png", "é.png".encode()))
        assert list(opened(tmp_path, "stimuli.zip").files.sizes) == ["é.png"]

    def test_a_member_without_a_name_is_an_error(self, tmp_path):
        path = zipped(dataset(tmp_path), {"X": b"A", "b.txt": b""})
        content = bytearray(path.read_bytes())
        at = content.index(b"PK\x01\x02")
        content[at + 28 : at + 32] = b"\0\0\1\0"  # the name is now its extra field
        path.write_bytes(content)
        assert "leads out" in error_of(tmp_path, "stimuli.zip").message

    def test_an_encrypted_member_is_an_error(self, tmp_path):
        path = zipped(dataset(tmp_path), TWO)
        content = bytearray(path.read_bytes())
        content[content.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(content)
        assert "encrypted" in error_of(tmp_path, "stimuli.zip").message

    def test_another_compression_is_an_error(self, tmp_path):
        zipped(dataset(tmp_path), TWO, compression=zipfile.ZIP_LZMA)
        assert "deflate" in error_of(tmp_path, "stimuli.zip").hint

    def test_a_link_is_an_error(self, tmp_path):
        dataset(tmp_path)
        with zipfile.ZipFile(tmp_path / "stimuli.zip", "w") as archive:
            link = zipfile.ZipInfo("a.png")
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/etc/passwd")
        assert "is a link" in error_of(tmp_path, "stimuli.zip").message

    def test_a_size_that_deflate_cannot_reach_is_an_error(self, tmp_path):
        path = zipped(dataset(tmp_path), TWO, compression=zipfile.ZIP_DEFLATED)
        content = bytearray(path.read_bytes())
        at = content.index(b"PK\x01\x02") + 24
        content[at : at + 4] = (1 << 31).to_bytes(4, "little")
        path.write_bytes(content)
        assert "cannot be" in error_of(tmp_path, "stimuli.zip").message

    def test_the_most_compressible_content_is_no_error(self, tmp_path):
        members = {"a.png": bytes(20_000_000), "b.txt": b""}
        zipped(dataset(tmp_path), members, compression=zipfile.ZIP_DEFLATED)
        assert opened(tmp_path, "stimuli.zip").files.sizes["a.png"] == 20_000_000

    def test_members_that_share_their_bytes_are_an_error(self, tmp_path):
        names = [f"n{i:03d}.txt" for i in range(200)]
        rows = "".join(f"{name[:4]},{name}\n" for name in names)
        path = zipped(
            dataset(tmp_path, f"stimulus_id,filename\n{rows}", {}), {names[0]: os.urandom(9000)}
        )
        content = path.read_bytes()
        central, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
        entry, tail = content[central:end], bytearray(content[end:])
        entries = b"".join(entry.replace(names[0].encode(), name.encode()) for name in names)
        tail[8:12] = len(names).to_bytes(2, "little") * 2
        tail[12:16] = len(entries).to_bytes(4, "little")
        path.write_bytes(content[:central] + entries + tail)
        assert "larger than the zip" in error_of(tmp_path, "stimuli.zip").message

    def test_a_zip_that_is_cut_off_is_an_error(self, tmp_path):
        path = zipped(dataset(tmp_path), TWO)
        path.write_bytes(path.read_bytes()[:-30])
        assert "part of it is missing" in error_of(tmp_path, "stimuli.zip").message

    def test_content_that_is_damaged_is_an_error_when_it_is_packaged(self, tmp_path):
        path = zipped(dataset(tmp_path), TWO)
        path.write_bytes(path.read_bytes().replace(b"B" * 99, b"B" * 98 + b"C"))
        with pytest.raises(DataError, match="damaged") as caught:
            write_stimulus_zip(opened(tmp_path, "stimuli.zip"), tmp_path / "out.zip", Quiet())
        assert "b.txt" in caught.value.where
        assert not (tmp_path / "out.zip").exists()

    def test_an_lfs_pointer_is_reported_as_such(self, tmp_path):
        zipped(dataset(tmp_path), {**TWO, "a.png": POINTER})
        assert "git-LFS pointer" in error_of(tmp_path, "stimuli.zip").message


class TestTheZipThatIsWritten:
    def written(self, folder: Path, files: str = "stimuli") -> tuple[bytes, Written]:
        target = folder / "out" / "out.zip"
        digest = write_stimulus_zip(opened(folder, files), target, Quiet())
        return target.read_bytes(), digest

    def test_members_are_the_filenames_in_the_order_of_the_csv(self, tmp_path):
        dataset(tmp_path, "stimulus_id,filename\nn1,b.txt\nn0,a.png\n")
        self.written(tmp_path)
        with zipfile.ZipFile(tmp_path / "out" / "out.zip") as archive:
            assert archive.testzip() is None
            first, second = archive.infolist()
            assert [first.filename, second.filename] == ["b.txt", "a.png"]
            assert archive.read(first) == b"B" * 99
            assert first.compress_type == zipfile.ZIP_DEFLATED
            assert second.compress_type == zipfile.ZIP_STORED
            for info in (first, second):
                assert info.date_time == (1980, 1, 1, 0, 0, 0)
                assert info.external_attr >> 16 == stat.S_IFREG | 0o644
                assert info.create_system == 3
                assert info.extra == b""

    def test_bytes_do_not_depend_on_dates_folders_permissions_or_where_it_runs(
        self, tmp_path, monkeypatch
    ):
        first, digest = self.written(dataset(tmp_path / "one"))
        other = dataset(tmp_path / "two", files=dict(reversed(TWO.items())))
        os.utime(other / "stimuli" / "a.png", (1, 1))
        (other / "stimuli" / "a.png").chmod(0o700)
        monkeypatch.chdir(other)
        assert self.written(other) == (first, digest)

    def test_a_folder_and_a_zip_of_it_give_the_same_bytes(self, tmp_path):
        zipped(dataset(tmp_path), dict(reversed(TWO.items())), compression=zipfile.ZIP_DEFLATED)
        assert self.written(tmp_path, "stimuli.zip") == self.written(tmp_path)

    def test_its_digest_is_that_of_names_and_contents_in_any_order(self, tmp_path):
        digest = ContentDigest("files")
        for name, content in sorted(TWO.items()):
            digest.text(name)
            digest.text(hashlib.sha256(content).hexdigest())
        dataset(tmp_path, "stimulus_id,filename\nn1,b.txt\nn0,a.png\n")
        assert self.written(tmp_path)[1].digest == digest.result()

    @pytest.mark.parametrize("behind", [-1, 1 << 20, 1 << 40], ids=["always", "at times", "never"])
    def test_what_is_hashed_while_it_is_written_is_what_is_there(
        self, tmp_path, monkeypatch, behind
    ):
        """In blocks and in pieces of the file: stored and deflated, empty and larger than both."""
        monkeypatch.setattr(hashing, "_BEHIND", behind)
        numbers = np.random.default_rng(0)
        files = {
            f"{number}.{form}": numbers.bytes(size)
            for number, size in enumerate((0, 1, 3 << 20, 5 << 20, (4 << 20) + 1))
            for form in ("png", "txt")
        }
        rows = "".join(f"{name},{name}\n" for name in files)
        dataset(tmp_path, f"stimulus_id,filename\n{rows}", files)
        _, written = self.written(tmp_path)
        assert written.fingerprint == fingerprint(tmp_path / "out" / "out.zip")
        digest = ContentDigest("files")
        for name in sorted(files):
            digest.text(name)
            digest.text(hashlib.sha256(files[name]).hexdigest())
        assert written.digest == digest.result()

    def test_progress_is_told_every_byte(self, tmp_path):
        class Counted:
            total = 0

            def advance(self, amount: int) -> None:
                self.total += amount

        content, progress = opened(dataset(tmp_path)), Counted()
        write_stimulus_zip(content, tmp_path / "out.zip", progress)
        assert progress.total == content.size == 100

    @pytest.mark.parametrize("change", [b"C" * 99, b"B" * 98, b""])
    def test_a_file_that_changes_in_the_meantime_is_an_error(self, tmp_path, change):
        content = opened(dataset(tmp_path))
        source = tmp_path / "stimuli" / "b.txt"

        class Meddling:
            def advance(self, amount: int) -> None:
                time.sleep(0.02)  # more than the resolution of the clock of a file system
                source.write_bytes(change)

        with pytest.raises(DataError, match="changed while"):
            write_stimulus_zip(content, tmp_path / "out.zip", Meddling())
        assert not (tmp_path / "out.zip").exists()

    def test_a_file_that_vanishes_is_an_error(self, tmp_path):
        content = opened(dataset(tmp_path))
        (tmp_path / "stimuli" / "b.txt").unlink()
        with pytest.raises(DataError, match="cannot be read") as caught:
            write_stimulus_zip(content, tmp_path / "out.zip", Quiet())
        assert caught.value.where.endswith("b.txt")

    def test_the_natural_images_come_out_as_they_went_in(self, tmp_path, shared_data):
        folder = shared_data / "natural-images"
        content = open_stimulus_set(
            "x", folder / "image_test_ten_images.csv", folder, root=shared_data
        )
        write_stimulus_csv(content, tmp_path / "out.csv")
        write_stimulus_zip(content, tmp_path / "out.zip", Quiet())
        read = pd.read_csv(tmp_path / "out.csv")
        assert read["stimulus_id"].tolist() == [f"n{i}" for i in range(10)]
        with zipfile.ZipFile(tmp_path / "out.zip") as archive:
            assert archive.namelist() == read["filename"].tolist()
            for name in read["filename"]:
                assert archive.read(name) == (folder / name).read_bytes()


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
SHARED_FOLDER = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SHARED_FOLDER
@given(ids=st.lists(texts, min_size=1, max_size=4), cell=texts)
def test_ids_are_refused_or_reach_readers_as_they_are(tmp_path, ids, cell):
    frame = pd.DataFrame({"stimulus_id": ids, "filename": [f"{i}.png" for i in range(len(ids))]})
    frame["text"] = cell
    dataset(tmp_path, files={})
    frame.to_csv(tmp_path / "stimuli.csv", index=False, quoting=1)
    zipped(tmp_path, dict.fromkeys(frame["filename"], b""))
    try:
        content = opened(tmp_path, "stimuli.zip")
    except DataError:
        return
    write_stimulus_csv(content, tmp_path / "out.csv")
    read = pd.read_csv(tmp_path / "out.csv")
    assert [str(value) for value in read["stimulus_id"]] == ids
    assert read["stimulus_id"].tolist() == content.stimulus_ids.tolist()


@SHARED_FOLDER
@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(members=st.lists(st.tuples(names, st.binary(max_size=20)), max_size=3), data=st.data())
def test_any_zip_is_a_folder_of_stimuli_or_explained(tmp_path, members, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)
    content = bytearray(buffer.getvalue())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[at] = data.draw(st.integers(0, 255))
    dataset(tmp_path, files={})
    (tmp_path / "stimuli.zip").write_bytes(content)
    listed = {name for name, _ in members}
    with (tmp_path / "stimuli.csv").open("w", encoding="utf-8", newline="") as stream:
        frame = pd.DataFrame({"stimulus_id": range(len(listed)), "filename": sorted(listed)})
        frame.to_csv(stream, index=False)
    try:
        write_stimulus_zip(opened(tmp_path, "stimuli.zip"), tmp_path / "out.zip", Quiet())
    except DataError:
        return
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {(name, archive.read(name)) for name in archive.namelist()} <= set(members)
