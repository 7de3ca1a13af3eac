"""What the action was told: read from the environment, and refused where it makes no sense.

``action.yml`` hands every input over in a variable of its own; an empty one is not given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, ValidationInfo
from pydantic.dataclasses import dataclass

from brainscore_data.base.errors import UsageError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.check.reporters.output_formats import OutputFormat
from brainscore_data.store.options import AddressingStyle

PREFIX = "BRAINSCORE_DATA_INPUT_"
Command = Literal[
    "check",
    "shard",
    "package",
    "publish",
    "merge",
    "comment",
    "audit",
    "due",
    "site",
    "approve",
]
CommentWhen = Literal["auto", "never"]
Register = Literal["none", "comment", "pull-request"]

_LARGEST = 2**31 - 1
# A variable that is not there is an empty text, and so an input that is not given.
_SET = "the workflows to copy take it from their environment's variable BRAINSCORE_DATA_STORE"
# Input → the commands that it means something to; the others are for all.
_FOR = {
    "script": {"package"},
    "changed-only": {"check", "shard", "package"},
    "max-bytes": {"shard"},
    "shard": {"package"},
    "baseline": {"check", "package"},
    "store": {"publish", "audit", "site"},
    "bundle": {"package", "publish"},
    "role-to-assume": {"publish", "audit"},
    "previews": {"site"},
    "allow-unversioned": {"publish", "audit"},
    "bundle-sha256": {"publish"},
    "approval": {"check"},
    "register-token": {"publish", "comment", "due"},
    "register-labels": {"publish", "comment", "due"},
    "preview": {"comment"},
    "preview-url": {"comment"},
}


def _refused(info: ValidationInfo, said: str, hint: str) -> UsageError:
    return UsageError(said, where=_kebab(info.field_name or ""), hint=hint)


def _text(text: str, info: ValidationInfo) -> str:
    if text.isprintable():
        return text
    raise _refused(info, "it holds control characters", "write it on one line")


def _boolean(text: str, info: ValidationInfo) -> bool:
    # What YAML's core schema takes for true and false: https://yaml.org/spec/1.2.2/#1032-tag-resolution
    if text in {"true", "True", "TRUE", "false", "False", "FALSE"}:
        return text.lower() == "true"
    raise _refused(info, f"it cannot be {text!r}", "it is true or false")


def _number(text: str, info: ValidationInfo) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:11]) <= _LARGEST:
        return int(text)
    raise _refused(info, f"it cannot be {text[:50]!r}", "it is a number from 1 on")


def _bytes(text: str, info: ValidationInfo) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:19]) < 10**18:
        return int(text)
    raise _refused(info, f"it cannot be {text[:50]!r}", "it is a number of bytes: 12000000000")


def _lines(text: str, info: ValidationInfo) -> tuple[str, ...]:
    return tuple(_text(each.strip(), info) for each in text.split("\n") if each.strip())


def _listed(text: str, info: ValidationInfo) -> tuple[str, ...]:
    return tuple(_text(each.strip(), info) for each in text.split(",") if each.strip())


def _like(pattern: str, hint: str) -> BeforeValidator:
    def read(text: str, info: ValidationInfo) -> str:
        if re.fullmatch(pattern, text, re.ASCII):
            return text
        raise _refused(info, f"it cannot be {text[:200]!r}", hint)

    return BeforeValidator(read)


def _one_of(choices: Any) -> BeforeValidator:
    allowed = get_args(choices)

    def read(text: str, info: ValidationInfo) -> str:
        if text in allowed:
            return text
        said = f"it cannot be {text[:50]!r}{did_you_mean(text, allowed)}"
        raise _refused(info, said, f"it is one of: {', '.join(allowed)}")

    return BeforeValidator(read)


_Text = Annotated[str, BeforeValidator(_text)]
_Flag = Annotated[bool, BeforeValidator(_boolean)]
_Number = Annotated[int, BeforeValidator(_number)]
_Url = Annotated[str, _like(r"https?://[^\s/]+\S*", "its form is https://host or http://host")]


@dataclass(frozen=True)
class Inputs:
    """The inputs of the action, by the names that they have in ``action.yml``."""

    command: Annotated[Command, _one_of(Command)]
    # One or several: `strategy.matrix` gives those of one job a line each.
    path: Annotated[tuple[str, ...], BeforeValidator(_lines)] = ()
    script: _Text | None = None
    shard: _Text | None = None
    max_bytes: Annotated[int, BeforeValidator(_bytes)] | None = None
    changed_only: _Flag = False
    previews: _Flag = False
    baseline: _Text | None = None
    store: (
        Annotated[str, BeforeValidator(lambda text, info: "\n".join(_lines(text, info)))] | None
    ) = None
    bundle: _Text | None = None
    role_to_assume: _Text | None = None
    role_duration_seconds: _Number = 3600
    aws_region: _Text | None = None
    expected_bucket_owner: (
        Annotated[str, _like(r"\d{12}", "an AWS account's number has 12 digits")] | None
    ) = None
    endpoint_url: _Url | None = None
    sts_endpoint_url: _Url | None = None
    oidc_audience: _Text | None = None
    addressing_style: Annotated[AddressingStyle, _one_of(AddressingStyle)] | None = None
    ca_bundle: _Text | None = None
    allow_unversioned: _Flag = False
    pull_request: _Number | None = None
    head_sha: _Text | None = None
    bundle_sha256: _Text | None = None
    approval: _Flag = False
    # Secrets: they are in no text that is made of this.
    github_token: _Text | None = field(default=None, repr=False)
    comment: Annotated[CommentWhen, _one_of(CommentWhen)] = "auto"
    preview: _Text | None = None
    preview_url: _Url | None = None
    register: Annotated[Register, _one_of(Register)] = "comment"
    register_token: _Text | None = field(default=None, repr=False)
    register_labels: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    output_format: Annotated[OutputFormat, _one_of(OutputFormat)] = "text"


def read_inputs(environment: Mapping[str, str]) -> Inputs:
    """Read the inputs from the environment."""
    given: dict[str, Any] = {
        variable.removeprefix(PREFIX).lower(): text.strip()
        for variable, text in environment.items()
        if variable.startswith(PREFIX) and text.strip()
    }
    known = [_kebab(each.name) for each in fields(Inputs)]
    for name in map(_kebab, given):
        if name not in known:
            raise UsageError(
                f"the action has no input {name!r}{did_you_mean(name, known)}",
                hint="docs/github.md lists the inputs",
            )
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
                f"the command {inputs.command} does not use it",
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
    if inputs.command == "comment" and not (
        (inputs.path or inputs.preview) and inputs.github_token
    ):
        raise UsageError(
            "the command comment needs it",
            where="path" if inputs.github_token else "github-token",
            hint="give the folder with the receipts that the command publish left, or what the "
            "command package said of the data, and a token that may write to pull requests",
        )
    if inputs.command == "due" and not (inputs.github_token or inputs.register_token):
        raise UsageError(
            "the command due needs it",
            where="github-token",
            hint="give a token that may write contents and pull requests",
        )
    if inputs.register == "pull-request" and inputs.command not in {"publish", "comment"}:
        raise UsageError(
            f"the command {inputs.command} has nothing to register",
            where="register",
            hint="it is for publish and comment",
        )


def _kebab(name: str) -> str:
    return name.replace("_", "-")
