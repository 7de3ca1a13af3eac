"""The drop-in's functions on what authors have in hand, good and bad."""

from __future__ import annotations

import hashlib
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pictures import png

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.brainio.packaging import (
    check_experiment_stimulus_set,
    check_stimulus_numbers,
    create_stimulus_csv,
    create_stimulus_zip,
    extract_specific,
    package_data_assembly,
    package_data_assembly_locally,
    package_stimulus_set,
    package_stimulus_set_locally,
    upload_to_s3,
    write_netcdf,
)
from brainscore_data.brainio.uploads import destination_for

if TYPE_CHECKING:
    from local_s3 import S3Server

pytestmark = [
    pytest.mark.filterwarnings("ignore:Pandas doesn't allow columns to be created"),
    pytest.mark.filterwarnings("error::DeprecationWarning:brainscore_data"),
]


class Stimuli(pd.DataFrame):
    """A StimulusSet as brainio's is: a table that keeps an attribute."""

    _metadata: ClassVar[list[str]] = ["stimulus_paths", "image_paths", "identifier"]

    @property
    def _constructor(self) -> Any:
        return Stimuli

    def get_stimulus(self, stimulus_id: Any) -> Any:
        return self.stimulus_paths[stimulus_id]


@pytest.fixture
def stimuli(tmp_path: Path) -> Stimuli:
    paths = {}
    for number in range(1, 4):
        paths[f"n{number}"] = tmp_path / f"image_{number}.png"
        paths[f"n{number}"].write_bytes(png(number))
    made = Stimuli({"stimulus_id": list(paths), "shade": [1, 2, 3]})
    made.stimulus_paths = paths
    return made


@pytest.fixture
def rates() -> xr.DataArray:
    return xr.DataArray(
        np.arange(6.0).reshape(3, 2),
        dims=["presentation", "neuroid"],
        coords={
            "stimulus_id": ("presentation", ["n1", "n2", "n3"]),
            "repetition": ("presentation", [0, 0, 0]),
            "neuroid_id": ("neuroid", [7, 8]),
            "region": ("neuroid", ["V4", "IT"]),
        },
    )


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    return s3_server.new_bucket()


STORE = "file://{0}/store"


# -- the forms of a call ----------------------------------------------------------------------


def test_every_form_of_a_stimulus_sets_call_publishes_the_same(
    stimuli: Stimuli, tmp_path: Path
) -> None:
    store = STORE.format(tmp_path)
    expected = package_stimulus_set(None, stimuli, "Doe2024", store)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        today = [
            package_stimulus_set(
                None, stimuli, stimulus_set_identifier="Doe2024", bucket_name=store
            ),
            package_stimulus_set(
                catalog_name=None,
                proto_stimulus_set=stimuli,
                stimulus_set_identifier="Doe2024",
                bucket_name=store,
            ),
        ]
    with pytest.warns(DeprecationWarning, match="write: package_stimulus_set") as told:
        older = [
            package_stimulus_set(stimuli, "Doe2024", store),
            package_stimulus_set(stimuli, stimulus_set_identifier="Doe2024", bucket_name=store),
            package_stimulus_set(stimuli, stimulus_set_name="Doe2024", bucket_name=store),
            package_stimulus_set(
                proto_stimulus_set=stimuli, stimulus_set_name="Doe2024", bucket_name=store
            ),
        ]
    assert [*today, *older] == [expected] * 6
    assert expected["csv_version_id"]
    assert {each.filename for each in told} == {__file__}
    assert "catalog_name=None, proto_stimulus_set=…, stimulus_set_identifier='Doe2024'" in str(
        told[-1].message
    )


def test_every_form_of_an_assemblys_call_publishes_the_same(
    rates: xr.DataArray, tmp_path: Path
) -> None:
    store = STORE.format(tmp_path)
    expected = package_data_assembly(None, rates, "Doe2024", "Doe2024", "NeuroidAssembly", store)
    forms: list[tuple[tuple[Any, ...], dict[str, str]]] = [
        ((rates, "Doe2024", "Doe2024"), {}),
        ((rates,), {"data_assembly_name": "Doe2024", "stimulus_set_name": "Doe2024"}),
        ((rates, "Doe2024"), {"stimulus_set_name": "Doe2024"}),
        ((None, rates, "Doe2024", "Doe2024"), {"assembly_class": "NeuroidAssembly"}),
    ]
    for arguments, named in forms:
        with pytest.warns(DeprecationWarning, match="assembly_identifier='Doe2024'"):
            assert package_data_assembly(*arguments, bucket_name=store, **named) == expected
    assert expected["cls"] == "NeuroidAssembly"
    assert list(expected) == ["identifier", "version_id", "sha1", "bucket", "cls"]


