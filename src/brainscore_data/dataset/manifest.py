"""What a contributor writes in ``dataset.toml``, as types.

The models are the boundary: whatever passes them has known keys of known types. They hold what
was written and nothing else; where the files are is :mod:`brainscore_data.dataset.locating`'s.

``python -m brainscore_data.dataset.manifest schema/dataset.schema.json`` writes the JSON Schema,
which editors complete and check with, anew after a change of the models.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from brainscore_data.base.files import written_whole
from brainscore_data.dataset.assembly_tables import Assembly
from brainscore_data.dataset.describing import Author, ResponsibleAI
from brainscore_data.dataset.manifest_values import (
    Embargo,
    HostedPlace,
    Identifier,
    ManifestTable,
    RelativePath,
    Sha256,
    SourceName,
    StatedVisibility,
    TokenVariable,
    VersionId,
    only_together,
)

SCHEMA_VERSION = 1


class DatasetTable(ManifestTable):
    """The ``[dataset]`` table: what holds for all items."""

    license: str = Field(min_length=1, description='An SPDX identifier, or "restricted".')
    license_text: str | None = Field(
        None, min_length=1, description="Where the text of a LicenseRef-… is: a URL, or a file."
    )
    title: str | None = Field(None, min_length=1)
    authors: list[Author] = Field(default_factory=list, description="In the order of citation.")
    description: str | None = Field(None, min_length=1)
    published: str | None = Field(
        None, pattern=r"^\d{4}(-\d\d-\d\d)?$", description="The year, or the day: 2026-01-31."
    )
    species: list[str] = Field(default_factory=list, description='Latin names: "Macaca mulatta".')
    keywords: list[str] = Field(default_factory=list)
    funding: list[str] = Field(default_factory=list, description="Funders, with their grants.")
    rai: ResponsibleAI | None = Field(None, description="What Croissant's RAI fields say.")
    reference: str | None = Field(None, description='Where the data is described, e.g. "doi:…".')
    plugin: RelativePath | None = Field(
        None, description="The Brain-Score plugin folder, from the repository's root."
    )
    linking_table: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{16}$",
        description="Fingerprint of the linking table that its pseudonyms come from; "
        "`brainscore-data check --fix --linking-table` writes it.",
    )


class ReplacedVersions(ManifestTable):
    """The versions of a stimulus set's two files that a new publication supersedes."""

    csv: VersionId
    zip: VersionId


class HostedBytes(ManifestTable):
    """The SHA-256 of a stimulus set's two files, where they are hosted."""

    csv: Sha256
    zip: Sha256


class StimulusSet(ManifestTable):
    """A ``[[stimulus_set]]``: the stimuli and one row of metadata for each."""

    identifier: Identifier
    visibility: StatedVisibility
    embargo: Embargo = None
    license: str | None = Field(
        None, min_length=1, description="The item's own, where it is not that of the dataset."
    )
    metadata: RelativePath = Field(
        description="A csv: one row per stimulus; stimulus_id, filename, …."
    )
    files: RelativePath = Field(
        description="The folder or .zip that the filename column points into."
    )
    replaces: ReplacedVersions | None = None
    hosted: HostedPlace = None
    sha256: HostedBytes | None = Field(None, description="Of what is hosted: of both files.")

    @model_validator(mode="after")
    def _hosted_whole(self) -> Self:
        only_together(self)
        return self


class Source(ManifestTable):
    """An entry of ``[sources]``: a file too large for git, pinned by its hash."""

    url: str = Field(
        pattern=r"^(https://[^\s/?#@]+([/?#]\S*)?|doi:10\.[^\s/]+/.*\S)$",
        description="https://… or doi:10.…/…",
    )
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="64 hexadecimal digits in lower case, as `sha256sum` prints them",
    )
    size: int | None = Field(
        default=None,
        ge=0,
        strict=True,
        description="Its bytes, where the server does not tell them before it sends the file.",
    )
    token_env: TokenVariable | None = Field(
        default=None,
        alias="token-env",
        description="The variable with the token of a file that is not open, e.g. OSF_TOKEN; used "
        "in a private repository only.",
    )

    @field_validator("token_env")
    @classmethod
    def _for_an_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and str(info.data.get("url", "")).startswith("doi:"):
            msg = "a token needs an https address: what an archive has by its DOI is open"
            raise ValueError(msg)
        return value


class Manifest(ManifestTable):
    """A whole ``dataset.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    dataset: DatasetTable
    stimulus_sets: list[StimulusSet] = Field(default_factory=list, alias="stimulus_set")
    assemblies: list[Assembly] = Field(default_factory=list, alias="assembly")
    sources: dict[SourceName, Source] = Field(default_factory=dict)

    def license_of(self, item: StimulusSet | Assembly) -> str:
        """Give the license of an item: its own, else the dataset's."""
        return item.license or self.dataset.license

    @field_validator("schema_version", mode="before")
    @classmethod
    def _the_number_itself(cls, value: Any) -> Any:
        # True and 1.0 equal 1, which is enough for a Literal.
        if type(value) is not int:
            msg = f"must be the number {SCHEMA_VERSION}"
            raise ValueError(msg)
        return value


def json_schema() -> dict[str, Any]:
    """Describe ``dataset.toml`` as the models do.

    It says less than :func:`~brainscore_data.dataset.reading.load_dataset` checks: paths,
    collisions and what depends on several keys are beyond it.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Manifest.model_json_schema(by_alias=True),
        "title": "dataset.toml of brainscore-data",
    }


def write_schema(target: Path) -> None:
    """Write the schema into a file."""
    with written_whole(target) as path:
        text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_schema(Path(sys.argv[1]))
