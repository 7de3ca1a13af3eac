"""The formats that docs/formats.md specifies: by test vectors, and by a verifier that shares no code.

`python -m tests.spec.test_spec` writes spec/vectors.json. What is in it stays: other digests of the same
content are another version of the format.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from brainscore_data.assemblies.contract.conforming import conform
from brainscore_data.dataset.identifiers import assembly_key, stimulus_set_keys
from brainscore_data.packaging.netcdf import content
from brainscore_data.records import bundle, receipts
from brainscore_data.records.digest import ContentDigest

SPEC = Path(__file__).parents[2] / "spec"
# They have a default, and are always written.
WITH_DEFAULTS = {"schema", "items", "notices"}
VECTORS, VERIFIER = SPEC / "vectors.json", SPEC / "verify.py"


class Recorded(ContentDigest):
    """A digest that keeps its fields as the vectors write them."""

    def __init__(self, kind):
        self.fields = []
        super().__init__(kind)

    def text(self, value):
        self.fields.append(["text", value])
        super().text(value)

    def number(self, value):
        self.fields.append(["number", value])
        super().number(value)

    def strings(self, values):
        values = list(values)
        self.fields.append(["strings", values])
        super().strings(values)

    def values(self, array):
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        self.fields.append(["values", little.tobytes().hex()])
        super().values(array)


def responses() -> xr.DataArray:
    """A neuroid assembly with each kind of value, and an attribute of each kind."""
    days = np.array(["2015-09-30", "1677-09-22T00:12:43.145224193"], dtype="datetime64[ns]")
    coords = {
        "stimulus_id": ("presentation", ["n1", "grüße"]),
        "repetition": ("presentation", np.array([0, -1], dtype="int16")),
        "shown": ("presentation", [True, False]),
        "when": ("presentation", days),
        "neuroid_id": ("neuroid", ["a", "", "b\nc"]),
        "depth": ("neuroid", np.array([0.5, np.nan, np.inf], dtype="float32")),
    }
    values = np.array([[0.0, -0.0, 1.5], [np.nan, 2.0, -3.25]])
    attributes = {"lab": "dicarlo", "bins": [70, 170], "names": ["x", "yy"], "rate": 0.5}
    return xr.DataArray(values, dims=["presentation", "neuroid"], coords=coords, attrs=attributes)


def choices() -> xr.DataArray:
    """Choices with one coordinate only, which gets a companion."""
    texts = np.array(["dog", "cat"], dtype=object)
    return xr.DataArray(
        texts, dims="presentation", coords={"stimulus_id": ("presentation", ["a", "b"])}
    )


def of_assembly(identifier, kind, assembly, groups, monkeypatch):
    """Compute a digest as packaging does, and keep its fields."""
    made = []

    class Kept(Recorded):
        def __init__(self, kind):
            super().__init__(kind)
            made.append(self)

    monkeypatch.setattr(content, "ContentDigest", Kept)
    own = {"identifier": identifier, "stimulus_set_identifier": "Doe2026"}
    about = {"identifier": identifier, "stimulus_set": "Doe2026", "where": "vectors"}
    fit, _ = conform(assembly, assembly_class=kind, **about)
    named = {name: content.contents_of(each) for name, each in groups.items()}
    digest = content.content_digest(content.contents_of(fit, own), named)
    return {"name": identifier, "fields": made[0].fields, "digest": digest}


def written(monkeypatch):
    """Write all vectors."""
    table, files = Recorded("table"), Recorded("files")
    table.number(2)
    for column, cells in (
        ("stimulus_id", ["0001", "grüße"]),
        ("filename", ["a.png", 'b, "c".png']),
    ):
        table.text(column)
        table.strings(cells)
    for name in ("a.png", "b.png"):
        files.text(name)
        files.text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    named = [
        ("stimulus_set", "MajajHong2015", {}),
        ("assembly", "dicarlo.MajajHong2015.temporal-10ms", {}),
        ("assembly", "Pereira2018.243sentences-linear", {"prefix": "ceiling_"}),
    ]
    return {
        "version": 1,
        "keys": [
            {"kind": kind, "identifier": name, **more, "keys": keys_of(kind, name, **more)}
            for kind, name, more in named
        ],
        "digests": [
            {"name": "a table", "fields": table.fields, "digest": table.result()},
            {"name": "files", "fields": files.fields, "digest": files.result()},
            of_assembly(
                "Doe2026.V4", "NeuroidAssembly", responses(), {"extra": choices()}, monkeypatch
            ),
            of_assembly("Doe2026.choices", "BehavioralAssembly", choices(), {}, monkeypatch),
        ],
    }


def keys_of(kind, name, prefix="assy_"):
    if kind == "assembly":
        return {"nc": assembly_key(name, prefix)}
    csv, zipped = stimulus_set_keys(name)
    return {"csv": csv, "zip": zipped}


def verify(*arguments):
    """Run the verifier as people do: with Python alone."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_vectors_are_what_the_program_computes(monkeypatch):
    assert written(monkeypatch) == json.loads(VECTORS.read_text(encoding="utf-8"))


