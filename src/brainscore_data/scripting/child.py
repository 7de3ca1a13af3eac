"""The process of a script: started by its path, under whatever interpreter the script needs.

Standard library only. This project is found by its place alone: the other packages that are
installed beside it are for another interpreter.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import json
import os
import runpy
import sys

OWN = "brainscore_data"
#: What uploads → the module of the drop-in that a script gets for it; where it can get none, what
#: uploads cannot be imported.
UPLOADING = {
    "brainio.packaging": "packaging",
    "brainscore_core.supported_data_standards.brainio.packaging": "packaging",
    "brainscore_core.supported_data_standards.brainio.s3": "s3",
    "brainscore_language.utils.s3": "language",
}


class _OwnPackage:
    """Finds this package where this file is, and nothing else."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN205, ARG004, RUF100
        if fullname != OWN:
            return None
        home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
        return importlib.util.spec_from_file_location(
            OWN,
            os.path.join(home, "__init__.py"),  # noqa: PTH118
            submodule_search_locations=[home],
        )


class _TooOld:
    """Finds none of the modules that upload: what they uploaded would not be in the bundle."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN205, ARG004, RUF100
        if fullname in UPLOADING:
            raise ImportError(
                fullname
                + " uploads, and in this Python it cannot be recorded: a script that is packaged "
                + "starts other interpreters of Python 3.11 or newer only, not "
                + sys.executable
            )


def probe(wanted: dict[str, str], cluster: str) -> dict[str, object]:
    """Say which Python this is, which distributions it lacks or has too old, and why no cluster answers."""
    missing = []
    if sys.version_info >= (3, 8):  # noqa: UP036 - which Python this is is the question
        from importlib import metadata

        for name, oldest in wanted.items():
            try:
                found = metadata.version(name)
            except metadata.PackageNotFoundError:
                missing.append(name + ">=" + oldest)
                continue
            if _numbers(found) < _numbers(oldest):
                missing.append(name + ">=" + oldest)
    reached = _why_not_reached(cluster) if cluster and not missing else None
    return {"version": list(sys.version_info[:3]), "missing": missing, "cluster": reached}


def redirect() -> None:
    """Put the drop-in in brainio's place; in an interpreter that is too old for it, nothing."""
    if sys.version_info < (3, 11):  # noqa: UP036 - which Python this is is the question
        sys.meta_path.insert(0, _TooOld)
        return
    sys.meta_path.insert(0, _OwnPackage)
    from brainscore_data.scripting.redirecting import redirect_imports

    redirect_imports(UPLOADING)


def run(script: str, cluster: str, telling: int | None) -> None:
    """Run a script as ``python SCRIPT`` does, with the drop-in in brainio's place.

    If there is a `cluster`, the script's dask computes there.
    """
    redirect()
    if telling is not None:
        from brainscore_data.scripting.supervising import supervise

        supervise(telling)
    sys.path[0] = os.path.dirname(os.path.abspath(script))  # noqa: PTH100, PTH120
    sys.argv = [script]
    with contextlib.ExitStack() as ending:
        if cluster:
            from brainscore_data.cluster.connecting import client_of

            client_of(cluster, ending, default=True)
        runpy.run_path(script, run_name="__main__")


def _why_not_reached(cluster: str) -> list[str | None] | None:
    sys.meta_path.insert(0, _OwnPackage)
    from brainscore_data.base.errors import UsageError
    from brainscore_data.cluster.connecting import client_of

    try:
        with contextlib.ExitStack() as ending:
            client_of(cluster, ending)
    except UsageError as error:
        return [error.message, error.where, error.hint]
    return None


def _numbers(version: str) -> list[int]:
    numbers = []
    for part in version.split(".")[:3]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        numbers.append(int(digits or 0))
    return numbers


if __name__ == "__main__":
    if sys.argv[1] == "probe":
        print(json.dumps(probe(json.loads(sys.argv[2]), sys.argv[3])))
    else:
        run(sys.argv[2], sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else None)
