"""Single files are judged with the dataset and the repository around them, as hooks need it.

A hook hands over the files of a commit, in batches if there are many.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from git_repositories import new_repository
from pictures import png

from brainscore_data.check.engine.checking import check
from brainscore_data.cli import main

MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"

[[stimulus_set]]
identifier = "{name}"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""
PLUGIN = """\
stimulus_set_registry["{name}"] = lambda: load_stimulus_set_from_s3(
    identifier="{name}", bucket="brainscore-storage/a", csv_sha1="{sha1}", zip_sha1="{sha1}",
    csv_version_id="1", zip_version_id="2")
"""


def write_dataset(folder, name):
    (folder / "stimuli").mkdir(parents=True)
    (folder / "dataset.toml").write_text(MANIFEST.format(name=name))
    rows = "".join(f"s{number},s{number}.png,kind{number}\n" for number in range(4))
    (folder / "stimuli.csv").write_text("stimulus_id,filename,kind\n" + rows)
    for number in range(4):
        (folder / "stimuli" / f"s{number}.png").write_bytes(png(number))


def write_plugin(folder, name, sha1="a" * 40):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text(PLUGIN.format(name=name, sha1=sha1))
    return f"plugins/{folder.name}/__init__.py"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository that one is in, with a dataset in ``study``."""
    new_repository(tmp_path)
    write_dataset(tmp_path / "study", "Doe2024")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(repository, *names, select=("BSD1", "BSD2", "BSD3")):
    paths = [repository.__class__(name) for name in names]
    return [(each.code, each.place.file) for each in check(paths, select=select).findings]


ONE_FILE = ["study/stimuli/s0.png", "study/stimuli.csv", "study/dataset.toml"]


@pytest.mark.parametrize("given", ONE_FILE)
def test_a_whole_dataset_passes_whichever_file_is_given(repository, given):
    assert found(repository, given) == []


@pytest.mark.parametrize("given", ONE_FILE)
def test_a_stimulus_that_is_missing_is_found_through_any_other_file(repository, given):
    (repository / "study" / "stimuli" / "s2.png").unlink()
    assert found(repository, given) == [("BSD302", "study/stimuli.csv")]


@pytest.mark.parametrize("given", [*ONE_FILE, "study/stimuli/new.png"])
def test_a_stimulus_that_no_row_lists_is_found_through_any_file(repository, given):
    (repository / "study" / "stimuli" / "new.png").write_bytes(png(9))
    assert found(repository, given) == [("BSD303", "study/stimuli")]


def test_a_broken_table_is_found_through_a_stimulus(repository):
    table = repository / "study" / "stimuli.csv"
    table.write_text(table.read_text().replace("s1,s1", "s0,s1"))
    assert found(repository, "study/stimuli/s0.png") == [("BSD205", "study/stimuli.csv")]


def test_every_batch_finds_what_is_wrong_with_the_dataset(repository):
    (repository / "study" / "stimuli" / "s2.png").unlink()
    batches = ["s0", "s1"], ["s3"]
    for batch in batches:
        files = [f"study/stimuli/{name}.png" for name in batch]
        assert found(repository, *files) == [("BSD302", "study/stimuli.csv")]


def test_stimuli_that_are_in_different_batches_are_compared(repository):
    (repository / "study" / "stimuli" / "s3.png").write_bytes(png(0))
    alone = found(repository, "study/stimuli/s3.png")
    assert [code for code, _ in alone] == [code for code, _ in found(repository, "study")]
    assert alone


def test_a_file_that_is_given_twice_counts_once(repository):
    (repository / "study" / "stimuli" / "s2.png").unlink()
    files = ["study/stimuli/s0.png", "./study/stimuli/s0.png", "study/dataset.toml"]
    assert found(repository, *files) == [("BSD302", "study/stimuli.csv")]


def test_another_dataset_is_not_judged_for_a_file_of_this_one(repository):
    write_dataset(repository / "other", "Roe2024")
    (repository / "other" / "stimuli" / "s2.png").unlink()
    assert found(repository, "study/stimuli/s0.png") == []


def test_names_collide_with_a_manifest_that_was_not_given(repository):
    write_dataset(repository / "other", "Doe2024")
    assert found(repository, "study/dataset.toml", select=["BSD1"]) == [
        ("BSD106", "study/dataset.toml")
    ]
    assert found(repository, "other/dataset.toml", select=["BSD1"]) == [
        ("BSD106", "other/dataset.toml")
    ]


