"""Redirects the imports of every interpreter that a script starts, before its first line runs.

Python imports a module of this name at its start [1]_; this folder is in the ``PYTHONPATH`` of a
script's environment, so processes of multiprocessing (``spawn``, ``forkserver``) and of subprocess
reach the drop-in as well. Standard library only, in words that old interpreters understand.

.. [1] https://docs.python.org/3/library/site.html#module-sitecustomize
"""

import os
import sys


def _redirect(scripting: str) -> None:
    import importlib.util

    path = os.path.join(scripting, "child.py")  # noqa: PTH118
    spec = importlib.util.spec_from_file_location("_brainscore_data_child", path)
    child = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(child)  # type: ignore[union-attr]
    child.redirect()


def _run_next() -> None:
    """Run the module of this name that the interpreter would have had without this one."""
    import importlib.machinery
    import importlib.util

    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


_here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
sys.path[:] = [each for each in sys.path if os.path.abspath(each) != _here]  # noqa: PTH100
if os.environ.get("BRAINSCORE_DATA_RECORD"):
    _redirect(os.path.dirname(_here))  # noqa: PTH120
_run_next()
