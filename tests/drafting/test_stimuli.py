from __future__ import annotations

import io
import unicodedata
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from drafted import (
    Rows,
    beyond_license,
    dataset,
    manifest_of,
    said,
    write_netcdf,
    write_stimuli,
    write_table,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import UsageError
from brainscore_data.drafting.drafts import draft_dataset
from brainscore_data.drafting.stimuli import stimulus_table
from brainscore_data.drafting.writing_down import write_draft
from brainscore_data.stimuli.files import list_stimuli

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_with_the_files_names_becomes_the_metadata(stimuli: Path):
    draft = draft_dataset(stimuli)
    (stimulus_set,) = manifest_of(draft).stimulus_sets
    assert (stimulus_set.metadata, stimulus_set.files) == ("stimuli.csv", "stimuli")
    assert stimulus_set.identifier == "Author2026"
    assert list(draft.files) == ["dataset.toml"]
    assert beyond_license(draft) == []


def test_an_item_is_private_unless_its_owner_says_otherwise(stimuli: Path):
    write_netcdf(stimuli / "assembly.nc", presentation=3, neuroid=2)
    manifest = dataset(stimuli)
    assert {item.visibility for item in (*manifest.stimulus_sets, *manifest.assemblies)} == {
        "private"
    }


def test_the_license_is_restricted_until_somebody_decides(stimuli: Path):
    draft = draft_dataset(stimuli)
    assert manifest_of(draft).dataset.license == "restricted"
    assert "# TODO: license" in draft.files["dataset.toml"]
    assert any(todo.startswith("license") for todo in draft.todos)


def test_stimuli_without_a_table_get_one_with_id_and_filename(folder: Path):
    write_stimuli(folder / "images", "n10.png", "n2.png", "n1.png")
    draft = draft_dataset(folder)
    table = pd.read_csv(io.StringIO(draft.files["stimuli.csv"]))
    assert table.to_dict("list") == {
        "stimulus_id": ["n1", "n2", "n10"],
        "filename": ["n1.png", "n2.png", "n10.png"],
    }
    assert manifest_of(draft).stimulus_sets[0].files == "images"


def test_files_of_the_operating_system_are_not_stimuli(folder: Path):
    write_stimuli(folder / "images", "a.png", ".DS_Store", "Thumbs.db", "._a.png")
    write_stimuli(folder / "__MACOSX" / "images", "a.png")
    draft = draft_dataset(folder)
    assert draft.files["stimuli.csv"].splitlines() == ["stimulus_id,filename", "a,a.png"]
    assert len(manifest_of(draft).stimulus_sets) == 1


def test_stimuli_in_a_zip_are_listed(folder: Path):
    with zipfile.ZipFile(folder / "stimuli.zip", "w") as archive:
        for name in ("b.png", "a.png", "__MACOSX/._a.png", ".DS_Store"):
            archive.writestr(name, b"an image")
    draft = draft_dataset(folder)
    assert draft.files["stimuli.csv"].splitlines()[1:] == ["a,a.png", "b,b.png"]
    assert manifest_of(draft).stimulus_sets[0].files == "stimuli.zip"


def test_stimuli_in_the_zip_of_a_folder_have_the_names_that_packaging_gives_them(folder: Path):
    path = folder / "images.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("images/", "images/__.png", "images/a.png", "__MACOSX/images/._a.png"):
            archive.writestr(name, b"an image")
    # macOS writes UTF-8, and nowhere that it is.
    path.write_bytes(path.read_bytes().replace(b"/__.png", "/ä.png".encode()))
    draft = draft_dataset(folder)
    assert draft.files["stimuli.csv"].splitlines()[1:] == ["a,a.png", "ä,ä.png"]
    assert beyond_license(draft) == []
    write_draft(draft)
    listed = list_stimuli(path, metadata=folder / "stimuli.csv", root=folder)
    assert sorted(listed.sizes) == ["a.png", "ä.png"]


@pytest.mark.parametrize("name", ["0001", "1e5", "NA", "true", "None", "-7", "inf", "1.5"])
def test_ids_that_readers_would_change_get_a_prefix_and_that_is_said(folder: Path, name: str):
    write_stimuli(folder / "images", f"{name}.png", "other.png")
    draft = draft_dataset(folder)
    table = pd.read_csv(io.StringIO(draft.files["stimuli.csv"]))
    assert set(table["stimulus_id"]) == {f"stimulus_{name}", "stimulus_other"}
    assert "'stimulus_'" in said(draft)
    assert name in said(draft)


def test_ids_that_would_repeat_are_the_whole_file_names_and_that_is_said(folder: Path):
    write_stimuli(folder / "images", "cat.png", "cat.jpg", "dog.png")
    draft = draft_dataset(folder)
    table = pd.read_csv(io.StringIO(draft.files["stimuli.csv"]))
    assert list(table["stimulus_id"]) == ["cat.jpg", "cat.png", "dog.png"]
    assert '"cat" would be there twice' in said(draft)


numberlike = st.from_regex(r"[ +-]?[0-9]{0,4}\.?[0-9]{0,3}([eE][+-]?[0-9]{1,2})?", fullmatch=True)
words = st.sampled_from(
    [
        "NA",
        "nan",
        "NaN",
        "None",
        "null",
        "TRUE",
        "false",
        "True",
        "inf",
        "-inf",
        "Infinity",
        "<NA>",
        "#N/A",
    ]
)
stems = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/\\"))


@given(st.lists((stems | numberlike | words).filter(bool), min_size=1, max_size=6, unique=True))
@settings(deadline=None)
def test_what_readers_get_back_is_what_was_written(names: list[str]):
    text, ids, _ = stimulus_table([f"{name}.png" for name in names])
    table = pd.read_csv(io.StringIO(text))
    assert list(table["stimulus_id"]) == list(ids)
    assert list(table["filename"]) == [f"{name}.png" for name in names]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        ([{"stimulus_id": "n0", "image": "n0.png"}], "call it filename"),
        ([{"image_id": "n0", "filename": "n0.png"}], "rename image_id"),
        ([{"thing": "n0", "filename": "n0.png"}], "needs a column stimulus_id"),
        ([{"stimulus_id": "n0"}], "needs a column filename"),
        ([{"stimulus_id": "n0", "filename": "stimuli/n0.png"}], "without folders"),
        ([{"stimulus_id": "n0", "filename": r"C:\me\n0.png"}], "without folders"),
        ([{"stimulus_id": "n0", "filename": "N0.PNG"}], 'writes "N0.PNG" otherwise'),
        ([{"stimulus_id": "n0", "filename": "other.png"}], 'lists "other.png"'),
        ([{"stimulus_id": "n0", "filename": "n0.png"}] * 2, "one row for each file, 1 of 2"),
    ],
)
def test_a_table_that_lacks_a_column_is_explained(folder: Path, rows: Rows, missing: str):
    write_stimuli(folder / "stimuli", "n0.png")
    write_table(folder / "stimuli.csv", rows)
    draft = draft_dataset(folder)
    assert manifest_of(draft).stimulus_sets[0].metadata == "stimuli.csv"
    assert any(missing in todo for todo in draft.todos)
    assert "# TODO: stimuli.csv" in draft.files["dataset.toml"]
    assert "stimuli.csv" not in draft.files


