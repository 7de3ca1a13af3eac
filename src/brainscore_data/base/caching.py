"""Where downloads are kept between runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import explained

ENVIRONMENT_VARIABLE = "BRAINSCORE_DATA_CACHE"
# Of brainscore-core: <folder>/<sha1>/<file name>, and a zip's files beside it.
READERS_VARIABLE = "BRAINIO_HOME"


def cache_folder() -> Path:
    """Name the folder for downloads: ``$BRAINSCORE_DATA_CACHE``, else the user's cache folder."""
    if chosen := os.environ.get(ENVIRONMENT_VARIABLE):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("brainscore-data")


def downloads_folder() -> Path:
    """Name the folder for published files, each below the sha1 of its bytes.

    That is how Brain-Score's reader keeps them, so where ``$BRAINIO_HOME`` names its folder, what
    either has downloaded serves both. ``$BRAINSCORE_DATA_CACHE`` goes before it.
    """
    shared = os.environ.get(READERS_VARIABLE)
    if shared and not os.environ.get(ENVIRONMENT_VARIABLE):
        return Path(shared).expanduser()
    return cache_folder()


@contextlib.contextmanager
def cache_explained(path: Path) -> Iterator[None]:
    """Turn what the system says about writing to a path in the cache into an error.

    Like :func:`brainscore_data.base.files.explained`, but its reader may not know of the cache.
    """
    try:
        with explained(path):
            yield
    except UsageError as error:
        if error.place and error.place.is_below(path):
            error.hint = f"make room there, or set {ENVIRONMENT_VARIABLE} to a folder elsewhere"
        raise
