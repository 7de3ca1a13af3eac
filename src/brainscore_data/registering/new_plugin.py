"""What a new plugin has beside its registrations: a test that loads what is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.registering.deciding import no_registry
from brainscore_data.registration import form_for, quoted

if TYPE_CHECKING:
    from brainscore_data.receipts import ItemReceipt, PublishedObject, Receipts

_BRAINIO_S3 = "brainscore_core.supported_data_standards.brainio.s3"
_PLACED = """\
def path_of(identifier, file_type, version_id, sha1):
    bucket, _, folder = {store}.partition("/")
    return get_path(identifier, file_type, bucket, version_id, sha1, folder_name=folder or None)
"""
_FETCHED = """\
def path_of(identifier, file_type, version_id, sha1):
    prefix = "" if file_type == "nc" else f"{{file_type}}_"
    pins = {{f"{{prefix}}version_id": version_id, f"{{prefix}}sha1": sha1}}
    paths = brainscore_data.fetch(identifier, {store}, into=tempfile.mkdtemp(), **pins)
    return next(path for path in paths if path.suffix == f".{{file_type}}")
"""
_FILES = """\
@pytest.mark.parametrize(("identifier", "file_type", "version_id", "sha1", "size"), FILES)
def test_file_has_the_published_size_and_hash(identifier, file_type, version_id, sha1, size):
    content = Path(path_of(identifier, file_type, version_id, sha1)).read_bytes()
    assert len(content) == size
    assert hashlib.sha1(content).hexdigest() == sha1
"""
_ASSEMBLIES = """\
@pytest.mark.parametrize("identifier", {identifiers})
def test_assembly_loads(identifier):
    assembly = load_dataset(identifier)
    assert assembly.attrs["identifier"] == identifier
    assert assembly.size > 0
"""
_STIMULUS_SETS = """\
@pytest.mark.parametrize("identifier", {identifiers})
def test_stimulus_set_loads(identifier):
    stimulus_set = load_stimulus_set(identifier)
    assert stimulus_set.identifier == identifier
    assert all(Path(path).is_file() for path in stimulus_set.stimulus_paths.values())
"""


def render_test(receipts: Receipts, *, folder: str) -> str:
    """Write the ``test.py`` of a new plugin.

    It reads each file once and compares size and hash with the receipt, then loads each item
    as benchmarks do.

    Parameters
    ----------
    receipts : Receipts
        What the plugin registers.
    folder : str
        The plugin's, from the repository's root.

    Returns
    -------
    str
        Python; it needs the store, and credentials where an item is private.
    """
    package = folder.partition("/")[0]
    package = package if package.startswith("brainscore_") else "brainscore_vision"
    kinds = ("stimulus_set", "assembly")
    items = [item for item in receipts.items if no_registry(item, folder) is None]
    stored = items[0].files[0].object
    is_own = form_for(items[0], plugin=folder) == "own"
    loaders = {"stimulus_set": "load_stimulus_set", "assembly": "load_dataset"}
    found = {kind: [item for item in items if item.kind == kind] for kind in kinds}
    used = sorted(loaders[kind] for kind in kinds if found[kind])
    imports = [
        "import brainscore_data\nimport pytest\n"
        if is_own
        else f"import pytest\nfrom {_BRAINIO_S3} import get_path\n",
        f"from {package} import {', '.join(used)}\n",
    ]
    standard = ["hashlib", *(["tempfile"] if is_own else [])]
    place = _FETCHED if is_own else _PLACED
    blocks = [
        '"""What is registered here loads, and its files are the published ones."""\n\n'
        + "".join(f"import {module}\n" for module in standard)
        + "from pathlib import Path\n\n"
        + "".join(imports),
        "FILES = [\n" + "".join(map(_rows, items)) + "]\n",
        place.format(store=_store(stored, is_own=is_own)),
        _FILES,
    ]
    for kind, text in (("stimulus_set", _STIMULUS_SETS), ("assembly", _ASSEMBLIES)):
        if found.get(kind):
            names = ", ".join(quoted(item.identifier) for item in found[kind])
            blocks.append(text.format(identifiers=f"[{names}]"))
    return "\n\n".join(blocks)


def _rows(item: ItemReceipt) -> str:
    rows = ""
    for receipt in item.files:
        stored = receipt.object
        suffix = stored.key.rpartition(".")[2]
        pins = [
            quoted(value) for value in (item.identifier, suffix, stored.version_id, stored.sha1)
        ]
        rows += f"    ({', '.join(pins)}, {stored.size}),\n"
    return rows


def _store(stored: PublishedObject, *, is_own: bool) -> str:
    if not is_own:
        return quoted(stored.store.removeprefix("s3://"))
    text = f"store={quoted(stored.store)}"
    if stored.endpoint is not None:
        text += f", endpoint_url={quoted(stored.endpoint)}"
        text += "" if stored.region is None else f", region={quoted(stored.region)}"
    return text
