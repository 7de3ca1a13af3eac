"""What a process that we start is told of our environment: how to run, and none of our secrets.

What is not known to be harmless stays here: a list of secrets would never be complete, and whoever
parses a stranger's file or runs his script has no use for any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# How to run programs, and how to speak and to count; those of Windows, too.
_KEPT = frozenset(
    {
        *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "CONDA_PREFIX"),
        *("LANG", "LANGUAGE", "TZ", "TERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
        *("TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT"),
        *("OMP_NUM_THREADS", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONHASHSEED"),
        *("PYTHONWARNINGS",),
    }
)


def harmless(environment: Mapping[str, str], *, more: Iterable[str] = ()) -> dict[str, str]:
    """Keep of an environment what every program may know, and the variables that are named.

    >>> harmless({"PATH": "/bin", "LC_ALL": "C", "GITHUB_TOKEN": "…", "HOME": "/home/me"})
    {'PATH': '/bin', 'LC_ALL': 'C'}
    """
    kept = _KEPT.union(name.upper() for name in more)
    return {
        name: value
        for name, value in environment.items()
        if name.upper() in kept or name.upper().startswith("LC_")
    }
