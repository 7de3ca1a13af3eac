"""Text from a contributor, made fit for a terminal and for the log of a workflow."""

from __future__ import annotations

from brainscore_data.base.place import Place
from brainscore_data.base.text import one_line


def shown(place: Place) -> str:
    """Write a place so that it can begin a line.

    Examples
    --------
    >>> from brainscore_data.base.place import Place
    >>> shown(Place("::error::stimuli.csv", 3, "stimulus_id"))
    './::error::stimuli.csv:3 (stimulus_id)'
    """
    text = one_line(str(place))
    return f"./{text}" if text.lstrip().startswith("::") else text
