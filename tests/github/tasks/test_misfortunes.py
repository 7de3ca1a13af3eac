"""What goes wrong between a merge and its receipt, and what is left of it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from github_api import READING, WRITING
from github_events import merge_group, pull_request, push

from brainscore_data.github.aws_role import session_with_role

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran
    from github_repository import Pull
    from id_token_issuer import Issuer, RefusingSts
    from local_s3 import S3Server

_ROLE = "arn:aws:iam::123456789012:role/brainscore-data"


def opened(program: ActionProgram, name: str, *, fork: str = "") -> Pull:
    """Open a pull request with one dataset."""
    files = dataset(f"data/{name}", f"Author2026.{name}")
    program.repository.commit(files, branch=name, repository=fork)
    return program.repository.open_pull(name, fork=fork)


@dataclass(frozen=True)
class Merged:
    """A push to the default branch, whose datasets are packaged."""

    program: ActionProgram
    before: str
    after: str
    packaged: Ran

    def publish(self, **inputs: str) -> Ran:
        """Publish them, as a job without a checkout does."""
        (self.program.folder / "store").mkdir(exist_ok=True)
        event = push(self.program.github, self.program.repository, self.before, self.after)
        env = {
            name.removeprefix("env_"): inputs.pop(name)
            for name in list(inputs)
            if name.startswith("env_")
        }
        given = {
            "command": "publish",
            "bundle": self.packaged.outputs["bundle-path"],
            "store": (self.program.folder / "store").as_uri(),
            "github-token": WRITING,
        }
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        return self.program.run("push", event, given, env)


def merged(program: ActionProgram, *pulls: Pull) -> Merged:
    """Merge pull requests in one push, and package."""
    before = program.repository.head()
    for pull in pulls:
        program.repository.merge(pull)
    after = program.repository.head()
    program.check_out(after)
    event = push(program.github, program.repository, before, after)
    packaged = program.run("push", event, {"command": "package"})
    assert packaged.exit_code == 0, packaged.log
    return Merged(program, before, after, packaged)


def _said(program: ActionProgram) -> dict[int, str]:
    return {each.number: each.body for each in program.repository.comments.values()}


def test_two_pull_requests_in_one_push_get_a_receipt_each(action_program: ActionProgram) -> None:
    first, second = opened(action_program, "a"), opened(action_program, "b")
    published = merged(action_program, first, second).publish()
    assert published.exit_code == 0, published.log
    said = _said(action_program)
    assert set(said) == {first.number, second.number}
    assert "Author2026.a" in said[first.number]
    assert "Author2026.b" not in said[first.number]
    assert "Author2026.b" in said[second.number]


def test_a_forks_data_gets_its_receipt_after_the_merge(action_program: ActionProgram) -> None:
    pull = opened(action_program, "a", fork="student/data")
    event = pull_request(action_program.github, action_program.repository, pull)
    action_program.check_out(action_program.repository.head_of(pull))
    inputs = {"command": "check", "changed-only": "true", "github-token": READING}
    assert action_program.run("pull_request", event, inputs).exit_code == 0
    assert _said(action_program) == {}
    assert merged(action_program, pull).publish().exit_code == 0
    assert set(_said(action_program)) == {pull.number}


def test_a_merge_queue_is_checked_without_a_comment_and_published_afterwards(
    action_program: ActionProgram,
) -> None:
    program = action_program
    pull, base = opened(program, "a"), program.repository.head()
    head = program.repository.head_of(pull)
    program.check_out(head)
    event = merge_group(program.github, program.repository, base, head)
    inputs = {"command": "check", "changed-only": "true", "github-token": WRITING}
    checked = program.run("merge_group", event, inputs)
    assert (checked.exit_code, json.loads(checked.outputs["datasets"])) == (0, ["data/a"])
    assert _said(program) == {}
    assert merged(program, pull).publish().exit_code == 0
    assert set(_said(program)) == {pull.number}


def test_what_a_cancelled_run_left_is_published_by_the_next(action_program: ActionProgram) -> None:
    first, second, third = (opened(action_program, name) for name in "abc")
    assert merged(action_program, first).publish().exit_code == 0
    merged(action_program, second)  # and is cancelled
    published = merged(action_program, third).publish()
    assert (published.outputs["published"], published.outputs["unchanged"]) == ("2", "1")


def test_github_down_for_the_comment_loses_no_receipt(action_program: ActionProgram) -> None:
    pull = opened(action_program, "a")
    push_of_it = merged(action_program, pull)
    action_program.github.fail("POST", "/comments", status=502, times=5)
    published = push_of_it.publish()
    assert published.exit_code == 3, published.log
    assert published.outputs["published"] == "1"
    assert json.loads(published.outputs["receipts"])["data/a"]
    assert "comment with the receipts is missing" in published.summary
    assert "Receipt for" in published.summary
    assert _said(action_program) == {}
    action_program.github.failures.clear()
    again = push_of_it.publish()
    assert (again.exit_code, again.outputs["published"]) == (0, "0"), again.log
    assert set(_said(action_program)) == {pull.number}


def test_a_comment_whose_answer_got_lost_is_not_written_twice(
    action_program: ActionProgram,
) -> None:
    push_of_it = merged(action_program, opened(action_program, "a"))
    action_program.github.fail("POST", "/comments", status=502, afterwards=True)
    push_of_it.publish()
    assert push_of_it.publish().exit_code == 0
    assert len(action_program.repository.comments) == 1


class TestOnAws:
    @pytest.fixture
    def push_of_it(self, action_program: ActionProgram) -> Merged:
        return merged(action_program, opened(action_program, "a"))

    @pytest.fixture
    def bucket(self, push_of_it: Merged, s3_server: S3Server) -> str:
        return s3_server.new_bucket()

    def _inputs(self, s3_server: S3Server, bucket: str, **more: str) -> dict[str, str]:
        return {
            "store": f"s3://{bucket}/data",
            "endpoint_url": s3_server.endpoint_url,
            "role_to_assume": _ROLE,
        } | more

    def test_a_job_that_may_not_ask_for_tokens_says_which_line_is_missing(
        self, push_of_it: Merged, s3_server: S3Server, bucket: str
    ) -> None:
        # There are keys in the environment, but they are not what was asked for.
        refused = push_of_it.publish(**self._inputs(s3_server, bucket))
        assert refused.exit_code == 2
        assert "id-token: write" in refused.summary
        assert "id-token: write" in refused.log
        assert "Contents" not in s3_server.client().list_objects_v2(Bucket=bucket)
        assert _said(push_of_it.program) == {}

    @pytest.mark.parametrize(
        ("left_out", "variable"),
        [("store", "BRAINSCORE_DATA_STORE"), ("role_to_assume", "BRAINSCORE_DATA_ROLE")],
    )
    def test_a_variable_that_is_not_set_is_named(
        self,
        push_of_it: Merged,
        s3_server: S3Server,
        bucket: str,
        monkeypatch: pytest.MonkeyPatch,
        left_out: str,
        variable: str,
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        # `${{ vars.… }}` of a variable that is not there is an empty text.
        refused = push_of_it.publish(**self._inputs(s3_server, bucket, **{left_out: ""}))
        assert refused.exit_code == 2
        assert f"{left_out.replace('_', '-')}: " in refused.log
        assert variable in refused.log

    def test_a_role_that_refuses_is_told_beside_what_the_job_says_of_itself(
        self, push_of_it: Merged, s3_server: S3Server, bucket: str, issuer: Issuer, sts: RefusingSts
    ) -> None:
        sts.refuse(
            403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", times=9
        )
        env = {f"env_{name}": value for name, value in issuer.environment.items()}
        more = self._inputs(s3_server, bucket, sts_endpoint_url=sts.url)
        refused = push_of_it.publish(**more, **env)
        assert refused.exit_code == 2, refused.log
        for claim in ("sub", "ref", "environment", "repository_id", "job_workflow_ref"):
            assert str(issuer.claims[claim]) in refused.summary
        told = refused.summary + json.dumps(refused.outputs)
        assert not [each for each in issuer.minted if each in told]
        assert len(sts.bodies) == 1  # asking again does not help

    def test_data_gets_there_with_a_role_and_its_receipt_to_the_pull_request(
        self, push_of_it: Merged, s3_server: S3Server, bucket: str, issuer: Issuer, sts: RefusingSts
    ) -> None:
        sts.refuse(400, "IDPCommunicationError", "Couldn't retrieve verification key")
        env = {f"env_{name}": value for name, value in issuer.environment.items()}
        more = self._inputs(s3_server, bucket, sts_endpoint_url=sts.url)
        published = push_of_it.publish(**more, **env)
        assert published.exit_code == 0, published.log
        [about] = json.loads(published.outputs["receipts"])["data/a"]["items"]
        [body] = _said(push_of_it.program).values()
        assert about["nc"]["object"]["version_id"] in body
        assert len(issuer.minted) == 2  # a fresh one for the second attempt

    def test_an_upload_of_three_hours_outlives_its_first_credentials(
        self,
        push_of_it: Merged,
        s3_server: S3Server,
        bucket: str,
        issuer: Issuer,
        sts: RefusingSts,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        clock = [datetime.now(UTC)]
        start, issued = clock[0], dict[str, datetime]()
        sts.now = lambda: clock[0]

        this_request = threading.local()  # several are in flight

        def wait_twenty_minutes(**_: Any) -> None:
            clock[0] += timedelta(minutes=20)
            this_request.begins = clock[0]

        def judge_its_token(request: Any, **_: Any) -> None:
            if token := request.headers.get("X-Amz-Security-Token"):
                age = this_request.begins - issued.setdefault(str(token), clock[0])
                assert age < timedelta(hours=1), "S3 would say ExpiredToken"

        def slow_session(*arguments: Any) -> Any:
            session = session_with_role(*arguments, now=sts.now)
            session.events.register("before-sign.s3", wait_twenty_minutes)
            session.events.register("before-send.s3", judge_its_token)
            return session

        storing = "brainscore_data.github.tasks.task.session_with_role"
        monkeypatch.setattr(storing, slow_session)
        env = {f"env_{name}": value for name, value in issuer.environment.items()}
        more = self._inputs(s3_server, bucket, sts_endpoint_url=sts.url)
        published = push_of_it.publish(**more, **env)
        assert published.exit_code == 0, published.log
        assert clock[0] - start > timedelta(hours=3)
        assert 3 <= len(issued) <= len(set(issuer.minted))  # an id token for each of them
        [body] = _said(push_of_it.program).values()
        assert "Author2026.a" in body


def test_an_enterprise_server_is_spoken_to_at_its_own_address(
    action_program: ActionProgram,
) -> None:
    action_program.github.enterprise = True
    pull = opened(action_program, "a")
    published = merged(action_program, pull).publish()
    assert published.exit_code == 0, published.log
    assert set(_said(action_program)) == {pull.number}
    asked = [each.path for each in action_program.github.seen]
    assert asked
    assert all(each.startswith("/api/v3/") for each in asked)
