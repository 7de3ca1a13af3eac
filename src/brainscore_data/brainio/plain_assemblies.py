"""The assembly classes where Brain-Score's own are not installed. Imported only when used.

They have the same names, dimensions and values. Their coordinates stay flat along their
dimensions, where Brain-Score's are levels of a MultiIndex; the methods for grouping are
Brain-Score's alone. (xarray's ``__init_subclass__`` has no types; hence the comments.)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import xarray as xr

from brainscore_data.arrays.hdf5 import open_array_lazily, open_netcdf4
from brainscore_data.assemblies.contract.coordinates import flat_coordinates
from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_classes import allowed_dims, dims_fit

_Path: TypeAlias = str | os.PathLike[str]


class DataAssembly(xr.DataArray):  # type: ignore[no-untyped-call]
    """Measurements, with coordinates that say of what."""

    __slots__ = ()

    @classmethod
    def get_loader_class(cls) -> type[AssemblyLoader]:
        """Name what loads it."""
        return next(_LOADERS[each.__name__] for each in cls.__mro__ if each.__name__ in _LOADERS)

    @classmethod
    def from_files(cls, file_path: _Path, **about: Any) -> Any:
        """Load it from its netCDF file; ``stimulus_set=`` is merged into ``presentation``."""
        return cls.get_loader_class()(cls, file_path, **about).load()

    def validate(self) -> None:
        """Make sure that it has the dimensions of its class.

        Raises
        ------
        DataError
            If they are others.
        """
        name = type(self).__name__
        if not dims_fit(name, [str(dim) for dim in self.dims]):
            raise DataError(f"the dimensions of a {name} are {allowed_dims(name)}, and these are "
                            f"{' x '.join(map(str, self.dims))}")  # fmt: skip


class BehavioralAssembly(DataAssembly):  # type: ignore[no-untyped-call]
    """What subjects answered."""

    __slots__ = ()


class NeuroidAssembly(DataAssembly):  # type: ignore[no-untyped-call]
    """Responses of neurons, or of what stands for them."""

    __slots__ = ()


class NeuronRecordingAssembly(NeuroidAssembly):  # type: ignore[no-untyped-call]
    """Responses of neurons."""

    __slots__ = ()


class ModelFeaturesAssembly(NeuroidAssembly):  # type: ignore[no-untyped-call]
    """Responses of a model's units."""

    __slots__ = ()


class PropertyAssembly(DataAssembly):  # type: ignore[no-untyped-call]
    """Properties of neurons."""

    __slots__ = ()


class SpikeTimesAssembly(NeuronRecordingAssembly):  # type: ignore[no-untyped-call]
    """Times of spikes, one after the other."""

    __slots__ = ()


class MetadataAssembly(DataAssembly):  # type: ignore[no-untyped-call]
    """What is known about another assembly, in dimensions of its own."""

    __slots__ = ()


class AssemblyLoader:
    """Loads an assembly from a file, into memory."""

    def __init__(
        self, cls: Any, file_path: _Path, group: str | None = None, **_ignored: Any
    ) -> None:
        self.assembly_class = cls
        self.file_path = os.fspath(file_path)
        self.group = group

    def load(self) -> Any:
        """Give the assembly; ``image_id``, the older name, is there as ``stimulus_id`` too."""
        with open_array_lazily(Path(self.file_path), group=self.group) as lazy:
            assembly = self.assembly_class(lazy.load())
        names = {name for name, dims, _ in walk_coords(assembly) if dims == ("presentation",)}
        if "image_id" in names and "stimulus_id" not in names:
            older = assembly["image_id"].to_numpy()
            assembly = assembly.assign_coords(stimulus_id=("presentation", older))
        return assembly


