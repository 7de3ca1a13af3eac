"""What the examples of these rules are made of."""

from __future__ import annotations

from brainscore_data.check.engine.rule import Example

_SHA1 = "57813230e337a09c4c423da927c1f33e62054547"


def manifest(*identifiers: str, **more: str) -> Example:
    """Make a dataset of assemblies with these identifiers; more files by their names."""
    head = 'schema = 1\n\n[dataset]\nlicense = "CC-BY-4.0"\n'
    items = [
        f'\n[[assembly]]\nidentifier = "{identifier}"\nvisibility = "public"\nclass = "NeuroidAssembly"\n'
        f'data = "assembly.nc"\n'
        for identifier in identifiers
    ]
    return Example({"dataset.toml": head + "".join(items), **more})


def plugin(
    *identifiers: str,
    bucket: str = "brainscore-storage/brainio-brainscore",
    folder: str = "brainscore_vision/data/made2020",
) -> dict[str, str]:
    """Make the plugin that registers assemblies of these identifiers."""
    lines = [
        f'data_registry["{identifier}"] = lambda: load_assembly_from_s3(\n'
        f'    identifier="{identifier}",\n'
        f'    version_id="kCt7PZx9jxXDrRhyow9y8hDUUDFAAp._",\n'
        f'    sha1="{_SHA1}",\n'
        f'    bucket="{bucket}",\n'
        f"    cls=NeuroidAssembly)\n"
        for identifier in identifiers
    ]
    return {f"{folder}/__init__.py": "".join(lines)}


def pyproject(settings: str) -> dict[str, str]:
    """Make a ``pyproject.toml`` with settings."""
    return {"pyproject.toml": f"[tool.brainscore-data]\n{settings}\n"}