def test_an_argument_that_is_misspelt_is_named_with_the_nearest(rates: xr.DataArray) -> None:
    with pytest.raises(TypeError, match="did you mean 'assembly_identifier'"):
        package_data_assembly(None, rates, asembly_identifier="A", stimulus_set_identifier="A")


# -- what authors have in hand ----------------------------------------------------------------


def test_image_ids_and_image_paths_of_older_tables_are_taken(
    stimuli: Stimuli, tmp_path: Path
) -> None:
    older = Stimuli(pd.DataFrame(stimuli).rename(columns={"stimulus_id": "image_id"}))
    older.image_paths = {key: str(path) for key, path in stimuli.stimulus_paths.items()}
    done = package_stimulus_set_locally(older, "Doe2024", tmp_path / "out")
    assert pd.read_csv(done["csv_path"]).columns.tolist() == ["image_id", "shade", "filename"]
    assert list(done) == ["identifier", "csv_path", "zip_path", "csv_sha1", "zip_sha1"]


def test_a_plain_table_may_have_its_paths_in_a_column(stimuli: Stimuli, tmp_path: Path) -> None:
    table = pd.DataFrame(stimuli).assign(
        stimulus_current_local_file_path=list(stimuli.stimulus_paths.values()),
        stimulus_path_within_store=["x", "y", "z"],
    )
    done = package_stimulus_set_locally(table, "Doe2024", tmp_path / "out")
    assert zipfile.ZipFile(done["zip_path"]).namelist() == ["x.png", "y.png", "z.png"]
    assert pd.read_csv(done["csv_path"]).columns.tolist() == ["stimulus_id", "shade", "filename"]


def test_zip_and_csv_can_be_made_one_by_one(stimuli: Stimuli, tmp_path: Path) -> None:
    sha1, names = create_stimulus_zip(stimuli, str(tmp_path / "made" / "stimuli.zip"))
    stimuli["filename"] = names
    assert extract_specific(stimuli) == ["stimulus_id", "shade", "filename"]
    csv = create_stimulus_csv(stimuli, tmp_path / "made" / "stimuli.csv")
    done = package_stimulus_set_locally(stimuli.drop(columns="filename"), "A", tmp_path / "out")
    assert (csv, sha1) == (done["csv_sha1"], done["zip_sha1"])


def test_an_index_of_several_levels_is_flattened_and_the_input_stays(
    rates: xr.DataArray, tmp_path: Path
) -> None:
    indexed = rates.set_index(presentation=["stimulus_id", "repetition"])
    indexed.attrs = {"stimulus_set": pd.DataFrame({"a": [1]}), "nothing": None, "lab": "doe"}
    before, attributes = indexed.copy(), dict(indexed.attrs)
    one = package_data_assembly_locally(indexed, "Doe2024", "Doe2024", downloads_path=tmp_path)
    assert indexed.equals(before)
    assert all(indexed.attrs[name] is value for name, value in attributes.items())
    found = xr.load_dataarray(one["path"])
    assert found["stimulus_id"].values.tolist() == ["n1", "n2", "n3"]
    assert found.attrs == {
        "identifier": "Doe2024",
        "lab": "doe",
        "stimulus_set_identifier": "Doe2024",
    }


def test_extras_become_groups_and_can_be_appended(rates: xr.DataArray, tmp_path: Path) -> None:
    extra = xr.DataArray([1.0, 2.0], dims="event", coords={"lap": ("event", [1, 2])})
    path = tmp_path / "rates.nc"
    write_netcdf(rates, path)
    write_netcdf(extra, path, append=True, group="laps", compress=False)
    assert xr.load_dataarray(path).values.tolist() == rates.values.tolist()
    assert xr.load_dataarray(path, group="laps").values.tolist() == [1.0, 2.0]
    before = path.read_bytes()
    with pytest.raises(ValueError, match="there is a group 'laps' already"):
        write_netcdf(extra, path, append=True, group="laps")
    assert path.read_bytes() == before