class StimulusReferenceAssemblyLoader(AssemblyLoader):
    """Loads an assembly, and remembers the stimulus set that it is about."""

    def __init__(
        self,
        cls: Any,
        file_path: _Path,
        stimulus_set_identifier: str | None = None,
        stimulus_set: Any = None,
        group: str | None = None,
        **_ignored: Any,
    ) -> None:
        super().__init__(cls, file_path, group)
        self.stimulus_set_identifier = stimulus_set_identifier
        self.stimulus_set = stimulus_set

    def load(self) -> Any:
        """Give the assembly, with the attributes stimulus_set_identifier and stimulus_set."""
        assembly = super().load()
        assembly.attrs["stimulus_set_identifier"] = self.stimulus_set_identifier
        assembly.attrs["stimulus_set"] = self.stimulus_set
        return assembly


class StimulusMergeAssemblyLoader(StimulusReferenceAssemblyLoader):
    """Loads an assembly, and gives each presentation what is known of its stimulus."""

    def load(self) -> Any:
        """Give the assembly, with the stimulus set's columns as coordinates.

        Raises
        ------
        DataError
            If it has no stimulus ids, or the stimulus set has one twice.
        """
        assembly = super().load()
        if self.stimulus_set is None:
            return assembly
        there = {name: dims for name, dims, _ in walk_coords(assembly)}
        if there.get("stimulus_id") != ("presentation",):
            raise DataError("there is no coordinate stimulus_id to merge the stimulus set on",
                            where=self.file_path, hint="load it without merging")  # fmt: skip
        stimuli = self.stimulus_set.set_index("stimulus_id")
        if not stimuli.index.is_unique:
            raise DataError("the stimulus set has an id twice, so it cannot be merged",
                            where=self.file_path, hint="load it without merging")  # fmt: skip
        rows = stimuli.reindex(assembly["stimulus_id"].to_numpy())
        known = [name for name in rows.columns if there.get(name) != ("presentation",)]
        return assembly.assign_coords(
            {name: ("presentation", rows[name].to_numpy()) for name in known}
        )


class GroupAppendAssemblyLoader(StimulusReferenceAssemblyLoader):
    """Loads an assembly, and its extras as attributes."""

    def load(self) -> Any:
        """Give the assembly; each group of the file is an attribute, a MetadataAssembly."""
        assembly = super().load()
        with open_netcdf4(Path(self.file_path)) as file:
            groups = list(file.groups)
        for group in groups:
            assembly.attrs[group] = StimulusReferenceAssemblyLoader(
                MetadataAssembly,
                self.file_path,
                self.stimulus_set_identifier,
                self.stimulus_set,
                group,
            ).load()
        return assembly


# A class that is derived from one of these has its loader.
_LOADERS: dict[str, type[AssemblyLoader]] = {
    "DataAssembly": StimulusMergeAssemblyLoader,
    "PropertyAssembly": StimulusReferenceAssemblyLoader,
    "MetadataAssembly": StimulusReferenceAssemblyLoader,
    "SpikeTimesAssembly": GroupAppendAssemblyLoader,
}


def walk_coords(assembly: xr.DataArray) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Go through the coordinates: name, dimensions, values; a MultiIndex is its levels.

    Examples
    --------
    >>> rates = DataAssembly([1.0, 2.0], dims="neuroid", coords={"region": ("neuroid", ["V4", "IT"])})
    >>> [(name, dims, values.tolist()) for name, dims, values in walk_coords(rates)]
    [('region', ('neuroid',), ['V4', 'IT'])]
    """
    for name, coordinate in flat_coordinates(assembly).items():
        yield str(name), tuple(map(str, coordinate.dims)), coordinate.to_numpy()


def array_is_element(values: Any, element: Any) -> bool:
    """Say whether a sequence has one element, and which."""
    return len(values) == 1 and bool(values[0] == element)


def merge_data_arrays(data_arrays: Iterable[xr.DataArray]) -> Any:
    """Put arrays that complement each other together, as one of the first's class."""
    arrays = list(data_arrays)
    merged = xr.merge([array.rename("z") for array in arrays])["z"].rename(None)
    return type(arrays[0])(merged)
