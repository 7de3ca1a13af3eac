"""The classes of readers: brainscore-core's or brainio's where they are installed, else our own."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from brainscore_data.base.errors import UsageError

_PACKAGES = ("brainscore_core.supported_data_standards.brainio", "brainio")

_OWN = "brainscore_data."


def classes_from(leaf: str, name: str) -> Any:
    """Look a name up in the module `leaf` of whichever package is installed.

    Examples
    --------
    >>> classes_from("stimuli", "StimulusSet").__name__
    'StimulusSet'
    """
    if not name.startswith("_"):
        module = _module(leaf)
        if hasattr(module, name):
            return getattr(module, name)
        if module.__name__.startswith(_OWN):
            raise AttributeError(
                f"brainscore_data.brainio.{leaf} has no {name!r} without Brain-Score's own "
                "library; run: pip install brainscore-core"
            )
    raise AttributeError(f"module 'brainscore_data.brainio.{leaf}' has no attribute {name!r}")


def _module(leaf: str) -> ModuleType:
    for package in _PACKAGES:
        wanted = f"{package}.{leaf}"
        try:
            module = importlib.import_module(wanted)
            if not module.__name__.startswith(
                _OWN
            ):  # else our own, in the place of what is not there
                return module
        except ModuleNotFoundError as error:
            # Of a package that is there, what it imports may be missing: that is not passed over.
            missing = error.name or ""
            if wanted == missing or wanted.startswith(f"{missing}."):
                continue
            raise _broken(wanted, error) from error
        except ImportError as error:
            raise _broken(wanted, error) from error
    return importlib.import_module(f"brainscore_data.brainio.plain_{leaf}")


def _broken(module: str, error: ImportError) -> UsageError:
    return UsageError(
        f"{module} is installed, but cannot be imported: {error}",
        hint="fix that installation, or remove it: without it the program's own classes are used",
    )
