"""Text from a contributor, made fit for a terminal and for the log of a workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brainscore_data.check.finding import Place

_LONGEST = 1000
# The runner obeys `##[command]` anywhere in a line, and `::command::` at its beginning:
# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_COMMAND = "##["


def one_line(text: str) -> str:
    r"""Keep text on one line: no control characters, no workflow command, not endless.

    Examples
    --------
    >>> one_line("a\n::error::b\x1b[31m ##[add-mask]c")
    'a�::error::b�[31m # #[add-mask]c'
    """
    plain = "".join(each if each.isprintable() else "�" for each in text[: _LONGEST + 1])
    plain = plain.replace(_COMMAND, "# #[")
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


def shown(place: Place) -> str:
    """Write a place so that it can begin a line.

    Examples
    --------
    >>> from brainscore_data.check.finding import Place
    >>> shown(Place("::error::stimuli.csv", 3, "stimulus_id"))
    './::error::stimuli.csv:3 (stimulus_id)'
    """
    text = one_line(str(place))
    return f"./{text}" if text.lstrip().startswith("::") else text


def json_safe(text: str) -> str:
    r"""Take workflow commands out of JSON without changing what it says.

    Examples
    --------
    >>> json_safe('["##[add-mask]"]')
    '["##\\u005badd-mask]"]'
    """
    # In what `json` writes, a `#` is always inside a text.
    return text.replace(_COMMAND, "##\\u005b")
