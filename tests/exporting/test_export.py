"""``export``: what is in each form, and what is missing for it."""

from __future__ import annotations

import json

import pytest

from brainscore_data.cli import main
from brainscore_data.exporting.described import _url
from brainscore_data.records.receipts import PublishedObject
from brainscore_data.store.local.folder import LocalStore


@pytest.fixture
def exported(described_folder, capsys):
    def run(form, *options):
        code = main(["export", str(described_folder), "--format", form, *map(str, options)])
        done = capsys.readouterr()
        return code, done.out, done.err

    return run


def test_croissant_describes_the_published_files_and_their_columns(
    exported, publish_described, tmp_path
):
    publish_described(LocalStore(tmp_path / "store"))
    code, out, err = exported("croissant")
    made = json.loads(out)
    assert code == 0
    assert [each["@id"] for each in made["distribution"]] == [
        "stimulus_hvm.zip",
        "stimulus_hvm.csv",
    ]
    [records] = made["recordSet"]
    assert {each["name"]: each["dataType"] for each in records["field"]} == {
        "stimulus_id": "sc:Text",
        "filename": "sc:Text",
        "size": "sc:Integer",
        "angle": "sc:Float",
        "shown": "sc:Boolean",
        "object name": "sc:Text",
    }
    assert (made["datePublished"], made["version"]) == ("2026-11-29", "2026.11.29")
    assert (made["rai:dataCollection"], made["rai:dataBiases"]) == ("Electrodes.", ["One lab."])
    assert made["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert "\u202e" not in out
    assert "secret.V4 is not public: its files are not in it" in err
    assert "secret" not in out


def test_a_bundle_is_described_before_it_is_published(
    exported, publish_described, tmp_path, described_folder
):
    bundle = publish_described(LocalStore(tmp_path / "store"))
    (described_folder / "receipts.json").unlink()
    code, _, err = exported("croissant")
    assert (code, "nothing is published yet" in err, "--bundle" in err) == (2, True, True)
    target = tmp_path / "croissant.json"
    text = (described_folder / "dataset.toml").read_text()
    (described_folder / "dataset.toml").write_text(
        text.replace("species", 'published = "2026"\nspecies')
    )
    code, out, err = exported("croissant", "--bundle", bundle, "-o", target)
    assert (code, out) == (0, f"{target}\n")
    assert "no address on the web" in err
    assert json.loads(target.read_text())["distribution"][1]["contentUrl"] == "stimulus_hvm.csv"
    assert exported("datacite", "--bundle", bundle)[0] == 2


@pytest.mark.parametrize(
    ("form", "missing"),
    [
        ("citation", ["title", "authors"]),
        ("datacite", ["title", "authors", "published"]),
    ],
)
def test_what_a_form_needs_and_nobody_said_is_told_at_once(
    form, missing, exported, described_folder
):
    manifest = described_folder / "dataset.toml"
    lines = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join(each for each in lines if not each.startswith(tuple(missing))))
    code, out, err = exported(form)
    assert (code, out) == (2, "")
    assert str(manifest) in err
    assert all(f"{name} = " in err for name in missing)


@pytest.mark.parametrize(
    ("written", "cff", "rights"),
    [
        ("cc-by-4.0", 'license: "CC-BY-4.0"', "CC-BY-4.0"),
        ("MIT OR CC0-1.0", None, None),
        ("CDLA-Permissive-2.0", 'license-url: "https://spdx', "CDLA-Permissive-2.0"),
        ("restricted", None, None),
    ],
)
def test_licenses_are_said_where_a_form_knows_them(
    written, cff, rights, exported, described_folder
):
    manifest = described_folder / "dataset.toml"
    text = manifest.read_text().replace("CC-BY-4.0", written)
    manifest.write_text(text.replace("species", 'published = "2026"\nspecies'))
    said = [each for each in exported("citation")[1].splitlines() if each.startswith("license")]
    assert [each.startswith(cff or "-") for each in said] == ([True] if cff else [])
    [made] = json.loads(exported("datacite")[1])["rightsList"]
    assert made.get("rightsIdentifier") == rights


@pytest.mark.parametrize(
    ("known", "url"),
    [
        ({}, "https://lab.s3.eu-west-1.amazonaws.com/p/a%20b.csv?versionId=v%2B1"),
        ({"region": None}, "https://lab.s3.amazonaws.com/p/a%20b.csv?versionId=v%2B1"),
        (
            {"region": "cn-north-1", "version_id": None},
            "https://lab.s3.cn-north-1.amazonaws.com.cn/p/a%20b.csv",
        ),
        (
            {"bucket": "l.ab", "region": None, "version_id": None},
            "https://s3.amazonaws.com/l.ab/p/a%20b.csv",
        ),
        (
            {"endpoint": "https://s3.lab.org/", "version_id": None},
            "https://s3.lab.org/lab/p/a%20b.csv",
        ),
        ({"bucket": None, "store": "osf://4xf2d"}, None),
        (
            {"bucket": None, "store": "https://lab.org/data", "key": "a.csv"},
            "https://lab.org/data/a.csv",
        ),
    ],
)
def test_a_version_has_the_address_at_which_everybody_reads_it(known, url):
    stored = {
        "store": "s3://lab/p",
        "endpoint": None,
        "region": "eu-west-1",
        "bucket": "lab",
        "key": "p/a b.csv",
        "version_id": "v+1",
        "sha1": "0" * 40,
        "sha256": "0" * 64,
        "size": 1,
        "digest": "cd1:",
        "verified": "read back",
    }
    assert _url(PublishedObject.model_validate(stored | known)) == url
