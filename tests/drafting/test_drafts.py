from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from drafted import (
    NEUROIDS,
    PRESENTATIONS,
    Rows,
    beyond_license,
    dataset,
    manifest_of,
    said,
    trial_rows,
    write_array,
    write_netcdf,
    write_stimuli,
    write_table,
)
from how_often import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset.assembly_tables import ArrayAssembly, DerivedStimulusId, TableAssembly
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.paths import path_problem
from brainscore_data.drafting.drafts import draft_dataset, identifier_for
from brainscore_data.drafting.questions import Answers
from brainscore_data.drafting.writing_down import write_draft


@pytest.mark.parametrize("kind", ["array", "trials", "netcdf"])
def test_ids_that_the_stimuli_got_others_of_must_be_mended(folder: Path, kind: str):
    write_stimuli(folder / "stimuli", "001.png", "002.png")
    rows: Rows = [{"stimulus_id": "001", "choice": "a"}, {"stimulus_id": "002", "choice": "b"}]
    match kind:
        case "array":
            write_array(folder, (2, 4), presentations=rows, neuroids=NEUROIDS)
        case "trials":
            write_table(folder / "trials.csv", rows)
        case _:
            write_netcdf(folder / "rates.nc", presentation=2, neuroid=3)
    draft = draft_dataset(folder)
    (todo,) = beyond_license(draft)
    assert "none of its stimulus ids" in todo
    assert '"stimulus_001", "stimulus_002"' in todo


def test_several_assemblies_are_told_apart_by_their_files(folder: Path):
    write_netcdf(folder / "v1.nc", presentation=1, neuroid=2)
    write_netcdf(folder / "V1.x.nc", presentation=1, neuroid=2)
    write_netcdf(folder / "v1 x.nc", presentation=1, neuroid=2)
    identifiers = [each.identifier for each in dataset(folder).assemblies]
    assert len({each.replace(".", "_").casefold() for each in identifiers}) == 3
    assert all(map(is_key_safe, identifiers))


def test_every_file_is_named_with_what_it_seems_to_be(stimuli: Path):
    write_array(stimuli, (6, 4), presentations=PRESENTATIONS, neuroids=NEUROIDS)
    write_table(stimuli / "sub-1.csv", trial_rows())
    write_table(stimuli / "sub-2.csv", trial_rows())
    write_table(stimuli / "notes.csv", [{"note": "hello"}])
    for name in ("README.txt", ".hidden", "run.m", "old.pkl", *(f"logs/{i}.log" for i in range(9))):
        (stimuli / name).parent.mkdir(exist_ok=True)
        (stimuli / name).write_text("something")
    (stimuli / "bundle").mkdir()
    seen = dict(draft_dataset(stimuli).seen)
    there = {path.name for path in stimuli.iterdir()} - {"stimuli", "logs"}
    assert there | {"stimuli/", "logs/*.log (9 files)"} == seen.keys()
    assert seen["stimuli/"] == "stimuli: 3 files"
    assert seen["responses.npy"] == "an array of measurements: 6 x 4, in Author2026.responses"
    assert seen["presentations.csv"] == "what each presentation is: 6 rows"
    assert seen["sub-2.csv"] == "what was measured, a row each: 6 rows, in Author2026.sub"
    unused = {name for name, what in seen.items() if what.startswith("not used: ")}
    assert unused == {
        *(
            "README.txt",
            ".hidden",
            "run.m",
            "old.pkl",
            "notes.csv",
            "bundle",
            "logs/*.log (9 files)",
        )
    }
    assert "save what is in it as .npy and csv" in seen["old.pkl"]


def test_an_empty_folder_says_what_is_looked_for(folder: Path):
    with pytest.raises(UsageError, match=r"(?s)nothing here.*\.npy"):
        draft_dataset(folder)


def test_a_folder_that_is_not_there_is_a_usage_error(folder: Path):
    with pytest.raises(UsageError, match="no such folder"):
        draft_dataset(folder / "elsewhere")


def test_files_that_cannot_be_used_are_named_with_what_to_do(stimuli: Path):
    (stimuli / "responses.mat").write_bytes(b"")
    (stimuli / "sheet.xlsx").write_bytes(b"")
    write_table(stimuli / "notes.csv", [{"note": "hello"}])
    (stimuli / "link.png").symlink_to(stimuli / "stimuli" / "n0.png")
    notices = said(draft_dataset(stimuli))
    assert (
        "fix responses.mat, or leave it out: it is not a MATLAB file, or it is damaged" in notices
    )
    assert "fix sheet.xlsx, or leave it out: it is not an Excel workbook" in notices
    assert "notes.csv is not used" in notices
    assert "link.png is not used: it is a symlink" in notices


