"""`register --pull-request`: from the workflow's comment to files, and from no other comment."""

from __future__ import annotations

import subprocess

import pytest
from git_repositories import new_repository
from github_api import WRITING

from brainscore_data.base.errors import UsageError
from brainscore_data.cli import main
from brainscore_data.github.comment import BOT, Belonging, post_receipts, receipts_text
from brainscore_data.github.commented_receipts import commented_receipts, repository_name, token_of
from brainscore_data.records.receipts import load_receipts

PLUGIN = "brainscore_vision/data/majajhong2015"


@pytest.fixture
def pull(repository):
    repository.commit({"data/a/values.csv": "2\n"}, branch="new")
    return repository.open_pull("new")


@pytest.fixture
def to(repository, pull):
    return Belonging(repository.name, pull.number, ".github/workflows/publish.yml", "https://r")


@pytest.fixture
def here(repository, checkout, pull, github, monkeypatch):
    """Work in a checkout of the pull request."""
    folder = checkout(repository.head_of(pull))
    url = f"git@github.com:{repository.name}.git"
    subprocess.run(["git", "-C", str(folder), "remote", "add", "origin", url], check=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_TOKEN", WRITING)
    monkeypatch.setenv("GITHUB_API_URL", github.api_url)
    return folder


def test_the_receipts_and_the_registrations_are_written(real, here, to, receipts_of, capsys):
    receipts = receipts_of("MajajHong2015")
    post_receipts(real(), to, {"data/a": receipts})
    assert main(["register", "--pull-request", str(to.pull_request)]) == 0
    assert load_receipts(here / "data/a/receipts.json") == receipts
    assert "data_registry['MajajHong2015']" in (here / PLUGIN / "__init__.py").read_text()
    assert "receipts.json: written" in capsys.readouterr().err


def test_check_writes_nothing(real, here, to, receipts_of):
    post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015")})
    assert main(["register", "--pull-request", str(to.pull_request), "--check"]) == 1
    assert not (here / "data/a/receipts.json").exists()
    assert not (here / PLUGIN).exists()


@pytest.mark.parametrize("script", ["data_packaging.py", "data_packaging/package.py"])
def test_the_receipts_of_a_script_lie_in_its_plugin(real, here, to, receipts_of, script):
    named = f"{PLUGIN}/{script}"
    script = here / named
    script.parent.mkdir(parents=True)
    script.touch()
    (here / PLUGIN / "__init__.py").touch()
    receipts = receipts_of("MajajHong2015", plugin=None)  # a script cannot name its plugin
    post_receipts(real(), to, {named: receipts})
    assert main(["register", "--pull-request", str(to.pull_request)]) == 0
    assert load_receipts(here / PLUGIN / "receipts.json") == receipts
    assert "data_registry['MajajHong2015']" in (here / PLUGIN / "__init__.py").read_text()


def test_receipts_that_name_no_plugin_are_kept_for_the_command_that_the_hint_has(
    real, here, to, receipts_of, capsys
):
    (here / "data/a/dataset.toml").write_text(
        'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[stimulus_set]]\nidentifier = "hvm"\nvisibility = "public"\n'
        'metadata = "stimuli.csv"\nfiles = "stimuli"\n'
    )
    post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015", plugin=None)})
    assert main(["register", "--pull-request", str(to.pull_request), "--check"]) == 2
    assert not (here / "data/a/receipts.json").exists()
    assert main(["register", "--pull-request", str(to.pull_request)]) == 2
    command = capsys.readouterr().err.rpartition("e.g. `brainscore-data ")[2].partition("`")[0]
    assert main(command.split()) == 0
    assert "data_registry['MajajHong2015']" in (here / PLUGIN / "__init__.py").read_text()


def test_receipts_of_a_dataset_that_is_not_checked_out_are_an_error(
    real, here, to, receipts_of, capsys
):
    post_receipts(real(), to, {"data/z": receipts_of("MajajHong2015")})
    assert main(["register", "--pull-request", str(to.pull_request)]) == 2
    assert "no dataset here" in capsys.readouterr().err


@pytest.mark.parametrize("who", ["contributor", "github-actions", "other-app[bot]"])
def test_nobody_elses_comment_is_believed(real, repository, to, receipts_of, who):
    repository.add_comment(
        to.pull_request, who, receipts_text(to, {"data/a": receipts_of("Forged2020")})
    )
    with pytest.raises(UsageError, match="no comment of"):
        commented_receipts(real(), to.pull_request, name=repository.name)


@pytest.mark.parametrize("change", ["pull_request", "repository"])
def test_a_comment_copied_from_another_pull_request_is_not_believed(
    real, repository, to, receipts_of, change
):
    from dataclasses import replace

    other = replace(to, **{change: 99 if change == "pull_request" else "evil/data"})
    text = receipts_text(other, {"data/a": receipts_of("Forged2020")})
    repository.add_comment(to.pull_request, BOT, text)
    with pytest.raises(UsageError, match="no comment of"):
        commented_receipts(real(), to.pull_request, name=repository.name)


def test_of_two_workflows_one_has_to_be_named(real, repository, to, receipts_of):
    from dataclasses import replace

    other = replace(to, workflow=".github/workflows/other.yml")
    post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015")})
    post_receipts(real(), other, {"data/b": receipts_of("Other2020")})
    number, name = to.pull_request, repository.name
    with pytest.raises(UsageError, match="more than one"):
        commented_receipts(real(), number, name=name)
    assert set(commented_receipts(real(), number, name=name, workflow=other.workflow)) == {"data/b"}


def test_of_two_comments_of_one_workflow_none_is_chosen(real, repository, to, receipts_of):
    for identifier in ("MajajHong2015", "Other2020"):
        text = receipts_text(to, {"data/a": receipts_of(identifier)})
        repository.add_comment(to.pull_request, BOT, text)
    with pytest.raises(UsageError, match=f"{to.workflow} has more than one"):
        commented_receipts(real(), to.pull_request, name=repository.name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@github.com:lab/data.git", ("github.com", "lab/data")),
        ("https://github.com/lab/data", ("github.com", "lab/data")),
        ("https://token@ghe.lab.org/lab/data.git/", ("ghe.lab.org", "lab/data")),
        ("ssh://git@ghe.lab.org:2222/lab/my.data.git", ("ghe.lab.org", "lab/my.data")),
    ],
)
def test_the_repository_is_read_off_the_remote(tmp_path, url, expected):
    new_repository(tmp_path)
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", url], check=True)
    assert repository_name(tmp_path) == expected


