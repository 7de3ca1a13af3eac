from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from github_api import READING, WRITING

from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.github.client import connected, explained

if TYPE_CHECKING:
    from github_api import FakeGitHub
    from github_repository import Repository


def repo(github: FakeGitHub, waited: list[float], token: str | None = WRITING) -> Any:
    client = connected(token, api_url=github.api_url, seconds_between_writes=0, sleep=waited.append)
    return client.get_repo("brain-score/vision")


@pytest.mark.parametrize("enterprise", [False, True])
def test_it_asks_the_api_that_the_job_belongs_to(
    github: FakeGitHub, repository: Repository, enterprise: bool
) -> None:
    github.enterprise = enterprise
    assert repo(github, []).default_branch == "main"


@pytest.mark.parametrize("status", [403, 429])
def test_it_waits_as_long_as_github_says(
    github: FakeGitHub, repository: Repository, status: int
) -> None:
    waited: list[float] = []
    github.limit_secondary(retry_after=7, status=status)
    assert repo(github, waited).default_branch == "main"
    assert waited == [7]


@pytest.mark.parametrize("status", [403, 429])
def test_it_waits_a_minute_where_github_gives_no_time(
    github: FakeGitHub, repository: Repository, status: int
) -> None:
    waited: list[float] = []
    github.limit_secondary(retry_after=None, status=status)
    assert repo(github, waited).default_branch == "main"
    assert waited == [60]


@pytest.mark.parametrize("status", [403, 429])
def test_it_waits_until_there_are_requests_again(
    github: FakeGitHub, repository: Repository, status: int
) -> None:
    waited: list[float] = []
    github.limit_primary(reset_at=int(time.time()) + 100, status=status)
    assert repo(github, waited).default_branch == "main"
    (wait,) = waited
    assert 30 < wait <= 101


def test_it_does_not_wait_for_longer_than_a_job_should(
    github: FakeGitHub, repository: Repository
) -> None:
    waited: list[float] = []
    github.limit_primary(reset_at=int(time.time()) + 3000)
    with (
        pytest.raises(IncompleteError, match="no more requests for now, so it was not asked why"),
        explained("why"),
    ):
        _ = repo(github, waited).default_branch
    assert not waited


def test_a_refused_comment_is_sent_again(github: FakeGitHub, repository: Repository) -> None:
    waited: list[float] = []
    number = repository.open_pull("main").number
    github.limit_secondary(retry_after=3, method="POST")
    repo(github, waited).get_issue(number).create_comment("once")
    assert waited == [3]
    assert len(repository.comments) == 1


@pytest.mark.parametrize("status", [0, 502])
def test_a_comment_whose_answer_was_lost_is_not_sent_again(
    github: FakeGitHub, repository: Repository, status: int
) -> None:
    number = repository.open_pull("main").number
    github.fail("POST", status=status, afterwards=True)
    with (
        pytest.raises(IncompleteError, match="could not be asked to comment"),
        explained("to comment"),
    ):
        repo(github, []).get_issue(number).create_comment("once")
    assert len(repository.comments) == 1


def test_a_busy_github_is_asked_again(github: FakeGitHub, repository: Repository) -> None:
    waited: list[float] = []
    github.fail("GET", status=502, times=2)
    github.fail("GET", status=0)
    assert repo(github, waited).default_branch == "main"
    assert len(waited) == 3


def test_a_github_that_stays_away_leaves_the_work_incomplete(
    github: FakeGitHub, repository: Repository
) -> None:
    github.fail("GET", status=503, times=99)
    with pytest.raises(IncompleteError) as error, explained("for a branch"):
        _ = repo(github, []).default_branch
    assert error.value.exit_code == 3
    assert "could not be asked for a branch" in error.value.message


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("ghs_wrong", "does not know this token"),
        (READING, "Resource not accessible by integration"),
    ],
)
def test_a_token_that_may_not_is_told_so_at_once(
    github: FakeGitHub, repository: Repository, token: str, message: str
) -> None:
    waited: list[float] = []
    number = repository.open_pull("main").number
    with pytest.raises(UsageError, match=message), explained("to comment"):
        repo(github, waited, token).get_issue(number).create_comment("x")
    assert not waited


def test_what_is_public_can_be_read_without_a_token(
    github: FakeGitHub, repository: Repository
) -> None:
    assert repo(github, [], None).default_branch == "main"
    repository.private = True
    with pytest.raises(UsageError, match=r"Not Found \(status 404\)"), explained("for it"):
        _ = repo(github, [], None).default_branch