@pytest.mark.parametrize("name", ["broken.nc", "broken.zip", "broken.npy"])
def test_a_damaged_file_is_an_error_that_names_it(stimuli: Path, name: str):
    (stimuli / name).write_bytes(b"these are not the bytes you are looking for")
    with pytest.raises(DataError, match=name):
        draft_dataset(stimuli)


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("log.csv", b"a,b\n1,2\n1,2,3\n", "log.csv:3"),
        ("log.csv", b"", "log.csv"),
        ("log.csv", b"a,b\n1,\0\n", "log.csv:2"),
        ("log.parquet", b"PAR1 and no more", "log.parquet"),
    ],
)
def test_a_table_that_cannot_be_read_is_left_out_and_its_place_is_said(
    stimuli: Path, name: str, content: bytes, place: str
):
    (stimuli / name).write_bytes(content)
    draft = draft_dataset(stimuli)
    assert len(manifest_of(draft).stimulus_sets) == 1
    assert any(todo.startswith(f"fix {place}, or leave it out") for todo in draft.todos)


def test_a_stimulus_table_that_cannot_be_read_is_an_error_not_written_anew(folder: Path):
    write_stimuli(folder / "stimuli", "n0.png")
    (folder / "stimuli.csv").write_text("stimulus_id,filename\nn0,n0.png,more\n")
    with pytest.raises(DataError, match=r"^stimuli\.csv:2"):
        draft_dataset(folder)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_tables_as_spreadsheets_export_them_are_understood(folder: Path, encoding: str):
    write_stimuli(folder / "stimuli", "n0.png", "n1.png")
    text = 'stimulus_id;filename;object\r\nn0;n0.png;caf\xe9\r\nn1;n1.png;"a\r\nb"\r\n'
    (folder / "stimuli.csv").write_bytes(text.encode(encoding))
    draft = draft_dataset(folder)
    assert manifest_of(draft).stimulus_sets[0].metadata == "stimuli.csv"
    assert beyond_license(draft) == []
    assert ("Windows-1252" in said(draft)) == (encoding == "cp1252")


def test_above_10_mb_it_explains_how_to_pin_files(stimuli: Path):
    assert "source add" not in draft_dataset(stimuli).files["dataset.toml"]
    np.save(stimuli / "responses.npy", np.zeros((3, 1_000_000), np.float32))
    draft = draft_dataset(stimuli)
    assert "12 MB" in said(draft)
    for text in (said(draft), draft.files["dataset.toml"].replace("\n# ", " ")):
        assert "brainscore-data source add URL" in text
        assert "OSF" in text
        assert "Zenodo" in text


def test_an_existing_manifest_is_never_overwritten(stimuli: Path):
    write_draft(draft_dataset(stimuli))
    with pytest.raises(UsageError, match=r"dataset\.toml: is there already"):
        draft_dataset(stimuli)


def test_a_table_that_an_existing_manifest_names_and_lacks_is_written(folder: Path):
    write_stimuli(folder / "images", "a.png")
    manifest = (
        'schema = 1\n[dataset]\nlicense = "MIT"\n[[stimulus_set]]\nidentifier = "X2026"\nvisibility = "public"\n'
        'metadata = "things.csv"\nfiles = "images"\n'
    )
    (folder / "dataset.toml").write_text(manifest)
    (written,) = write_draft(draft_dataset(folder))
    assert written.read_text() == "stimulus_id,filename\na,a.png\n"
    assert (folder / "dataset.toml").read_text() == manifest


def test_a_file_that_came_in_between_is_left_alone_and_nothing_is_written(folder: Path):
    write_stimuli(folder / "images", "a.png")
    draft = draft_dataset(folder)
    (folder / "stimuli.csv").write_text("mine")
    with pytest.raises(UsageError, match=r"stimuli\.csv"):
        write_draft(draft)
    assert (folder / "stimuli.csv").read_text() == "mine"
    assert not (folder / "dataset.toml").exists()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"schema = ", "not valid TOML"),
        (b"schema = 1", "dataset: is missing"),
        (b"schema = 1\nschema_ = 2", "did you mean 'schema'"),
        (b"# caf\xe9", "UTF-8"),
    ],
)
def test_an_existing_manifest_that_is_wrong_is_an_error_that_says_what_is(
    stimuli: Path, content: bytes, what: str
):
    (stimuli / "dataset.toml").write_bytes(content)
    with pytest.raises(DataError, match=r"dataset\.toml") as caught:
        draft_dataset(stimuli)
    assert what in str(caught.value)


