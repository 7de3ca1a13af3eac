"""Which extra has what can be missing, and the line that installs it."""

from __future__ import annotations

import os

# The module that is imported → the extra of pyproject.toml that brings it.
_EXTRAS = {
    **dict.fromkeys(
        [
            *("cftime", "deflate", "filelock", "h5py", "jinja2", "libcst", "license_expression"),
            *("markupsafe", "netCDF4", "numpy", "packaging", "pandas"),
            *("platformdirs", "pooch", "pyarrow", "pydantic", "pydantic_core", "requests", "rich"),
            *("tomlkit", "urllib3", "xarray"),
        ],
        "data",
    ),
    **dict.fromkeys(["PIL", "av", "isal"], "media"),
    "scipy": "matlab",
    "openpyxl": "excel",
    "boto3": "s3",
    "botocore": "s3",
}


def extra_of(error: ModuleNotFoundError) -> str | None:
    """Name the extra that has the module that is missing; None if none has it.

    Examples
    --------
    >>> extra_of(ModuleNotFoundError(name="PIL.Image"))
    'media'
    >>> extra_of(ModuleNotFoundError(name="brainscore")) is None
    True
    """
    return _EXTRAS.get((error.name or "").split(".")[0])


def install_line(extra: str) -> str:
    """Write what installs an extra: all of them for people, that one for pre-commit's hooks.

    A hook has an environment of its own, which is small.
    """
    named = extra if os.environ.get("PRE_COMMIT") else "all"
    return f"pip install 'brainscore-data[{named}]'"
