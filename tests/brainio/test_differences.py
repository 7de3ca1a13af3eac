"""Each row of the table in docs/brainio.md: what brainscore-core does, and what we do instead."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from pictures import png
from reader_environment import ReaderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_s3 import S3Server
    from reader_environment import Reader

PREPARE = """
from pathlib import Path
import numpy as np, pandas as pd, xarray as xr

def stimuli(ids, paths=None, **columns):
    made = StimulusSet({"stimulus_id": ids, "shade": list(range(len(ids))), **columns})
    made.stimulus_paths = dict(zip(ids, paths or [f"{folder}/{n}.png" for n in range(len(ids))]))
    return made

def rates(**coords):
    return xr.DataArray(
        np.arange(6.0).reshape(3, 2), dims=["presentation", "neuroid"],
        coords={"stimulus_id": ("presentation", ["a", "b", "c"]),
                "trial": ("presentation", [0, 1, 2]),
                "neuroid_id": ("neuroid", [7, 8]), "region": ("neuroid", ["V4", "IT"]), **coords})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "stimuli"
    made.mkdir()
    for number in range(3):
        (made / f"{number}.png").write_bytes(png(number))
    return made


@pytest.fixture
def theirs(reader: Reader, folder: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run a snippet with brainscore-core's packaging module."""
    prepare = (
        "from brainscore_core.supported_data_standards.brainio import packaging\n"
        "StimulusSet = stimuli.StimulusSet\n"
    )
    out = tmp_path / "theirs"
    out.mkdir()

    def run(source: str, **variables: Any) -> Any:
        return reader.run(prepare + PREPARE + source, folder=str(folder), out=str(out), **variables)

    return run


@pytest.fixture
def ours(folder: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run the same snippet with the drop-in, here."""
    import pandas as pd

    from brainscore_data.brainio import packaging

    try:
        from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet  # type: ignore[import-not-found, unused-ignore]
    except ImportError:  # in the newest environment authors have plain tables
        StimulusSet = pd.DataFrame  # noqa: N806
    out = tmp_path / "ours"
    out.mkdir()

    def run(source: str, **variables: Any) -> Any:
        names = {"packaging": packaging, "StimulusSet": StimulusSet, **variables}
        names |= {"folder": str(folder), "out": str(out)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # pandas, about attributes of tables
            exec(PREPARE + source, names)  # noqa: S102
        return names["result"]

    return run


LOCALLY = "done = packaging.package_stimulus_set_locally({0}, 'Doe2024', out)\n"


def test_the_stimulus_set_is_not_mutated(
    theirs: Callable[..., Any], ours: Callable[..., Any]
) -> None:
    source = f"given = stimuli(['a', 'b'])\n{LOCALLY.format('given')}result = list(given.columns)"
    assert theirs(source) == ["stimulus_id", "shade", "filename"]
    assert ours(source) == ["stimulus_id", "shade"]


def test_ids_may_be_integers(theirs: Callable[..., Any], ours: Callable[..., Any]) -> None:
    source = LOCALLY.format("stimuli([1, 2])") + "result = Path(done['csv_path']).read_text()"
    with pytest.raises(ReaderError, match="UFuncTypeError"):
        theirs(source)
    assert ours(source) == "stimulus_id,shade,filename\n1,0,1.png\n2,1,2.png\n"


def test_paths_of_pathlib_are_taken_where_experiments_are_checked(
    theirs: Callable[..., Any], ours: Callable[..., Any]
) -> None:
    source = """
paths = [Path(folder) / f"{n}.png" for n in range(1, 3)]
result = packaging.check_stimulus_numbers(stimuli(["a", "b"], paths))
"""
    with pytest.raises(ReaderError, match="rfind"):
        theirs(source)
    assert ours(source) is None


def test_grey_images_pass(theirs: Callable[..., Any], ours: Callable[..., Any]) -> None:
    source = (
        "from PIL import Image\nresult = packaging.check_image_format(Image.new('L', (2, 2)), 'x')"
    )
    with pytest.raises(ReaderError, match="incorrect shape 2"):
        theirs(source)
    assert ours(source) is None


def test_columns_of_the_csv_stay_in_their_order(
    theirs: Callable[..., Any], ours: Callable[..., Any]
) -> None:
    columns = [f"column_{number}" for number in range(20)]
    source = (
        "given = stimuli(['a', 'b'], **{name: [0, 1] for name in columns})\n"
        + LOCALLY.format("given")
        + "result = list(pd.read_csv(done['csv_path']).columns)"
    )
    expected = ["stimulus_id", "shade", *columns, "filename"]
    shuffled = theirs(source, columns=columns)
    assert sorted(shuffled) == sorted(expected)
    assert shuffled != expected
    assert ours(source, columns=columns) == expected


@pytest.mark.parametrize("ids", [["0001", "0002"], ["NA", "b"], ["true", "false"]])
def test_ids_that_readers_would_change_are_refused(
    ids: list[str], theirs: Callable[..., Any], ours: Callable[..., Any]
) -> None:
    source = (
        LOCALLY.format("stimuli(ids)")
        + "result = [str(x) for x in pd.read_csv(done['csv_path'])['stimulus_id']]"
    )
    assert theirs(source, ids=ids) != ids
    with pytest.raises(ValueError, match=r"when readers load the csv\n  hint: put a letter"):
        ours(source, ids=ids)


def test_subfolders_in_the_zip_are_refused(
    theirs: Callable[..., Any], ours: Callable[..., Any]
) -> None:
    given = "stimuli(['a', 'b'], stimulus_path_within_store=['x/a', 'y/b'])"
    source = LOCALLY.format(given) + "result = list(pd.read_csv(done['csv_path'])['filename'])"
    assert theirs(source) == ["x/a.png", "y/b.png"]
    with pytest.raises(AssertionError, match="is in a subfolder, where readers do not find it"):
        ours(source)


def test_a_lone_coordinate_keeps_its_name(
    theirs: Callable[..., Any], ours: Callable[..., Any], reader: Reader
) -> None:
    prepared = "lone = rates(extra=('neuroid', [0, 1])).drop_vars('trial')\n"
    call = "path = Path(out) / 'lone.nc'; result = packaging.write_netcdf(lone, path), str(path)"
    _, their_path = theirs(prepared + call)
    _, our_path = ours(prepared + call)
    their_coords = reader.assembly_from_file(their_path, "NeuroidAssembly", **_NO_SET)["coords"]
    our_coords = reader.assembly_from_file(our_path, "NeuroidAssembly", **_NO_SET)["coords"]
    assert "stimulus_id" not in their_coords
    assert our_coords["stimulus_id"]["values"] == ["a", "b", "c"]
    assert our_coords["presentation_index"]["values"] == [0, 0, 0]


_NO_SET: dict[str, Any] = {"stimulus_set_identifier": None, "stimulus_set": None}


def test_a_class_that_registrations_name_resolves(
    theirs: Callable[..., Any], ours: Callable[..., Any]
) -> None:
    source = (
        "result = packaging.package_data_assembly_locally("
        "rates(), 'Doe2024', 'Doe2024', 'NeuronRecordingAssembly', out)['cls']"
    )
    with pytest.raises(ReaderError, match="Unknown assembly class: NeuronRecordingAssembly"):
        theirs(source)
    assert ours(source) == "NeuronRecordingAssembly"


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        ("check_naming_convention('doe')", AssertionError, "is not named as Brain-Score names"),
        ("check_stimulus_naming_convention('a b.png')", AssertionError, "write e.g. image_1.png"),
        (
            "package_data_assembly_locally(rates().rename(neuroid='x'), 'A', 'A', 'NeuroidAssembly', out)",
            AssertionError,
            "the dimensions of a NeuroidAssembly are presentation x neuroid or",
        ),
    ],
)
def test_what_was_a_bare_assert_has_a_message(
    call: str,
    kind: type[Exception],
    words: str,
    theirs: Callable[..., Any],
    ours: Callable[..., Any],
) -> None:
    with pytest.raises(ReaderError) as told:
        theirs(f"result = packaging.{call}")
    assert told.value.kind == "AssertionError"
    assert str(told.value).startswith("AssertionError: \n")
    with pytest.raises(kind, match=words):
        ours(f"result = packaging.{call}")


def test_names_are_compared_to_their_end(
    theirs: Callable[..., Any], ours: Callable[..., Any]
) -> None:
    source = "result = packaging.check_stimulus_naming_convention('image_1.png.exe')"
    assert theirs(source) is None
    with pytest.raises(AssertionError, match="is not named as experiments need it"):
        ours(source)


def test_names_of_today_pass(theirs: Callable[..., Any], ours: Callable[..., Any]) -> None:
    source = "result = packaging.check_naming_convention('MajajHong2015.public')"
    with pytest.raises(ReaderError, match="AssertionError"):
        theirs(source)
    assert ours(source) is None


UPLOAD = "result = packaging.package_stimulus_set(None, stimuli({0}), 'Doe2024', bucket)"


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket that both sides reach."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    made: str = s3_server.new_bucket()
    return made


def in_aws(s3_server: S3Server, source: str) -> str:
    environment = {**s3_server.environment, "AWS_ENDPOINT_URL": s3_server.endpoint_url}
    return f"import os; os.environ.update({environment!r})\n{source}"


def test_a_prefix_may_follow_the_bucket(
    theirs: Callable[..., Any], ours: Callable[..., Any], bucket: str, s3_server: S3Server
) -> None:
    source = in_aws(s3_server, UPLOAD.format("['a', 'b']"))
    with pytest.raises(ReaderError, match="Invalid bucket name"):
        theirs(source, bucket=f"{bucket}/their/prefix")
    done = ours(source, bucket=f"{bucket}/our/prefix")
    assert done["bucket"] == f"{bucket}/our/prefix"
    keys = {each["Key"] for each in s3_server.client().list_objects_v2(Bucket=bucket)["Contents"]}
    assert {"our/prefix/stimulus_Doe2024.csv", "our/prefix/stimulus_Doe2024.zip"} <= keys


def test_an_upload_answers_with_all_keys_that_theirs_has(
    theirs: Callable[..., Any], ours: Callable[..., Any], bucket: str, s3_server: S3Server
) -> None:
    """No difference, and what scripts look up."""
    source = in_aws(
        s3_server,
        "result = sorted(packaging.upload_to_s3(f'{folder}/0.png', bucket, f'{name}.png'))",
    )
    said = theirs(source, bucket=bucket, name="theirs")
    assert {"ETag", "VersionId", "ResponseMetadata"} <= set(said)
    assert set(said) <= set(ours(source, bucket=bucket, name="ours"))


def test_other_content_under_a_key_is_not_covered_up(
    theirs: Callable[..., Any], ours: Callable[..., Any], bucket: str, s3_server: S3Server
) -> None:
    first = in_aws(s3_server, UPLOAD.format("['a', 'b']"))
    second = in_aws(s3_server, UPLOAD.format("['a', 'c']"))
    one, other = theirs(first, bucket=bucket), theirs(second, bucket=bucket)
    assert one["csv_version_id"] != other["csv_version_id"]
    bucket = s3_server.new_bucket()
    done = ours(first, bucket=bucket)
    with pytest.raises(ValueError, match=r"taken by other content[\s\S]*pass replaces=\{'csv': "):
        ours(second, bucket=bucket)
    assert ours(first, bucket=bucket) == done


def test_a_bucket_without_versions_has_to_be_allowed(
    theirs: Callable[..., Any],
    ours: Callable[..., Any],
    bucket: str,
    s3_server: S3Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unversioned = s3_server.new_bucket(versioned=False)
    source = in_aws(s3_server, UPLOAD.format("['a', 'b']"))
    assert theirs(source, bucket=unversioned)["csv_version_id"] is None
    unversioned = s3_server.new_bucket(versioned=False)
    with pytest.raises(ValueError, match="BRAINSCORE_DATA_ALLOW_UNVERSIONED=1"):
        ours(source, bucket=unversioned)
    monkeypatch.setenv("BRAINSCORE_DATA_ALLOW_UNVERSIONED", "1")
    assert ours(source, bucket=unversioned)["csv_version_id"] is None


def test_a_pair_that_fails_leaves_nothing(
    theirs: Callable[..., Any], ours: Callable[..., Any], bucket: str, s3_server: S3Server
) -> None:
    client = s3_server.client()
    for prefix in ("their", "our"):
        name = s3_server.new_bucket()
        client.put_object(Bucket=name, Key="stimulus_Doe2024.zip", Body=b"another's")
        # The zip is what cannot be written.
        source = in_aws(s3_server, UPLOAD.format("['a', 'b']"))
        if prefix == "their":
            refuse = (
                "upload = packaging.upload_to_s3\n"
                "def refuse(path, *args, **kwargs):\n"
                "    if str(path).endswith('.zip'): raise OSError('no more')\n"
                "    return upload(path, *args, **kwargs)\n"
                "packaging.upload_to_s3 = refuse\n"
                "try:\n    "
                + UPLOAD.format("['a', 'b']")
                + "\nexcept OSError: result = 'refused'\n"
                "finally: packaging.upload_to_s3 = upload"
            )
            assert theirs(in_aws(s3_server, refuse), bucket=name) == "refused"
        else:
            with pytest.raises(ValueError, match="nothing was published"):
                ours(source, bucket=name)
        keys = {each["Key"] for each in client.list_objects_v2(Bucket=name)["Contents"]}
        assert ("stimulus_Doe2024.csv" in keys) == (prefix == "their")
