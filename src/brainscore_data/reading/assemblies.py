"""Load a published assembly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Unpack

from brainscore_data.dataset.identifiers import assembly_key, require_key_safe
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import opened
from brainscore_data.store.verified_copy import cached


def load_assembly(
    identifier: str,
    *,
    store: str | Store,
    version_id: str | None = None,
    sha1: str | None = None,
    cls: type | None = None,
    stimulus_set_loader: Callable[[], Any] | None = None,
    merge_stimulus_set_meta: bool = True,
    **options: Unpack[StoreOptions],
) -> Any:
    """Load an assembly from a store, verified.

    With a class it gives what brainscore-core's ``load_assembly_from_s3`` gives, from any store,
    and the extras of a SpikeTimesAssembly as well.

    Parameters
    ----------
    identifier : str
        The assembly's name.
    store : str or Store
        ``s3://bucket/prefix`` or ``file:///folder``.
    version_id, sha1 : str, optional
        The version, and the hash that its bytes must have; without them the published one.
    cls : type, optional
        An assembly class of brainscore-core. Without one the result is a plain array.
    stimulus_set_loader : callable, optional
        Gives the stimulus set that the assembly is about.
    merge_stimulus_set_meta : bool
        Whether the stimulus set's columns become coordinates of ``presentation``; a plain array
        only gets the stimulus set as an attribute.
    **options
        How to reach the store: :class:`brainscore_data.store.options.StoreOptions`.

    Returns
    -------
    xarray.DataArray
        Of class `cls`; or plain, in memory, its coordinates flat along their dimensions.

    Raises
    ------
    NotStoredError
        If there is no such assembly, or no such version of it.
    DataError
        If its bytes have another hash.
    """
    key = assembly_key(require_key_safe(identifier))
    source = opened(store, **options)
    return assembly_in_file(
        cached(source, key, version_id=version_id, sha1=sha1),
        identifier,
        cls=cls,
        stimulus_set_loader=stimulus_set_loader,
        merge_stimulus_set_meta=merge_stimulus_set_meta,
    )


def assembly_in_file(
    path: Path,
    identifier: str,
    *,
    cls: type | None = None,
    stimulus_set_loader: Callable[[], Any] | None = None,
    merge_stimulus_set_meta: bool = True,
) -> Any:
    """Load an assembly from its file, as `load_assembly` does from a store."""
    stimulus_set = None if stimulus_set_loader is None else stimulus_set_loader()
    if cls is None:
        assembly = _plain(path)
        if stimulus_set is not None:
            assembly.attrs["stimulus_set"] = stimulus_set
    else:
        assembly = _of_class(cls, path, stimulus_set, merge=merge_stimulus_set_meta)
    assembly.attrs["identifier"] = identifier
    return assembly


def _plain(path: Path) -> Any:
    import xarray as xr

    with xr.open_dataarray(path, engine="netcdf4") as lazy:
        return lazy.load()


def _of_class(cls: Any, path: Path, stimulus_set: Any, *, merge: bool) -> Any:
    if stimulus_set is None:
        # Without a stimulus set the class's loader would erase the name that the file has of it.
        recorded = _recorded_stimulus_set(path)
        assembly = cls.from_files(path, stimulus_set_identifier=recorded)
        for name in ("stimulus_set", *(["stimulus_set_identifier"] if recorded is None else [])):
            assembly.attrs.pop(name, None)
        return assembly
    about = {
        "stimulus_set_identifier": getattr(stimulus_set, "identifier", None),
        "stimulus_set": stimulus_set,
    }
    return _loader_class(cls, merge=merge)(cls=cls, file_path=path, **about).load()


def _loader_class(cls: Any, *, merge: bool) -> Any:
    """Choose the loader that ``load_assembly_from_s3`` would, unless the class's reads extras."""
    wanted = {
        "GroupAppendAssemblyLoader",
        "StimulusMergeAssemblyLoader" if merge else "StimulusReferenceAssemblyLoader",
    }
    # A class names one loader; the others are what that, or its base class's, is derived from.
    return next(
        (
            loader
            for base in cls.__mro__
            if hasattr(base, "get_loader_class")
            for loader in base.get_loader_class().__mro__
            if loader.__name__ in wanted
        ),
        cls.get_loader_class(),
    )


def _recorded_stimulus_set(path: Path) -> Any:
    import xarray as xr

    with xr.open_dataarray(path, engine="netcdf4") as lazy:
        return lazy.attrs.get("stimulus_set_identifier")
