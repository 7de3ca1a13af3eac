"""A check opens nothing outside of the dataset, whichever way a pull request points there."""

from __future__ import annotations

import os

import pytest

ELSEWHERE = "stimulus_id,filename,address\n0001,a.png,someone@example.org\n"
NO_FINDING_OF_MINE = ("--ignore", "BSD210,BSD427,BSD428")


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text(ELSEWHERE)
    return folder


def by_dots(study, outside):
    study.edit("dataset.toml", '"stimuli.csv"', '"../outside/secret.csv"')


def by_an_absolute_path(study, outside):
    study.edit("dataset.toml", '"stimuli.csv"', f'"{outside}/secret.csv"')


def by_a_linked_folder(study, outside):
    study.path("tables").symlink_to(outside)
    study.edit("dataset.toml", '"stimuli.csv"', '"tables/secret.csv"')


def by_a_link(study, outside):
    study.path("stimuli.csv").unlink()
    study.path("stimuli.csv").symlink_to(outside / "secret.csv")


@pytest.mark.parametrize(
    ("way", "code"),
    [
        (by_dots, "BSD601"),
        (by_an_absolute_path, "BSD601"),
        (by_a_linked_folder, "BSD608"),
        (by_a_link, "BSD608"),
    ],
)
def test_a_csv_outside_is_one_finding_about_where_it_is(study, command, outside, way, code):
    way(study, outside)
    answer = command("check", study.folder, *NO_FINDING_OF_MINE, "--fix")
    assert answer.code == 1
    (found,) = [line for line in answer.out.splitlines() if "[error]" in line]
    assert code in found
    assert "0001" not in answer.out
    assert "address" not in answer.out
    assert (outside / "secret.csv").read_text() == ELSEWHERE


def test_a_table_that_nothing_names_is_not_followed_outside(study, command, outside):
    study.path("people.csv").symlink_to(outside / "secret.csv")
    assert "address" not in command("check", study.folder, *NO_FINDING_OF_MINE).out


def test_a_link_within_the_dataset_is_followed(study, command):
    study.path("tables").mkdir()
    study.path("stimuli.csv").rename(study.path("tables/all.csv"))
    study.path("stimuli.csv").symlink_to("tables/all.csv")
    assert command("check", study.folder, *NO_FINDING_OF_MINE).code == 0


@pytest.mark.parametrize("kind", ["a file", "a folder", "the folder itself", "nothing"])
@pytest.mark.parametrize("verb", ["check", "package"])
def test_stimuli_that_are_links_to_outside_are_refused(
    study, command, outside, tmp_path, kind, verb
):
    (outside / "s4.png").write_bytes(study.path("stimuli/s2.png").read_bytes())
    if kind == "the folder itself":
        study.path("stimuli").rename(outside / "stimuli")
        study.path("stimuli").symlink_to(outside / "stimuli")
    else:
        target = {"a file": "s4.png", "a folder": "", "nothing": "s5.png"}[kind]
        study.path("stimuli/s4.png").symlink_to(outside / target)
    options = () if verb == "check" else ("-o", tmp_path / "bundle")
    # Packaging refuses by itself what the checks would tell.
    ignored = "BSD210,BSD427,BSD428" + ("" if verb == "check" else ",BSD3,BSD6")
    answer = command(verb, study.folder, *options, "--ignore", ignored)
    assert answer.code == 1
    said = "is not there" if (verb, kind) == ("package", "nothing") else "leads out of"
    assert said in answer.out + answer.err
    assert "BSD608" in answer.out or verb == "package"
    assert not (tmp_path / "bundle").exists()


def test_a_pipe_for_a_table_is_not_waited_for(study, command):
    os.mkfifo(study.path("more.csv"))
    study.path("stimuli.csv").unlink()
    os.mkfifo(study.path("stimuli.csv"))
    answer = command("check", study.folder, *NO_FINDING_OF_MINE)
    assert answer.code == 1
    assert "'stimuli.csv' is neither a file nor a folder" in answer.out


SECRETS = 'schema = 1\n[[assembly]]\nidentifier = "S3cret2024 value"\n'
SECRETS += 'data_registry["S3cret2024"] = lambda: load_assembly_from_s3("S3cret2024")\n'
LINKED = ("stimuli.csv", "stimuli/s1.png", "v4.nc", "it.npy", "trials.csv", "receipts.json")
LINKED += ("plugin/__init__.py",)


def link(study, name, target):
    study.path(name).parent.mkdir(exist_ok=True)
    study.path(name).unlink(missing_ok=True)
    study.path(name).symlink_to(target)


@pytest.mark.parametrize("name", ["dataset.toml", "plugin/__init__.py", "receipts.json"])
def test_no_finding_quotes_what_is_behind_a_link_to_outside(study, command, tmp_path, name):
    (tmp_path / "outside.txt").write_text(SECRETS)
    link(study, name, tmp_path / "outside.txt")
    answer = command("check", study.folder, *NO_FINDING_OF_MINE)
    assert answer.code == 1
    assert "leads out of" in answer.out
    assert "S3cret2024" not in answer.out + answer.err


@pytest.mark.parametrize("names", [("dataset.toml",), LINKED], ids=["the manifest", "the rest"])
def test_a_device_without_an_end_is_not_read(study, child, names):
    for name in names:
        link(study, name, "/dev/zero")
    limits = "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (60, 60))"
    answer = child("check", study.folder, *NO_FINDING_OF_MINE, before=limits)
    assert answer.code == 1, answer
    told = {name for name in names if f"{name}: BSD" in answer.out.replace(":1:", ":")}
    assert told == set(names), answer.out
