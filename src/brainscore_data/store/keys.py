"""What a key may look like, the same in every store."""

from __future__ import annotations

from brainscore_data.base.errors import UsageError
from brainscore_data.dataset.identifiers import is_key_safe

# What LocalStore calls its own folders and files, and therefore nothing that a key may be.
VERSIONS_SUFFIX = ".versions"
RECORD_NAME = "object.json"
INCOMING = ".incoming"


def checked_key(key: str) -> str:
    """Give back a key that is safe as an object key, in a URL and as a relative path.

    Its segments follow the rule for identifiers: they start with a letter or a digit, so there
    is no ``..``, no hidden name and no empty segment.

    >>> checked_key("assy_MajajHong2015_public.nc")
    'assy_MajajHong2015_public.nc'
    >>> checked_key("../elsewhere.nc")
    Traceback (most recent call last):
    ...
    brainscore_data.base.errors.UsageError: '../elsewhere.nc' cannot be a key of a store
      hint: use letters, digits, '.', '_' and '-', with a letter or a digit first
    """
    segments = key.split("/")
    if not all(is_key_safe(segment) for segment in segments):
        raise UsageError(
            f"{key!r} cannot be a key of a store",
            hint="use letters, digits, '.', '_' and '-', with a letter or a digit first",
        )
    # In lower case, because some file systems do not tell the cases apart.
    lower = [segment.lower() for segment in segments]
    if lower[-1] == RECORD_NAME or any(name.endswith(VERSIONS_SUFFIX) for name in lower):
        raise UsageError(
            f"{key!r} cannot be a key of a store",
            hint=f"choose a name that is not {RECORD_NAME!r} or *{VERSIONS_SUFFIX}",
        )
    return key
