"""What ``action.yml`` says, before it is run."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
import yaml
from played_action import ROOT, interpreted

from brainscore_data.github.inputs import PREFIX, Command, Inputs

_INPUTS = [
    "command",
    "path",
    "script",
    "shard",
    "max-bytes",
    "changed-only",
    "previews",
    "baseline",
    "store",
    "bundle",
    "role-to-assume",
    "role-duration-seconds",
    "aws-region",
    "expected-bucket-owner",
    "endpoint-url",
    "sts-endpoint-url",
    "oidc-audience",
    "addressing-style",
    "ca-bundle",
    "allow-unversioned",
    "head-sha",
    "bundle-sha256",
    "approval",
    "pull-request",
    "github-token",
    "comment",
    "preview",
    "preview-url",
    "register",
    "register-token",
    "register-labels",
    "output-format",
]
_OUTPUTS = [
    "receipts",
    "receipts-path",
    "subjects",
    "bundle-path",
    "preview",
    "preview-path",
    "site-path",
    "datasets",
    "matrix",
    "published",
    "unchanged",
    "replaced",
    "errors",
    "warnings",
    "pull-request",
    "head-sha",
    "comment-id",
    "comment-url",
]


@pytest.fixture(scope="module")
def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reads(github_expressions: None) -> list[tuple[str, str]]:
    return [tuple(each) for each in interpreted({"reads": str(ROOT)})["reads"]]


def test_the_inputs_and_outputs_are_the_promised_ones(action: Any) -> None:
    assert list(action["inputs"]) == _INPUTS
    assert list(action["outputs"]) == _OUTPUTS


def test_every_input_that_is_read_is_declared(action: Any, reads: list[tuple[str, str]]) -> None:
    read = {name.removeprefix("inputs.") for _, name in reads if name.startswith("inputs.")}
    assert read == set(action["inputs"])


def test_every_step_that_is_read_is_there(action: Any, reads: list[tuple[str, str]]) -> None:
    ids = {each["id"] for each in action["runs"]["steps"]}
    assert {name.split(".")[1] for _, name in reads if name.startswith("steps.")} <= ids


def test_no_expression_is_part_of_a_script(action: Any, reads: list[tuple[str, str]]) -> None:
    assert not [place for place, _ in reads if place.endswith((".run", ".shell"))]
    assert not [step for step in action["runs"]["steps"] if "${{" in step["run"]]


def test_every_input_reaches_the_program_under_its_name(action: Any) -> None:
    given = action["runs"]["steps"][-1]["env"]
    for name in _INPUTS:
        assert f"inputs.{name}" in given[PREFIX + name.upper().replace("-", "_")]
    fields = {name.replace("_", "-") for name in Inputs.__dataclass_fields__}
    assert fields == set(_INPUTS)


def test_every_output_is_one_that_the_program_sets(action: Any) -> None:
    for name, each in action["outputs"].items():
        assert each["value"] == f"${{{{ steps.run.outputs.{name} }}}}"


def test_the_defaults_are_those_of_the_program(action: Any) -> None:
    for name, each in action["inputs"].items():
        field = Inputs.__dataclass_fields__[name.replace("-", "_")]
        if each.get("default") and name != "github-token":
            assert str(field.default) == each["default"]


def test_what_installs_it_knows_every_command() -> None:
    script = (ROOT / "action" / "install.sh").read_text(encoding="utf-8")
    chosen = script.partition("case ")[2].partition("esac")[0]
    known = {
        word
        for line in re.findall(r"^  ([a-z |]+)\) command=", chosen, re.MULTILINE)
        for word in line.split(" | ")
    }
    assert known == set(get_args(Command))
    assert ", ".join(get_args(Command)) in chosen
