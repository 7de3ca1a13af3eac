"""Dimensions and coordinates: which must be there, and which names netCDF and readers leave alone.

The netCDF rule is the one of the NetCDF User's Guide ("Permitted characters in CDL names"). What
readers do to names was measured with brainscore-core 2.5.0 on xarray 2022.3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

if TYPE_CHECKING:
    import xarray as xr


_MOST_BYTES = 256  # NC_MAX_NAME


class UnsafeNameError(DataError):
    """A name of a dimension or a coordinate that netCDF or readers cannot have."""


class NameProblem(NamedTuple):
    """What is wrong with the name of a dimension or a coordinate."""

    item: str  # whose name it is: ``coordinate 'x'``
    problem: str  # goes on after "its name"
    hint: str


def netcdf_name_problem(name: Any) -> str | None:
    """Say what keeps netCDF from holding a name; None if nothing does.

    >>> netcdf_name_problem("object_name"), netcdf_name_problem("spikes/s")
    (None, "has a '/', which netCDF's names cannot hold")
    """
    if not isinstance(name, str):
        return f"is a {type(name).__name__}, not text"
    if name.isascii() and name.isidentifier() and len(name) <= _MOST_BYTES:
        return None
    broken = text_problem(name) or any(unicodedata.category(letter) == "Cc" for letter in name)
    first = name[:1]
    problems = {
        "is empty": not name,
        "has control characters or broken ones": broken,
        "has a '/', which netCDF's names cannot hold": "/" in name,
        "begins or ends with a blank": name != name.strip(),
        "spells a letter and its accent as two characters (write it in Unicode NFC)": not broken
        and name != unicodedata.normalize("NFC", name),
        "must begin with a letter, a digit or an underscore": first.isascii()
        and not (first.isalnum() or first == "_"),
        f"is longer than {_MOST_BYTES} bytes": not broken and len(name.encode()) > _MOST_BYTES,
    }
    return next((problem for problem, holds in problems.items() if holds), None)


def text_problem(text: str) -> str | None:
    r"""Say what keeps a text from being stored as it is; None if nothing does.

    >>> text_problem("V4\0")
    'has a NUL character, at which readers cut it off'
    """
    if "\0" in text:
        return "has a NUL character, at which readers cut it off"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "has half of a surrogate pair, which is not Unicode text"
    return None


def check_names(
    dims: Sequence[Any], coordinates: Mapping[Any, tuple[Any, ...]], *, where: Place | str
) -> None:
    """Make sure that dimensions and coordinates keep their names in readers."""
    for item, problem, hint in name_problems(dims, coordinates):
        raise UnsafeNameError(f"{item}: its name {problem}", where=where, hint=hint)


def name_problems(
    dims: Sequence[Any], coordinates: Mapping[Any, tuple[Any, ...]]
) -> Iterator[NameProblem]:
    """Find the names that netCDF cannot hold, or that readers would change or fail on.

    >>> [problem.item for problem in name_problems(["presentation"], {"a b": ("presentation",)})]
    ["coordinate 'a b'"]
    """
    for dim in dict.fromkeys(dims):  # similarities between presentations have that dimension twice
        problem = netcdf_name_problem(dim)
        if dim == "data":
            problem = "is the name of the variable that holds the data"
        if problem:
            yield NameProblem(f"dimension {dim!r}", problem, "rename the dimension")
    for name, own_dims in coordinates.items():
        problem = netcdf_name_problem(name) or _reader_problem(name, own_dims, dims, coordinates)
        if problem:
            hint = "rename the coordinate; in a csv, rename the column"
            yield NameProblem(f"coordinate {name!r}", problem, hint)


def lone_coordinates(
    dims: Sequence[Any], coordinates: Mapping[Any, tuple[Any, ...]]
) -> dict[Any, Any]:
    """Find the dimensions whose only coordinate would lose its name in readers.

    >>> lone_coordinates(["presentation"], {"stimulus_id": ("presentation",)})
    {'presentation': 'stimulus_id'}
    """
    lone = {}
    for dim in dims:
        own = [name for name, own_dims in coordinates.items() if own_dims == (dim,)]
        if len(own) == 1 and own[0] != dim:
            lone[dim] = own[0]
    return lone


def _reader_problem(
    name: str,
    own_dims: tuple[str, ...],
    dims: Sequence[str],
    coordinates: Mapping[str, tuple[str, ...]],
) -> str | None:
    foreign = name in dims and own_dims != (name,)
    indexed = name not in dims and len(own_dims) == 1
    beside = [other for other, its in coordinates.items() if its == (name,) and other != name]
    older_ids = coordinates.get("image_id") == ("presentation",)
    problems = {
        # xarray splits the `coordinates` attribute at anything that Python takes for a blank.
        "has a blank, and readers then cannot load the assembly": any(map(str.isspace, name)),
        "is the name of the variable that holds the data": name == "data",
        "is the name of a dimension that it does not belong to": foreign,
        f"is its dimension's, beside others: readers would call it '{name}_level_0'": name in dims
        and beside,
        "has a dot, and readers then cannot load the assembly": indexed and "." in name,
        "is not on 'presentation', and readers would put 'image_id' in its place": older_ids
        and name == "stimulus_id"
        and own_dims != ("presentation",),
    }
    return next((problem for problem, holds in problems.items() if holds), None)


def flat_coordinates(
    data: xr.DataArray, *, where: Place | str | None = None
) -> dict[Any, xr.Variable]:
    """Give the coordinates as plain variables, the levels of a MultiIndex among them.

    Older versions of xarray do not list the levels among the coordinates.
    """
    import pandas as pd
    import xarray as xr

    flat: dict[Any, xr.Variable] = {}
    indexes = data.indexes
    for name, coordinate in data.coords.variables.items():
        index = indexes.get(name)
        if not isinstance(index, pd.MultiIndex):
            flat[name] = coordinate
            continue
        levels: list[Any] = list(index.names)
        for level in levels:
            if level is None:
                raise DataError(
                    f"the index of dimension {name!r} has a level without a name",
                    where=where,
                    hint="name it, e.g. with .rename(…)",
                )
            if level not in flat:
                values = index.get_level_values(level).to_numpy()
                attributes = data.coords[level].attrs
                flat[level] = xr.Variable(coordinate.dims, values, attributes)
    return flat


def id_coordinate(coordinates: Mapping[Any, tuple[Any, ...]]) -> str | None:
    """Name the coordinate that readers look for stimulus ids in, `image_id` being the older one."""
    for name in ("stimulus_id", "image_id"):
        if coordinates.get(name) == ("presentation",):
            return name
    return None


class Absent(NamedTuple):
    """A coordinate that must be there, and is not."""

    dim: str  # the dimension that it belongs on
    problem: str  # what is wrong, and what to do next
    hint: str


_HINTS = {
    "stimulus_id": "add the id of the stimulus of each presentation as 'stimulus_id'",
    "neuroid_id": "give each neuroid an id of its own as 'neuroid_id'",
    "time_bin_start": "give each time bin its 'time_bin_start' and 'time_bin_end'",
    "time_bin_end": "give each time bin its 'time_bin_start' and 'time_bin_end'",
}


def absent_coordinates(
    dims: Sequence[Any],
    coordinates: Mapping[Any, tuple[Any, ...]],
    *,
    names_stimulus_set: bool,
) -> Iterator[Absent]:
    """Find what the dimensions of an assembly must have, and have not.

    Language assemblies keep their sentences in coordinates and name no stimulus set: they need no
    ids of stimuli. Where ``presentation`` is there twice, each "neuroid" is a whole matrix of
    similarities, such as that of a subject's region: no unit that has an id.
    """
    if names_stimulus_set and "presentation" in dims and id_coordinate(coordinates) is None:
        yield _absent("stimulus_id", "presentation")
    of_units = "neuroid" in dims and list(dims).count("presentation") < 2
    if of_units and coordinates.get("neuroid_id") != ("neuroid",):
        yield _absent("neuroid_id", "neuroid")
    for name in ("time_bin_start", "time_bin_end") if "time_bin" in dims else ():
        if coordinates.get(name) != ("time_bin",):
            yield _absent(name, "time_bin")


def require_coordinates(
    dims: Sequence[Any],
    coordinates: Mapping[Any, tuple[Any, ...]],
    *,
    names_stimulus_set: bool,
    where: str,
) -> None:
    """Make sure that all of them are there."""
    for each in absent_coordinates(dims, coordinates, names_stimulus_set=names_stimulus_set):
        raise DataError(each.problem, where=where, hint=each.hint)


def _absent(name: str, dim: str) -> Absent:
    return Absent(dim, f"there is no coordinate {name!r} on the dimension {dim!r}", _HINTS[name])
