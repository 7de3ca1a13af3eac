"""The assembly classes of Brain-Score and the dimensions each may have.

Source: the docstring of ``package_data_assembly`` and the ``validate`` methods in brainscore-core
2.5.0 (``supported_data_standards/brainio``), whose wording brainio 0.2 has as well.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from brainscore_data.base.hints import Hint, Words

_NEURAL = (
    frozenset({"presentation", "neuroid"}),
    frozenset({"presentation", "neuroid", "time_bin"}),
)
_EVENTS = (frozenset({"event"}),)

#: What to do about dimensions that are not those of the class.
DIMS_HINT = Hint(
    "rename the dimensions, or ",
    Words("choose another class in dataset.toml", function="pass another assembly_class_name"),
)

AssemblyClass = Literal[
    "DataAssembly",
    "NeuroidAssembly",
    "NeuronRecordingAssembly",
    "ModelFeaturesAssembly",
    "BehavioralAssembly",
    "PropertyAssembly",
    "SpikeTimesAssembly",
    "MetadataAssembly",
]

#: Class name → the sets of dimensions it may have; no sets where the class leaves them open.
ASSEMBLY_CLASSES: dict[str, tuple[frozenset[str], ...]] = {
    "DataAssembly": (),
    "NeuroidAssembly": _NEURAL,
    "NeuronRecordingAssembly": _NEURAL,
    "ModelFeaturesAssembly": _NEURAL,
    "BehavioralAssembly": (),
    "PropertyAssembly": (),
    "SpikeTimesAssembly": _EVENTS,
    "MetadataAssembly": _EVENTS,
}


def allowed_dims(assembly_class: str) -> str:
    """Name the dimensions that a class may have, for people."""
    if assembly_class == "BehavioralAssembly":
        return "presentation and any others"
    order = ("presentation", "neuroid", "time_bin", "event")
    choices = [sorted(dims, key=order.index) for dims in ASSEMBLY_CLASSES[assembly_class]]
    return " or ".join(" x ".join(dims) for dims in choices)


def dims_fit(assembly_class: str, dims: Collection[str]) -> bool:
    """Say whether a class may have these dimensions, in whatever order.

    A BehavioralAssembly needs ``presentation`` and is free in its others.
    """
    if assembly_class == "BehavioralAssembly":
        return "presentation" in dims
    allowed = ASSEMBLY_CLASSES[assembly_class]
    return not allowed or frozenset(dims) in allowed


def dims_problem(assembly_class: str, dims: Collection[str]) -> str | None:
    """Say what is wrong with the dimensions of an assembly; None if they fit its class.

    >>> dims_problem("SpikeTimesAssembly", ["presentation"])
    'the dimensions of a SpikeTimesAssembly are event; here they are presentation'
    """
    if dims_fit(assembly_class, dims):
        return None
    found = " x ".join(dims) or "none"
    return f"the dimensions of a {assembly_class} are {allowed_dims(assembly_class)}; here they are {found}"
