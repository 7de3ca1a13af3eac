"""The main job, end to end: a folder in, and Brain-Score's own reader gets it back."""

from __future__ import annotations

import re
import shutil
import textwrap

import numpy as np
import pandas as pd
import pytest

from brainscore_data.cli import main


@pytest.fixture
def run(capsys):
    """Run the command and give what it prints; it must succeed."""

    def succeed(*arguments):
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    return succeed


@pytest.fixture
def s3_server(s3_server, monkeypatch):
    """The local server where boto3 looks for AWS, for us and for Brain-Score's readers alike."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    return s3_server


@pytest.fixture
def natural_images(shared_data, tmp_path):
    """A dataset made of ten real stimuli and an assembly over them, as a lab would have it."""
    folder = tmp_path / "natural"
    shutil.copytree(
        shared_data / "natural-images", folder / "stimuli", ignore=shutil.ignore_patterns("*.csv")
    )
    shutil.copy(
        shared_data / "natural-images" / "image_test_ten_images.csv", folder / "stimuli.csv"
    )
    rates = np.random.default_rng(7).poisson(5.0, size=(30, 4, 2)).astype("float32")
    np.save(folder / "rates.npy", rates)
    pd.DataFrame(
        {
            "stimulus_id": [f"n{index}" for index in range(10)] * 3,
            "repetition": np.repeat([0, 1, 2], 10),
        }
    ).to_csv(folder / "presentations.csv", index=False)
    pd.DataFrame(
        {"neuroid_id": [f"it-{index}" for index in range(4)], "region": ["IT"] * 4}
    ).to_csv(folder / "neuroids.csv", index=False)
    pd.DataFrame({"time_bin_start": [70, 170], "time_bin_end": [170, 270]}).to_csv(
        folder / "time_bins.csv", index=False
    )
    (folder / "dataset.toml").write_text(
        textwrap.dedent("""\
        schema = 1
        [dataset]
        license = "CC-BY-4.0"
        [[stimulus_set]]
        identifier = "Natural2026"
        visibility = "public"
        metadata = "stimuli.csv"
        files = "stimuli"
        [[assembly]]
        identifier = "Natural2026.IT"
        visibility = "public"
        class = "NeuronRecordingAssembly"
        stimulus_set = "Natural2026"
        values = "rates.npy"
        dims = ["presentation", "neuroid", "time_bin"]
        coords = { presentation = "presentations.csv", neuroid = "neuroids.csv", time_bin = "time_bins.csv" }
        """)
    )
    return folder


def python_block(markdown):
    return re.search(r"```python\n(.*?)```", markdown, re.DOTALL).group(1)


def test_the_registration_of_a_receipt_loads_through_brainscore_core(
    natural_images, s3_server, reader, run, tmp_path
):
    bucket = s3_server.new_bucket()
    run("publish", natural_images, "--store", f"s3://{bucket}/brainio-test")
    receipts = natural_images / "receipts.json"
    registration = python_block(run("receipt", receipts, "--form", "s3"))
    source = """
