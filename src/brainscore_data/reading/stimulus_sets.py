"""Load a published stimulus set."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.identifiers import require_key_safe, stimulus_set_keys
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import opened
from brainscore_data.store.verified_copy import cached, unpacked


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
        ``s3://bucket/prefix`` or ``file:///folder``.
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
    return stimulus_set_in_files(
        cached(source, csv_key, version_id=csv_version_id, sha1=csv_sha1),
        cached(source, zip_key, version_id=zip_version_id, sha1=zip_sha1),
        identifier,
        cls=cls,
    )


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
