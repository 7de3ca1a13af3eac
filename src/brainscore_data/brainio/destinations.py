"""Where the drop-in's uploads go: the one way from its functions to a store.

All uploads pass through `destination_for`. With ``BRAINSCORE_DATA_RECORD=FOLDER`` nothing is
uploaded: the destination is then one that records.
"""

from __future__ import annotations

import os
from pathlib import Path

from brainscore_data.brainio.uploads import Destination, StoreDestination, store_url
from brainscore_data.records.script_uploads import RECORD

ALLOW_UNVERSIONED = "BRAINSCORE_DATA_ALLOW_UNVERSIONED"


def destination_for(
    bucket_name: str | os.PathLike[str], *, allow_unversioned: bool | None = None
) -> Destination:
    """Find out where uploads to a bucket go.

    Parameters
    ----------
    bucket_name : str
        ``bucket``, ``bucket/prefix``, or the URL of a store: ``s3://bucket/prefix``,
        ``file:///folder``.
    allow_unversioned : bool, optional
        Whether a bucket that keeps no versions is good enough; then keys in it are only ever
        created. Where it is not said, ``BRAINSCORE_DATA_ALLOW_UNVERSIONED=1`` says so.

    Raises
    ------
    UsageError
        If the name is neither.

    Examples
    --------
    >>> destination_for("brainscore-storage/brainio-brainscore").url
    's3://brainscore-storage/brainio-brainscore'
    """
    if allow_unversioned is None:
        allow_unversioned = os.environ.get(ALLOW_UNVERSIONED, "") not in ("", "0")
    store = StoreDestination(store_url(os.fspath(bucket_name)), allow_unversioned)
    if record := os.environ.get(RECORD):
        from brainscore_data.brainio.recording import RecordingDestination

        return RecordingDestination(Path(record), store)
    return store
