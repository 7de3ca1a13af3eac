"""What a contributor writes in ``dataset.toml``, as types.

The models are the boundary: whatever passes them has known keys of known types. They hold what
was written and nothing else; where the files are is :mod:`brainscore_data.dataset.locating`'s.

``python -m brainscore_data.dataset.manifest schema/dataset.schema.json`` writes the JSON Schema,
which editors complete and check with, anew after a change of the models.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)

from brainscore_data.base.files import written_whole
from brainscore_data.dataset.assembly_classes import AssemblyClass, allowed_dims, dims_fit
from brainscore_data.dataset.describing import Author, ResponsibleAI
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.paths import file_part, path_problem

SCHEMA_VERSION = 1

Visibility = Literal["public", "private"]
Scalar = str | int | float | bool


def _key_safe(identifier: str) -> str:
    if not is_key_safe(identifier):
        msg = (
            f"{_quoted(identifier)} cannot be an identifier: use letters, digits, '.', '_' and "
            "'-', a letter or digit first, at most 200"
        )
        raise ValueError(msg)
    return identifier


def _whole_below_the_folder(path: str) -> str:
    if (part := file_part(path)).part is not None:
        msg = (
            f"{_quoted(path)} names a part of a file, which only `values`, `coords` and `table` can: "
            f"save it as a file of its own, or name {_quoted(part.file)}"
        )
        raise ValueError(msg)
    return _below_the_folder(path)


def _below_the_folder(path: str) -> str:
    reason = path_problem(path)
    if reason is not None:
        raise ValueError(f"{_quoted(path)} {reason}" if path else reason)
    return path


def _part_below_the_folder(name: str) -> str:
    file, part = file_part(name)
    if part is not None and not part.strip():
        msg = f"{_quoted(name)} names no part of the file: write it behind the colon, or neither"
        raise ValueError(msg)
    _below_the_folder(file)
    return name


def _written_plainly(path: str) -> str:
    plain = str(PurePosixPath(_below_the_folder(path)))
    if plain != path:
        msg = f"{_quoted(path)} must be written as {_quoted(plain)}"
        raise ValueError(msg)
    return path


def _distinct(names: list[str]) -> list[str]:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        msg = f"{_listed(twice)} more than once"
        raise ValueError(msg)
    return names


def _a_day(value: Any, info: ValidationInfo) -> Any:
    if value is None:
        return None
    if type(value) is not date:
        msg = "must be a date, without quotes and without a time, e.g. 2027-03-01"
        raise ValueError(msg)
    if info.data.get("visibility", "private") != "private":
        msg = 'is the day until which an item stays private: it needs visibility = "private"'
        raise ValueError(msg)
    return value


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")


Identifier = Annotated[str, AfterValidator(_key_safe)]
RelativePath = Annotated[str, AfterValidator(_whole_below_the_folder)]
#: A file, or ``file:part`` where a file can hold several tables or arrays.
RelativePart = Annotated[str, AfterValidator(_part_below_the_folder)]
SourceName = Annotated[str, AfterValidator(_written_plainly)]
#: A token is read from it, and sent away: nothing but what is called a token can be named.
TokenVariable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*_TOKEN$")]
VersionId = Annotated[str, Field(min_length=1)]
StatedVisibility = Annotated[
    Visibility,
    Field(
        description='"public": everybody may load it, without credentials; '
        '"private": only those may to whom the store\'s owner gives access. There is no default.'
    ),
]
Embargo = Annotated[
    date | None,
    BeforeValidator(_a_day),
    Field(
        description="The day from which a private item may be opened, e.g. 2027-03-01; a person "
        "opens it then."
    ),
]
Names = Annotated[list[str], Field(min_length=1), AfterValidator(_distinct)]


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_by_alias=True, validate_by_name=True
    )


class DatasetTable(_Table):
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


class ReplacedVersions(_Table):
    """The versions of a stimulus set's two files that a new publication supersedes."""

    csv: VersionId
    zip: VersionId


class StimulusSet(_Table):
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


class _Assembly(_Table):
    identifier: Identifier
    visibility: StatedVisibility
    embargo: Embargo = None
    license: str | None = Field(
        None, min_length=1, description="The item's own, where it is not that of the dataset."
    )
    assembly_class: AssemblyClass = Field(alias="class")
    stimulus_set: str | None = Field(
        None,
        min_length=1,
        description="Identifier of a stimulus set in this file or in the repository.",
    )
    extras: dict[str, RelativePath] = Field(
        default_factory=dict, description="netCDF group name → the .nc file that goes into it."
    )
    attributes: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="Attributes to store with the assembly."
    )
    replaces: VersionId | None = Field(None, description="The version id that this one supersedes.")


