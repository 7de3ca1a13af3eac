"""What has to be the same on a worker as here, or its findings and its bytes could be others."""

from __future__ import annotations

import functools
import platform
import zlib
from importlib import metadata

#: The distribution of this program.
OWN = "brainscore-data"
# What reads files, what writes them, and what carries calls.
_ALIKE = (
    OWN, "av", "dask", "deflate", "distributed", "h5py", "isal", "netCDF4", "numpy", "openpyxl",
    "pandas", "pillow", "pyarrow", "pydantic", "scipy", "xarray",
)  # fmt: skip


@functools.cache
def installed() -> dict[str, str]:
    """Give the versions that count; what is not installed has none."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in _ALIKE:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "none"
    return found | {"zlib": zlib.ZLIB_RUNTIME_VERSION}


def differences(here: dict[str, str], there: dict[str, str]) -> str:
    """Say in what two differ; nothing if they do not.

    >>> differences({"python": "3.11", "isal": "1.7"}, {"python": "3.11", "isal": "1.6"})
    'isal 1.6, and not 1.7'
    """
    return ", ".join(
        f"{name} {there.get(name, 'none')}, and not {version}"
        for name, version in here.items()
        if there.get(name, "none") != version
    )
