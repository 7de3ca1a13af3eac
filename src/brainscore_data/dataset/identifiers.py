"""From an identifier to the keys under which Brain-Score's readers look for its files.

Needs nothing outside the standard library: the hook that checks names starts with it.
"""

from __future__ import annotations

import re

from brainscore_data.errors import UsageError

# What is safe in an S3 key, a URL and a file name at once; the first character keeps names visible.
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)


def is_key_safe(identifier: str) -> bool:
    """Say whether an identifier can become a key without being escaped.

    Examples
    --------
    >>> is_key_safe("MajajHong2015.public"), is_key_safe("../MajajHong2015"), is_key_safe("a b")
    (True, False, False)
    """
    return _IDENTIFIER.fullmatch(identifier) is not None and len(identifier) <= 200


def require_key_safe(identifier: str) -> str:
    """Give an identifier back, if it can become a key.

    Raises
    ------
    UsageError
        If it has characters that no key has.
    """
    if not is_key_safe(identifier):
        raise UsageError(
            f"{identifier!r} cannot be an identifier",
            hint="identifiers have letters, digits, dots, hyphens and underscores only",
        )
    return identifier


def assembly_key(identifier: str) -> str:
    """Name the netCDF file of an assembly, as ``get_path`` of brainscore-core builds it.

    Examples
    --------
    >>> assembly_key("dicarlo.MajajHong2015.temporal-10ms")
    'assy_dicarlo_MajajHong2015_temporal-10ms.nc'
    """
    return f"assy_{identifier.replace('.', '_')}.nc"


def stimulus_set_keys(identifier: str) -> tuple[str, str]:
    """Name the csv and the zip of a stimulus set, as ``get_path`` of brainscore-core builds them.

    Examples
    --------
    >>> stimulus_set_keys("hvm-public")
    ('stimulus_hvm-public.csv', 'stimulus_hvm-public.zip')
    """
    stem = f"stimulus_{identifier.replace('.', '_')}"
    return f"{stem}.csv", f"{stem}.zip"
