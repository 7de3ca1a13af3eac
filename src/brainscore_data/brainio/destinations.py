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
    """Find out where uploads to a bucket, a ``bucket/prefix`` or the URL of a store go.

    Where nobody says whether a bucket without versions will do, the environment does.

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
