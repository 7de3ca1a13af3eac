"""The commands from end to end, on a store in a folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from brainscore_data.cli import main

NC = "assy_MajajHong2015.nc"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def store(tmp_path):
    return (tmp_path / "store").as_uri()


@pytest.fixture
def bundle(bundles):
    return bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip"),
        bundles.assembly("MajajHong2015", b"rates"),
        notices=["a boolean attribute became 0/1"],
    )


@pytest.fixture
def published(bundle, store, capsys):
    assert main(["publish", str(bundle), "--store", store]) == 0
    capsys.readouterr()
    return bundle


def test_publish_prints_the_receipt_and_tells_notices_apart(bundle, store, capsys):
    assert main(["publish", str(bundle), "--store", store]) == 0
    output = capsys.readouterr()
    assert output.out.startswith("## Receipt for `majajhong2015`")
    assert "| new |" in output.out
    assert "note: a boolean attribute became 0/1" in output.err
    assert (bundle / "receipts.json").is_file()


def test_upload_and_download_are_other_words(bundle, store, tmp_path, capsys):
    assert main(["upload", str(bundle), "--store", store]) == 0
    assert "| new |" in capsys.readouterr().out
    into = ["--into", str(tmp_path / "out")]
    assert main(["download", "MajajHong2015", "--store", store, *into]) == 0
    assert (tmp_path / "out" / NC).read_bytes() == b"rates"
    assert main(["--help"]) == 0
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "upload Another word for publish." in said
    assert "download Another word for fetch." in said


def test_publish_again_says_unchanged(published, store, capsys):
    assert main(["publish", str(published), "--store", store]) == 0
    output = capsys.readouterr().out
    assert "| unchanged |" in output
    assert "| new |" not in output


def test_publish_over_other_content_is_one_and_shows_the_lines_to_paste(
    published, store, bundles, capsys
):
    other = bundles.write(bundles.assembly("MajajHong2015", b"other rates"))
    assert main(["publish", str(other), "--store", store]) == 1
    assert 'replaces = "' in capsys.readouterr().err


def test_publish_keeps_receipts_where_it_is_told(bundle, store, tmp_path):
    path = tmp_path / "mine.json"
    assert main(["publish", str(bundle), "--store", store, "--receipts", str(path)]) == 0
    assert path.is_file()
    assert not (bundle / "receipts.json").exists()


def test_publish_to_a_misspelt_store_is_two(bundle, capsys):
    assert main(["publish", str(bundle), "--store", "s3:/lab"]) == 2
    assert "s3://lab" in capsys.readouterr().err


def test_receipt_renders_again(published, capsys):
    assert main(["receipt", str(published)]) == 0
    by_folder = capsys.readouterr().out
    assert main(["receipt", str(published / "receipts.json")]) == 0
    assert capsys.readouterr().out == by_folder
    assert by_folder == (published / "receipt.md").read_text()


def test_receipt_in_a_form_that_cannot_reach_the_store_is_two(published, capsys):
    assert main(["receipt", str(published), "--form", "s3"]) == 2
    assert "cannot reach" in capsys.readouterr().err


def test_fetch_prints_the_paths_of_verified_files(published, store, tmp_path, capsys):
    arguments = ["fetch", "MajajHong2015", "--store", store, "--into", str(tmp_path / "out")]
    assert main(arguments) == 0
    path = capsys.readouterr().out.strip()
    assert path == str(tmp_path / "out" / NC)
    assert (tmp_path / "out" / NC).read_bytes() == b"rates"


def test_fetch_with_another_hash_is_one(published, store, tmp_path, capsys):
    arguments = ["fetch", "MajajHong2015", "--store", store, "--into", str(tmp_path / "out")]
    assert main([*arguments, "--sha1", "0" * 40]) == 1
    assert "is expected" in capsys.readouterr().err


def test_lookup_gives_what_the_receipt_says(published, store, capsys):
    receipts = json.loads((published / "receipts.json").read_text())
    stored = receipts["items"][1]["nc"]["object"]
    assert main(["lookup", "MajajHong2015", "--store", store, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)[0]
    assert {name: found[name] for name in ("key", "version_id", "sha1", "sha256")} == {
        name: stored[name] for name in ("key", "version_id", "sha1", "sha256")
    }
    assert found["license"] == "CC-BY-4.0"
    assert main(["lookup", "MajajHong2015", "--store", store]) == 0
    text = capsys.readouterr().out
    assert stored["version_id"] in text
    assert stored["sha1"] in text


def test_lookup_of_what_nobody_published_is_one(published, store, capsys):
    assert main(["lookup", "Kar2019", "--store", store]) == 1
    assert "nothing is published as 'Kar2019'" in capsys.readouterr().err


def test_verify_is_zero_while_everything_is_as_the_receipts_say(published, capsys):
    assert main(["verify", str(published)]) == 0
    assert "3 of 3" in capsys.readouterr().out


def test_verify_is_one_when_something_is_not(published, tmp_path, capsys):
    stored = next(path for path in (tmp_path / "store").rglob(NC) if path.is_file())
    shutil.rmtree(stored.parent)
    assert main(["verify", str(published / "receipts.json")]) == 1
    output = capsys.readouterr().out
    assert NC in output
    assert "it is gone" in output


def test_verify_without_receipts_is_two(tmp_path):
    assert main(["verify", str(tmp_path)]) == 2


def test_nothing_is_left_where_the_command_was_run(bundle, store, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert main(["publish", str(bundle), "--store", store]) == 0
    assert list(Path().iterdir()) == []
