"""Inside the action nobody is told of options: there are inputs, which `Words` name."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from played_action import ROOT

from brainscore_data.auditing.stores import ListedStores
from brainscore_data.base.hints import told
from brainscore_data.records.receipts import PublishedObject
from brainscore_data.stimuli.cells import BLANKS_HINT

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the action does not come to: other commands, and functions for Python.
_ELSEWHERE = (
    "cli/",
    "scripting/",
    "brainio/",
    *(
        f"plugins/{name}.py"
        for name in ("deciding", "editing", "homes", "new_plugin", "registering")
    ),
    "drafting/",
    "hosting/items.py",
    "sources/pinning.py",
    "github/commented_receipts.py",
)
# Of the command line only: `check --fix`, a table of pseudonyms, a place for receipts, a dataset, a disk.
_ON_A_LAPTOP = (
    "--linking-table",
    "--fix",
    "--receipts",
    "--ignore",
    "--approve-digest",
    "pip install",
    "--class",
    "--disk",
)
_OPTION = re.compile(r"(?<![\w-])--[a-z]")


def _hints() -> Iterator[str]:
    source = ROOT / "src" / "brainscore_data"
    for file in sorted(source.rglob("*.py")):
        if file.relative_to(source).as_posix().startswith(_ELSEWHERE):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                yield "".join(_texts(node.value))


def _texts(node: ast.AST) -> Iterator[str]:
    """Give the texts of a hint; those of `Words` are for others, too."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "Words"):
        for each in ast.iter_child_nodes(node):
            yield from _texts(each)


def test_no_hint_that_the_action_gives_names_an_option() -> None:
    hints = list(_hints())
    assert len(hints) > 300
    for hint in hints:
        if "brainscore-data " not in hint and not any(each in hint for each in _ON_A_LAPTOP):
            assert not _OPTION.search(hint), hint


def test_a_store_that_is_not_listed_is_named_as_its_input_takes_it() -> None:
    pin = PublishedObject.model_construct(store="s3://lab", endpoint=None)
    refusal = ListedStores([]).refusal(pin)
    assert refusal == "its store is not listed: --store s3://lab"
    assert told(refusal, "workflow") == "its store is not listed in the input store: s3://lab"


def test_commands_of_the_program_stay_what_they_are() -> None:
    assert told(BLANKS_HINT, "workflow") == "`brainscore-data check --fix` removes them"
