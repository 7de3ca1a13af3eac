"""Suggestions on the lines of a pull request, as GitHub takes them: from forks too, and none twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from github_api import READING

from brainscore_data.base.errors import UsageError
from brainscore_data.github.client import connected
from brainscore_data.github.comment import Belonging
from brainscore_data.github.suggestions import post_suggestions

if TYPE_CHECKING:
    from collections.abc import Callable

    from github_repository import Pull, Repository

HOME = "brainscore_vision/data/majajhong2015"
PATH = f"{HOME}/__init__.py"
AWS = {"store": "s3://brainscore-storage/brainio-brainscore", "bucket": "brainscore-storage"}
REGISTERED = """\
data_registry['MajajHong2015'] = lambda: load_assembly_from_s3(
    identifier='MajajHong2015',
    version_id='{version}',
    sha1='0000',
    bucket='brainscore-storage/brainio-brainscore',
    cls=NeuroidAssembly)
"""
SOURCE = REGISTERED.format(version="TODO")


def opened(repository: Repository, source: str = SOURCE, fork: str = "") -> Pull:
    repository.commit({PATH: source}, branch="data", repository=fork)
    return repository.open_pull("data", fork=fork)


def to(repository: Repository, pull: Pull) -> Belonging:
    workflow = ".github/workflows/publish-on-approval.yml"
    return Belonging(repository.name, pull.number, workflow, "https://github.com/run")


@pytest.fixture
def suggest(real: Any, repository: Repository, receipts_of: Any) -> Callable[..., int]:
    def post(pull: Pull, **facts: Any) -> int:
        receipts = receipts_of("MajajHong2015", stimulus_set=None, **AWS, **facts)
        return post_suggestions(real(), to(repository, pull), {HOME: receipts})

    return post


@pytest.mark.parametrize("fork", ["", "contributor/vision"])
def test_each_pin_in_the_diff_gets_a_block_to_click_on(
    suggest: Any, repository: Repository, fork: str
) -> None:
    pull = opened(repository, fork=fork)
    assert suggest(pull) == 2
    found = {each.line: each for each in repository.review_comments.values()}
    assert sorted(found) == [3, 4]
    assert "```suggestion\n    version_id='v1',\n```" in found[3].body
    assert (found[3].path, found[3].commit) == (PATH, repository.head_of(pull))


def test_a_second_run_says_nothing_twice_and_a_later_receipt_changes_what_is_said(
    suggest: Any, repository: Repository, github: Any
) -> None:
    pull = opened(repository)
    suggest(pull)
    before = {key: each.body for key, each in repository.review_comments.items()}
    assert suggest(pull) == 2
    assert {key: each.body for key, each in repository.review_comments.items()} == before
    assert (len(github.asked("POST")), github.asked("PATCH")) == (2, [])
    suggest(pull, nc_version="v2")
    assert repository.review_comments.keys() == before.keys()
    assert sum("version_id='v2'" in each.body for each in repository.review_comments.values()) == 1


def test_what_was_accepted_is_not_suggested_again(suggest: Any, repository: Repository) -> None:
    pull = opened(repository)
    suggest(pull)
    repository.commit({PATH: REGISTERED.format(version="v1")}, branch="data")
    assert suggest(pull) == 1  # the sha1 is still another; its comment lost its line
    assert [each.line for each in repository.review_comments.values()] == [3, 4, 4]


def test_lines_that_the_diff_does_not_show_have_none(suggest: Any, repository: Repository) -> None:
    far = SOURCE + "# a comment\n" * 20
    repository.commit({PATH: far})
    pull = opened(repository, far + "# the last line\n")
    assert suggest(pull) == 0
    assert not repository.review_comments


def test_a_hostile_source_gets_nothing_but_a_block_that_it_cannot_close(
    suggest: Any, repository: Repository
) -> None:
    trick = "version_id='TODO',  # ``` @everyone <img src=x> ```` ::error::"
    pull = opened(repository, SOURCE.replace("version_id='TODO',", trick))
    assert suggest(pull) == 2
    body = next(each.body for each in repository.review_comments.values() if each.line == 3)
    fence, _, rest = body.partition("`````suggestion\n")
    assert "@everyone" not in fence
    assert "@everyone" not in rest.partition("\n`````\n")[2]
    for number, bad in enumerate(
        (f"x = {'(' * 500}{')' * 500}", "x = '\\N{", "\0", "x" * (1 << 20))
    ):
        repository.commit({PATH: SOURCE + bad}, branch=f"bad-{number}")
        assert suggest(repository.open_pull(f"bad-{number}")) == 0


def test_a_pull_request_that_is_closed_has_none(suggest: Any, repository: Repository) -> None:
    pull = opened(repository)
    repository.merge(pull)
    assert suggest(pull) == 0


def test_a_token_that_may_not_is_told_so(
    github: Any, repository: Repository, receipts_of: Any
) -> None:
    pull = opened(repository)
    client = connected(READING, api_url=github.api_url, sleep=lambda _: None)
    receipts = receipts_of("MajajHong2015", stimulus_set=None, **AWS)
    with pytest.raises(UsageError, match="to suggest changes on pull request"):
        post_suggestions(client.get_repo(repository.name), to(repository, pull), {HOME: receipts})
