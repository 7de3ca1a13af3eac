"""The forms of an ``[[assembly]]``: netCDF, an array, spikes to count, a series to cut, or a table of trials."""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from brainscore_data.dataset.assembly_classes import AssemblyClass, allowed_dims, dims_fit
from brainscore_data.dataset.manifest_values import (
    Embargo,
    HostedPlace,
    Identifier,
    ManifestTable,
    Names,
    RelativePart,
    RelativePath,
    Scalar,
    Sha256,
    StatedVisibility,
    VersionId,
    listed,
    only_together,
    quoted,
)
from brainscore_data.dataset.paths import file_part

#: How much of a path or URL is the stimulus id.
Take = Literal["value", "name", "stem"]


class DerivedStimulusId(ManifestTable):
    """How to read the stimulus id out of a column of paths or URLs."""

    column: str
    take: Take = Field("value", alias="from")


class _Assembly(ManifestTable):
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
    hosted: HostedPlace = None
    sha256: Sha256 | None = Field(None, description="Of what is hosted.")

    @property
    def form(self) -> str:
        """The key that names its measurements."""
        return next(key for key in ASSEMBLY_FORMS if key in type(self).model_fields)

    @model_validator(mode="after")
    def _hosted_whole(self) -> Self:
        only_together(self)
        return self


class NetcdfAssembly(_Assembly):
    """An ``[[assembly]]`` that exists as one netCDF file."""

    data: RelativePath = Field(description="The .nc file.")


class AssemblyFromTables(_Assembly):
    """What is made of tables, whatever else it is made of."""

    stimulus_id: str | DerivedStimulusId = Field(
        "stimulus_id",
        description="The column that has the stimulus ids, and how much of it is one.",
    )
    missing: str | None = Field(None, description="What an empty cell of a text column becomes.")
    repetition: Names | None = Field(
        None,
        description="The columns by which presentations are the same: a coordinate `repetition` counts "
        "these, from 0.",
    )

    @property
    def id_source(self) -> DerivedStimulusId:
        """Where stimulus ids are, and how much of what is there is one."""
        if isinstance(self.stimulus_id, DerivedStimulusId):
            return self.stimulus_id
        return DerivedStimulusId.model_validate({"column": self.stimulus_id})


class ArrayAssembly(AssemblyFromTables):
    """An ``[[assembly]]`` from an array and one table for each dimension."""

    values: RelativePart = Field(
        description='The .npy file, "file.mat:variable", or "session.nwb:series".'
    )
    dims: Names = Field(description="The array's dimensions, in its order.")
    coords: dict[str, RelativePart] = Field(
        description="Dimension → table with one row per element."
    )

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
            msg = f"{listed(strangers)}: not among the dims, which are {listed(dims)}"
            raise ValueError(msg)
        return coords


class Bins(ManifestTable):
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


