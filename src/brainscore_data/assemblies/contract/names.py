"""Names and texts that netCDF can hold, and names that Brain-Score's readers leave as they are.

The netCDF rule is the one of the NetCDF User's Guide ("Permitted characters in CDL names"). What
readers do to names was measured with brainscore-core 2.5.0 on xarray 2022.3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

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

    Examples
    --------
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

    Examples
    --------
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

    Examples
    --------
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
            hint = "rename the coordinate; of a csv, that is the column"
            yield NameProblem(f"coordinate {name!r}", problem, hint)


def lone_coordinates(
    dims: Sequence[Any], coordinates: Mapping[Any, tuple[Any, ...]]
) -> dict[Any, Any]:
    """Find the dimensions whose only coordinate would lose its name in readers.

    Examples
    --------
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
