"""Who has data published before its merge: by a comment, a review or by hand, and who does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from action_in_process import dataset
from github_api import WRITING
from github_events import issue_comment, workflow_dispatch, workflow_run
from github_repository import Review

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran
    from github_repository import Pull

MORE = {"data/a/neuroids.csv": "neuroid_id,region\nn1,V1\nn2,IT\n"}
NOTHING = ("", "")


@dataclass
class Asking:
    """A fork's pull request, and the ways to have it published."""

    program: ActionProgram
    pull: Pull

    @property
    def head(self) -> str:
        return self.program.repository.head_of(self.pull)

    def push_more(self) -> None:
        self.program.repository.commit(MORE, branch="data", repository="student/data")

    def by_comment(self, body: str, author: str = "maintainer", *, edited: bool = False) -> Ran:
        comment = self.program.repository.add_comment(self.pull.number, author, body)
        comment.updated = int(edited)
        event = issue_comment(self.program.github, self.program.repository, self.pull, comment)
        return self._run("issue_comment", event)

    def by_review(self, *reviews: Review) -> Ran:
        self.pull.reviews += reviews
        event = workflow_run(self.program.github, self.program.repository, self.pull)
        return self._run("workflow_run", event)

    def by_hand(self, sha: str) -> Ran:
        event = workflow_dispatch(self.program.github, self.program.repository, {})
        given = {"pull-request": str(self.pull.number), "head-sha": sha}
        return self._run("workflow_dispatch", event, given)

    def _run(self, name: str, event: dict[str, object], given: dict[str, str] | None = None) -> Ran:
        inputs = {"command": "approve", "github-token": WRITING} | (given or {})
        return self.program.run(name, event, inputs)

    @property
    def answers(self) -> list[str]:
        """What the bot wrote on the pull request."""
        comments = self.program.repository.comments.values()
        return [each.body for each in comments if each.author == "github-actions[bot]"]


def approved(ran: Ran) -> tuple[str, str]:
    return ran.outputs.get("pull-request", ""), ran.outputs.get("head-sha", "")


@pytest.fixture
def asking(action_program: ActionProgram) -> Asking:
    files = dataset("data/a", "Author2026.a")
    action_program.repository.commit(files, branch="data", repository="student/data")
    return Asking(action_program, action_program.repository.open_pull("data", fork="student/data"))


def test_the_line_alone_names_the_commit(asking: Asking) -> None:
    for body in (f"/publish {asking.head}", f"/publish {asking.head}\r\n"):
        ran = asking.by_comment(body)
        assert ran.exit_code == 0, ran.log
        assert approved(ran) == (str(asking.pull.number), asking.head)
    assert asking.answers == []


@pytest.mark.parametrize("author", ["admin", "contributor", "stranger"])
def test_who_may_not_write_publishes_nothing(asking: Asking, author: str) -> None:
    asking.program.repository.permissions |= {"admin": "admin", "contributor": "none"}
    ran = asking.by_comment(f"/publish {asking.head}", author)
    if author == "admin":
        assert approved(ran) == (str(asking.pull.number), asking.head)
        return
    assert (ran.exit_code, approved(ran)) == (2, NOTHING)
    [answer] = asking.answers
    assert f"`{author}`: nothing was published. only people who may write" in answer


@pytest.mark.parametrize(
    "body",
    [
        "/publish {}, please",
        "/publish  {}",
        "/publish",
        "/publish {}\n\nThanks!",
        "/publish {:.10}",
    ],
)
def test_a_line_with_text_around_it_publishes_nothing(asking: Asking, body: str) -> None:
    ran = asking.by_comment(body.format(asking.head))
    assert (ran.exit_code, approved(ran)) == (2, NOTHING)
    assert "this line and nothing else" in asking.answers[0]


@pytest.mark.parametrize("body", ["Looks good: /publish {}", "> /publish {}", "thanks"])
def test_what_does_not_begin_so_is_no_command(asking: Asking, body: str) -> None:
    ran = asking.by_comment(body.format(asking.head))
    assert (ran.exit_code, approved(ran), asking.answers) == (0, NOTHING, [])


