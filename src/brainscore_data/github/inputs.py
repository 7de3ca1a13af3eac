"""What the action was told: read from the environment, and refused where it makes no sense.

``action.yml`` hands every input over in a variable of its own; an empty one is not given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from brainscore_data.base.errors import UsageError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.check.reporters.formats import OutputFormat
from brainscore_data.store.options import AddressingStyle

PREFIX = "BRAINSCORE_DATA_INPUT_"
Command = Literal["check", "package", "publish", "comment", "audit"]
CommentWhen = Literal["auto", "never"]
Register = Literal["none", "comment", "pull-request"]

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_URL = re.compile(r"https?://[^\s/]+\S*", re.ASCII)
_LARGEST = 2**31 - 1
# A variable that is not there is an empty text, and so an input that is not given.
_SET = "the workflows to copy take it from their environment's variable BRAINSCORE_DATA_STORE"
# Input → the commands that it means something to; the others are for all.
_FOR = {
    "script": {"package"},
    "changed-only": {"check", "package"},
    "baseline": {"check", "package"},
    "store": {"publish", "audit"},
    "bundle": {"package", "publish"},
    "role-to-assume": {"publish", "audit"},
    "allow-unversioned": {"publish", "audit"},
    "register-token": {"publish", "comment"},
    "register-labels": {"publish", "comment"},
}


@dataclass(frozen=True)
class Inputs:
    """The inputs of the action, by the names that they have in ``action.yml``."""

    command: Command
    path: tuple[str, ...] = ()  # `strategy.matrix` gives those of one job a line each
    script: str | None = None
    changed_only: bool = False
    baseline: str | None = None
    store: str | None = None
    bundle: str | None = None
    role_to_assume: str | None = None
    role_duration_seconds: int = 3600
    aws_region: str | None = None
    expected_bucket_owner: str | None = None
    endpoint_url: str | None = None
    sts_endpoint_url: str | None = None
    oidc_audience: str | None = None
    addressing_style: AddressingStyle | None = None
    ca_bundle: str | None = None
    allow_unversioned: bool = False
    pull_request: int | None = None
    github_token: str | None = field(default=None, repr=False)
    comment: CommentWhen = "auto"
    register: Register = "comment"
    register_token: str | None = field(default=None, repr=False)
    register_labels: tuple[str, ...] = ()
    output_format: OutputFormat = "text"


def read_inputs(environment: Mapping[str, str]) -> Inputs:
    """Read the inputs from the environment.

    Examples
    --------
    >>> read_inputs({"BRAINSCORE_DATA_INPUT_COMMAND": "check"}).command
    'check'
    >>> read_inputs({"BRAINSCORE_DATA_INPUT_COMMAND": "chek"})
    Traceback (most recent call last):
    ...
    brainscore_data.base.errors.UsageError: command: it cannot be 'chek'; did you mean 'check'?
      hint: it is one of: check, package, publish, comment, audit
    """
    known = {each.name for each in fields(Inputs)}
    given: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or not text.strip():
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known:
            raise UsageError(
                f"the action has no input {_kebab(name)!r}"
                f"{did_you_mean(_kebab(name), [_kebab(each) for each in known])}",
                hint="docs/github.md lists the inputs",
            )
        given[name] = _READERS.get(name, _text)(_kebab(name), text.strip())
    if "command" not in given:
        raise UsageError(
            "it is not given", where="command", hint=f"it is one of: {', '.join(get_args(Command))}"
        )
    inputs = Inputs(**given)
    _refuse_what_does_not_belong(inputs, [_kebab(name) for name in given])
    return inputs


def workspace_path(inputs_path: str, name: str, workspace: Path) -> Path:
    """Find a folder that an input names, from the workspace."""
    path = workspace / inputs_path
    if not path.exists():
        raise UsageError(
            "there is no such file or folder",
            where=f"{name}: {inputs_path}",
            hint="paths start from the workspace, where actions/checkout puts the repository",
        )
    return path


def _refuse_what_does_not_belong(inputs: Inputs, given: Sequence[str]) -> None:
    for name in given:
        if inputs.command not in _FOR.get(name, {inputs.command}):
            commands = " and ".join(sorted(_FOR[name]))
            raise UsageError(
                f"it means nothing to the command {inputs.command}",
                where=name,
                hint=f"it is for {commands}: leave it out",
            )
    if inputs.command == "publish":
        if inputs.store is None:
            raise UsageError(
                "publish needs it", where="store", hint=f"give the store's URL; {_SET}"
            )
        if inputs.bundle is None:
            raise UsageError(
                "publish needs it",
                where="bundle",
                hint="give the folder that the command package made in a job without credentials",
            )
        if "\n" in inputs.store:
            raise UsageError(
                "data is published to one store", where="store", hint="a step for each store"
            )
    if inputs.command == "audit" and inputs.store is None:
        raise UsageError(
            "audit needs it: only the stores that are listed here are asked",
            where="store",
            hint=f"give the store's URL; several have a line each; {_SET}",
        )
    if inputs.command == "comment" and not (inputs.path and inputs.github_token):
        raise UsageError(
            "the command comment needs it",
            where="github-token" if inputs.path else "path",
            hint="give the folder with the receipts that the command publish left, and a token "
            "that may write to pull requests",
        )
    if inputs.register == "pull-request" and inputs.command not in {"publish", "comment"}:
        raise UsageError(
            f"the command {inputs.command} has nothing to register",
            where="register",
            hint="it is for publish and comment",
        )


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _text(name: str, text: str) -> str:
    if not text.isprintable():
        raise UsageError("it holds control characters", where=name, hint="write it on one line")
    return text


def _boolean(name: str, text: str) -> bool:
    # What YAML's core schema takes for true and false: https://yaml.org/spec/1.2.2/#1032-tag-resolution
    if text in {"true", "True", "TRUE", "false", "False", "FALSE"}:
        return text.lower() == "true"
    raise UsageError(f"it cannot be {text!r}", where=name, hint="it is true or false")


def _number(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:11]) <= _LARGEST:
        return int(text)
    raise UsageError(f"it cannot be {text[:50]!r}", where=name, hint="it is a number from 1 on")


def _account(name: str, text: str) -> str:
    if _ACCOUNT.fullmatch(text):
        return text
    raise UsageError(
        f"it cannot be {text[:50]!r}", where=name, hint="an AWS account's number has 12 digits"
    )


def _url(name: str, text: str) -> str:
    if _URL.fullmatch(text):
        return text
    raise UsageError(
        f"it cannot be {text[:200]!r}", where=name, hint="its form is https://host or http://host"
    )


def _lines(name: str, text: str) -> tuple[str, ...]:
    return tuple(_text(name, each.strip()) for each in text.split("\n") if each.strip())


def _stores(name: str, text: str) -> str:
    return "\n".join(_lines(name, text))


def _list(name: str, text: str) -> tuple[str, ...]:
    return tuple(_text(name, each.strip()) for each in text.split(",") if each.strip())


def _one_of(choices: Any) -> Callable[[str, str], str]:
    allowed = get_args(choices)

    def read(name: str, text: str) -> str:
        if text in allowed:
            return text
        raise UsageError(
            f"it cannot be {text[:50]!r}{did_you_mean(text, allowed)}",
            where=name,
            hint=f"it is one of: {', '.join(allowed)}",
        )

    return read


_READERS: dict[str, Callable[[str, str], Any]] = {
    "command": _one_of(Command),
    "path": _lines,
    "store": _stores,
    "changed_only": _boolean,
    "role_duration_seconds": _number,
    "expected_bucket_owner": _account,
    "endpoint_url": _url,
    "sts_endpoint_url": _url,
    "addressing_style": _one_of(AddressingStyle),
    "allow_unversioned": _boolean,
    "pull_request": _number,
    "comment": _one_of(CommentWhen),
    "register": _one_of(Register),
    "register_labels": _list,
    "output_format": _one_of(OutputFormat),
}