def test_the_page_names_every_key_of_the_records(repository_root):
    page = (repository_root / "docs" / "formats.md").read_text(encoding="utf-8")
    table = page.partition("### Their keys")[2].partition("\n\nIn a")[0]
    told = set(re.findall(r"`([a-z0-9_]+)`", table))
    models = [bundle.Bundle, bundle.BundledStimulusSet, bundle.BundledAssembly, bundle.BundledFile]
    models += [bundle.CheckRecord, bundle.CheckWarning, bundle.IgnoredRecord, bundle.Script]
    models += [bundle.ShardRecord]
    models += [receipts.Receipts, receipts.StimulusSetReceipt, receipts.AssemblyReceipt]
    models += [receipts.FileReceipt, receipts.PublishedObject, receipts.RunRecord]
    for model in models:
        for name, field in model.model_fields.items():
            key = field.alias or name
            assert key in told
            assert (
                field.is_required()
                or key == "kind"
                or f"[`{key}`]" in table
                or key in WITH_DEFAULTS
            )


def test_the_verifier_is_one_short_file_of_the_standard_library():
    source = VERIFIER.read_text(encoding="utf-8")
    assert source.count("\n") <= 120
    imported = {
        line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names


@pytest.fixture
def packaged(repository_root, tmp_path):
    from brainscore_data.packaging.bundling import package

    package(repository_root / "examples" / "gratings", tmp_path / "bundle")
    return tmp_path / "bundle"


def test_bundles_and_receipts_verify_without_the_program(packaged, tmp_path):
    from brainscore_data import publish

    assert verify(packaged, VECTORS).stdout == "all as it is written down\n"
    publish(packaged, (tmp_path / "store").as_uri(), receipts=packaged)
    (packaged / "bundle.json").unlink()
    assert verify(packaged).stdout == "all as it is written down\n"


def test_what_differs_is_named(packaged):
    [nc, _] = sorted(packaged.glob("*.nc"))
    nc.write_bytes(nc.read_bytes()[:-1])
    [table] = packaged.glob("*.csv")
    table.write_text(table.read_text(encoding="utf-8").replace("grating_1.png", "grating_0.png"))
    [zipped] = packaged.glob("*.zip")
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr("more.png", b"")
    done = verify(packaged)
    assert done.returncode == 1
    for said in (
        f"{nc.name}: size is",
        f"{table.name}: the content is not",
        f"{zipped.name}: the content is not",
    ):
        assert said in done.stdout
    described = json.loads((packaged / "bundle.json").read_text())
    described["items"][0]["csv"]["name"] = "stimuli.csv"
    (packaged / "bundle.json").write_text(json.dumps(described))
    assert "readers look for stimulus_Example2026_gratings.csv" in verify(packaged).stdout


def test_vectors_that_say_something_else_are_noticed(packaged, tmp_path):
    other = json.loads(VECTORS.read_text(encoding="utf-8"))
    other["digests"][2]["fields"][1][1] += 1
    other["keys"][0]["keys"]["csv"] = "stimulus_x.csv"
    (tmp_path / "other.json").write_text(json.dumps(other))
    done = verify(packaged, tmp_path / "other.json")
    assert (done.returncode, done.stdout.count("\n")) == (1, 2)


if __name__ == "__main__":
    text = json.dumps(written(pytest.MonkeyPatch()), indent=1, ensure_ascii=False)
    VECTORS.write_text(text + "\n", encoding="utf-8")