class NetcdfAssembly(_Assembly):
    """An ``[[assembly]]`` that exists as one netCDF file."""

    data: RelativePath = Field(description="The .nc file.")


class ArrayAssembly(_Assembly):
    """An ``[[assembly]]`` from an array and one table for each dimension."""

    values: RelativePart = Field(description='The .npy file, or "file.mat:variable".')
    dims: Names = Field(description="The array's dimensions, in its order.")
    coords: dict[str, RelativePart] = Field(
        description="Dimension → table with one row per element."
    )
    missing: str | None = Field(None, description="What an empty cell of a text column becomes.")

    @field_validator("dims")
    @classmethod
    def _dims_fit_the_class(cls, dims: list[str], info: ValidationInfo) -> list[str]:
        _check_fit(info.data.get("assembly_class"), dims)
        return dims

    @field_validator("coords")
    @classmethod
    def _coords_are_of_dims(cls, coords: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        dims: list[str] = info.data.get("dims", list(coords))
        strangers = sorted(coords.keys() - set(dims))
        if strangers:
            msg = f"{_listed(strangers)}: not among the dims, which are {_listed(dims)}"
            raise ValueError(msg)
        return coords


#: How much of a path or URL is the stimulus id.
Take = Literal["value", "name", "stem"]


class DerivedStimulusId(_Table):
    """How to read the stimulus id out of a column of paths or URLs."""

    column: str
    take: Take = Field("value", alias="from")


class Bins(_Table):
    """Time bins of equal width, relative to the onset of each presentation."""

    start: float
    stop: float
    width: float = Field(gt=0)

    @field_validator("start", "stop", "width", mode="before")
    @classmethod
    def _whole_numbers_too(cls, value: Any) -> Any:
        return float(value) if type(value) is int else value

    @field_validator("width")
    @classmethod
    def _bins_are_whole(cls, width: float, info: ValidationInfo) -> float:
        start, stop = (Decimal(str(info.data.get(key, 0))) for key in ("start", "stop"))
        if stop <= start or (stop - start) % Decimal(str(width)):
            msg = (
                f"from {start} to {stop} there is no whole number of bins of {width}: "
                "choose another `stop` or `width`"
            )
            raise ValueError(msg)
        return width


class BinnedSpikes(_Assembly):
    """An ``[[assembly]]`` of spikes that are counted in bins, from a table with a row per spike."""

    spikes: RelativePart = Field(description="The table with one row for each spike.")
    bins: Bins = Field(description="The bins: start, stop and width, in the unit of the times.")
    coords: dict[Literal["presentation", "neuroid"], RelativePart] = Field(
        description="The tables of presentations and of neuroids, with one row per element."
    )
    time: str = Field("spike_time", description="The column of spikes that has the time.")
    neuroid: str = Field(
        "neuroid_id", description="The column by which a spike's neuroid is known."
    )
    presentation: str = Field(
        "presentation_id", description="The column by which a spike's presentation is known."
    )
    onset: str | None = Field(
        None,
        description="Where times count from the beginning of the recording: the column of "
        "presentations that has when each began.",
    )
    missing: str | None = Field(None, description="What an empty cell of a text column becomes.")

    @field_validator("coords")
    @classmethod
    def _both_are_there(cls, coords: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        _check_fit(info.data.get("assembly_class"), ["presentation", "neuroid", "time_bin"])
        if len(coords) < 2:
            msg = "needs a table for `presentation` and one for `neuroid`"
            raise ValueError(msg)
        return coords


class TableAssembly(_Assembly):
    """An ``[[assembly]]`` from one tidy table with a row per trial, or per event."""

    table: RelativePart | Annotated[list[RelativePart], Field(min_length=1)] = Field(
        description='The .csv, .tsv, .xlsx or .parquet file; "file.xlsx:sheet", "file.mat:variable"; '
        'or a list of them, "sub-*.csv" too.'
    )
    from_name: str | None = Field(
        None,
        min_length=1,
        description="The column that says which file a row is of: what `*` stands for in its name.",
    )
    value: str = Field(description="The column that becomes the data; stays a coordinate too.")
    columns: Names = Field(description="What is published; the rest stays home.")
    stimulus_id: str | DerivedStimulusId = "stimulus_id"
    where: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="Column → the value, or values, of the rows to keep."
    )
    missing: str | None = Field(None, description="What an empty cell of a text column becomes.")

    @property
    def dims(self) -> tuple[str]:
        """The one dimension: of events, where a row is a spike."""
        events = self.assembly_class in ("SpikeTimesAssembly", "MetadataAssembly")
        return ("event",) if events else ("presentation",)

    @property
    def tables(self) -> list[str]:
        """What `table` names; `*` stands for some characters of a file's name."""
        return [self.table] if isinstance(self.table, str) else self.table

    @field_validator("table")
    @classmethod
    def _a_row_per_trial_fits_the_class(
        cls, table: str | list[str], info: ValidationInfo
    ) -> str | list[str]:
        its_class = info.data.get("assembly_class")
        if its_class not in ("SpikeTimesAssembly", "MetadataAssembly"):
            _check_fit(its_class, ["presentation"])
        for name in [table] if isinstance(table, str) else table:
            if "*" in str(PurePosixPath(file_part(name).file).parent):
                msg = (
                    f"{_quoted(name)} has a * in a folder's name; only the file's name can have one"
                )
                raise ValueError(msg)
        return table

    @field_validator("from_name")
    @classmethod
    def _there_is_one_star(cls, column: str | None, info: ValidationInfo) -> str | None:
        table = info.data.get("table", [])
        for name in [table] if isinstance(table, str) else table:
            if column is not None and file_part(name).file.count("*") != 1:
                msg = (
                    f"takes what a * stands for, and {_quoted(name)} has not exactly one: write e.g. "
                    'table = "sub-*.csv"'
                )
                raise ValueError(msg)
        return column


def _check_fit(assembly_class: str | None, dims: list[str]) -> None:
    if assembly_class is not None and not dims_fit(assembly_class, dims):
        msg = (
            f"a {assembly_class} cannot have the dims {_listed(dims)}; it has "
            f"{allowed_dims(assembly_class)}"
        )
        raise ValueError(msg)


def _listed(names: list[str]) -> str:
    return ", ".join([_quoted(name) for name in names[:20]] + ["…"] * (len(names) > 20))


#: The key that makes an assembly's form → what it is then.
ASSEMBLY_FORMS: dict[str, type[_Assembly]] = {
    "table": TableAssembly,
    "values": ArrayAssembly,
    "spikes": BinnedSpikes,
    "data": NetcdfAssembly,
}
#: The key of a form → the keys that only it has.
OWN_KEYS = {
    form: model.model_fields.keys()
    - set().union(*(each.model_fields for each in ASSEMBLY_FORMS.values() if each is not model))
    for form, model in ASSEMBLY_FORMS.items()
}
# What tells the form, first that key itself, then what must be beside it.
_TELLING = (
    *((form, form) for form in ASSEMBLY_FORMS),
    *(
        (key, form)
        for form, model in ASSEMBLY_FORMS.items()
        for key, field in model.model_fields.items()
        if key in OWN_KEYS[form] and field.is_required()
    ),
)


def assembly_form(value: Any) -> str | None:
    """Tell by its keys which form an ``[[assembly]]`` has; None if it is no table at all.

    Where the key that makes the form was forgotten, its companions tell.

    Examples
    --------
    >>> assembly_form({"dims": ["presentation"], "coords": {}})
    'values'
    """
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", None)
    if keys is None:
        return None
    return next((form for key, form in _TELLING if key in keys), "data")


Assembly = Annotated[
    Annotated[NetcdfAssembly, Tag("data")]
    | Annotated[ArrayAssembly, Tag("values")]
    | Annotated[BinnedSpikes, Tag("spikes")]
    | Annotated[TableAssembly, Tag("table")],
    Discriminator(assembly_form),
]


class Source(_Table):
    """An entry of ``[sources]``: a file too large for git, pinned by its hash."""

    url: str = Field(
        pattern=r"^(https://[^\s/?#@]+([/?#]\S*)?|doi:10\.[^\s/]+/.*\S)$",
        description="https://… or doi:10.…/…",
    )
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="64 hexadecimal digits in lower case, as `sha256sum` prints them",
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


class Manifest(_Table):
    """A whole ``dataset.toml``."""

    schema_version: Literal[1] = Field(alias="schema")
    dataset: DatasetTable
    stimulus_sets: list[StimulusSet] = Field(default_factory=list, alias="stimulus_set")
    assemblies: list[Assembly] = Field(default_factory=list, alias="assembly")
    sources: dict[SourceName, Source] = Field(default_factory=dict)

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

    Examples
    --------
    >>> json_schema()["required"]
    ['schema', 'dataset']
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
