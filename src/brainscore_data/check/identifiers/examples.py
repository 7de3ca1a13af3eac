"""What the examples of these rules are made of."""

from __future__ import annotations

from brainscore_data.check.engine.rule import Example
from brainscore_data.check.registrations.examples import BUCKET, assembly


def manifest(*identifiers: str, **more: str) -> Example:
    """Make a dataset of assemblies with these identifiers; more files by their names."""
    head = 'schema = 1\n\n[dataset]\nlicense = "CC-BY-4.0"\n'
    items = [
        f'\n[[assembly]]\nidentifier = "{identifier}"\nvisibility = "public"\nclass = "NeuroidAssembly"\n'
        f'data = "assembly.nc"\n'
        for identifier in identifiers
    ]
    return Example({"dataset.toml": head + "".join(items), **more})


def plugin(*identifiers: str, bucket: str = BUCKET) -> dict[str, str]:
    """Make the plugin that registers assemblies of these identifiers."""
    source = "".join(assembly(each, bucket=bucket) for each in identifiers)
    return {"brainscore_vision/data/made2020/__init__.py": source}


def pyproject(settings: str) -> dict[str, str]:
    """Make a ``pyproject.toml`` with settings."""
    return {"pyproject.toml": f"[tool.brainscore-data]\n{settings}\n"}
