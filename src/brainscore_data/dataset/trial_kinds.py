"""Which trials are practice, instructions and the like, told by what experiments call them.

Pure and without dependencies: a first manifest is drafted by it, and packaging warns by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from brainscore_data.base.text import snake_case

_NOT_THE_TASK = re.compile(
    r"practi[cs]e|training|warm.?up|instruction|catch|attention.?check|fixation|consent|debrief"
    r"|welcome|feedback|survey|questionnaire"
    # What jsPsych's plugins without a stimulus are called: https://www.jspsych.org/latest/plugins/list-of-plugins/
    r"|preload|fullscreen|call.function|browser.check|external.html|initialize|virtual.chinrest",
    re.IGNORECASE,
)
_KINDS = re.compile(
    r"(?:.*_)?(?:(?:trial|block|screen|event|item)_?(?:type|kind|name)|phase|stage|task|test_part"
    r"|part|section|block|practi[cs]e.*)"
)
_FLAG = re.compile(r"(?:is_?|was_?)?(?:practi[cs]e|training|warm_?up|instructions?|catch|"
                   r"attention_check)(?:_trials?)?")  # fmt: skip
_YES = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_NO = frozenset({"false", "f", "no", "n", "0", "0.0", ""})
_MOST = 20


class Kinds(NamedTuple):
    """The cells of a column, by whether they are of the task."""

    task: tuple[str, ...]
    other: tuple[str, ...]


def kinds_of_trials(column: str, cells: Collection[str]) -> Kinds | None:
    """Tell the kinds of trials in a column apart; None if it has none that are not of the task.

    >>> kinds_of_trials("phase", ["practice", "main", ""])
    Kinds(task=('main',), other=('practice', ''))
    >>> kinds_of_trials("is_practice", ["true", "false"])
    Kinds(task=('false',), other=('true',))
    >>> kinds_of_trials("colour", ["red", "green"]) is None
    True
    """
    if not 2 <= len(cells) <= _MOST:
        return None
    if _FLAG.fullmatch(snake_case(column)) and {c.strip().lower() for c in cells} <= _YES | _NO:
        task = tuple(cell for cell in cells if cell.strip().lower() in _NO)
    else:
        task = tuple(cell for cell in cells if cell and not _NOT_THE_TASK.search(cell))
        if not any(map(_NOT_THE_TASK.search, cells)):
            return None
    other = tuple(cell for cell in cells if cell not in task)
    return Kinds(task, other) if task and other else None


def may_be_kinds(column: str) -> bool:
    """Say whether a column is called as those that hold kinds of trials are.

    >>> may_be_kinds("trial_type"), may_be_kinds("isPractice"), may_be_kinds("rt")
    (True, True, False)
    """
    name = snake_case(column)
    return bool(_KINDS.fullmatch(name) or _FLAG.fullmatch(name))