awkward = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/\\\0"),
    min_size=1,
    max_size=20,
).filter(
    lambda name: (
        not name.startswith(".") and len(name.encode()) < 100 and path_problem(f"{name}/a") is None
    )
)
set_aside = {"dataset.toml", "bundle", "__pycache__", "__MACOSX", "Thumbs.db", "desktop.ini"}


@given(
    name=awkward.filter(lambda name: name not in set_aside),
    column=st.text(min_size=1, max_size=10).filter(lambda c: c != "choice"),
)
@settings(deadline=None, max_examples=examples(15))
def test_any_name_of_a_file_or_column_gives_a_manifest_that_is_valid(
    tmp_path_factory: pytest.TempPathFactory, name: str, column: str
):
    folder = tmp_path_factory.mktemp("any") / name
    write_stimuli(folder / name, f"{name}.png")
    rows = [{"choice": "a", column: f"{name}.png"}, {"choice": "b", column: f"{name}.png"}]
    write_table(folder / f"{name}.csv", rows)
    manifest = dataset(folder)
    assert manifest.stimulus_sets[0].files == name
    assert all(is_key_safe(item.identifier) for item in manifest.assemblies)
    shutil.rmtree(folder)


def test_control_characters_in_a_columns_name_do_not_end_a_comment(stimuli: Path):
    write_table(stimuli / "trials.csv", trial_rows(**{"key \x7f\n[x]": "f"}))
    draft = draft_dataset(stimuli)
    assert len(manifest_of(draft).assemblies) == 1
    assert '[x]" is not published' in draft.files["dataset.toml"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"a\\b.png", "has a backslash"),
        (b"a\nb.png", "has a control character"),
        (b"a\xff.png", "has bytes that are not UTF-8"),
        (b"C:b.png", "is absolute"),
    ],
)
def test_a_name_that_no_manifest_can_hold_is_an_error(folder: Path, name: bytes, reason: str):
    (Path(folder) / name.decode(errors="surrogateescape")).write_bytes(b"")
    with pytest.raises(DataError, match=reason):
        draft_dataset(folder)


@given(st.text())
def test_an_identifier_is_always_safe_as_a_key(name: str):
    assert is_key_safe(identifier_for(name))


def test_a_name_without_a_year_is_pointed_out(tmp_path: Path):
    write_stimuli(tmp_path / "my-data", "a.png")
    draft = draft_dataset(tmp_path / "my-data")
    assert manifest_of(draft).stimulus_sets[0].identifier == "MyData"
    assert any("<FirstAuthor><YYYY>" in todo for todo in draft.todos)


def test_the_example_drafts_what_its_manifest_says(repository_root: Path, tmp_path: Path):
    source = repository_root / "examples" / "gratings"
    folder = tmp_path / "Example2026"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("dataset.toml"))
    draft = draft_dataset(folder, Answers(practice="trial_type=practice"))
    array, table = manifest_of(draft).assemblies
    assert isinstance(array, ArrayAssembly)
    assert isinstance(table, TableAssembly)
    assert array.dims == ["presentation", "neuroid", "time_bin"]
    assert table.stimulus_id == DerivedStimulusId.model_validate(
        {"column": "image_url", "from": "stem"}
    )
    assert beyond_license(draft) == []


def test_the_natural_images_draft_a_stimulus_set(shared_data: Path, tmp_path: Path):
    folder = tmp_path / "Natural2026"
    shutil.copytree(shared_data / "natural-images", folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    (folder / "neural").mkdir()
    write_netcdf(folder / "neural" / "assembly.nc", presentation=10, neuroid=2)
    draft = draft_dataset(folder)
    manifest = manifest_of(draft)
    assert manifest.stimulus_sets[0].metadata == "image_test_ten_images.csv"
    assert manifest.stimulus_sets[0].files == "."
    assert manifest.assemblies[0].stimulus_set == "Natural2026"
    assert beyond_license(draft) == []


def test_the_real_assemblies_draft_their_classes(shared_data: Path):
    manifest = dataset(shared_data / "assemblies")
    assert [each.assembly_class for each in manifest.assemblies] == [
        "NeuroidAssembly",
        "NeuroidAssembly",
        "SpikeTimesAssembly",
    ]


def test_sentence_tables_alone_are_no_dataset_yet(shared_data: Path):
    with pytest.raises(UsageError, match=r"langloc_fmri_run1_stim_set1\.csv is not used"):
        draft_dataset(shared_data / "sentences")
