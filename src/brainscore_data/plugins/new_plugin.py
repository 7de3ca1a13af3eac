"""The files of a new plugin: an ``__init__.py`` to begin with, and tests that load what it has.

The tests are written before publication, when they wait for the registrations, or after it, when
they compare the files with the receipts as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from brainscore_data.dataset.assembly_tables import Assembly
from brainscore_data.dataset.manifest import Manifest, StimulusSet
from brainscore_data.plugins.deciding import no_registry
from brainscore_data.plugins.loader_calls import BRAINIO
from brainscore_data.plugins.render import form_for, quoted
from brainscore_data.records.receipts import ItemReceipt, PublishedObject, Receipts

Item = StimulusSet | Assembly | ItemReceipt

# A docstring and not a comment: imports that `register` adds go below it, and the TODO stays with
# what it is about.
_INIT = '''\
"""The registrations go to the end: `brainscore-data register` writes them when data is published."""

# TODO: the reference of the publication, as BibTeX
BIBTEX = """@article{{{name},
  title={{}},
  author={{}},
  journal={{}},
  year={{}}
}}"""
'''

_RUN = """\
# Runs the registrations in this plugin's __init__.py.
importlib.import_module({module})
"""
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
_STIMULUS_SETS = """\
@pytest.mark.parametrize("identifier", [
{parameters}
])
def test_stimulus_set_loads(identifier):
{wait}    stimulus_set = load_stimulus_set(identifier)
    assert stimulus_set.identifier == identifier
    assert len(stimulus_set) > 0
    assert len(set(stimulus_set["stimulus_id"])) == len(stimulus_set)
    assert all(Path(path).is_file() for path in stimulus_set.stimulus_paths.values())
"""
_ASSEMBLIES = """\
@pytest.mark.parametrize("identifier", [
{parameters}
])
def test_assembly_loads(identifier):
{wait}    assembly = load_dataset(identifier)
    assert assembly.attrs["identifier"] == identifier
    assert assembly.size > 0
"""
_WAIT = """\
    if identifier not in {registry}:
        pytest.skip("not registered yet: publish the data, and run `brainscore-data register`")
"""
_LOADERS = {
    "stimulus_set": ("load_stimulus_set", "stimulus_set_registry", _STIMULUS_SETS),
    "assembly": ("load_dataset", "data_registry", _ASSEMBLIES),
}


def drafted_files(folder: str, manifest: Manifest) -> dict[str, str]:
    """Write ``__init__.py`` and ``test.py`` of a plugin whose data is not published yet.

    No line looks like a registration: Brain-Score's plugin discovery searches ``__init__.py`` as
    text. The tests are skipped until what they load is registered.
    """
    package, _, name = folder.partition("/data/")
    sets = manifest.stimulus_sets if package != "brainscore_language" else []
    tested: dict[str, Sequence[Item]] = {"stimulus_set": sets, "assembly": manifest.assemblies}
    loading = _loading(tested, package, waits=True)
    files = {"__init__.py": _INIT.format(name=name)}
    if not loading:
        return files
    imported = sorted(name for kind in tested if tested[kind] for name in _LOADERS[kind][:2])
    head = '"""What is registered here loads."""\n\nimport importlib\n'
    head += "from pathlib import Path\n" if sets else ""
    head += f"\nimport pytest\nfrom {package} import {', '.join(imported)}\n"
    return files | {"test.py": "\n\n".join([f"{head}\n{_run(folder)}", *loading])}


def render_test(receipts: Receipts, *, folder: str) -> str:
    """Write the ``test.py`` of a new plugin.

    It reads each file once and compares size and hash with the receipt, then loads each item
    as benchmarks do.
    """
    package = folder.partition("/")[0]
    items = [item for item in receipts.items if no_registry(item, folder) is None]
    stored = items[0].files[0].object
    is_own = form_for(items[0], plugin=folder) == "own"
    found: dict[str, Sequence[Item]] = {
        kind: [item for item in items if item.kind == kind] for kind in _LOADERS
    }
    used = sorted(_LOADERS[kind][0] for kind in found if found[kind])
    standard = ["hashlib", "importlib", *(["tempfile"] if is_own else [])]
    place = _FETCHED if is_own else _PLACED
    head = (
        '"""What is registered here loads, and its files are the published ones."""\n\n'
        + "".join(f"import {module}\n" for module in standard)
        + "from pathlib import Path\n\n"
        + (
            "import brainscore_data\nimport pytest\n"
            if is_own
            else f"import pytest\nfrom {BRAINIO}.s3 import get_path\n"
        )
        + f"from {package} import {', '.join(used)}\n\n{_run(folder)}"
    )
    blocks = [
        head,
        "FILES = [\n" + "".join(map(_rows, items)) + "]\n",
        place.format(store=_store(stored, is_own=is_own)),
        _FILES,
        *_loading(found, package, waits=False),
    ]
    return "\n\n".join(blocks)


def _run(folder: str) -> str:
    return _RUN.format(module=quoted(folder.replace("/", ".")))


def _loading(tested: dict[str, Sequence[Item]], package: str, *, waits: bool) -> list[str]:
    """Write the tests that load the items of each kind."""
    return [
        text.format(
            parameters="\n".join(_parameter(item, package) for item in tested[kind]),
            wait=_WAIT.format(registry=registry) if waits else "",
        )
        for kind, (_, registry, text) in _LOADERS.items()
        if tested[kind]
    ]


def _parameter(item: Item, package: str) -> str:
    # The marker is declared in the vision repository only.
    is_marked = item.visibility == "private" and package == "brainscore_vision"
    private, public = parameter_lines(item.identifier)
    return private if is_marked else public


def parameter_lines(identifier: str) -> tuple[str, str]:
    """Write the line of a test for an item: for one that is private there, and for another."""
    marks = ("pytest.mark.private_access", "")
    private, public = (f"    pytest.param({quoted(identifier)}, marks=[{each}])," for each in marks)
    return private, public


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
