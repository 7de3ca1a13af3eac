"""One comment on a pull request, whoever else comments, deletes, edits or races."""

from __future__ import annotations

from dataclasses import replace

import pytest
from github_api import READING, WRITING

from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.github.client import connected
from brainscore_data.github.comment import (
    BOT,
    Belonging,
    post_findings,
    post_receipts,
    receipts_text,
)
from brainscore_data.github.commented_receipts import marker, parse

WORKFLOW = ".github/workflows/check.yml"


@pytest.fixture
def pull(repository):
    repository.commit({"data/a/values.csv": "2\n"}, branch="new")
    return repository.open_pull("new")


@pytest.fixture
def to(repository, pull):
    return Belonging(repository.name, pull.number, WORKFLOW, "https://example.org/run")


def text(said: str) -> str:
    return f"{marker(WORKFLOW)}\n{said}\n"


def bodies(repository):
    return [comment.body for comment in repository.comments.values()]


def test_the_second_run_updates_the_comment_of_the_first(real, repository, to):
    first = post_findings(real(), to, text("two errors"))
    second = post_findings(real(), to, text("none"))
    assert first == second
    assert bodies(repository) == [text("none")]


def test_a_run_that_has_nothing_new_to_say_writes_nothing(real, github, to):
    post_findings(real(), to, text("the same"))
    post_findings(real(), to, text("the same"))
    assert len(github.asked("POST")) == 1
    assert not github.asked("PATCH")


def test_the_comment_is_found_behind_a_hundred_others(real, repository, pull, to):
    for number in range(120):
        repository.add_comment(pull.number, "somebody", f"me too {number}")
    first = post_findings(real(), to, text("a"))
    assert post_findings(real(), to, text("b")) == first
    assert len(bodies(repository)) == 121


def test_comments_of_people_and_other_workflows_are_left_alone(real, repository, pull, to):
    strange = [
        ("somebody", text("I copied the marker")),
        (BOT, f"{marker('.github/workflows/other.yml')}\nother\n"),
        (BOT, f"quoted:\n{text('not at the beginning')}"),
    ]
    for author, body in strange:
        repository.add_comment(pull.number, author, body)
    post_findings(real(), to, text("mine"))
    assert bodies(repository) == [*(body for _, body in strange), text("mine")]


def test_a_comment_that_was_deleted_comes_again(real, repository, to):
    first = post_findings(real(), to, text("a"))
    del repository.comments[first.id]
    assert post_findings(real(), to, text("b")).id != first.id
    assert bodies(repository) == [text("b")]


def test_of_two_comments_the_oldest_stays(real, repository, pull, to):
    older = repository.add_comment(pull.number, BOT, text("of one run"))
    repository.add_comment(pull.number, BOT, text("of another run at the same time"))
    assert post_findings(real(), to, text("now")).id == older.id
    assert bodies(repository) == [text("now")]


def test_two_runs_that_both_find_no_comment_end_with_one(
    real, repository, pull, to, monkeypatch, receipts_of
):
    from brainscore_data.github import comment

    listed = comment._own
    rounds = []

    def raced(*arguments):
        found = listed(*arguments)
        if not rounds:
            rounds.append(1)
            post_receipts(real(), to, {"data/b": receipts_of("Other2020")})
        return found

    monkeypatch.setattr(comment, "_own", raced)
    post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015")})
    assert len(bodies(repository)) == 1
    assert set(parse(bodies(repository)[0]).receipts) == {"data/a", "data/b"}


@pytest.mark.parametrize(
    "foreign",
    [{"repository": "evil/data"}, {"pull_request": 99}],
    ids=["repository", "pull request"],
)
def test_receipts_that_are_anothers_are_not_merged(
    real, repository, pull, to, receipts_of, foreign
):
    """A comment of ours that holds what was copied into it from elsewhere."""
    text = receipts_text(replace(to, **foreign), {"data/x": receipts_of("Forged2020")})
    repository.add_comment(pull.number, BOT, text)
    post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015")})
    [body] = bodies(repository)
    assert set(parse(body).receipts) == {"data/a"}
    assert "Forged2020" not in body


def test_what_another_job_wrote_in_between_is_not_lost(
    real, repository, to, monkeypatch, receipts_of
):
    from brainscore_data.github import comment

    post_receipts(real(), to, {"data/c": receipts_of("First2019")})
    edited, rounds = comment._edited, []

    def raced(mine, body):
        if not rounds:
            rounds.append(1)
            post_receipts(real(), to, {"data/b": receipts_of("Other2020")})
        return edited(mine, body)

    monkeypatch.setattr(comment, "_edited", raced)
    with_a = {"data/a": receipts_of("MajajHong2015")}
    post_receipts(real(), to, with_a)
    assert {"data/a", "data/c"} <= set(parse(bodies(repository)[0]).receipts)


def test_an_app_that_learns_its_name_by_commenting_keeps_one_comment_too(github, repository, to):
    github.tokens["ghs_app"] = type(github.tokens[WRITING])(
        "lab-data[bot]", github.tokens[WRITING].permissions
    )
    client = connected(
        "ghs_app", api_url=github.api_url, seconds_between_writes=0, sleep=lambda _: None
    )
    first = post_findings(client.get_repo(repository.name), to, text("a"))
    second = post_findings(client.get_repo(repository.name), to, text("b"))
    assert first == second
    assert bodies(repository) == [text("b")]


def test_receipts_edited_by_a_person_are_written_anew(real, repository, to, receipts_of):
    posted = post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015")})
    right = repository.comments[posted.id].body
    repository.comments[posted.id].body = right.replace("MajajHong2015", "Forged")
    post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015")})
    assert bodies(repository) == [right]


def test_a_token_that_may_only_read_is_told_what_it_needs(github, repository, to):
    client = connected(READING, api_url=github.api_url, sleep=lambda _: None)
    with pytest.raises(UsageError, match="refused when it was asked to comment"):
        post_findings(client.get_repo(repository.name), to, text("a"))


def test_a_locked_conversation_is_explained(real, github, to):
    github.fail("POST", "/comments", status=403, message="Issue is locked")
    with pytest.raises(UsageError, match="Issue is locked"):
        post_findings(real(), to, text("a"))


def test_a_secondary_limit_is_waited_for(real, github, repository, to):
    github.limit_secondary(method="POST", path="/comments")
    post_findings(real(), to, text("a"))
    assert bodies(repository) == [text("a")]


def test_receipts_whose_comment_fails_are_incomplete_and_another_run_posts_them(
    real, github, repository, to, receipts_of
):
    receipts = {"data/a": receipts_of("MajajHong2015")}
    github.fail("POST", "/comments", status=502, times=20)
    with pytest.raises(IncompleteError, match="the comment with the receipts is missing") as error:
        post_receipts(real(), to, receipts)
    assert error.value.exit_code == 3
    assert "nothing is uploaded twice" in error.value.hint
    github.failures.clear()
    post_receipts(real(), to, receipts)
    assert parse(bodies(repository)[0]).receipts == receipts


def test_a_comment_whose_answer_was_lost_is_found_by_the_next_run(
    real, github, repository, to, receipts_of
):
    github.fail("POST", "/comments", status=0, afterwards=True)
    with pytest.raises(IncompleteError):
        post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015")})
    post_receipts(real(), to, {"data/a": receipts_of("MajajHong2015")})
    assert len(bodies(repository)) == 1
