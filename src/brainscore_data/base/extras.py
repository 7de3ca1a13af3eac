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
    "distributed": "cluster",
    "scipy": "matlab",
    "openpyxl": "excel",
    "boto3": "s3",
    "botocore": "s3",
    "sigstore": "attest",
}


def extra_of(error: ModuleNotFoundError) -> str | None:
    """Name the extra that has the module that is missing; None if none has it.

    >>> extra_of(ModuleNotFoundError(name="PIL.Image"))
    'media'
    >>> extra_of(ModuleNotFoundError(name="brainscore")) is None
    True
    """
    return _EXTRAS.get((error.name or "").split(".")[0])


def install_line(extra: str) -> str:
    """Say what installs an extra: nearly all for people; for a hook, which is small, where to ask.

    pre-commit makes an environment for each hook: what is installed elsewhere does not reach it.
    """
    if not os.environ.get("PRE_COMMIT"):
        return f"pip install 'brainscore-data[{'all,cluster' if extra == 'cluster' else 'all'}]'"
    if extra == "media":
        return (
            "in .pre-commit-config.yaml, take the hook brainscore-data-media in place of this one"
        )
    wanted = ",".join(sorted({"data", "media", extra}))
    return (
        "in .pre-commit-config.yaml, below the id of this hook, write "
        f'additional_dependencies: [".[{wanted}]"]'
    )