# -- where it goes ----------------------------------------------------------------------------


def test_an_old_catalog_gets_the_rows_that_brainio_writes(
    stimuli: Stimuli, rates: xr.DataArray, bucket: str, tmp_path: Path
) -> None:
    catalog = tmp_path / "lookup.csv"
    header = "identifier,lookup_type,class,location_type,location,sha1,stimulus_set_identifier\n"
    catalog.write_text(header + "Other2020,assembly,DataAssembly,S3,https://x/y.nc,0,")
    for _ in range(2):  # a script that is run again adds nothing
        one = package_stimulus_set(catalog, stimuli, "Doe2024.s", f"{bucket}/brainio")
        other = package_data_assembly(
            catalog, rates, "Doe2024.a", "Doe2024.s", bucket_name=f"{bucket}/brainio"
        )
    place = f"https://{bucket}.s3.amazonaws.com/brainio"
    assert catalog.read_text().splitlines()[2:] == [
        f"Doe2024.s,stimulus_set,StimulusSet,S3,{place}/stimulus_Doe2024_s.csv,{one['csv_sha1']},",
        f"Doe2024.s,stimulus_set,,S3,{place}/stimulus_Doe2024_s.zip,{one['zip_sha1']},",
        f"Doe2024.a,assembly,NeuroidAssembly,S3,{place}/assy_Doe2024_a.nc,{other['sha1']},Doe2024.s",
    ]
    with pytest.raises(ValueError, match=r"the catalog has another row for 'Doe2024\.a'"):
        package_data_assembly(catalog, rates + 1, "Doe2024.a", None, bucket_name=bucket)


def test_a_catalog_that_is_not_installed_is_passed_over(stimuli: Stimuli, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="has a BrainIO catalog 'brainio_brainscore'") as told:
        package_stimulus_set("brainio_brainscore", stimuli, "Doe2024", STORE.format(tmp_path))
    assert told[-1].filename == __file__


def test_uploads_say_who_and_nothing_about_visibility(
    rates: xr.DataArray, bucket: str, s3_server: S3Server, tmp_path: Path
) -> None:
    package_data_assembly(None, rates, "Doe2024", None, bucket_name=bucket)
    tagging = s3_server.client().get_object_tagging(Bucket=bucket, Key="assy_Doe2024.nc")
    tags = {each["Key"]: each["Value"] for each in tagging["TagSet"]}
    assert tags["uploadedBy"]
    assert "visibility" not in tags


def test_a_correction_supersedes_the_version_that_it_names(
    stimuli: Stimuli, rates: xr.DataArray, bucket: str
) -> None:
    first = package_data_assembly(None, rates, "Doe2024", None, bucket_name=bucket)
    version = first["version_id"]
    call = (None, rates + 1, "Doe2024", None)
    with pytest.raises(AssertionError, match=f'pass replaces="{version}"'):
        package_data_assembly(*call, bucket_name=bucket)
    second = package_data_assembly(*call, bucket_name=bucket, replaces=version)
    assert second["version_id"] not in (None, version)
    one = package_stimulus_set(None, stimuli, "Doe2024", bucket)
    versions = {"csv": one["csv_version_id"], "zip": one["zip_version_id"]}
    changed = stimuli.assign(shade=[3, 2, 1])
    changed.stimulus_paths = stimuli.stimulus_paths
    other = package_stimulus_set(None, changed, "Doe2024", bucket, replaces=versions)
    assert other["csv_version_id"] != one["csv_version_id"]
    assert other["zip_version_id"] == one["zip_version_id"]


