"""Imports of brainio's packaging modules that reach the drop-in, in the process of a script.

Only the modules that upload are others than they would be. The packages above them are those that
are installed; where nothing of a name is, one is made up, so that the modules below it can be
imported: those that upload, and those of `BESIDE`, which scripts import beside them. Standard
library only: it runs under whatever interpreter a script needs.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_DROP_IN = "brainscore_data.brainio"
_DATA = ("brainio", "brainscore_core.supported_data_standards.brainio")
# Of theirs, what scripts import beside what uploads: it is the installed one, if there is one. And
# what brainio hands out itself, in the order in which it is looked for.
_BESIDE = ("assemblies", "fetch", "s3", "stimuli", "upload_validator")
_LEAVES = ("packaging", "stimuli", "assemblies", "fetch", "s3")
#: What a script imports where no such package is installed → the module that it gets.
BESIDE = {f"{package}.{leaf}": f"{_DROP_IN}.{leaf}" for package in _DATA for leaf in _BESIDE}


def redirect_imports(uploading: Mapping[str, str]) -> None:
    """Let imports of modules that upload reach those of the drop-in from now on."""
    if any(isinstance(each, _Redirecting) for each in sys.meta_path):
        return  # since this interpreter started
    sys.meta_path.insert(0, _Redirecting(uploading))
    sys.meta_path.append(_MakingUp(uploading))  # last of all: where nobody else has found anything


class _Redirecting(MetaPathFinder):
    def __init__(self, uploading: Mapping[str, str]) -> None:
        self._targets = {name: f"{_DROP_IN}.{leaf}" for name, leaf in uploading.items()}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the interface's
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname not in self._targets:
            return None
        return ModuleSpec(fullname, _Alias(self._targets[fullname]))


class _Alias(Loader):
    """Gives a module that has another name, and leaves it as it is."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.own_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002 - the interface's
        module = importlib.import_module(self.target)
        self.own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just set it to the alias's, with which a reload would go astray.
        module.__spec__ = self.own_spec


class _MakingUp(MetaPathFinder):
    def __init__(self, uploading: Mapping[str, str]) -> None:
        self._parents = set().union(*map(_above, uploading))

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        parent = sys.modules.get(fullname.rpartition(".")[0])
        made_up = isinstance(getattr(parent, "__loader__", None), _MadeUp)
        if fullname in self._parents:
            return ModuleSpec(fullname, _MadeUp(), is_package=True)
        if made_up and fullname in BESIDE:
            return ModuleSpec(fullname, _Alias(BESIDE[fullname]))
        if made_up:
            package = fullname.partition(".")[0]
            message = (
                f"No module named {fullname!r}: {package} is not installed for {sys.executable}; "
                f"--python names an interpreter that has it"
            )
            raise ModuleNotFoundError(message, name=fullname)
        return None


def _above(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


class _MadeUp(Loader):
    """Loads a package in which there is nothing, but what brainio's own has from its modules."""

    def create_module(self, spec: ModuleSpec) -> None:  # noqa: ARG002 - the interface's
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty; brainio's looks names up when they are asked for (PEP 562)."""
        if module.__name__ in _DATA:
            module.__getattr__ = _from_leaves  # type: ignore[method-assign]


def _from_leaves(name: str) -> object:
    for leaf in () if name.startswith("_") else _LEAVES:
        module = importlib.import_module(f"{_DROP_IN}.{leaf}")
        if name in module.__all__:
            return getattr(module, name)
    raise AttributeError(name)