data, stimulus_sets = plugin(registration)
assembly, stimulus_set = data["Natural2026.IT"](), stimulus_sets["Natural2026"]()
result = dict(
    values=assembly.values.tolist(), dtype=str(assembly.dtype), dims=list(assembly.dims),
    cls=type(assembly).__name__,
    coords={name: assembly[name].values.tolist()
            for name in ("stimulus_id", "repetition", "thing", "neuroid_id", "region",
                         "time_bin_start", "time_bin_end")},
    attributes={name: assembly.attrs[name] for name in ("stimulus_set_identifier", "identifier")},
    stimuli=[(row["stimulus_id"], stimulus_set.get_stimulus(row["stimulus_id"]).read_bytes().hex()[:64])
             for _, row in stimulus_set.iterrows()],
)
"""
    environment = {
        **s3_server.environment,
        "AWS_ENDPOINT_URL": s3_server.endpoint_url,
        "BRAINIO_HOME": str(tmp_path / "brainio"),
    }
    loaded = reader.run(source, env=environment, registration=registration)
    assert loaded["cls"] == "NeuronRecordingAssembly"
    assert loaded["dims"] == ["presentation", "neuroid", "time_bin"]
    assert loaded["dtype"] == "float32"
    np.testing.assert_array_equal(loaded["values"], np.load(natural_images / "rates.npy"))
    presentations = pd.read_csv(natural_images / "presentations.csv")
    assert loaded["coords"]["stimulus_id"] == presentations["stimulus_id"].tolist()
    assert loaded["coords"]["repetition"] == presentations["repetition"].tolist()
    assert loaded["coords"]["thing"] == [f"foo{index}" for index in range(10)] * 3
    assert loaded["coords"]["neuroid_id"] == ["it-0", "it-1", "it-2", "it-3"]
    assert loaded["coords"]["time_bin_start"] == [70, 170]
    assert loaded["attributes"] == {
        "stimulus_set_identifier": "Natural2026",
        "identifier": "Natural2026.IT",
    }
    assert loaded["stimuli"] == [
        [f"n{index}", (natural_images / "stimuli" / f"n{index}.png").read_bytes().hex()[:64]]
        for index in range(10)
    ]


def test_publishing_twice_uploads_nothing_and_gives_the_same_objects(
    natural_images, s3_server, run
):
    bucket = s3_server.new_bucket()
    store = f"s3://{bucket}/again"

    def versions():
        listed = s3_server.client().list_object_versions(Bucket=bucket)
        return [(version["Key"], version["VersionId"]) for version in listed["Versions"]]

    run("publish", natural_images, "--store", store)
    receipts = (natural_images / "receipts.json").read_bytes()
    before = versions()
    second = run("publish", natural_images, "--store", store)
    assert "unchanged" in second
    assert (natural_images / "receipts.json").read_bytes() == receipts
    assert versions() == before


def test_the_visibility_of_each_item_is_on_its_objects(natural_images, s3_server, run):
    bucket = s3_server.new_bucket()
    manifest = natural_images / "dataset.toml"
    first, second = manifest.read_text().split("[[assembly]]")
    private = second.replace("public", "private")
    manifest.write_text(f"{first}[[assembly]]{private}")
    run("publish", natural_images, "--store", f"s3://{bucket}/tags")
    client = s3_server.client()
    found = {}
    for stored in client.list_objects_v2(Bucket=bucket)["Contents"]:
        tags = client.get_object_tagging(Bucket=bucket, Key=stored["Key"])["TagSet"]
        if not stored["Key"].endswith("/.brainscore-data/probe"):
            found[stored["Key"]] = {tag["Key"]: tag["Value"] for tag in tags}["visibility"]
    assert found == {
        "tags/stimulus_Natural2026.csv": "public",
        "tags/stimulus_Natural2026.zip": "public",
        "tags/assy_Natural2026_IT.nc": "private",
        "tags/.brainscore-data/probe-private": "private",  # tried before the assembly was written
    }


def test_the_same_works_offline_with_a_folder_as_the_store(natural_images, tmp_path, run):
    store = (tmp_path / "store").as_uri()
    published = run("publish", natural_images, "--store", store)
    namespace = {"data_registry": {}, "stimulus_set_registry": {}}
    namespace["load_stimulus_set"] = lambda key: namespace["stimulus_set_registry"][key]()
    source = python_block(published)
    source = re.sub(r"(?m)^(from|import) brainscore_(vision|core).*$", "", source)
    source = source.replace("cls=NeuronRecordingAssembly,", "").replace("cls=StimulusSet,", "")
    exec(source, namespace)  # noqa: S102 - it is what a user pastes into a plugin
    assembly = namespace["data_registry"]["Natural2026.IT"]()
    np.testing.assert_array_equal(assembly.values, np.load(natural_images / "rates.npy"))
    stimulus_set = namespace["stimulus_set_registry"]["Natural2026"]()
    published_bytes = stimulus_set.attrs["stimulus_paths"]["n3"].read_bytes()
    assert published_bytes == (natural_images / "stimuli" / "n3.png").read_bytes()
