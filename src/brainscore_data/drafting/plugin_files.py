"""The files that Brain-Score expects in a data plugin's folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.dataset.identifiers import is_key_safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainscore_data.dataset.manifest import Assembly, Manifest, StimulusSet

_INIT = '''\
# The registrations go to the end of this file. `brainscore-data publish` prints them in its
# receipt, ready to be pasted, together with the imports that they need.

# TODO: the reference of the publication, as BibTeX
BIBTEX = """@article{{{name},
  title={{}},
  author={{}},
  journal={{}},
  year={{}}
}}"""
'''

_TEST_HEAD = """\
import importlib

import pytest

from {library} import {imported}

# Runs the registrations in this plugin's __init__.py.
importlib.import_module('{library}.data.{name}')
"""

_TEST_STIMULUS_SETS = """

@pytest.mark.parametrize('identifier', [
{parameters}
])
def test_stimulus_set(identifier):
    if identifier not in stimulus_set_registry:
        pytest.skip('not registered yet: publish the data and paste the registration')
    stimulus_set = load_stimulus_set(identifier)
    assert len(stimulus_set) > 0
    assert len(set(stimulus_set['stimulus_id'])) == len(stimulus_set)
"""

_TEST_ASSEMBLIES = """

@pytest.mark.parametrize('identifier', [
{parameters}
])
def test_assembly(identifier):
    if identifier not in data_registry:
        pytest.skip('not registered yet: publish the data and paste the registration')
    assembly = load_dataset(identifier)
    assert assembly.size > 0
"""


@dataclass(frozen=True)
class Plugin:
    """A data plugin of a Brain-Score repository.

    Attributes
    ----------
    library : str
        The package that it belongs to, e.g. ``brainscore_vision``.
    name : str
        Its folder below the package's ``data``.
    """

    library: str
    name: str

    @property
    def path(self) -> str:
        """Its folder from the repository's root, as ``dataset.toml`` has it."""
        return f"{self.library}/data/{self.name}"


def plugin_at(folder: Path) -> Plugin | None:
    """Tell whether a folder is a data plugin: ``<package>/data/<name>``.

    A package is what is called ``brainscore_…`` or has an ``__init__.py``.
    """
    folder = folder.resolve()
    package = folder.parent.parent
    is_package = package.name.startswith("brainscore_") or (package / "__init__.py").is_file()
    if folder.parent.name != "data" or not is_package or not package.name.isidentifier():
        return None
    return Plugin(package.name, folder.name) if is_key_safe(folder.name) else None


def plugin_files(plugin: Plugin, manifest: Manifest) -> dict[str, str]:
    """Write ``__init__.py`` and ``test.py`` for a plugin.

    The tests are skipped until what they load is registered. No line looks like a registration:
    Brain-Score's plugin discovery searches ``__init__.py`` as text.
    """
    sets = manifest.stimulus_sets if plugin.library != "brainscore_language" else []
    imported = ["data_registry", "load_dataset"] if manifest.assemblies else []
    imported += ["load_stimulus_set", "stimulus_set_registry"] if sets else []
    test = ""
    if imported:
        test = _TEST_HEAD.format(
            library=plugin.library, name=plugin.name, imported=", ".join(sorted(imported))
        )
    if sets:
        test += _TEST_STIMULUS_SETS.format(parameters=_parameters(sets, plugin))
    if manifest.assemblies:
        test += _TEST_ASSEMBLIES.format(parameters=_parameters(manifest.assemblies, plugin))
    files = {"__init__.py": _INIT.format(name=plugin.name)}
    return files | ({"test.py": test} if test else {})


def _parameters(items: Sequence[StimulusSet | Assembly], plugin: Plugin) -> str:
    def marks(item: StimulusSet | Assembly) -> str:
        # The marker is declared in the vision repository only.
        is_marked = item.visibility == "private" and plugin.library == "brainscore_vision"
        return "pytest.mark.private_access" if is_marked else ""

    return "\n".join(
        f"    pytest.param('{item.identifier}', marks=[{marks(item)}])," for item in items
    )
