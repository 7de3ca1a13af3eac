"""Drop-in for ``brainio.stimuli``: StimulusSet, with ``from_files``.

It is brainscore-core's own where that is installed, else brainio's, else a pandas table with the
same attributes, see `brainscore_data.brainio.plain_stimuli`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainscore_data.brainio.plain_stimuli import StimulusSet, StimulusSetLoader

__all__ = ["StimulusSet", "StimulusSetLoader"]


def __getattr__(name: str) -> Any:
    """Look a class up when it is asked for (PEP 562)."""
    from brainscore_data.brainio.installed import classes_from

    return classes_from("stimuli", name)