@pytest.mark.parametrize("path", ["images/{}.png", r"C:\images\{}.PNG", "/home/me/{}.png"])
def test_a_table_describes_the_stimuli_whose_paths_it_has(folder: Path, path: str):
    write_stimuli(folder / "images", "a.png", "b.png")
    write_table(folder / "info.csv", [{"image": path.format(name), "x": name} for name in "ab"])
    draft = draft_dataset(folder)
    assert manifest_of(draft).stimulus_sets[0].metadata == "info.csv"
    assert any("call it filename" in todo for todo in draft.todos)


def test_accents_are_told_to_be_written_otherwise(folder: Path):
    """As macOS writes them in names of files, and nobody in a table."""
    write_stimuli(folder / "images", unicodedata.normalize("NFD", "Öl.png"))
    write_table(folder / "info.csv", [{"stimulus_id": "s", "filename": "Öl.png"}])
    draft = draft_dataset(folder)
    (todo,) = beyond_license(draft)
    assert "otherwise than the files are called" in todo
    assert "not in info.csv" not in said(draft)


def test_a_table_describes_the_folder_of_which_it_names_most(folder: Path):
    write_stimuli(folder / "images", "a.png", "b.png")
    write_stimuli(folder / "figures", "a.png")
    rows = [{"stimulus_id": name, "filename": f"{name}.png"} for name in "ab"]
    write_table(folder / "info.csv", rows)
    draft = draft_dataset(folder)
    found = {each.files: each.metadata for each in manifest_of(draft).stimulus_sets}
    assert found == {"figures": "figures.csv", "images": "info.csv"}
    assert beyond_license(draft) == []


