"""What a contributor writes in ``dataset.toml``, as types.

The models are the boundary: whatever passes them has known keys of known types. They hold what
was written and nothing else; where the files are is :mod:`brainscore_data.dataset.locating`'s.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

SCHEMA_VERSION = 1

Visibility = Literal["public", "private"]
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
Scalar = str | int | float | bool


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_by_alias=True, validate_by_name=True
    )


class DatasetTable(_Table):
    """The ``[dataset]`` table: what holds for all items."""

    license: str = Field(min_length=1, description='An SPDX identifier, or "restricted".')
    reference: str | None = Field(None, description='Where the data is described, e.g. "doi:…".')
    plugin: str | None = Field(
        None, description="The Brain-Score plugin folder, from the repository's root."
    )


class ReplacedVersions(_Table):
    """The versions of a stimulus set's two files that a new publication supersedes."""

    csv: str
    zip: str


class StimulusSet(_Table):
    """A ``[[stimulus_set]]``: the stimuli and one row of metadata for each."""

    identifier: str
    visibility: Visibility = "private"
    metadata: str = Field(description="A csv: one row per stimulus; stimulus_id, filename, ….")
    files: str = Field(description="The folder or .zip that the filename column points into.")
    replaces: ReplacedVersions | None = None


class _Assembly(_Table):
    identifier: str
    visibility: Visibility = "private"
    assembly_class: AssemblyClass = Field(alias="class")
    stimulus_set: str | None = Field(
        None, description="Identifier of a stimulus set in this file or in the repository."
    )
    extras: dict[str, str] = Field(
        default_factory=dict, description="netCDF group name → the .nc file that goes into it."
    )
    attributes: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="Attributes to store with the assembly."
    )
    replaces: str | None = Field(None, description="The version id that this one supersedes.")


class NetcdfAssembly(_Assembly):
    """An ``[[assembly]]`` that exists as one netCDF file."""

    data: str


class ArrayAssembly(_Assembly):
    """An ``[[assembly]]`` from a ``.npy`` array and one csv for each dimension."""

    values: str
    dims: list[str] = Field(min_length=1)
    coords: dict[str, str] = Field(description="Dimension → csv with one row per element.")
    missing: str | None = Field(None, description="What an empty cell of a text column becomes.")


class DerivedStimulusId(_Table):
    """How to read the stimulus id out of a column of paths or URLs."""

    column: str
    take: Literal["value", "name", "stem"] = Field("value", alias="from")


class TableAssembly(_Assembly):
    """An ``[[assembly]]`` from one tidy table with a row per trial."""

    table: str
    value: str = Field(description="The column that becomes the data; stays a coordinate too.")
    columns: list[str] = Field(min_length=1, description="What is published; the rest stays home.")
    stimulus_id: str | DerivedStimulusId = "stimulus_id"
    where: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="Column → the value, or values, of the rows to keep."
    )
    missing: str | None = Field(None, description="What an empty cell of a text column becomes.")


def _assembly_form(value: Any) -> str:
    keys = value if isinstance(value, dict) else value.__dict__
    return next((form for form in ("table", "values") if form in keys), "data")


Assembly = Annotated[
    Annotated[NetcdfAssembly, Tag("data")]
    | Annotated[ArrayAssembly, Tag("values")]
    | Annotated[TableAssembly, Tag("table")],
    Discriminator(_assembly_form),
]


class Source(_Table):
    """An entry of ``[sources]``: a file too large for git, pinned by its hash."""

    url: str = Field(pattern=r"^(https://|doi:10\.)")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(_Table):
    """A whole ``dataset.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    dataset: DatasetTable
    stimulus_sets: list[StimulusSet] = Field(default_factory=list, alias="stimulus_set")
    assemblies: list[Assembly] = Field(default_factory=list, alias="assembly")
    sources: dict[str, Source] = Field(default_factory=dict)
