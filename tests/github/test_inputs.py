"""Inputs are strict, and empty ones are not given."""

from __future__ import annotations

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.github.inputs import PREFIX, Inputs, read_inputs


def _read(command: str = "check", **inputs: str) -> Inputs:
    given = {"command": command, **inputs}
    return read_inputs({PREFIX + name.upper(): text for name, text in given.items()})


def test_empty_means_not_given() -> None:
    assert _read(path="", store=" ", pull_request="", changed_only="") == Inputs("check")


def test_every_kind_of_input_is_read() -> None:
    inputs = _read(
        "publish",
        store="s3://bucket/prefix",
        bundle="made/bundles",
        allow_unversioned="True",
        pull_request="7",
        role_duration_seconds="900",
        register_labels=" data , new",
        addressing_style="path",
        expected_bucket_owner="123456789012",
    )
    assert (inputs.store, inputs.bundle) == ("s3://bucket/prefix", "made/bundles")
    assert (inputs.allow_unversioned, inputs.pull_request) == (True, 7)
    assert (inputs.role_duration_seconds, inputs.register_labels) == (900, ("data", "new"))


def test_paths_may_be_several_one_to_a_line() -> None:
    assert _read(path="data/a, b\ndata/c\n").path == ("data/a, b", "data/c")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("command", "chek"),
        ("changed_only", "yes"),
        ("pull_request", "-1"),
        ("pull_request", "0"),
        ("pull_request", "\u0667"),
        ("pull_request", "9" * 40),
        ("pull_request", "1; echo"),
        ("endpoint_url", "localhost:9000"),
        ("sts_endpoint_url", "https://a b"),
        ("expected_bucket_owner", "123"),
        ("addressing_style", "virtul"),
        ("comment", "always"),
        ("register", "yes"),
        ("output_format", "xml"),
        ("path", "a\x1b[31m"),
        ("shop", "s3://x"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        _read(**{"command": "check", name: text})
    assert name.replace("_", "-") in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("command", "inputs", "named"),
    [
        ("check", {"script": "package.py"}, "script"),
        ("check", {"store": "s3://b/p"}, "store"),
        ("package", {"role_to_assume": "arn"}, "role-to-assume"),
        ("publish", {"store": "s3://b/p"}, "bundle"),
        ("publish", {"bundle": "b"}, "store"),
        ("comment", {"path": "receipts"}, "github-token"),
        ("comment", {"github_token": "x"}, "path"),
        ("check", {"register": "pull-request"}, "register"),
    ],
)
def test_an_input_belongs_to_its_commands(command: str, inputs: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError) as refused:
        _read(command, **inputs)
    assert refused.value.where == named


def test_without_a_command_nothing_is_done() -> None:
    with pytest.raises(UsageError, match="not given"):
        read_inputs({})


def test_tokens_are_in_no_text_made_of_the_inputs() -> None:
    inputs = _read("comment", path="x", github_token="ghs_secret")  # noqa: S106 - made up
    assert "ghs_secret" not in repr(inputs)
