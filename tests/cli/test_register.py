"""`brainscore-data register`: from receipts to a plugin's source, by the command."""

from __future__ import annotations

import pytest

from brainscore_data.cli import main
from brainscore_data.records.receipts import save_receipts

PLUGIN = "brainscore_vision/data/majajhong2015"
AWS = {"store": "s3://brainscore-storage/brainio-brainscore", "bucket": "brainscore-storage"}


@pytest.fixture
def repository(tmp_path, receipts_of):
    (tmp_path / PLUGIN).mkdir(parents=True)
    save_receipts(receipts_of("hvm", "MajajHong2015.public", **AWS), tmp_path / "receipts.json")
    return tmp_path


def test_the_registrations_are_written_into_the_plugin(repository, capsys):
    assert main(["register", str(repository / "receipts.json"), str(repository / PLUGIN)]) == 0
    source = (repository / PLUGIN / "__init__.py").read_text()
    assert "stimulus_set_registry['hvm'] = lambda:" in source
    assert "data_registry['MajajHong2015.public'] = lambda:" in source
    said = capsys.readouterr().err
    assert "'hvm': added" in said
    assert "test.py: written" in said


def test_the_plugin_that_dataset_toml_names_is_the_default(repository):
    assert main(["register", str(repository)]) == 0
    assert (repository / PLUGIN / "__init__.py").is_file()


def test_a_second_run_says_that_nothing_changes(repository, capsys):
    main(["register", str(repository)])
    before = (repository / PLUGIN / "__init__.py").stat().st_mtime_ns
    capsys.readouterr()
    assert main(["register", str(repository)]) == 0
    assert capsys.readouterr().err.count("unchanged") == 2
    assert (repository / PLUGIN / "__init__.py").stat().st_mtime_ns == before


def test_it_says_which_stored_activations_a_change_outdates_and_only_then(
    repository, receipts_of, capsys
):
    main(["register", str(repository)])
    assert "activations" not in capsys.readouterr().err  # of a new plugin nobody has any
    main(["register", str(repository)])
    assert "activations" not in capsys.readouterr().err
    newer = receipts_of("hvm", "MajajHong2015.public", csv_version="v2", **AWS)
    save_receipts(newer, repository / "receipts.json")
    main(["register", str(repository), "--force"])
    said = capsys.readouterr().err
    assert "note: once this is committed, vision computes activations on hvm again" in said


def test_diff_prints_what_would_change_and_writes_nothing(repository, capsys):
    assert main(["register", str(repository), "--diff"]) == 0
    assert "+data_registry['MajajHong2015.public'] = lambda:" in capsys.readouterr().out
    assert not (repository / PLUGIN / "__init__.py").exists()


def test_check_exits_with_1_until_the_plugin_is_up_to_date(repository):
    assert main(["register", str(repository), "--check"]) == 1
    assert not (repository / PLUGIN / "__init__.py").exists()
    main(["register", str(repository)])
    assert main(["register", str(repository), "--check"]) == 0


def test_a_refused_item_is_explained_and_the_others_are_written(repository, capsys):
    source = repository / PLUGIN / "__init__.py"
    source.write_text("data_registry['MajajHong2015.public'] = make(SHA1S)\n")
    assert main(["register", str(repository)]) == 1
    said = capsys.readouterr().err
    assert f"{source}:1: assembly 'MajajHong2015.public': refused" in said
    assert "hint:" in said
    assert "stimulus_set_registry['hvm']" in source.read_text()


def test_a_plugin_may_be_anywhere_and_form_says_whose_it_is(repository, receipts_of, capsys):
    lone = receipts_of("Doe2024", plugin=None, stimulus_set=None, bucket=None)
    save_receipts(lone, repository / "receipts.json")
    command = ["register", str(repository / "receipts.json"), str(repository / "elsewhere")]
    assert main(command) == 2
    assert "--form language" in capsys.readouterr().err
    assert not (repository / "elsewhere").exists()
    (repository / "elsewhere").mkdir()
    assert main([*command, "--form", "language"]) == 0
    source = (repository / "elsewhere" / "__init__.py").read_text()
    assert "from brainscore_language import data_registry" in source
