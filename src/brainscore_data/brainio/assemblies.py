"""Drop-in for ``brainio.assemblies``: the assembly classes, with ``from_files``.

They are brainscore-core's own where that is installed, else brainio's, so that ``isinstance``
holds in scripts that import either. Where neither is, they are plain arrays of these names, see
`brainscore_data.brainio.plain_assemblies`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainscore_data.brainio.plain_assemblies import *

__all__ = [
    "AssemblyLoader",
    "BehavioralAssembly",
    "DataAssembly",
    "GroupAppendAssemblyLoader",
    "MetadataAssembly",
    "ModelFeaturesAssembly",
    "NeuroidAssembly",
    "NeuronRecordingAssembly",
    "PropertyAssembly",
    "SpikeTimesAssembly",
    "StimulusMergeAssemblyLoader",
    "StimulusReferenceAssemblyLoader",
    "array_is_element",
    "merge_data_arrays",
    "walk_coords",
]


def __getattr__(name: str) -> Any:
    """Look a class up when it is asked for (PEP 562)."""
    from brainscore_data.brainio.installed import classes_from

    return classes_from("assemblies", name)
