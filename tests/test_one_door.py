"""Whatever a stranger wrote is opened by one door: the source is read for who else opens files.

A call that opens is fine where it opens what the door gave, and where what it opens is our own: then
it is listed here, with the reason. Who writes is not looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import brainscore_data

SRC = Path(brainscore_data.__file__).parent
BY_DOOR = {"opened", "named", "_by_name", "content_of", "descriptor_of"}
#: What opens a file by its name, as it is called in the source.
OPENING = {
    *("open", "io.open", "os.open", "open_memmap"),
    *("zipfile.ZipFile", "ZipFile", "tarfile.open", "gzip.open", "wave.open", "av.open"),
    *("np.load", "np.memmap", "np.fromfile", "np.loadtxt", "np.genfromtxt", "Image.open"),
    *(
        "loadmat",
        "whosmat",
        "h5py.File",
        "netCDF4.Dataset",
        "xr.open_dataset",
        "xr.open_dataarray",
        "xr.load_dataset",
    ),
    *("pd.read_csv", "pd.read_parquet", "pd.read_json", "pd.read_excel", "pd.read_pickle"),
    *("pq.ParquetFile", "pq.read_table", "pq.read_metadata", "pa.memory_map", "pa.OSFile"),
}
WRITES = ("w", "a", "x", "r+")
ZIPS = {"zipfile.ZipFile", "_readable_zip"}
#: Room or module → why it opens files itself.
OWN = {
    "cage": "our own programs, and what the kernel is asked",
    "store": "what was published, below a folder that its admin names",
    "base/door.py": "the door",
    "base/github_event.py": "GitHub's, in a place that its runner names",
    "base/files.py": "what we write",
    "scripting/supervising.py": "what the kernel says of our own processes",
    "sources": "our cache",
    "auditing/audit.py": "what an audit noted before",
    "brainio": "of a script: what its author has, in the process that he started",
    "reading": "what was downloaded, after its hash was compared",
    "cli": "the null device, and what a file that is written again says",
    "scripting/credentials.py": "settings of who runs a script, looked at for what must not be there",
    "demo": "our own dataset.toml",
    "packaging/hashing.py": "what we write",
    "packaging/netcdf": "what we write",
    "github/caller_workflows.py": "our own workflows",
    "github/tasks/packaging.py": "the bundle that was just written",
    "check/engine/configuration.py": "settings: a repository's, or those of the base",
    "check/people/linking_table.py": "kept by a lab, outside of every repository",
    "check/people/staying_home.py": "a .gitignore, of which only lines are compared",
    "check/assemblies/examples.py": "examples of the rules, which are written there",
    "arrays/nwb_stimuli.py": "the film that was just written",
    "arrays/hdf5_objects.py": "an attribute, in a file that is open",
    "media/decoding.py": "what others opened",
    "media/thumbnails.py": "what others opened",
    "previewing/page.py": "our own templates",
    "stimuli/readers_csv.py": "what others opened, or we wrote",
    "tables/columns.py": "a cell, in memory",
}


def openings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give each call that opens a file by its name: the line, and the call."""
    by_door = {
        each.optional_vars.id
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        for each in node.items
        if isinstance(each.optional_vars, ast.Name)
        and isinstance(each.context_expr, ast.Call)
        and called(each.context_expr) in BY_DOOR
    } | {
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and any(called(each) in BY_DOOR for each in ast.walk(node.value))
    }
    inside = {
        each.optional_vars.id
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        for each in node.items
        if isinstance(each.optional_vars, ast.Name) and called(each.context_expr) in ZIPS
    } | {"archive", "files", "store", "self"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or (name := called(node)) is None:
            continue
        last = name.rpartition(".")[2]
        if name not in OPENING and last not in {"open", "read_text", "read_bytes", "open_memmap"}:
            continue
        given = node.args[0] if node.args else None
        if isinstance(given, ast.Name) and given.id in by_door:
            continue
        if name == "read_bytes":  # of a store
            continue
        if writes(node) or (last == "open" and name.partition(".")[0] in inside):
            continue
        yield node.lineno, ast.unparse(node)


def called(node: ast.AST) -> str | None:
    """Give the name of what is called, with what it is asked of."""
    if not isinstance(node, ast.Call):
        return None
    return ast.unparse(node.func)


def writes(node: ast.Call) -> bool:
    modes = (*node.args, *(each.value for each in node.keywords))
    return any(
        isinstance(each, ast.Constant)
        and isinstance(each.value, str)
        and each.value.startswith(WRITES)
        and len(each.value) <= 3
        for each in modes
    )


def whose(name: str) -> str | None:
    """Give the entry of `OWN` that a module falls under."""
    return next((each for each in OWN if name == each or name.startswith(f"{each}/")), None)


def test_nobody_else_opens_what_a_stranger_wrote():
    used, strange = set(), []
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        for line, call in openings(ast.parse(path.read_text(encoding="utf-8"))):
            used.add(whose(name))
            if whose(name) is None:
                strange.append(f"{name}:{line}: {call}")
    assert not strange, "open it by base.door, or say in OWN whose it is"
    assert used == set(OWN), "this opens nothing any more"


@pytest.mark.parametrize(
    ("source", "opens"),
    [
        ("path.read_bytes()", True),
        ("open(path)", True),
        ("path.open('rb')", True),
        ("path.open('wb')", False),
        ("os.open(path, flags)", True),
        ("with opened(path) as stream: zipfile.ZipFile(stream)", False),
        ("with path.open() as stream: pass", True),
        ("with named(path) as name: np.load(name)", False),
        ("zipfile.ZipFile(path)", True),
        ("netCDF4.Dataset(path)", True),
        ("netCDF4.Dataset(path, 'w')", False),
    ],
)
def test_what_opens_is_seen(source, opens):
    assert bool(list(openings(ast.parse(source)))) is opens
