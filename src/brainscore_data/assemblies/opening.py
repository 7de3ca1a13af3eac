"""An assembly as its contributor has it, opened in whichever form the manifest names.

Nothing large is kept here: the values of ``.nc``, ``.npy`` and ``.parquet`` files stay on the disk
until somebody asks for a part of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.dataset.assembly_tables import (
    ArrayAssembly,
    Assembly,
    AssemblyFromTables,
    BinnedSeries,
    BinnedSpikes,
    NetcdfAssembly,
)

if TYPE_CHECKING:
    import xarray as xr

#: What opening imports.
IMPORTED = ("xarray", "brainscore_data.assemblies.arrays", "brainscore_data.assemblies.trials")
#: What the libraries raise about files that are cut off, damaged, or not netCDF at all.
UNREADABLE = (OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError)


class DataVariablesError(DataError):
    """A netCDF file holds none or several arrays."""


@dataclass(frozen=True, eq=False)
class OpenedAssembly:
    """The content of an assembly."""

    # The measurements, with the dimensions in their order, flat coordinates and attributes
    data: xr.DataArray
    extras: Mapping[str, xr.DataArray]  # netCDF group name → what goes into it
    notices: tuple[str, ...] = ()

    def close(self) -> None:
        """Close the files that the values are read from."""
        for array in (self.data, *self.extras.values()):
            array.close()


def open_assembly(
    item: Assembly,
    find: Callable[[str], Path],
    names: Collection[str] = (),
) -> OpenedAssembly:
    """Open an assembly; `names` are those of its files, of which a `*` stands for some."""
    from brainscore_data.assemblies.arrays import open_array
    from brainscore_data.assemblies.repetitions import with_repetitions
    from brainscore_data.assemblies.series import open_series
    from brainscore_data.assemblies.spikes import open_spikes
    from brainscore_data.assemblies.trials import open_trials

    extras: dict[str, xr.DataArray] = {}
    with ExitStack() as files:  # closes them if one of the steps fails
        if isinstance(item, NetcdfAssembly):
            path = find(item.data)
            data, notices = open_netcdf(path)
            files.callback(data.close)
            for group in _groups(path):
                extras[group], more = open_netcdf(path, group=group)
                files.callback(extras[group].close)
                notices += more
        elif isinstance(item, ArrayAssembly):
            data, notices = open_array(item, find)
        elif isinstance(item, BinnedSpikes):
            data, notices = open_spikes(item, find)
        elif isinstance(item, BinnedSeries):
            data, notices = open_series(item, find)
        else:
            data, notices = open_trials(item, find, names)
            files.callback(data.close)
        if isinstance(item, AssemblyFromTables) and item.repetition is not None:
            data, more = with_repetitions(data, item.repetition, item.identifier)
            notices += more
        for group, name in item.extras.items():
            if group in extras:
                raise DataError(
                    f"the group {group!r} is in the assembly's own file already",
                    where=Place(item.identifier, item="extras"),
                    hint="give the extra another name, or remove one of the two",
                )
            extras[group], more = _open_extra(group, find(name))
            files.callback(extras[group].close)
            notices += more
        data, more = _with_attributes(data, item)
        files.pop_all()
    return OpenedAssembly(data, extras, notices + more)


def open_netcdf(path: Path, *, group: str | None = None) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Open the one array of a netCDF-4 file, or of one of its groups, without reading its values.

    Values are decoded as Brain-Score's readers do (dates, missing values, scales), but for one
    thing: numbers with a unit like "milliseconds" stay numbers with an attribute, because as
    timedelta64 they would lose what is below a nanosecond. Readers see no difference.
    """
    from brainscore_data.arrays.hdf5 import open_lazily, refuse_external, refused_before

    where = Place(str(path), item=f"group {group!r}" if group else None)
    with _explained(where):
        # The whole file is opened before its groups.
        refuse = refused_before if group else refuse_external
        dataset = open_lazily(path, group=group, refuse=refuse, decode_timedelta=False)
    if len(dataset.data_vars) != 1:
        dataset.close()
        raise _not_one([str(name) for name in dataset.data_vars], where)
    name = next(iter(dataset.data_vars))
    data = dataset[name]
    lost = [repr(coordinate) for coordinate in dataset.coords if coordinate not in data.coords]
    if lost:
        dataset.close()
        raise DataError(
            f"coordinates lie on dimensions that the data does not have: {', '.join(lost)}",
            where=where,
            hint="remove them, or put them into a file of their own and list it in `extras`",
        )
    notices = _disagreements(
        data.attrs, dataset.attrs, f"{path.name}: the data's attribute", "the file's own"
    )
    data = data.rename("data").assign_attrs({**dataset.attrs, **data.attrs})
    data.set_close(dataset.close)
    return data, notices


def _not_one(variables: list[str], where: Place) -> DataVariablesError:
    if not variables:
        return DataVariablesError(
            "there is no data variable in it",
            where=where,
            hint="give the measurements to xr.DataArray(…), and save that with .to_netcdf(…)",
        )
    # What xarray does with a coordinate whose name has a blank.
    blank = [name for name in variables if any(map(str.isspace, name))]
    return DataVariablesError(
        f"there must be exactly one data variable, and there are {len(variables)}: "
        + ", ".join(map(repr, variables)),
        where=where,
        hint=f"rename {blank[0]!r}: with a blank in its name, xarray cannot save a coordinate as one"
        if blank
        else "make the others coordinates with set_coords, or files of their own",
    )


def _groups(path: Path) -> list[str]:
    with _explained(Place(str(path))):
        from brainscore_data.arrays.hdf5 import open_netcdf4, refused_before

        with open_netcdf4(path, refuse=refused_before) as file:
            groups = {name: list(group.groups) for name, group in file.groups.items()}
    Bound.GROUPS.refuse(len(groups), path)
    for name, inner in groups.items():
        if inner:
            raise DataError(
                f"the group {name!r} has groups of its own, which readers do not see: {inner}",
                where=str(path),
                hint="make them groups of the file itself",
            )
    return list(groups)


def _open_extra(group: str, path: Path) -> tuple[xr.DataArray, tuple[str, ...]]:
    if not group or "/" in group:
        raise DataError(
            f"{group!r} cannot be the name of a group",
            where=str(path),
            hint="name extras in letters, digits and underscores",
        )
    opened = open_netcdf(path)
    if groups := _groups(path):
        opened[0].close()
        raise DataError(
            f"a file in `extras` becomes one group and cannot have groups: {groups}",
            where=str(path),
            hint="save each as a file of its own and list it in `extras`",
        )
    return opened


@contextmanager
def _explained(where: Place) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise DataError(
            f"cannot be read as netCDF-4: {error}",
            where=where,
            hint="make sure that the copy or the download is complete and xr.open_dataset opens it",
        ) from error


def _with_attributes(data: xr.DataArray, item: Assembly) -> tuple[xr.DataArray, tuple[str, ...]]:
    notices = _disagreements(
        item.attributes,
        data.attrs,
        f"{item.identifier}: the manifest's attribute",
        "the file's",
    )
    close = data.close
    data = data.assign_attrs({**data.attrs, **item.attributes})
    data.set_close(close)
    return data, notices


def _disagreements(
    winning: Mapping[str, Any], losing: Mapping[str, Any], winner: str, loser: str
) -> tuple[str, ...]:
    import numpy as np

    return tuple(
        f"{winner} {name!r}, {winning[name]!r}, replaces {loser}, {losing[name]!r}"
        for name in winning.keys() & losing.keys()
        if not np.array_equal(np.asarray(winning[name]), np.asarray(losing[name]))
    )
