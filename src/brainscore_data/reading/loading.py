"""Load published assemblies and stimulus sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Unpack

from brainscore_data.base.errors import DataError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.dataset.identifiers import assembly_key, require_key_safe, stimulus_set_keys
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import opened
from brainscore_data.store.verified_copy import cached, unpacked


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
        ``s3://bucket/prefix``, ``osf://project/folder`` or ``file:///folder``.
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


def load_stimulus_set(
    identifier: str,
    *,
    store: str | Store,
    csv_version_id: str | None = None,
    zip_version_id: str | None = None,
    csv_sha1: str | None = None,
    zip_sha1: str | None = None,
    cls: type | None = None,
    **options: Unpack[StoreOptions],
) -> Any:
    """Load a stimulus set from a store, verified.

    Parameters
    ----------
    identifier : str
        The stimulus set's name.
    store : str or Store
        ``s3://bucket/prefix``, ``osf://project/folder`` or ``file:///folder``.
    csv_version_id, zip_version_id, csv_sha1, zip_sha1 : str, optional
        The versions of its two files, and the hashes that their bytes must have;
        without them the published ones.
    cls : type, optional
        brainscore-core's StimulusSet. Without it the result is a plain table.
    **options
        How to reach the store: :class:`brainscore_data.store.options.StoreOptions`.

    Returns
    -------
    pandas.DataFrame
        A row per stimulus. Of class `cls`; or plain, with ``identifier`` and ``stimulus_paths``
        (stimulus id → Path) in its ``attrs``.

    Raises
    ------
    NotStoredError
        If there is no such stimulus set, or no such version of it.
    DataError
        If its bytes have another hash, or its two files do not belong together.
    """
    csv_key, zip_key = stimulus_set_keys(require_key_safe(identifier))
    source = opened(store, **options)
    pins = (csv_key, csv_version_id, csv_sha1), (zip_key, zip_version_id, zip_sha1)
    _ = source.location  # once, and not by both threads
    csv, archive = all_side_by_side(
        lambda pin: cached(source, pin[0], version_id=pin[1], sha1=pin[2]), pins
    )
    return stimulus_set_in_files(csv, archive, identifier, cls=cls)


def stimulus_set_in_files(
    csv: Path, archive: Path, identifier: str, *, cls: type | None = None
) -> Any:
    """Load a stimulus set from its csv and its zip, as `load_stimulus_set` does from a store."""
    import pandas as pd

    folder = unpacked(archive)
    try:
        table = pd.read_csv(csv)
    except ValueError as error:
        raise DataError(f"its csv cannot be read: {error}", where=identifier) from error
    _require_same_files(table, folder, identifier)
    if cls is None:
        paths = {
            stimulus_id: folder / name
            for stimulus_id, name in zip(table["stimulus_id"], table["filename"], strict=True)
        }
        table.attrs |= {"identifier": identifier, "stimulus_paths": paths}
        return table
    stimulus_set = cls.from_files(csv, folder)  # type: ignore[attr-defined]
    stimulus_set.identifier = identifier
    return stimulus_set


def _require_same_files(table: Any, folder: Path, identifier: str) -> None:
    listed = {str(name) for name in table.get("filename", ())}
    there = {path.name for path in folder.iterdir() if not path.name.startswith(".writing-")}
    if "stimulus_id" not in table and "image_id" in table:
        table["stimulus_id"] = table["image_id"]
    if "stimulus_id" in table and listed == there:
        return
    different = sorted(listed ^ there)[:3]
    problem = (
        f"its csv and its zip do not have the same files: {', '.join(different)}"
        if different
        else "its csv has no column stimulus_id"
    )
    raise DataError(
        problem,
        where=identifier,
        hint="the versions of its csv and zip have to be the ones of one receipt",
    )