def test_a_comment_that_was_edited_publishes_nothing(asking: Asking) -> None:
    ran = asking.by_comment(f"/publish {asking.head}", edited=True)
    assert (ran.exit_code, approved(ran)) == (2, NOTHING)
    assert "was edited" in asking.answers[0]


def test_a_closed_pull_request_publishes_nothing(asking: Asking) -> None:
    asking.pull.state = "closed"
    ran = asking.by_comment(f"/publish {asking.head}")
    assert (ran.exit_code, approved(ran)) == (2, NOTHING)
    assert "is closed" in asking.answers[0]
    # Of a branch only open pull requests are looked at.
    quiet = asking.by_review(Review("maintainer", "APPROVED", asking.head))
    assert (quiet.exit_code, approved(quiet)) == (0, NOTHING)


def test_a_head_that_moved_publishes_nothing_and_the_answer_has_the_line_for_it(
    asking: Asking,
) -> None:
    reviewed = asking.head
    asking.push_more()
    for ran in (asking.by_comment(f"/publish {reviewed}"), asking.by_hand(reviewed)):
        assert (ran.exit_code, approved(ran)) == (2, NOTHING)
        assert f"/publish {asking.head}" in ran.summary
    [answer] = asking.answers
    assert f"/publish {asking.head}" in answer
    # Asked again, the one answer stays the only one.
    asking.by_comment("/publish")
    assert len(asking.answers) == 1
    assert "this line and nothing else" in asking.answers[0]


def test_an_approving_review_names_its_commit(asking: Asking) -> None:
    ran = asking.by_review(
        Review("stranger", "CHANGES_REQUESTED", asking.head),
        Review("maintainer", "CHANGES_REQUESTED", asking.head),
        Review("maintainer", "APPROVED", asking.head),
        Review("maintainer", "COMMENTED", asking.head),
    )
    assert ran.exit_code == 0, ran.log
    assert approved(ran) == (str(asking.pull.number), asking.head)


def test_a_review_of_an_old_commit_publishes_nothing(asking: Asking) -> None:
    review = Review("maintainer", "APPROVED", asking.head)
    asking.push_more()
    ran = asking.by_review(review)
    assert (ran.exit_code, approved(ran)) == (2, NOTHING)
    assert f"what was approved is commit {review.commit[:10]}" in asking.answers[0]


def test_changes_that_another_maintainer_asks_for_hold_it_up(asking: Asking) -> None:
    asking.program.repository.permissions["other"] = "admin"
    ran = asking.by_review(
        Review("maintainer", "APPROVED", asking.head),
        Review("other", "CHANGES_REQUESTED", asking.head),
    )
    assert (ran.exit_code, approved(ran)) == (2, NOTHING)
    assert "`other` asked for changes" in asking.answers[0]


@pytest.mark.parametrize(
    ("author", "state"),
    [("contributor", "APPROVED"), ("maintainer", "COMMENTED"), ("maintainer", "DISMISSED")],
)
def test_a_review_that_approves_nothing_is_passed_over(
    asking: Asking, author: str, state: str
) -> None:
    ran = asking.by_review(Review(author, state, asking.head))
    assert (ran.exit_code, approved(ran), asking.answers) == (0, NOTHING, [])


def test_a_branch_of_the_same_name_elsewhere_is_another(asking: Asking) -> None:
    repository = asking.program.repository
    repository.commit(dataset("data/b", "Author2026.b"), branch="data", repository="other/data")
    other = repository.open_pull("data", fork="other/data")
    other.reviews.append(Review("maintainer", "APPROVED", repository.head_of(other)))
    ran = asking.by_review()
    assert (ran.exit_code, approved(ran)) == (0, NOTHING)


def test_by_hand_it_is_asked_where_the_pull_request_is(asking: Asking) -> None:
    ran = asking.by_hand(asking.head)
    assert approved(ran) == (str(asking.pull.number), asking.head)
    assert asking.by_hand(asking.head[:10]).exit_code == 2


def test_another_event_approves_nothing(asking: Asking) -> None:
    event = {"ref": "refs/heads/main", "before": "0" * 40, "after": asking.head}
    ran = asking._run("push", event)
    assert (ran.exit_code, approved(ran)) == (2, NOTHING)
