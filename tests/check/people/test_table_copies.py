"""Tables of every format that is read: found to name people, and copied with pseudonyms in their place."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from scipy.io import savemat

from brainscore_data.base.errors import DataError
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects
from brainscore_data.check.fixing import fix
from brainscore_data.check.people.probe import probe
from brainscore_data.tables.formats import open_table, table_endings

[RULES] = [family.rules() for family in FAMILIES if family.module == "people"]
WORKER, OTHER = "5c5dd44b8eb9dd0001a2b3c4", "5c5dd44b8eb9dd0001a2b3c5"
COLUMNS = {"worker": [WORKER, OTHER, WORKER], "code": ["x1", "x2", "x3"], "rt": [0.1, 2.5, 1e-9]}
MANIFEST = """schema = 1
[dataset]
license = "restricted"
[[assembly]]
identifier = "A"
table = "{name}"   # all of them
value = "rt"
columns = ["worker", "code", "rt"]
"""


def findings(folder: Path):
    with CheckRun(find_subjects([folder]), Settings()) as run:
        return run_rules(RULES, probe(run), Settings()).findings


def mended(folder: Path) -> str:
    done = fix(find_subjects([folder]), Settings())
    return "\n".join(line for each in done for line in (each.what, *each.left))


def text(**options) -> str:
    return pd.DataFrame(COLUMNS).to_csv(index=False, **options)


def write_csv(path: Path) -> None:
    path.write_text(text())


def write_tsv(path: Path) -> None:
    path.write_text(text(sep="\t"))


def write_json(path: Path) -> None:
    path.write_text(json.dumps(pd.DataFrame(COLUMNS).to_dict("records")))


def write_excel(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Ratings")
    for row in (COLUMNS, *zip(*COLUMNS.values(), strict=True)):
        sheet.append(list(row))
    book.properties.creator = "ada@example.org"
    book.save(path)


def write_parquet(path: Path) -> None:
    pd.DataFrame(COLUMNS).to_parquet(path)


def write_matlab(path: Path) -> None:
    savemat(path, {"trials": pd.DataFrame(COLUMNS).to_records(index=False)})


def write_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("consent.txt", "Ada Lovelace")
        for number in (1, 2):
            archive.writestr(f"sub-{number}.csv", text())


def write_gz(path: Path) -> None:
    path.write_bytes(gzip.compress(text().encode()))


#: What writes a table, the name of its file, and how a manifest names the table.
TABLES = {
    ".csv": (write_csv, "trials.csv", "trials.csv"),
    ".tsv": (write_tsv, "trials.tsv", "trials.tsv"),
    ".json": (write_json, "trials.json", "trials.json"),
    ".xlsx": (write_excel, "r.xlsx", "r.xlsx:Ratings"),
    ".xlsm": (write_excel, "r.xlsm", "r.xlsm:Ratings"),
    ".parquet": (write_parquet, "trials.parquet", "trials.parquet"),
    ".pq": (write_parquet, "trials.pq", "trials.pq"),
    ".mat": (write_matlab, "m.mat", "m.mat:trials"),
    ".zip": (write_zip, "answers.zip", "answers.zip:sub-*.csv"),
    ".gz": (write_gz, "trials.csv.gz", "trials.csv.gz"),
}


def test_every_format_of_tables_is_tried_here():
    # A session of NWB holds much more than tables, and nothing here writes one.
    assert TABLES.keys() | {".nwb"} == {*table_endings()}


@pytest.mark.parametrize("ending", TABLES)
def test_a_copy_has_pseudonyms_and_the_raw_table_stays_at_home(tmp_path, ending):
    write, name, table = TABLES[ending]
    write(tmp_path / name)
    raw = (tmp_path / name).read_bytes()
    manifest = tmp_path / "dataset.toml"
    manifest.write_text(MANIFEST.format(name=table))
    assert {each.code for each in findings(tmp_path)} >= {"BSD702"}
    assert all("`brainscore-data check --fix` writes" in each.hint for each in findings(tmp_path))
    mended(tmp_path)
    assert (tmp_path / name).read_bytes() == raw
    assert (tmp_path / ".gitignore").read_text() == f"/{name}\n"
    new = table.replace(name, (copy := name.replace(".", ".pseudonymised.", 1)))
    assert manifest.read_text() == MANIFEST.format(name=new)
    assert findings(tmp_path) == ()
    part = new.partition(":")[2].replace("*", "1") or None
    before, after = open_table(tmp_path / name, part), open_table(tmp_path / copy, part)
    for column in ("code", "rt"):
        assert after.first_rows(column) == before.first_rows(column)
    first, second = after.first_rows("worker")
    assert (first[0], second[0], len(first)) == ("p", "p", 17)
    assert mended(tmp_path) == ""


def test_of_a_zip_the_copy_has_the_tables_alone(tmp_path):
    write_zip(tmp_path / "answers.zip")
    mended(tmp_path)
    with zipfile.ZipFile(tmp_path / "answers.pseudonymised.zip") as archive:
        assert archive.namelist() == ["sub-1.csv", "sub-2.csv"]


def test_zipped_tables_are_searched_and_said_once_for_all_files(tmp_path):
    write_zip(tmp_path / "answers.zip")
    [found] = findings(tmp_path)
    assert (found.code, found.place.item) == ("BSD702", "worker")
    assert "column 'worker' of 'sub-1.csv' and 1 more holds" in found.message


def test_names_of_files_in_a_zip_are_searched(tmp_path):
    with zipfile.ZipFile(tmp_path / "answers.zip", "w") as archive:
        archive.writestr(f"sub-{WORKER}.csv", "a,b\n1,2\n")
        archive.writestr(f"{WORKER}.csv", "a,b\n1,2\n")
    manifest = MANIFEST.format(name="answers.zip:sub-*.csv") + 'from_name = "participant"\n'
    (tmp_path / "dataset.toml").write_text(manifest)
    said = {each.message.partition(" hold")[0] for each in findings(tmp_path)}
    assert said == {"one of the names in it", "column 'participant', of the names of files"}


def test_what_cannot_be_read_in_a_zip_is_no_pass(tmp_path):
    with zipfile.ZipFile(tmp_path / "answers.zip", "w") as archive:
        archive.writestr("damaged.xlsx", b"PK\3\4 and no more")
        archive.writestr("other.json", b"no json at all")
    [found] = findings(tmp_path)
    assert found.code == "BSD701"


def test_what_else_is_named_of_a_file_leaves_it_as_it_is_and_the_hint_says_so(tmp_path):
    write_matlab(tmp_path / "m.mat")
    arrays = '[[assembly]]\nvalues = "m.mat:rates"\ncoords = { presentation = "m.mat:trials" }\n'
    (tmp_path / "dataset.toml").write_text(arrays)
    [found] = findings(tmp_path)
    assert "names it in `values`, too: save the table in a file of its own" in found.hint
    assert mended(tmp_path) == ""


def test_nothing_is_written_where_one_copy_cannot_be_made(tmp_path, monkeypatch):
    from brainscore_data.check.people.table_copies import CopyingCage

    def refuse(*_: object) -> None:
        raise DataError("it cannot be written again")

    write_excel(tmp_path / "r.xlsx")
    write_csv(tmp_path / "trials.csv")
    (tmp_path / "dataset.toml").write_text(MANIFEST.format(name="r.xlsx:Ratings"))
    monkeypatch.setattr(CopyingCage, "make", refuse)
    with pytest.raises(DataError, match="written again"):
        mended(tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == {"r.xlsx", "trials.csv", "dataset.toml"}