class _Binned(AssemblyFromTables):
    bins: Bins = Field(
        description="The bins: start, stop and width, in the unit of the times; of an .nwb in ms."
    )
    coords: dict[Literal["presentation", "neuroid"], RelativePart] = Field(
        description="The tables of presentations and of neuroids, with one row per element."
    )

    @field_validator("coords")
    @classmethod
    def _both_are_there(cls, coords: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        _check_fit(info.data.get("assembly_class"), ["presentation", "neuroid", "time_bin"])
        if len(coords) < 2:
            msg = "needs a table for `presentation` and one for `neuroid`"
            raise ValueError(msg)
        return coords


class BinnedSpikes(_Binned):
    """An ``[[assembly]]`` of spikes that are counted in bins, from a table with a row per spike."""

    spikes: RelativePart = Field(description="The table with one row for each spike.")
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


class BinnedSeries(_Binned):
    """An ``[[assembly]]`` cut out of a recording that went on and on: means of its samples in bins."""

    series: RelativePart = Field(description='The recording, "session.nwb:acquisition/lfp".')
    onset: str = Field(
        description="The column of presentations that has when each began, in the recording's time."
    )


class TableAssembly(AssemblyFromTables):
    """An ``[[assembly]]`` from one tidy table with a row per trial, or per event."""

    table: RelativePart | Annotated[list[RelativePart], Field(min_length=1)] = Field(
        description='The .csv, .tsv, .xlsx or .parquet file; "file.xlsx:sheet", "file.mat:variable"; '
        '"file.zip:member"; or a list of them, "sub-*.csv" too.'
    )
    from_name: str | None = Field(
        None,
        min_length=1,
        description="The column that says which file a row is of: what `*` stands for in its name.",
    )
    value: str = Field(description="The column that becomes the data; stays a coordinate too.")
    columns: Names = Field(description="What is published; the rest stays home.")
    where: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="Column → the value, or values, of the rows to keep."
    )

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
        is_of_events = its_class in ("SpikeTimesAssembly", "MetadataAssembly")
        if its_class and not is_of_events and not dims_fit(its_class, ["presentation"]):
            first = table if isinstance(table, str) else table[0]
            msg = (
                f"a {its_class} has a value for each {allowed_dims(its_class).split(' or ')[0]}, and a table "
                'has one in each row. If a row is a trial, write class = "BehavioralAssembly"; if it is a '
                'spike, class = "SpikeTimesAssembly", or to count them, in the place of table, value and '
                f"columns: spikes = {quoted(first)}, bins = {{ start = 0, stop = 200, width = 50 }} and "
                'coords = { presentation = "presentations.csv", neuroid = "neuroids.csv" }'
            )
            raise ValueError(msg)
        for name in [table] if isinstance(table, str) else table:
            file, part = file_part(name)
            if any("*" in str(PurePosixPath(each or "").parent) for each in (file, part)):
                msg = (
                    f"{quoted(name)} has a * in a folder's name; only the file's name can have one"
                )
                raise ValueError(msg)
            if "*" in (part or "") and not file.lower().endswith(".zip"):
                msg = (
                    f"{quoted(name)} has a * in the name of a part, which only files in a zip have"
                )
                raise ValueError(msg)
        return table

    @field_validator("from_name")
    @classmethod
    def _there_is_one_star(cls, column: str | None, info: ValidationInfo) -> str | None:
        table = info.data.get("table", [])
        for name in [table] if isinstance(table, str) else table:
            if column is not None and name.count("*") != 1:
                msg = (
                    f"takes what a * stands for, and {quoted(name)} has not exactly one: write e.g. "
                    'table = "sub-*.csv"'
                )
                raise ValueError(msg)
        return column


# The last takes any dimensions.
_LIKELY = ("NeuroidAssembly", "BehavioralAssembly", "SpikeTimesAssembly", "DataAssembly")


def _check_fit(assembly_class: str | None, dims: list[str]) -> None:
    if assembly_class is not None and not dims_fit(assembly_class, dims):
        fitting = next(each for each in _LIKELY if dims_fit(each, dims))
        msg = (
            f"a {assembly_class} has {allowed_dims(assembly_class)}, and this has {' x '.join(dims)}: write "
            f'class = "{fitting}", or name other dimensions'
        )
        raise ValueError(msg)


#: The key that makes an assembly's form → what it is then.
ASSEMBLY_FORMS: dict[str, type[_Assembly]] = {
    "table": TableAssembly,
    "values": ArrayAssembly,
    "spikes": BinnedSpikes,
    "series": BinnedSeries,
    "data": NetcdfAssembly,
}
#: The key of a form → the keys that it has beyond those of every assembly.
FORM_KEYS = {
    form: model.model_fields.keys() - _Assembly.model_fields.keys()
    for form, model in ASSEMBLY_FORMS.items()
}
# What tells the form, first that key itself, then what must be beside it; coords are beside several.
_TELLING = (
    *((form, form) for form in ASSEMBLY_FORMS),
    *(
        (key, form)
        for form, model in ASSEMBLY_FORMS.items()
        for key, field in model.model_fields.items()
        if key in FORM_KEYS[form] - {"coords"} and field.is_required()
    ),
)


def assembly_form(value: Any) -> str | None:
    """Tell by its keys which form an ``[[assembly]]`` has; None if it is no table at all.

    Where the key that makes the form was forgotten, its companions tell.

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
    | Annotated[BinnedSeries, Tag("series")]
    | Annotated[TableAssembly, Tag("table")],
    Discriminator(assembly_form),
]