def test_a_single_file_goes_up_as_it_is(bucket: str, s3_server: S3Server, tmp_path: Path) -> None:
    path = tmp_path / "local name.bin"
    path.write_bytes(b"some bytes")
    done = upload_to_s3(path, bucket, "folder/there.bin")
    there = s3_server.client().get_object(
        Bucket=bucket, Key="folder/there.bin", VersionId=done["VersionId"]
    )
    assert there["Body"].read() == b"some bytes"
    unchanged = upload_to_s3(str(path), bucket, "folder/there.bin")
    assert without_request(unchanged) == without_request(done)
    path.write_bytes(b"others")
    with pytest.raises(ValueError, match=f"pass replaces='{done['VersionId']}'"):
        upload_to_s3(path, bucket, "folder/there.bin")
    again = upload_to_s3(path, bucket, "folder/there.bin", replaces=done["VersionId"])
    assert again["VersionId"] != done["VersionId"]


def test_the_answer_to_an_upload_is_what_head_object_says_of_that_version(
    bucket: str, s3_server: S3Server, tmp_path: Path
) -> None:
    path = tmp_path / "there.bin"
    path.write_bytes(b"some bytes")
    done = upload_to_s3(path, bucket, "there.bin")
    client = s3_server.client()
    client.put_object(Bucket=bucket, Key="there.bin", Body=b"put on top by somebody")
    named = {"Bucket": bucket, "Key": "there.bin", "VersionId": done["VersionId"]}
    said = client.head_object(**named)
    assert without_request(done) == without_request(said)
    assert {"ETag", "LastModified", "ContentType", "AcceptRanges"} <= set(done)
    assert done["Metadata"]["sha1"] == (
        hashlib.sha1(b"some bytes", usedforsecurity=False).hexdigest()
    )


def test_of_an_upload_into_a_folder_what_is_known_has_the_same_names(tmp_path: Path) -> None:
    path = tmp_path / "there.bin"
    path.write_bytes(b"some bytes")
    done = upload_to_s3(path, (tmp_path / "store").as_uri(), "there.bin", allow_unversioned=True)
    assert set(done) == {"VersionId", "ContentLength", "Metadata"}
    assert done["ContentLength"] == 10


def without_request(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is about the request alone."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_a_bucket_that_is_not_there_is_said_to_be(stimuli: Stimuli, bucket: str) -> None:
    with pytest.raises(UsageError, match="no-such-bucket-of-ours"):
        package_stimulus_set(None, stimuli, "Doe2024", "no-such-bucket-of-ours")


def test_a_folder_is_no_bucket(stimuli: Stimuli, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        package_stimulus_set(None, stimuli, "Doe2024.shapes", str(tmp_path / "store"))
    assert error.value.hint == f"for the folder, write {(tmp_path / 'store').as_uri()}"


def test_names_of_buckets_and_urls_both_name_a_destination() -> None:
    for name in ("brainio-contrib/a", "s3://brainio-contrib/a"):
        place = destination_for(name).location_of("x.nc")
        assert place == "https://brainio-contrib.s3.amazonaws.com/a/x.nc"


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda s: s.rename(columns={"stimulus_id": "stimulusid"}), "did you mean 'stimulusid'"),
        (lambda s: s.assign(filename="x.png"), "has a column 'filename' already"),
        (lambda s: s.iloc[:0], "the stimulus set is empty"),
        (lambda s: s.replace({"stimulus_id": {"n2": "n9"}}), "no path: 'n9'"),
        (lambda s: s.assign(stimulus_id="n1"), "is that of an earlier row"),
        (pd.DataFrame, "does not say where its files are"),
        (lambda s: [1], "and this is a list"),
    ],
)
def test_a_spoilt_stimulus_set_is_refused(
    spoil: Any, words: str, stimuli: Stimuli, tmp_path: Path
) -> None:
    spoilt = spoil(stimuli)
    if isinstance(spoilt, Stimuli):
        spoilt.stimulus_paths = stimuli.stimulus_paths
    store = tmp_path / "store"
    for kind in (AssertionError, ValueError):
        with pytest.raises(kind, match=words):
            package_stimulus_set(None, spoilt, "Doe2024", store.as_uri())
    assert not store.exists()


def test_a_path_without_a_file_is_named(stimuli: Stimuli, tmp_path: Path) -> None:
    (tmp_path / "image_2.png").unlink()
    with pytest.raises(DataError, match=r"there is no such file: '.*image_2\.png'"):
        package_stimulus_set_locally(stimuli, "Doe2024", tmp_path / "out")


