from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
import tomllib
import unicodedata
import uuid
import zipfile
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.locating import path_problem
from brainscore_data.dataset.manifest import (
    ArrayAssembly,
    DerivedStimulusId,
    Manifest,
    NetcdfAssembly,
    TableAssembly,
)
from brainscore_data.drafting.drafts import Draft, draft_dataset, identifier_for, write_draft
from brainscore_data.drafting.stimuli import stimulus_table
from brainscore_data.errors import DataError, UsageError
from brainscore_data.packaging.stimuli.files import list_stimuli

Rows = list[dict[str, Any]]


def write_table(path: Path, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_stimuli(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"an image")


def write_netcdf(path: Path, **sizes: int) -> None:
    with netCDF4.Dataset(path, "w") as file:
        for dim, size in sizes.items():
            file.createDimension(dim, size)
        data = file.createVariable("data", "f4", tuple(sizes))
        if "presentation" in sizes:
            data.coordinates = "stimulus_id"
            ids = file.createVariable("stimulus_id", str, ("presentation",))
            for index in range(sizes["presentation"]):
                ids[index] = f"n{index}"


def manifest_of(draft: Draft) -> Manifest:
    return Manifest.model_validate(tomllib.loads(draft.files["dataset.toml"]))


def dataset(folder: Path) -> Manifest:
    return manifest_of(draft_dataset(folder))


def assembly(folder: Path) -> Any:
    (only,) = dataset(folder).assemblies
    return only


def said(draft: Draft) -> str:
    return "\n".join((*draft.notices, *draft.todos))


def beyond_license(draft: Draft) -> list[str]:
    return [todo for todo in draft.todos if not todo.startswith("license")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, called as a dataset should be."""
    path = tmp_path / "Author2026"
    path.mkdir()
    return path


@pytest.fixture
def stimuli(folder: Path) -> Path:
    """A folder with three stimuli and their table."""
    write_stimuli(folder / "stimuli", "n0.png", "n1.png", "n2.png")
    rows = [{"stimulus_id": f"n{i}", "filename": f"n{i}.png", "thing": i} for i in range(3)]
    write_table(folder / "stimuli.csv", rows)
    return folder


# --- stimulus sets -----------------------------------------------------------------------------


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
    assert '"figure.png"' in said(draft)


# --- assemblies --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "assembly_class"),
    [
        ({"presentation": 3, "neuroid": 2}, "NeuroidAssembly"),
        ({"neuroid": 2, "presentation": 3, "time_bin": 1}, "NeuroidAssembly"),
        ({"event": 5}, "SpikeTimesAssembly"),
        ({"presentation": 3}, "BehavioralAssembly"),
        ({"presentation": 3, "choice": 2}, "BehavioralAssembly"),
        ({"layer": 3, "metric": 2}, "DataAssembly"),
    ],
)
def test_the_class_of_a_netcdf_file_follows_its_dims(
    folder: Path, sizes: dict[str, int], assembly_class: str
):
    write_netcdf(folder / "assembly.nc", **sizes)
    found = assembly(folder)
    assert isinstance(found, NetcdfAssembly)
    assert (found.data, found.assembly_class) == ("assembly.nc", assembly_class)


def test_an_assembly_belongs_to_the_stimulus_set_that_has_its_ids(stimuli: Path):
    write_stimuli(stimuli / "others", "o0.png")
    write_netcdf(stimuli / "assembly.nc", presentation=3, neuroid=2)
    assert assembly(stimuli).stimulus_set == "Author2026.stimuli"


def test_the_older_image_id_is_an_id_as_it_is_to_readers(folder: Path):
    write_stimuli(folder / "images", "n0.png", "n1.png")
    write_netcdf(folder / "rates.nc", presentation=2, neuroid=3)
    with netCDF4.Dataset(folder / "rates.nc", "a") as file:
        file.renameVariable("stimulus_id", "image_id")
        file["data"].coordinates = "image_id"
    draft = draft_dataset(folder)
    assert manifest_of(draft).assemblies[0].stimulus_set == "Author2026"
    assert beyond_license(draft) == []


def test_a_file_with_several_variables_is_no_assembly_yet(folder: Path):
    write_stimuli(folder / "images", "n0.png", "n1.png")
    write_netcdf(folder / "rates.nc", presentation=2, neuroid=3)
    with netCDF4.Dataset(folder / "rates.nc", "a") as file:
        file.createVariable("noise", "f4", ("neuroid",))
    (todo,) = beyond_license(draft_dataset(folder))
    assert 'rates.nc has the variables "data", "noise"' in todo


def test_an_assembly_without_stimuli_says_how_to_name_them(folder: Path):
    write_netcdf(folder / "assembly.nc", presentation=3, neuroid=2)
    assert assembly(folder).stimulus_set is None
    assert "# stimulus_set = " in draft_dataset(folder).files["dataset.toml"]


def write_array(folder: Path, shape: tuple[int, ...], **tables: Rows) -> None:
    np.save(folder / "responses.npy", np.zeros(shape, np.float32))
    for name, rows in tables.items():
        write_table(folder / f"{name}.csv", rows)


PRESENTATIONS = [{"stimulus_id": f"n{i % 3}", "repetition": i // 3} for i in range(6)]
NEUROIDS = [{"neuroid_id": f"u{i}", "region": "V1"} for i in range(4)]
TIME_BINS = [{"time_bin_start": 50 * i, "time_bin_end": 50 * i + 50} for i in range(2)]


def test_dims_of_an_array_follow_from_the_tables_that_have_as_many_rows(stimuli: Path):
    write_array(stimuli, (4, 2, 6), trials=PRESENTATIONS, units=NEUROIDS, times=TIME_BINS)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.dims == ["neuroid", "time_bin", "presentation"]
    assert found.coords == {
        "neuroid": "units.csv",
        "time_bin": "times.csv",
        "presentation": "trials.csv",
    }
    assert (found.assembly_class, found.stimulus_set) == ("NeuroidAssembly", "Author2026")
    assert beyond_license(draft) == []


def test_an_axis_without_a_table_says_which_table_it_needs(stimuli: Path):
    write_array(stimuli, (6, 4), presentations=PRESENTATIONS)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.coords == {"presentation": "presentations.csv"}
    (todo,) = beyond_license(draft)
    assert "neuroids.csv" in todo
    assert "4 rows" in todo
    assert "neuroid_id" in todo
    assert "# TODO: add neuroids.csv" in draft.files["dataset.toml"]


def test_a_table_with_as_many_rows_but_no_id_is_used_and_told_so(stimuli: Path):
    channels = [{"channel": i} for i in range(4)]
    write_array(stimuli, (6, 4), presentations=PRESENTATIONS, channels=channels)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.coords["neuroid"] == "channels.csv"
    assert beyond_license(draft) == ["channels.csv needs a column neuroid_id"]


def test_axes_of_equal_length_are_a_guess_and_that_is_said(folder: Path):
    write_array(folder, (4, 4), presentations=PRESENTATIONS[:4], neuroids=NEUROIDS)
    draft = draft_dataset(folder)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.dims == ["presentation", "neuroid"]
    assert "could be swapped" in said(draft)


@pytest.mark.parametrize("shape", [(6,), (6, 4), (6, 4, 2), (6, 4, 2, 5), (1, 1, 1, 1, 1)])
def test_an_array_alone_gives_a_manifest_that_is_valid_and_says_what_it_needs(
    folder: Path, shape: tuple[int, ...]
):
    write_array(folder, shape)
    draft = draft_dataset(folder)
    assert len(manifest_of(draft).assemblies) == 1
    assert len(beyond_license(draft)) >= len(shape)


def test_an_array_of_objects_is_an_error_that_names_the_file(folder: Path):
    np.save(folder / "responses.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"responses\.npy.*no array of numbers"):
        draft_dataset(folder)


def trial_rows(**extra: Any) -> Rows:
    return [
        {
            "participant": 1 + i // 3,
            "image_url": f"https://example.org/v1/n{i % 3}.png?size=2",
            "choice": "left",
            "rt": 400 + i,
            **{name: value(i) if callable(value) else value for name, value in extra.items()},
        }
        for i in range(6)
    ]


def test_a_table_of_trials_becomes_a_behavioral_assembly(stimuli: Path):
    write_table(stimuli / "trials.csv", trial_rows())
    found = assembly(stimuli)
    assert isinstance(found, TableAssembly)
    assert found.assembly_class == "BehavioralAssembly"
    assert (found.table, found.value, found.stimulus_set) == ("trials.csv", "choice", "Author2026")
    assert found.stimulus_id == DerivedStimulusId.model_validate(
        {"column": "image_url", "from": "stem"}
    )
    assert found.columns == ["stimulus_id", "participant", "choice", "rt"]


def test_a_parquet_table_of_trials_is_one_too(stimuli: Path):
    parquet.write_table(pa.Table.from_pylist(trial_rows()), stimuli / "trials.parquet")
    found = assembly(stimuli)
    assert isinstance(found, TableAssembly)
    assert (found.table, found.value) == ("trials.parquet", "choice")


@pytest.mark.parametrize("value", ["response", "answer", "correct", "rt", "Choice", "reactionTime"])
def test_the_value_is_guessed_from_the_names_of_columns(folder: Path, value: str):
    rows = [{"stimulus_id": "n0", value: "1"}, {"stimulus_id": "n0", value: "0"}]
    write_table(folder / "trials.csv", rows)
    found = assembly(folder)
    assert isinstance(found, TableAssembly)
    assert found.value == value
    assert found.stimulus_id == "stimulus_id"


def test_columns_that_name_people_are_left_out_and_each_is_said_why(stimuli: Path):
    rows = trial_rows(
        worker=lambda i: f"A1{i}ZSXSSGW80FN", mail=lambda i: f"p{i}@example.org", dob="1990-01-01"
    )
    write_table(stimuli / "trials.csv", rows)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, TableAssembly)
    assert not {"worker", "mail", "dob"} & {*found.columns}
    for column, reason in (
        ("worker", "MTurk worker ids"),
        ("mail", "e-mail addresses"),
        ("dob", "birth dates"),
    ):
        assert f'"{column}" is left out: it holds {reason}' in said(draft)
        assert f'# "{column}" is not published: it holds {reason}' in draft.files["dataset.toml"]
    assert 'trials.csv names people in "worker", "mail", "dob"' in beyond_license(draft)[0]


def test_session_ids_and_participant_numbers_stay(stimuli: Path):
    rows = trial_rows(session=lambda _: str(uuid.uuid4()))
    write_table(stimuli / "trials.csv", rows)
    assert {"participant", "session"} < {*assembly(stimuli).columns}


def test_columns_of_the_stimulus_set_and_unreadable_names_are_left_out_and_said(stimuli: Path):
    write_table(stimuli / "trials.csv", trial_rows(**{"thing": 1, "key press": "f"}))
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, TableAssembly)
    assert not {"thing", "key press"} & {*found.columns}
    assert '"thing" is left out: it is in the stimulus set' in said(draft)
    assert '"key press" is left out: readers need names without blanks' in said(draft)


def test_practice_trials_and_empty_choices_are_pointed_out(stimuli: Path):
    rows = trial_rows(phase=lambda i: "practice" if i == 0 else "main")
    rows[3]["choice"] = ""
    write_table(stimuli / "trials.csv", rows)
    text = draft_dataset(stimuli).files["dataset.toml"]
    assert '# where = { phase = "main" }' in text
    assert '# missing = "none"' in text


def test_trials_without_a_known_stimulus_say_so(stimuli: Path):
    write_table(stimuli / "trials.csv", [{"item": "x", "choice": 1}, {"item": "y", "choice": 2}])
    draft = draft_dataset(stimuli)
    assert any("needs a column stimulus_id" in todo for todo in draft.todos)
    assert len(manifest_of(draft).assemblies) == 1


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


def test_one_table_per_participant_is_one_assembly_after_they_are_joined(stimuli: Path):
    for number in range(3):
        write_table(stimuli / f"sub{number}.csv", trial_rows())
    draft = draft_dataset(stimuli)
    assert len(manifest_of(draft).assemblies) == 1
    assert any('"sub1.csv", "sub2.csv" into sub0.csv' in todo for todo in draft.todos)


def test_several_assemblies_are_told_apart_by_their_files(folder: Path):
    write_netcdf(folder / "v1.nc", presentation=1, neuroid=2)
    write_netcdf(folder / "V1.x.nc", presentation=1, neuroid=2)
    write_netcdf(folder / "v1 x.nc", presentation=1, neuroid=2)
    identifiers = [each.identifier for each in dataset(folder).assemblies]
    assert len({each.replace(".", "_").casefold() for each in identifiers}) == 3
    assert all(map(is_key_safe, identifiers))


# --- the whole ---------------------------------------------------------------------------------


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
    assert "responses.mat is not used: save its arrays as .npy" in notices
    assert "sheet.xlsx is not used: save each sheet as csv" in notices
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
    assert any(todo.startswith(f"mend {place}, or leave it out") for todo in draft.todos)


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
        'schema = 1\n[dataset]\nlicense = "MIT"\n[[stimulus_set]]\nidentifier = "X2026"\n'
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
@settings(deadline=None, max_examples=60)
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


# --- plugin folders ----------------------------------------------------------------------------

LIBRARY = """
data_registry, stimulus_set_registry = {}, {}

def load_dataset(identifier):
    return data_registry[identifier]()

def load_stimulus_set(identifier):
    return stimulus_set_registry[identifier]()
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A data plugin's folder in a library with Brain-Score's two registries."""
    library = tmp_path / "brainscore_vision"
    folder = library / "data" / "author2026"
    write_stimuli(folder / "stimuli", "n0.png")
    write_netcdf(folder / "assembly.nc", presentation=1, neuroid=2)
    (library / "__init__.py").write_text(LIBRARY)
    (library / "data" / "__init__.py").write_text("")
    return folder


def run_plugin_tests(plugin: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-ra", plugin / "test.py"]
    finished = subprocess.run(
        command, cwd=plugin.parents[2], capture_output=True, text=True, check=False
    )
    return finished.stdout


def test_a_plugin_folder_gets_an_init_and_tests_that_wait_for_the_registration(plugin: Path):
    paths = write_draft(draft_dataset(plugin))
    assert {path.name for path in paths} == {
        "stimuli.csv",
        "dataset.toml",
        "__init__.py",
        "test.py",
    }
    assert "BIBTEX" in (plugin / "__init__.py").read_text()
    assert "2 skipped" in run_plugin_tests(plugin)
    with (plugin / "__init__.py").open("a") as stream:
        stream.write(
            "from brainscore_vision import data_registry, stimulus_set_registry\n"
            "import types\n"
            "named = {'identifier': 'Author2026'}\n"
            "data_registry['Author2026'] = lambda: types.SimpleNamespace(size=2, attrs=named)\n"
            "stimulus_set_registry['Author2026'] = lambda: _Set()\n"
            "class _Set(dict):\n"
            "    identifier, stimulus_paths = 'Author2026', {'n0': __file__}\n"
            "    def __init__(self): super().__init__(stimulus_id=['n0'])\n"
        )
    assert "2 passed" in run_plugin_tests(plugin)


def test_a_plugins_manifest_says_where_registrations_go(plugin: Path):
    assert dataset(plugin).dataset.plugin == "brainscore_vision/data/author2026"


def test_what_init_writes_is_no_registration_to_plugin_discovery(plugin: Path):
    text = draft_dataset(plugin).files["__init__.py"]
    assert "_registry[" not in text


def test_a_plugins_own_files_are_left_alone(plugin: Path):
    (plugin / "__init__.py").write_text("# mine")
    write_draft(draft_dataset(plugin))
    assert (plugin / "__init__.py").read_text() == "# mine"
    assert (plugin / "test.py").exists()


def test_the_language_library_has_no_stimulus_sets_to_test(plugin: Path):
    plugin.parents[1].rename(plugin.parents[2] / "brainscore_language")
    folder = plugin.parents[2] / "brainscore_language" / "data" / "author2026"
    text = draft_dataset(folder).files["test.py"]
    assert "stimulus_set" not in text
    assert "load_dataset" in text


def test_a_folder_elsewhere_is_no_plugin(stimuli: Path):
    assert set(draft_dataset(stimuli).files) == {"dataset.toml"}


# --- real inputs -------------------------------------------------------------------------------


def test_the_example_drafts_what_its_manifest_says(repository_root: Path, tmp_path: Path):
    source = repository_root / "examples" / "gratings"
    folder = tmp_path / "Example2026"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("dataset.toml"))
    draft = draft_dataset(folder)
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
