"""Tables in a zip or a .gz: one, or many by a name with a star."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from brainscore_data.assemblies.trials import open_trials
from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_tables import TableAssembly
from brainscore_data.tables.formats import open_table
from brainscore_data.tables.zipped import tables_in


def rows(*choices: str) -> str:
    lines = (f"s{number},{choice}" for number, choice in enumerate(choices))
    return "\n".join(["stimulus_id,choice", *lines]) + "\n"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "answers.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("day1/sub-10.csv", rows("c"))
        archive.writestr("day1/sub-2.csv", rows("a", "b"))
        archive.writestr("day1/readme.txt", "hello")
        archive.writestr("__MACOSX/day1/._sub-2.csv", b"\0\5\x16\7")
    return tmp_path / "answers.zip"


def item(table: object, **keys: object) -> TableAssembly:
    said = {"identifier": "Doe2026", "visibility": "public", "class": "BehavioralAssembly"}
    named = {"table": table, "value": "choice", "columns": ["stimulus_id", "choice"]}
    return TableAssembly.model_validate(said | named | keys)


def test_files_in_a_zip_are_one_table_and_say_who_is_in_which(answers: Path):
    wanted = item("answers.zip:day1/sub-*.csv", from_name="participant")
    data, notices = open_trials(wanted, answers.with_name)
    assert data.values.tolist() == ["a", "b", "c"]
    assert data["participant"].values.tolist() == ["2", "2", "10"]
    (notice,) = notices
    assert "sub-*.csv: 1 of 2 files have 2 rows each, and others have: sub-10.csv 1" in notice


def test_of_several_tables_one_is_asked_for_and_said_how(answers: Path):
    with pytest.raises(DataError, match=r'(?s)several tables.*"answers.zip:day1/sub-2.csv"'):
        open_table(answers)
    with pytest.raises(DataError, match=r"(?s)no table 'day1/sub-3.csv'.*did you mean"):
        open_table(answers, "day1/sub-3.csv")
    with pytest.raises(DataError, match=r"there is no file 'answers.zip:sub-\*.csv'"):
        open_trials(item("answers.zip:sub-*.csv"), answers.with_name)
    assert open_table(answers, "day1/sub-10.csv").first_rows("choice") == {"c": 0}


def test_a_fault_is_said_with_the_file_in_the_zip_and_its_line(answers: Path):
    with zipfile.ZipFile(answers, "a") as archive:
        archive.writestr("bad.csv", "a,b\n1,2\n1\n")
    with pytest.raises(DataError, match=r"has 1 cells and the header has 2") as caught:
        open_table(answers, "bad.csv")
    assert (caught.value.place.file, caught.value.place.line) == (str(answers / "bad.csv"), 3)
    table = open_table(answers, "day1/sub-2.csv")
    assert str(table.place(1)) == f"{answers / 'day1' / 'sub-2.csv'}:3"


def test_a_workbook_in_a_zip_is_read_as_beside_it(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(["participant"])
    book.active.append(["007"])
    book.create_sheet("Second").append(["x"])
    book["Second"].append([1])
    book.save(content := io.BytesIO())
    with zipfile.ZipFile(tmp_path / "books.zip", "w") as archive:
        archive.writestr("a.xlsx", content.getvalue())
    table = open_table(tmp_path / "books.zip", "a.xlsx:Sheet")
    assert (table.first_rows("participant"), table.text_columns) == ({"007": 0}, {"participant"})
    with pytest.raises(DataError, match="several sheets"):
        open_table(tmp_path / "books.zip")


def test_what_is_gzipped_is_read_by_the_rest_of_its_name(tmp_path: Path):
    (tmp_path / "trials.tsv.gz").write_bytes(gzip.compress(b"a\tb\n1\tx\n"))
    assert open_table(tmp_path / "trials.tsv.gz").columns == ("a", "b")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"a,b\n" * 1000)[:-9])
    with pytest.raises(DataError, match=r"cut.csv.gz: cannot be unpacked"):
        open_table(tmp_path / "cut.csv.gz")
    (tmp_path / "rates.npy.gz").write_bytes(b"")
    with pytest.raises(DataError, match=r"(?s)no table is read.*unpack it"):
        open_table(tmp_path / "rates.npy.gz")


def test_what_a_zip_says_of_itself_is_bounded_as_for_stimuli(tmp_path: Path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "full.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.csv", bytes(4 << 20))
    content = bytearray((tmp_path / "full.zip").read_bytes())
    at = content.rindex(b"PK\1\2") + 24
    content[at : at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    (tmp_path / "full.zip").write_bytes(content)
    with pytest.raises(DataError, match="which cannot be"):
        open_table(tmp_path / "full.zip")


def test_a_bomb_in_a_gz_ends_at_the_bound(tmp_path: Path, monkeypatch):
    from brainscore_data.base.bounds import Bound

    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"a\n" * (4 << 20)))
    monkeypatch.setattr(Bound, "of", lambda *_: 1 << 20)
    with pytest.raises(DataError, match="bytes once unpacked"):
        open_table(tmp_path / "bomb.csv.gz")


def test_a_zip_with_a_password_is_said_to_be_one(answers: Path):
    content = answers.read_bytes().replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")
    answers.write_bytes(content)
    with pytest.raises(DataError, match="is encrypted"):
        open_table(answers, "day1/sub-2.csv")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("answers.zip:*/sub-1.csv", "has a \\* in a folder's name"),
        ("ratings.xlsx:S*", "only files in a zip have"),
        ("answers.zip:", "names no part of the file"),
    ],
)
def test_a_star_stands_for_files_alone(table: str, message: str):
    with pytest.raises(ValueError, match=message.replace("only", "which only")):
        item(table)


def test_what_is_no_table_is_not_listed(answers: Path):
    assert tables_in(answers) == ["day1/sub-2.csv", "day1/sub-10.csv"]