def test_a_table_that_has_stimuli_in_several_rows_is_not_used_and_told_why(folder: Path):
    write_stimuli(folder / "images", "a.png", "b.png")
    rows = [{"image": f"{name}.png", "repetition": i} for i in range(2) for name in "ab"]
    write_table(folder / "shown.csv", rows)
    draft = draft_dataset(folder)
    assert 'shown.csv is not used: "image" has the stimuli in images in several rows' in said(draft)


def test_files_that_are_listed_and_missing_or_there_and_not_listed_are_named(folder: Path):
    write_stimuli(folder / "stimuli", "a.png", "b.png", "c.png")
    rows = [{"stimulus_id": name, "filename": f"{name}.png"} for name in "abd"]
    write_table(folder / "stimuli.csv", rows)
    draft = draft_dataset(folder)
    assert any('"d.png"' in todo for todo in draft.todos)
    assert any('"c.png"' in notice for notice in draft.notices)


def test_stimuli_in_subfolders_are_one_set_and_must_move(folder: Path):
    write_stimuli(folder / "stimuli", "cats/1.png", "dogs/1.png")
    draft = draft_dataset(folder)
    assert len(manifest_of(draft).stimulus_sets) == 1
    assert any("subfolders" in todo for todo in draft.todos)


def test_a_dataset_in_a_subfolder_is_left_to_itself_and_that_is_said(folder: Path):
    write_stimuli(folder / "other", "a.png")
    write_draft(draft_dataset(folder / "other"))
    with pytest.raises(UsageError, match="other is not used: it is a dataset of its own"):
        draft_dataset(folder)
    write_stimuli(folder / "images", "b.png")
    draft = draft_dataset(folder)
    assert manifest_of(draft).stimulus_sets[0].files == "images"
    assert "other is not used" in said(draft)


def test_names_that_differ_in_case_only_must_change(folder: Path):
    write_stimuli(folder / "stimuli", "a.png", "A.png")
    assert any("differ in case only" in todo for todo in draft_dataset(folder).todos)


def test_two_folders_of_stimuli_are_two_sets_with_a_table_each(folder: Path):
    write_stimuli(folder / "faces", "f1.png")
    write_stimuli(folder / "objects", "o1.png")
    draft = draft_dataset(folder)
    assert {(s.identifier, s.metadata, s.files) for s in manifest_of(draft).stimulus_sets} == {
        ("Author2026.faces", "faces.csv", "faces"),
        ("Author2026.objects", "objects.csv", "objects"),
    }
    assert {"faces.csv", "objects.csv"} < set(draft.files)


def test_a_picture_beside_the_folder_of_stimuli_is_not_one_and_that_is_said(stimuli: Path):
    write_stimuli(stimuli, "figure.png")
    draft = draft_dataset(stimuli)
    assert [each.files for each in manifest_of(draft).stimulus_sets] == ["stimuli"]
    assert "figure.png is not used: there are stimuli in stimuli, too" in said(draft)
