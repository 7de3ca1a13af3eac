"""The made-up GitHub behaves as the real one, as far as PyGithub can tell."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
import requests
from github_api import PERSON, READING, WRITING

if TYPE_CHECKING:
    from github_api import FakeGitHub
    from github_repository import Method, Repository

    from github import Github


def client(fake: FakeGitHub, token: str = WRITING, retry: int | None = None) -> Github:
    from github import Auth, Github

    return Github(
        auth=Auth.Token(token),
        base_url=fake.api_url,
        retry=retry,
        per_page=100,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


@pytest.fixture
def repository(github: FakeGitHub) -> Repository:
    made = github.repository()
    made.commit({"README.md": "data\n", "data/old/dataset.toml": "schema = 1\n"})
    return made


@pytest.mark.parametrize("enterprise", [False, True])
def test_comments_are_written_found_on_every_page_and_changed(
    github: FakeGitHub, repository: Repository, enterprise: bool
) -> None:
    github.enterprise = enterprise
    repository.commit({"data/a/dataset.toml": ""}, branch="add")
    pull = repository.open_pull("add")
    for number in range(101):
        repository.add_comment(pull.number, "somebody", f"{number}")
    issue = client(github).get_repo(repository.name).get_issue(pull.number)
    made = issue.create_comment("mine")
    found = [one for one in issue.get_comments() if one.user.login == "github-actions[bot]"]
    found[0].edit("changed")
    assert [one.id for one in found] == [made.id]
    assert repository.comments[made.id].body == "changed"
    assert made.html_url.startswith(github.server_url)
    pages = github.asked("GET", "/comments$")
    assert [one.query.get("page", "1") for one in pages] == ["1", "2"]


def test_a_reading_token_is_refused_as_github_refuses_it(
    github: FakeGitHub, repository: Repository
) -> None:
    from github import GithubException

    repository.commit({"a": ""}, branch="add")
    pull = repository.open_pull("add", fork="")
    issue = client(github, READING).get_repo(repository.name).get_issue(pull.number)
    with pytest.raises(GithubException, match="Resource not accessible by integration") as refused:
        issue.create_comment("mine")
    assert refused.value.status == 403
    with pytest.raises(GithubException) as unknown:
        client(github, "ghs_wrong").get_repo(repository.name)
    assert unknown.value.status == 401


def test_only_a_person_has_a_user(github: FakeGitHub) -> None:
    from github import GithubException

    assert client(github, PERSON).get_user().login == "maintainer"
    with pytest.raises(GithubException) as refused:
        _ = client(github).get_user().login
    assert refused.value.status == 403


def test_failures_strike_before_or_after_the_deed(
    github: FakeGitHub, repository: Repository
) -> None:
    from github import GithubException

    pull = repository.open_pull("main")
    issue = client(github).get_repo(repository.name).get_issue(pull.number)
    for afterwards, left in ((False, 0), (True, 1)):
        github.fail("POST", "/comments", afterwards=afterwards)
        with pytest.raises(GithubException) as failed:
            issue.create_comment("mine")
        assert (failed.value.status, len(repository.comments)) == (502, left)
    github.fail("POST", "/comments", status=0)
    with pytest.raises(requests.ConnectionError):
        issue.create_comment("mine")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merged_pull_request_is_found_by_its_commits(
    github: FakeGitHub, repository: Repository, method: Method
) -> None:
    before = repository.commit({"other": "moved on\n"})
    for number in range(2):
        repository.commit({f"data/a/{number}": "x"}, branch="add")
    pull = repository.open_pull("add")
    after = repository.merge(pull, method)
    real = client(github).get_repo(repository.name)
    pushed = repository.git.commits(f"{before}..{after}")
    assert len(pushed) == {"merge": 3, "squash": 1, "rebase": 2}[method]
    for sha in pushed:
        (found,) = real.get_commit(sha).get_pulls()
        assert (found.number, found.merge_commit_sha) == (pull.number, after)
        assert found.merged_at is not None
    assert not [*real.get_commit(before).get_pulls()]
    assert {file.filename for file in real.compare(before, after).files} == {
        "data/a/0",
        "data/a/1",
    }


def test_a_branch_commit_and_pull_request_are_made_through_the_api(
    github: FakeGitHub, repository: Repository
) -> None:
    from github import InputGitTreeElement

    real = client(github, PERSON).get_repo(repository.name)
    base = real.get_branch("main").commit
    tree = real.create_git_tree(
        [
            InputGitTreeElement("data/old/receipts.json", "100644", "blob", content="{}\n"),
            InputGitTreeElement("README.md", "100644", "blob", sha=None),
        ],
        real.get_git_tree(base.sha),
    )
    commit = real.create_git_commit("Register", tree, [real.get_git_commit(base.sha)])
    real.create_git_ref("refs/heads/register/data", commit.sha)
    pull = real.create_pull(base="main", head="register/data", title="Register", body="it")
    pull.add_to_labels("data")
    assert [file.filename for file in pull.get_files()] == ["README.md", "data/old/receipts.json"]
    content = real.get_contents("data/old/receipts.json", ref="register/data")
    assert not isinstance(content, list)
    assert b64decode(content.content) == b"{}\n"
    done = real.update_file(content.path, "Again", "{ }\n", content.sha, branch="register/data")
    assert repository.head("register/data") == done["commit"].sha
    assert [one.number for one in real.get_pulls(head="brain-score:register/data")] == [pull.number]
    assert repository.pulls[pull.number].labels == ["data"]


def test_a_request_that_github_would_not_understand_is_noticed(
    github: FakeGitHub, repository: Repository
) -> None:
    requests.post(
        f"{github.api_url}/repos/{repository.name}/issues/1/comments",
        json={"text": "not body"},
        headers={"Authorization": f"token {WRITING}"},
        timeout=10,
    )
    requests.get(f"{github.api_url}/repos/{repository.name}/nothing", timeout=10)
    requests.get(f"{github.api_url}/repos/{repository.name}?like=this", timeout=10)
    words = ["'body' is a required property", "no such endpoint", "no such query parameter: like"]
    assert all(word in fault for word, fault in zip(words, github.faults, strict=True))
    github.faults.clear()
