"""What a run says about itself."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta

from brainscore_data.publishing.published import current_run


def test_in_a_repository_the_commit_is_known(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=lab", "-c", "user.email=lab@example.org"]
        return subprocess.run(
            ["git", "-C", str(tmp_path), *identity, *arguments],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    (tmp_path / "dataset").mkdir()
    assert current_run(tmp_path / "dataset").commit == git("rev-parse", "HEAD")


def test_outside_of_a_repository_there_is_no_commit(tmp_path):
    assert current_run(tmp_path).commit is None


def test_the_time_is_utc_and_to_the_second(tmp_path):
    when = datetime.fromisoformat(current_run(tmp_path).when)
    assert when.utcoffset() == timedelta(0)
    assert when.microsecond == 0


def test_who_can_be_said_and_is_the_user_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "majaj")
    assert current_run(tmp_path).who == "majaj"
    assert current_run(tmp_path, who="hong").who == "hong"


def test_a_run_that_no_workflow_named_names_itself(tmp_path):
    one, other = current_run(tmp_path), current_run(tmp_path)
    assert one.run_id.startswith("local-")
    assert one.run_id != other.run_id
    assert current_run(tmp_path, run_id="1234").run_id == "1234"
