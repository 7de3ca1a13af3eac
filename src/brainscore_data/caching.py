"""Where downloads are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

ENVIRONMENT_VARIABLE = "BRAINSCORE_DATA_CACHE"


def cache_folder() -> Path:
    """Name the folder for downloads: ``$BRAINSCORE_DATA_CACHE``, else the user's cache folder."""
    if chosen := os.environ.get(ENVIRONMENT_VARIABLE):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("brainscore-data")
