"""What the examples of these rules are made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from brainscore_data.check.engine.rule import Example
from brainscore_data.plugins.loader_calls import BRAINIO

_FOLDER = "brainscore_vision/data/kar2019"
BUCKET = "brainscore-storage/brainio-brainscore"
_SHA1 = "57813230e337a09c4c423da927c1f33e62054547"
_VERSION = "kCt7PZx9jxXDrRhyow9y8hDUUDFAAp._"
IMPORTS = (
    f"from {BRAINIO}.assemblies import NeuroidAssembly\n"
    f"from {BRAINIO}.s3 import load_assembly_from_s3, load_stimulus_set_from_s3\n"
    "from brainscore_vision import data_registry, load_stimulus_set, stimulus_set_registry\n"
)


def assembly(
    key: str = "Kar2019",
    *,
    identifier: str | None = None,
    sha1: str = _SHA1,
    version_id: str = _VERSION,
    bucket: str = BUCKET,
    cls: str = "NeuroidAssembly",
    stimulus_set: str | None = None,
) -> str:
    """Write the registration of an assembly."""
    loader = f"    stimulus_set_loader=lambda: load_stimulus_set({stimulus_set!r}),\n"
    return (
        f'data_registry["{key}"] = lambda: load_assembly_from_s3(\n'
        f'    identifier="{identifier or key}",\n'
        f'    version_id="{version_id}",\n'
        f'    sha1="{sha1}",\n'
        f'    bucket="{bucket}",\n'
        f"{loader if stimulus_set is not None else ''}"
        f"    cls={cls})\n"
    )


def stimulus_set(
    key: str = "Kar2019", *, zip_version_id: str = "LDO0pFDtnQzEvUcZ1yVqKqDzWaZTtsHJ"
) -> str:
    """Write the registration of a stimulus set."""
    return (
        f'stimulus_set_registry["{key}"] = lambda: load_stimulus_set_from_s3(\n'
        f'    identifier="{key}",\n'
        f'    bucket="{BUCKET}",\n'
        f'    csv_sha1="{_SHA1}",\n'
        f'    zip_sha1="f2b1c8ee2ee8f5ed0a5b4a9e8c7a1d0b6d5e4f3a",\n'
        f'    csv_version_id="ouQuNTYnTGB6kEGA2ZVf1wRc1lTVlVzz",\n'
        f'    zip_version_id="{zip_version_id}")\n'
    )


def plugin(
    source: str,
    *,
    imports: str = IMPORTS,
    settings: str | None = None,
    beside: Mapping[str, str] = MappingProxyType({}),
    receipts: Mapping[str, str] = MappingProxyType({}),
) -> Example:
    """Make a plugin; with its manifest and receipts, and files `beside` it by their paths."""
    made = {f"{_FOLDER}/__init__.py": imports + source, **beside}
    made |= {f"{_FOLDER}/{name}": text for name, text in receipts.items()}
    if settings is not None:
        made["pyproject.toml"] = f"[tool.brainscore-data]\n{settings}\n"
    return Example(made)


def receipts(*, text: str | None = None) -> dict[str, str]:
    """Make a manifest and the receipts of what it lists."""
    import json  # the names hook imports this module, and need not wait for it

    published = {
        "store": f"s3://{BUCKET}",
        "endpoint": None,
        "region": "us-east-1",
        "bucket": "brainscore-storage",
        "key": "brainio-brainscore/assy_Kar2019.nc",
        "version_id": _VERSION,
        "sha1": _SHA1,
        "sha256": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
        "size": 4,
        "digest": "cd1:b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
        "verified": "store checksum",
    }
    run = {"status": "new", "who": "kar", "when": "2026-01-01T00:00:00Z"}
    item = {
        "kind": "assembly",
        "identifier": "Kar2019",
        "visibility": "public",
        "assembly_class": "NeuroidAssembly",
        "stimulus_set": None,
        "merges_stimulus_set": False,
        "nc": {"object": published, "run": run},
    }
    document = {"schema": 1, "dataset": "kar2019", "plugin": _FOLDER, "items": [item]}
    manifest = (
        'schema = 1\n\n[dataset]\nlicense = "CC-BY-4.0"\n'
        f'plugin = "{_FOLDER}"\n\n[[assembly]]\nidentifier = "Kar2019"\nvisibility = "public"\n'
        'class = "NeuroidAssembly"\ndata = "assembly.nc"\n'
    )
    return {
        "dataset.toml": manifest,
        "receipts.json": json.dumps(document, indent=2) if text is None else text,
    }