def test_names_collide_through_a_stimulus_of_the_dataset(repository):
    write_dataset(repository / "other", "Doe2024")
    assert found(repository, "study/stimuli/s0.png", select=["BSD1"]) == [
        ("BSD106", "study/dataset.toml")
    ]


def test_a_registration_collides_with_a_manifest_that_was_not_given(repository):
    (repository / "study" / "dataset.toml").write_text(MANIFEST.format(name="Doe2024.a"))
    plugin = write_plugin(repository / "plugins" / "doe", "Doe2024_a")
    assert found(repository, plugin, select=["BSD106"]) == [("BSD106", plugin)]
    assert found(repository, plugin, "study/dataset.toml", select=["BSD106"]) == [
        ("BSD106", "study/dataset.toml")
    ]
    write_plugin(repository / "plugins" / "doe", "Doe2024.a")
    assert found(repository, plugin, select=["BSD106"]) == []


def test_a_registration_of_another_plugin_s_dataset_is_found_through_either(repository):
    manifest = repository / "study" / "dataset.toml"
    text = MANIFEST.format(name="Doe2024")
    manifest.write_text(text.replace("[dataset]", '[dataset]\nplugin = "plugins/doe"'))
    ours = write_plugin(repository / "plugins" / "doe", "Doe2024")
    assert found(repository, ours, select=["BSD106"]) == []
    (repository / ours).unlink()
    theirs = write_plugin(repository / "plugins" / "roe", "Doe2024")
    assert found(repository, theirs, select=["BSD106"]) == [("BSD106", theirs)]
    assert found(repository, "study/dataset.toml", select=["BSD106"]) == [
        ("BSD106", "study/dataset.toml")
    ]


def test_names_collide_with_a_plugin_that_was_not_given(repository):
    write_plugin(repository / "plugins" / "doe", "doe2024")
    given = write_plugin(repository / "plugins" / "roe", "doe2024", sha1="b" * 40)
    assert ("BSD503", given) in found(repository, given, select=["BSD5"])


@pytest.mark.parametrize("given", ONE_FILE)
def test_single_files_of_a_folder_below_are_found_from_within_it(repository, monkeypatch, given):
    (repository / "study" / "stimuli" / "s2.png").unlink()
    monkeypatch.chdir(repository / "study")
    assert found(repository, given.removeprefix("study/")) == [("BSD302", "stimuli.csv")]


def test_absolute_paths_are_judged_alike(repository):
    (repository / "study" / "stimuli" / "s2.png").unlink()
    given = repository / "study" / "stimuli" / "s0.png"
    assert found(repository, given) == [("BSD302", str(repository / "study" / "stimuli.csv"))]


def test_no_paths_after_the_dashes_are_the_folder_one_is_in(repository, capsys):
    (repository / "study" / "stimuli" / "s2.png").unlink()
    assert main(["check", "--select", "BSD3", "--"]) == 1
    assert "study/stimuli.csv" in capsys.readouterr().out


def test_a_file_whose_name_is_an_option_is_a_file_after_the_dashes(repository, capsys):
    (repository / "--fix").write_text("")
    assert main(["check", "--select", "BSD3", "--", "--fix"]) == 0
    assert capsys.readouterr().err == ""


def test_a_baseline_of_the_whole_holds_for_single_files(repository, capsys):
    (repository / "study" / "stimuli" / "s2.png").unlink()
    assert main(["check", "--baseline", "known.json", "--write-baseline"]) == 0
    capsys.readouterr()
    assert main(["check", "--baseline", "known.json", "--", "study/stimuli/s0.png"]) == 0
    assert capsys.readouterr().out.startswith("All checks passed (1 in the baseline)")


def test_batches_that_run_at_the_same_time_find_the_same(repository, cache_of_its_own):
    (repository / "study" / "stimuli" / "s2.png").unlink()
    command = [sys.executable, "-m", "brainscore_data", "check", "--select", "BSD2,BSD3", "--"]
    environment = {**os.environ, "BRAINSCORE_DATA_CACHE": str(cache_of_its_own)}
    runs = [
        subprocess.Popen(
            [*command, f"study/stimuli/s{number}.png"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in (0, 1, 3)
    ]
    said = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [1, 1, 1], said
    assert len(said) == 1
    assert "'s2.png' is listed" in said.pop()