@pytest.mark.parametrize(
    ("given", "arguments", "words"),
    [
        ({}, {"assembly_class_name": "NeuroidAsembly"}, "did you mean 'NeuroidAssembly'"),
        ({"neuroid": "unit"}, {}, "pass another assembly_class_name"),
        ({}, {"assembly_identifier": None}, "the identifier of an assembly is a text"),
        ({}, {"assembly_identifier": "a/b"}, "'a/b' cannot be an identifier"),
    ],
)
def test_a_spoilt_assembly_is_refused(
    given: dict[str, str],
    arguments: dict[str, Any],
    words: str,
    rates: xr.DataArray,
    tmp_path: Path,
) -> None:
    named = {"assembly_identifier": "A", "stimulus_set_identifier": "A", **arguments}
    with pytest.raises(ValueError, match=words):
        package_data_assembly_locally(rates.rename(given), downloads_path=tmp_path, **named)
    assert not list(tmp_path.iterdir())


def test_what_is_no_data_array_is_refused(rates: xr.DataArray, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pass its variable: \['rates'\]"):
        package_data_assembly_locally(rates.to_dataset(name="rates"), "A", "A")
    with pytest.raises(UsageError, match="and this is a ndarray"):
        package_data_assembly_locally(rates.values, "A", "A")


def test_stimuli_of_experiments_are_numbered_without_gaps(stimuli: Stimuli, tmp_path: Path) -> None:
    check_experiment_stimulus_set(stimuli)
    (tmp_path / "image_3.png").rename(tmp_path / "image_5.png")
    stimuli.stimulus_paths["n3"] = tmp_path / "image_5.png"
    with pytest.raises(AssertionError, match="not sequentially numbered: there is no 3"):
        check_stimulus_numbers(stimuli)
    (tmp_path / "image_5.png").write_bytes(b"no picture")
    with pytest.raises(AssertionError, match="this image cannot be read"):
        check_experiment_stimulus_set(stimuli)


# -- one set of checks ------------------------------------------------------------------------


def locally(data: xr.DataArray, folder: Path, stimulus_set: str | None = "Doe2024") -> Path:
    done = package_data_assembly_locally(data, "Doe2024", stimulus_set, "NeuroidAssembly", folder)
    return Path(done["path"])


@pytest.mark.parametrize("name", ["stimulus_id", "neuroid_id"])
def test_an_assembly_without_its_ids_is_refused(
    rates: xr.DataArray, name: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=f"no coordinate '{name}'"):
        locally(rates.drop_vars(name), tmp_path)
    assert list(tmp_path.glob("*.nc")) == []


def test_stimulus_ids_are_compared_with_the_stimulus_set_that_was_packaged_before(
    rates: xr.DataArray, stimuli: Stimuli, tmp_path: Path
) -> None:
    package_stimulus_set_locally(stimuli, "Doe2024", tmp_path)
    assert locally(rates, tmp_path).exists()
    others = rates.assign_coords(stimulus_id=("presentation", ["n1", "n2", "n7"]))
    with pytest.raises(DataError, match=r"does not have 1 of the stimulus ids .* 'n7'"):
        locally(others, tmp_path)


def test_stimulus_ids_are_compared_in_a_store_too(
    rates: xr.DataArray, stimuli: Stimuli, tmp_path: Path
) -> None:
    store = STORE.format(tmp_path)
    package_stimulus_set(None, stimuli, "Doe2024", store)
    others = rates.assign_coords(stimulus_id=("presentation", ["n1", "n2", "n7"]))
    with pytest.raises(DataError, match="'n7'"):
        package_data_assembly(None, others, "Doe2024", "Doe2024", "NeuroidAssembly", store)


def test_what_cannot_be_compared_is_said(
    rates: xr.DataArray, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    locally(rates, tmp_path)
    assert "its stimulus ids were not compared with those of 'Doe2024'" in caplog.text


def test_attributes_that_are_none_are_left_out_with_a_word(
    rates: xr.DataArray, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with xr.open_dataarray(locally(rates.assign_attrs(lab="x", rig=None), tmp_path)) as read:
        assert read.attrs["lab"] == "x"
        assert "rig" not in read.attrs
    assert "left out the attributes ['rig'], which are None" in caplog.text


def test_a_coordinate_called_like_its_dimension_gets_a_name_that_readers_keep(
    rates: xr.DataArray, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = rates.drop_vars("neuroid_id").assign_coords(neuroid=[7, 8], presentation=list("abc"))
    with xr.open_dataarray(locally(data, tmp_path)) as read:
        assert read["neuroid_id"].values.tolist() == [7, 8]
        assert read["presentation_id"].values.tolist() == ["a", "b", "c"]
        assert read["stimulus_id"].values.tolist() == ["n1", "n2", "n3"]
    assert "'neuroid' is called like its dimension: stored as 'neuroid_id'" in caplog.text


def test_ids_whose_name_brain_scores_class_has_taken_get_it_back(tmp_path: Path) -> None:
    from brainscore_data.brainio.assemblies import NeuroidAssembly

    # Brain-Score's class makes this of a lone stimulus_id and a lone neuroid_id.
    coords = {"presentation": ["n1", "n2"], "neuroid": [7, 8, 9]}
    lone = NeuroidAssembly(np.zeros((2, 3)), dims=["presentation", "neuroid"], coords=coords)
    with xr.open_dataarray(locally(lone, tmp_path)) as read:
        assert read["stimulus_id"].values.tolist() == ["n1", "n2"]
        assert read["neuroid_id"].values.tolist() == [7, 8, 9]


def test_a_lone_stimulus_id_keeps_its_name(tmp_path: Path) -> None:
    from brainscore_data.brainio.assemblies import NeuroidAssembly

    coords = {"stimulus_id": ("presentation", ["n1", "n2"]), "neuroid_id": ("neuroid", [7, 8, 9])}
    lone = NeuroidAssembly(np.zeros((2, 3)), dims=["presentation", "neuroid"], coords=coords)
    with xr.open_dataarray(locally(lone, tmp_path)) as read:
        assert read["stimulus_id"].values.tolist() == ["n1", "n2"]


def test_columns_of_which_readers_get_other_values_are_named(
    stimuli: Stimuli, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stimuli["country"] = ["NA", "NL", "DE"]
    stimuli["code"] = ["001", "012", "7"]
    package_stimulus_set_locally(stimuli, "Doe2024", tmp_path)
    assert "'NA' in column 'country' becomes a missing value" in caplog.text
    assert "'001' in column 'code' becomes 1" in caplog.text


@pytest.mark.filterwarnings("ignore:Duplicate dimension names")
def test_similarities_between_presentations_are_packaged_as_they_are(tmp_path: Path) -> None:
    """The live form of Coggan2024_fMRI: a matrix for each region of each subject."""
    values = np.arange(18.0).reshape(3, 3, 2)
    coords: dict[str, Any] = {
        "stimulus_id": ("presentation", ["n1", "n2", "n3"]),
        "object_name": ("presentation", ["bear", "bear", "jeep"]),
        "subject": ("neuroid", ["s1", "s1"]),
        "region": ("neuroid", ["V1", "V2"]),
    }
    dims = ["presentation", "presentation", "neuroid"]
    with xr.open_dataarray(locally(xr.DataArray(values, coords, dims), tmp_path)) as read:
        assert read.dims == tuple(dims)
        assert read.values.tolist() == values.tolist()
        assert read["stimulus_id"].values.tolist() == ["n1", "n2", "n3"]


def test_numbers_of_stimuli_are_looked_at_in_their_names_alone() -> None:
    made = Stimuli({"stimulus_id": [0, 1]})
    made.stimulus_paths = {0: "Nat300_1.png", 1: "Nat300_2.png"}
    check_stimulus_numbers(made)
    made.stimulus_paths = {0: "Nat300_1.png", 1: "Nat300_3.png"}
    with pytest.raises(DataError, match="there is no 2"):
        check_stimulus_numbers(made)


def test_an_upload_shows_its_progress(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("brainscore_data.base.progress.SECONDS_BETWEEN_LINES", -1)
    path = tmp_path / "weights.bin"
    path.write_bytes(b"weights" * 1000)
    upload_to_s3(path, bucket, "models/weights.bin")
    assert "uploading weights.bin: 100%, 7.0 kB of 7.0 kB" in capsys.readouterr().err
