"""Whatever is wrong with a dataset: one clear message, exit code 1, and nothing half done.

The tables are read line by line: this fault, and the words that tell where it is and what to do.
By day one of each table is mended and published; by night each of them is.
"""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr
from how_often import NIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    f"oid sha256:{hashlib.sha256(b'whole').hexdigest()}\nsize 5000000\n"
)
PULL = "git lfs pull"
PLAIN_NAME = "write the file's plain name"
SOURCE = '[sources]\n"v4.nc" = {{ url = "{}", sha256 = "{}" }}\n\n[dataset]'


def edit(name: str, old: str, new: str) -> Callable:
    return lambda study: study.edit(name, old, new)


def stimuli(old: str, new: str) -> Callable:
    return edit("stimuli.csv", old, new)


def manifest(old: str, new: str) -> Callable:
    return edit("dataset.toml", old, new)


def write(name: str, content: str | bytes) -> Callable:
    def fault(study):
        study.path(name).parent.mkdir(exist_ok=True)
        study.path(name).write_bytes(content.encode() if isinstance(content, str) else content)

    return fault


def remove(name: str) -> Callable:
    return lambda study: study.path(name).unlink()


def rename(old: str, new: str) -> Callable:
    return lambda study: study.path(old).rename(study.path(new))


def cut(name: str) -> Callable:
    def fault(study):
        content = study.path(name).read_bytes()
        study.path(name).write_bytes(content[: len(content) * 3 // 4])

    return fault


def netcdf(change: Callable[[xr.Dataset], xr.Dataset]) -> Callable:
    def fault(study):
        with xr.open_dataset(study.path("v4.nc")) as opened:
            changed = change(opened.load())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", xr.SerializationWarning)  # labs overlook it, too
            changed.to_netcdf(study.path("v4.nc"))

    return fault


def array(values: np.ndarray) -> Callable:
    return lambda study: np.save(study.path("it.npy"), values)


# fmt: off
FAULTS_OF_STIMULUS_SETS = {
    "no column stimulus_id": (stimuli("stimulus_id,", "stim,"), ["stimuli.csv:1: ", "no column 'stimulus_id'", "rename the column of ids", "are: stim,"]),
    "no column filename": (stimuli("filename,", "file,"), ["stimuli.csv:1: ", "no column 'filename'", "is it 'file'? Rename that column"]),
    "an id twice": (stimuli("s2,s2.png", "s1,s2.png"), ["stimuli.csv:3 (stimulus_id): ", "'s1'", "stimuli.csv:2", "needs one of its own"]),
    "a filename twice": (stimuli("s2,s2.png", "s2,s1.png"), ["stimuli.csv:3: ", "'s1.png'", "stimuli.csv:2, too", "needs one of its own"]),
    "an empty id": (stimuli("s2,s2.png", ",s2.png"), ["stimuli.csv:3 (stimulus_id): ", "stimulus_id is empty", "fill it in"]),
    "an id that readers change": (stimuli("s2,s2.png", "NA,s2.png"), ["stimuli.csv:3 (stimulus_id): ", "'NA' becomes a missing value", "put a letter in front"]),
    "an empty filename": (stimuli("s2.png", ""), ["stimuli.csv:3: ", "filename is empty", "fill it in"]),
    "a filename without a file": (stimuli("s2.png", "s02.png"), ["stimuli.csv:3: ", "'s02.png' is listed, and there is no such file", "did you mean 's2.png'?"]),
    "a stimulus that was not copied": (remove("stimuli/s2.png"), ["stimuli.csv:3: ", "'s2.png' is listed, and there is no such file", "put it into"]),
    "a stimulus that no row lists": (write("stimuli/s4.png", "new"), ["stimuli (s4.png): ", "no row of", "stimuli.csv lists it", "add a row"]),
    "an absolute filename": (stimuli("s2.png", "/data/s2.png"), ["stimuli.csv:3: ", "'/data/s2.png' is an absolute path", PLAIN_NAME]),
    "an absolute filename of Windows": (stimuli("s2.png", "C:\\data\\s2.png"), ["stimuli.csv:3: ", "is an absolute path", PLAIN_NAME]),
    "a filename with ..": (stimuli("s2.png", "../s2.png"), ["stimuli.csv:3: ", "'../s2.png' leads out of the folder", PLAIN_NAME]),
    "a filename in a subfolder": (stimuli("s2.png", "cats/s2.png"), ["stimuli.csv:3: ", "'cats/s2.png' is in a subfolder", PLAIN_NAME]),
    "a subfolder among the stimuli": (write("stimuli/cats/s4.png", "new"), ["stimuli: ", "a subfolder 'cats'", "move its files up"]),
    "filenames that differ in case only": (stimuli("s2.png", "S1.png"), ["stimuli.csv:3: ", "'s1.png'", "'S1.png'", "same name on some systems", "rename one of the two"]),
    "a filename in another case than its file": (stimuli("s2.png", "S2.png"), ["stimuli.csv:3: ", "'S2.png'", "did you mean 's2.png'?"]),
    "a row that is too long": (stimuli(",cat", ",cat,tabby"), ["stimuli.csv:3: ", "4 cells and the header has 3", "need quotes"]),
    "a row that is too short": (stimuli(",cat", ""), ["stimuli.csv:3: ", "2 cells and the header has 3", "add what is missing"]),
    "a quote that never closes": (stimuli(",cat", ',"cat'), ["stimuli.csv:3: ", "never closes", "close it"]),
    "an empty csv": (write("stimuli.csv", ""), ["stimuli.csv: ", "the file is empty", "a header and rows"]),
    "a csv with a header only": (write("stimuli.csv", "stimulus_id,filename\n"), ["stimuli.csv: ", "no rows", "was it exported whole?"]),
    "a spreadsheet for a csv": (write("stimuli.csv", b"PK\x03\x04\0\0\x08\0"), ["stimuli.csv: ", "this is a spreadsheet (.xlsx)", "save each sheet as csv"]),
    "not a csv": (remove("stimuli.csv"), ["dataset.toml: [[stimulus_set]] 1 (Doe2024): ", "there is no 'stimuli.csv'", "put it below the folder"]),
    "a folder for the csv": (manifest('"stimuli.csv"', '"stimuli"'), ["dataset.toml: [[stimulus_set]] 1 (Doe2024): ", "'stimuli' is a folder", "name the file"]),
    "a csv for the folder": (manifest('files = "stimuli"', 'files = "trials.csv"'), ["trials.csv: ", "this is not a zip", "make it again"]),
    "no folder of stimuli": (rename("stimuli", "pictures"), ["dataset.toml: [[stimulus_set]] 1 (Doe2024): ", "there is no 'stimuli'", "put it below the folder"]),
}

FAULTS_OF_ASSEMBLIES = {
    # from .nc
    "a truncated nc": (cut("v4.nc"), ["v4.nc (Doe2024.V4): ", "damaged or cut off", "download or export it again"]),
    "an empty nc": (write("v4.nc", ""), ["v4.nc (Doe2024.V4): ", "not a netCDF file", "save it again"]),
    "an nc that is something else": (write("v4.nc", "spikes"), ["v4.nc (Doe2024.V4): ", "not a netCDF file", "save it again"]),
    "no nc": (remove("v4.nc"), ["dataset.toml: [[assembly]] 1 (Doe2024.V4): ", "there is no 'v4.nc'", "[sources]"]),
    "a folder for an nc": (manifest('"v4.nc"', '"stimuli"'), ["dataset.toml: [[assembly]] 1 (Doe2024.V4): ", "'stimuli' is a folder", "name the file"]),
    "an nc with two data variables": (netcdf(lambda data: data.assign(psth=data["rates"] * 2)), ["v4.nc (Doe2024.V4): ", "exactly one data variable", "'rates', 'psth'", "set_coords"]),
    "an nc without a data variable": (netcdf(lambda data: data.drop_vars("rates")), ["v4.nc (Doe2024.V4): ", "no data variable", "xr.DataArray"]),
    "a coordinate with a space": (netcdf(lambda data: data.rename(region="brain region")), ["v4.nc (Doe2024.V4): ", "'brain region'", "rename 'brain region'", "blank"]),
    "a coordinate with its dimension's name": (netcdf(lambda data: data.assign_coords(neuroid=[1, 2])), ["v4.nc (Doe2024.V4: coordinate 'neuroid'): ", "neuroid_level_0", "rename the coordinate"]),
    "a coordinate of another length": (netcdf(lambda data: data.assign_coords(depth=("layer", [1, 2, 3]))), ["v4.nc (Doe2024.V4): ", "'depth'", "dimensions that the data does not have", "remove them"]),
    "an nc whose dims do not fit the class": (netcdf(lambda data: data.rename(neuroid="electrode")), ["v4.nc (Doe2024.V4): ", "presentation x neuroid", "here they are presentation x electrode", "rename the dimensions, or choose another class"]),
    "ids that the stimulus set does not have": (netcdf(lambda data: data.assign_coords(stimulus_id=("presentation", ["s1", "s2", "s9"]))), ["v4.nc (Doe2024.V4: coordinate 'stimulus_id'): ", "'s9'", "correct the ids"]),
    "text of no encoding in an nc": (netcdf(lambda data: data.assign_coords(area=("neuroid", np.array([b"V4\xff", b"V4"])))), ["v4.nc (Doe2024.V4: coordinate 'area'): ", "decode it to text"]),
    # from .npy and csvs
    "coordinates that are too long": (edit("neuroids.csv", "n2,IT\n", "n2,IT\nn3,IT\n"), ["neuroids.csv (Doe2024.IT): ", "3 rows", "'neuroid'", "length 2", "one row for each element"]),
    "coordinates that are too short": (edit("presentations.csv", "s3,0\n", ""), ["presentations.csv (Doe2024.IT): ", "2 rows", "'presentation'", "length 3", "one row for each element"]),
    "an array with more dimensions": (array(np.zeros((3, 2, 5))), ["it.npy (Doe2024.IT): ", "(3, 2, 5)", "presentation, neuroid", "name each dimension once", 'dims = ["presentation", "neuroid", "time_bin"]']),
    "a truncated npy": (cut("it.npy"), ["it.npy (Doe2024.IT): ", "cannot be read", "copy it whole"]),
    "a pickled npy": (array(np.array([{"rate": 1}, None], dtype=object)), ["it.npy (Doe2024.IT): ", "cannot be read as a plain numpy array", "allow_pickle=False"]),
    "no npy": (remove("it.npy"), ["dataset.toml: [[assembly]] 2 (Doe2024.IT): ", "there is no 'it.npy'", "put it below the folder"]),
    "a folder for an npy": (manifest('"it.npy"', '"stimuli"'), ["dataset.toml: [[assembly]] 2 (Doe2024.IT): ", "'stimuli' is a folder", "name the file"]),
    "a column with a space": (edit("neuroids.csv", "region", "brain region"), ["neuroids.csv (Doe2024.IT): ", "'brain region'", "blank", "the column"]),
    "a column with its dimension's name": (edit("neuroids.csv", "neuroid_id", "neuroid"), ["neuroids.csv (Doe2024.IT): ", "'neuroid'", "neuroid_level_0", "the column"]),
    "an empty cell among text": (edit("neuroids.csv", "n2,IT", "n2,"), ["neuroids.csv:3 (Doe2024.IT): ", "'region'", "cell is empty", "missing = "]),
    # from a table of trials
    "a value column that is not there": (manifest('value = "choice"', 'value = "response"'), ["trials.csv (Doe2024.choices): ", "no column 'response'", "correct `value` in dataset.toml", "'choice'"]),
    "a published column that is not there": (manifest('"rt"]', '"reaction"]'), ["trials.csv (Doe2024.choices): ", "no column 'reaction'", "correct `columns` in dataset.toml"]),
    "a where that leaves no row": (manifest('"main"', '"mian"'), ["trials.csv (Doe2024.choices): ", "leaves no row", "trial_type has 'practice', 'main'", "correct `where` in dataset.toml"]),
    "a where about no column": (manifest("trial_type =", "phase ="), ["trials.csv (Doe2024.choices): ", "no column 'phase'", "correct `where` in dataset.toml"]),
    "trials without stimulus ids": (edit("trials.csv", "stimulus_id,", "image,"), ["trials.csv (Doe2024.choices): ", "no column 'stimulus_id'", "name it in dataset.toml", "'image'"]),
    "a trial that is too long": (edit("trials.csv", "602,main", "602,main,,"), ["trials.csv:4 (Doe2024.choices): ", "6 cells and the header has 4", "need quotes"]),
    "a folder for a table": (manifest('"trials.csv"', '"stimuli"'), ["dataset.toml: [[assembly]] 3 (Doe2024.choices): ", "'stimuli' is a folder", "name the file"]),
    "a csv for a parquet": (lambda study: (rename("trials.csv", "trials.parquet")(study), manifest("trials.csv", "trials.parquet")(study)), ["trials.parquet (Doe2024.choices): ", "cannot be read as parquet", "the copy or the download is complete"]),
}

FAULTS_OF_MANIFESTS = {
    "an unknown class": (manifest("BehavioralAssembly", "BehaviouralAssembly"), ["dataset.toml: [[assembly]] 3 (Doe2024.choices): class: ", "did you mean 'BehavioralAssembly'?"]),
    "dims that do not fit the class": (manifest('["presentation", "neuroid"]', '["presentation", "electrode"]'), ["dataset.toml: [[assembly]] 2 (Doe2024.IT): dims: ", "has presentation x neuroid or", "and this has presentation x electrode", "write class = "]),
    "a stimulus set that nobody registers": (manifest('stimulus_set = "Doe2024"\ndata', 'stimulus_set = "Deo2024"\ndata'), ["dataset.toml:12 ([[assembly]] 1 (Doe2024.V4)): ", "'Deo2024' is neither in this file nor registered", "did you mean 'Doe2024'?"]),
    "a stimulus set like none": (manifest('stimulus_set = "Doe2024"\ndata', 'stimulus_set = "hvm"\ndata'), ["dataset.toml:12 ([[assembly]] 1 (Doe2024.V4)): ", "'hvm' is neither in this file nor registered", "correct the name, or add"]),
    "an unknown key": (manifest("license", "licence"), ["dataset.toml: ", "[dataset]: licence", "did you mean 'license'?"]),
    "a key of the wrong type": (manifest('metadata = "stimuli.csv"', "metadata = 3"), ["dataset.toml: [[stimulus_set]] 1 (Doe2024): metadata: ", "must be text"]),
    "a key that is missing": (manifest('class = "BehavioralAssembly"\n', ""), ["dataset.toml: [[assembly]] 3 (Doe2024.choices): class: ", "is missing"]),
    "a file outside of the folder": (manifest('"stimuli.csv"', '"../stimuli.csv"'), ["dataset.toml: [[stimulus_set]] 1 (Doe2024): metadata: ", "leaves the folder", "move the file into it"]),
    "an identifier twice": (manifest("Doe2024.IT", "Doe2024.V4"), ["dataset.toml: [[assembly]] 2 (Doe2024.V4): identifier: ", "also the identifier of [[assembly]] 1"]),
    "two identifiers of one key": (manifest("Doe2024.IT", "Doe2024_V4"), ["dataset.toml: [[assembly]] 2 (Doe2024_V4): identifier: ", "becomes the same key", "'Doe2024.V4'"]),
    "no TOML": (manifest('"CC-BY-4.0"', "CC-BY-4.0"), ["dataset.toml:3: ", "not valid TOML", "text needs quotes"]),
    "a source without https": (manifest("[dataset]", SOURCE.format("http://a.org/a", "0" * 64)), ["dataset.toml: [sources]: ", "url: must be https://"]),
    "a source with half a hash": (manifest("[dataset]", SOURCE.format("https://a.org/a", "0" * 32)), ["dataset.toml: [sources]: ", "sha256: must be 64 hexadecimal digits"]),
}

LFS_POINTERS = {
    "an LFS pointer for a stimulus": (write("stimuli/s2.png", POINTER), ["s2.png: ", PULL]),
    "an LFS pointer for stimuli.csv": (write("stimuli.csv", POINTER), ["(Doe2024): 'stimuli.csv'", PULL]),
    "an LFS pointer for an nc": (write("v4.nc", POINTER), ["(Doe2024.V4): 'v4.nc'", PULL]),
    "an LFS pointer for an npy": (write("it.npy", POINTER), ["(Doe2024.IT): 'it.npy'", PULL]),
    "an LFS pointer for trials": (write("trials.csv", POINTER), ["(Doe2024.choices): 'trials.csv'", PULL]),
    "an LFS pointer for the manifest": (write("dataset.toml", POINTER), ["dataset.toml: ", PULL]),
}
# fmt: on

ONE_OF_EACH = {
    "no column stimulus_id",
    "a truncated nc",
    "an unknown class",
    "an LFS pointer for trials",
}
FAULTS = FAULTS_OF_STIMULUS_SETS | FAULTS_OF_ASSEMBLIES | FAULTS_OF_MANIFESTS | LFS_POINTERS


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_and_leaves_nothing_and_once_mended_it_works(
    study, command, contents, tmp_path, name
):
    fault, words = FAULTS[name]
    store, bundle = tmp_path / "store", tmp_path / "bundles" / "doe2024"
    publish = ("publish", study.folder, "--store", store.as_uri(), "-o", bundle)
    fault(study)
    damaged = contents(study.folder)

    packaged = command("package", study.folder, "-o", bundle)
    assert packaged.code == 1, packaged.err
    assert packaged.explains(*words)
    published = command(*publish)
    assert (published.code, published.err) == (1, packaged.err)
    assert contents(bundle.parent) == contents(store) == {}
    assert contents(study.folder) == damaged  # and so no receipts

    if not (NIGHT or name in ONE_OF_EACH):
        return
    study.mend()
    assert command(*publish).code == 0
    assert (bundle / "bundle.json").is_file()
    assert (study.folder / "receipts.json").is_file()


def test_all_files_that_are_not_there_are_told_at_once(study, command, tmp_path):
    for name in ("v4.nc", "it.npy", "trials.csv"):
        study.path(name).unlink()
    study.path("trials.csv").mkdir()
    packaged = command("package", study.folder, "-o", tmp_path / "bundle")
    assert packaged.code == 1
    assert packaged.explains(
        "dataset.toml: 3 of the files that it names cannot be used",
        "\n  [[assembly]] 1 (Doe2024.V4): there is no 'v4.nc'",
        "\n  [[assembly]] 2 (Doe2024.IT): there is no 'it.npy'",
        "\n  [[assembly]] 3 (Doe2024.choices): 'trials.csv' is a folder, and this needs a file",
    )


@pytest.mark.parametrize("name", ["v4.nc", "it.npy", "presentations.csv", "trials.csv"])
@pytest.mark.parametrize("instead", ["nothing", "a folder"])
def test_a_check_names_the_entry_of_a_file_that_is_not_there(study, command, name, instead):
    line, entry = {
        "v4.nc": (12, "[[assembly]] 1 (Doe2024.V4)"),
        "trials.csv": (28, "[[assembly]] 3 (Doe2024.choices)"),
    }.get(name, (19, "[[assembly]] 2 (Doe2024.IT)"))
    study.path(name).unlink()
    said = f"there is no '{name}'"
    if instead == "a folder":
        study.path(name).mkdir()
        said = f"'{name}' is a folder, and this needs a file"
    checked = command("check", study.folder, "--select", "BSD4", "--ignore", "BSD427,BSD428")
    assert checked.code == 1
    place = f"{study.folder}/dataset.toml:{line} ({entry})"
    (found,) = [line for line in checked.out.splitlines() if "BSD" in line]
    assert found == f"{place}: BSD401 [error] the assembly cannot be opened: {said}"


def test_a_check_names_the_item_of_a_file_that_cannot_be_opened(study, command):
    cut("v4.nc")(study)
    study.edit("neuroids.csv", "n2,IT", "n2,IT,x")
    found = command("check", study.folder, "--select", "BSD401").out
    assert f"{study.folder}/v4.nc (Doe2024.V4): BSD401" in found
    assert f"{study.folder}/neuroids.csv:3 (Doe2024.IT): BSD401" in found


def test_a_bundle_and_receipts_that_are_there_survive_a_fault(study, command, contents, tmp_path):
    store, bundle = tmp_path / "store", tmp_path / "bundle"
    published = ("publish", study.folder, "--store", store.as_uri(), "-o", bundle)
    assert command(*published).code == 0
    before = [contents(folder) for folder in (store, bundle, study.folder)]
    study.edit("trials.csv", "602,main", "602,main,,")
    assert command(*published).code == 1
    study.edit("trials.csv", "602,main,,", "602,main")
    assert [contents(folder) for folder in (store, bundle, study.folder)] == before
    assert "| unchanged |" in command(*published).out
