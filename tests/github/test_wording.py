"""Inside the action nobody is told of options: there are inputs."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest
from played_action import ROOT

from brainscore_data.github.wording import in_workflow_words

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the action does not come to: other commands, and functions for Python.
_ELSEWHERE = (
    "cli/",
    "scripting/",
    "brainio/",
    *(
        f"plugins/{name}.py"
        for name in ("belonging", "deciding", "editing", "leftovers", "new_plugin", "order")
    ),
    "plugins/plugins.py",
    "plugins/style.py",
    "drafting/",
    "sources/pinning.py",
    "github/commented_receipts.py",
)
# Of the command line only: `check --fix`, a table of pseudonyms, a place for receipts, a dataset.
_ON_A_LAPTOP = (
    "--linking-table",
    "--fix",
    "--receipts",
    "--ignore",
    "--approve-digest",
    "pip install",
)
_OPTION = re.compile(r"(?<![\w-])--[a-z]")


def _hints() -> Iterator[str]:
    source = ROOT / "src" / "brainscore_data"
    for file in sorted(source.rglob("*.py")):
        if file.relative_to(source).as_posix().startswith(_ELSEWHERE):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                parts = [each for each in ast.walk(node.value) if isinstance(each, ast.Constant)]
                yield "".join(each.value for each in parts if isinstance(each.value, str))


def test_no_hint_that_the_action_gives_names_an_option() -> None:
    hints = [each for each in _hints() if _OPTION.search(each)]
    assert len(hints) > 5
    for hint in hints:
        if "brainscore-data " not in hint and not any(each in hint for each in _ON_A_LAPTOP):
            assert not _OPTION.search(in_workflow_words(hint)), hint


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "its store is not listed: --store s3://lab",
            "its store is not listed in the input store: s3://lab",
        ),
        ("choose another store with --store", "choose another store with the input `store`"),
        (
            f"look at it:\n    brainscore-data publish b --store s3://a --approve-digest sha256:{'0f' * 32}",
            f"look at it:\n    start publish-on-approval.yml with bundle-sha256: {'0f' * 32}",
        ),
        ("write --storeroom and a--store", "write --storeroom and a--store"),
    ],
)
def test_options_become_inputs(said: str, expected: str) -> None:
    assert in_workflow_words(said) == expected