def test_a_folder_without_a_remote_asks_for_the_name(tmp_path):
    new_repository(tmp_path)
    with pytest.raises(UsageError, match="cannot be seen"):
        repository_name(tmp_path)


@pytest.mark.parametrize(
    "arguments", [[], ["a", "--pull-request", "1"], ["a", "--repository", "lab/data"]]
)
def test_contradictions_are_refused(arguments):
    assert main(["register", *arguments]) == 2


def test_a_token_goes_to_the_host_that_it_is_for(tmp_path):
    environment = {"PATH": str(tmp_path), "GITHUB_TOKEN": "t", "GH_ENTERPRISE_TOKEN": "e"}
    assert token_of(environment, "github.com") == "t"
    assert token_of(environment, "evil.example.org") is None
    assert token_of(environment | {"GH_HOST": "ghe.lab.org"}, "ghe.lab.org") == "e"
    assert token_of(environment | {"GH_HOST": "ghe.lab.org"}, "evil.example.org") is None


def test_without_a_token_the_one_of_gh_is_used(tmp_path):
    program = tmp_path / "gh"
    program.write_text('#!/bin/sh\necho "$*${GH_ENTERPRISE_TOKEN}"\n')
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/bin:/usr/bin", "GH_ENTERPRISE_TOKEN": "secret"}
    assert token_of(environment, "ghe.lab.org") == "auth token --hostname ghe.lab.org"
