"""Registrations whose loader stands in a function, or whose pins stand in a table."""

from __future__ import annotations

import pytest

from brainscore_data.auditing.pins import read_pins
from brainscore_data.plugins.parse import parse_plugin, read_plugin

SHA1 = "5d928ad1b170fa2fa58bcf1215ba60c4dd389ef4"
EXPECTED = {
    "identifier": "Doe2026_sub-01",
    "version_id": "v1",
    "sha1": SHA1,
    "bucket": "brainscore-storage/brainscore-vision",
}
LOADERS = f"""
from brainscore_core.supported_data_standards.brainio.s3 import load_assembly_from_s3
from .places import BUCKET

_PINS = {{
    "sub-01": dict(identifier="Doe2026_sub-01", version_id="v1", sha1="{SHA1}"),
    "sub-02": dict(identifier="Doe2026_sub-02", version_id="v2", sha1="{SHA1}"),
}}


def make_loader(subject: str, *, merge=False):
    cfg = _PINS[subject]

    def load():
        assembly = load_assembly_from_s3(
            identifier=cfg["identifier"], version_id=cfg["version_id"], sha1=cfg["sha1"],
            bucket=BUCKET, cls=NeuroidAssembly, merge_stimulus_set_meta=merge)
        return assembly.mean()

    return load
"""
PLACES = 'BUCKET = "brainscore-storage/" + "brainscore-vision"\n'


def told(plugin):
    (registration,) = plugin.registrations
    call = registration.call
    assert call is not None
    return {name: call.arguments.get(name) for name in EXPECTED}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "__init__.py"


def call(**arguments):
    written = ", ".join(f"{name}={value}" for name, value in arguments.items())
    return f"load_assembly_from_s3({written}, cls=NeuroidAssembly)"


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("P = {'a': dict(identifier='Doe2026_sub-01', version_id='v1')}", "lambda: {table}"),
        ("P = {'a': {'identifier': 'Doe2026_sub-01', 'version_id': 'v1'}}", "lambda: {table}"),
        ("P = {'a': dict(identifier='Doe2026_sub-01', version_id='v1')}", "lambda: {stars}"),
        ("def load(n, v='v1'):\n    return {names}\n", "lambda: load('01')"),
        ("def load(n, v):\n    return {names}\n", "lambda: load('01', v='v1')"),
        ("def load(n, v):\n    return {names}\n", "lambda: mend(load(v='v1', n='01'))"),
        ("def make(n, v):\n    return lambda: {names}\n", "make('01', 'v1')"),
        ("def make(n, v):\n    return partial({call})\n", "make('01', 'v1')"),
        ("def a(m):\n    return b(m)\ndef b(n):\n    v = 'v1'\n    return {names}\n", "a('01')"),
    ],
)
def test_tables_and_functions_of_the_module_are_followed(before, value):
    pins = {"sha1": f"'{SHA1}'", "bucket": "B"}
    forms = {
        "table": call(identifier="P['a']['identifier']", version_id="P['a']['version_id']", **pins),
        "stars": call(**pins).replace(", cls", ", **P['a'], cls"),
        "names": call(identifier="f'Doe2026_sub-{n}'", version_id="v", **pins),
    }
    forms["call"] = forms["names"].replace("(", ", ").removesuffix(")")
    for name, form in forms.items():
        before, value = before.replace(f"{{{name}}}", form), value.replace(f"{{{name}}}", form)
    source = f"{before}\nB = 'brainscore-storage/' + 'brainscore-vision'\n"
    plugin = parse_plugin(f"{source}data_registry['Doe2026'] = {value}\n".encode())
    assert told(plugin) == EXPECTED


@pytest.mark.parametrize("home", ["_helpers.py", "_helpers/__init__.py", "_helpers/making.py"])
def test_functions_of_modules_beside_the_plugin_are_followed(home, tmp_path):
    files = {home: LOADERS, "places.py": PLACES}
    if home.count("/"):
        files = {home: LOADERS, "_helpers/places.py": PLACES}
    if "making" in home:
        files["_helpers/__init__.py"] = "from .making import make_loader\n"
    source = "from ._helpers import make_loader\ndata_registry['A'] = make_loader('sub-01')\n"
    assert told(read_plugin(write(tmp_path, files | {"__init__.py": source}))) == EXPECTED


def test_an_audit_takes_what_is_followed(tmp_path):
    source = "from .making import make_loader\n" + "".join(
        f"data_registry['Doe2026_{name}'] = make_loader('{name}')\n"
        for name in ("sub-01", "sub-02", "sub-03")
    )
    write(tmp_path, {"__init__.py": source, "making.py": LOADERS, "places.py": PLACES})
    pins, left = read_pins(tmp_path)
    assert [(pin.key, pin.version_id) for pin in pins] == [
        ("assy_Doe2026_sub-01.nc", "v1"),
        ("assy_Doe2026_sub-02.nc", "v2"),
    ]
    assert [each.where for each in left] == ["__init__.py:4: assembly 'Doe2026_sub-03'"]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"making.py": "x = ("},
        {"making.py": "from .making import make_loader"},
        {"making.py": "from .other import make_loader", "other.py": "from .making import *"},
        {"making.py": "from brainscore_vision import make_loader"},
        {"making.py": "def make_loader(name):\n    return make_loader(name)\n"},
        {"making.py": "def make_loader(name):\n    return lambda: load(name)\n"},
        {"making.py": "def make_loader():\n    return lambda: load_assembly_from_s3('A')\n"},
    ],
)
def test_what_leads_nowhere_is_left_to_be_listed(files, tmp_path):
    source = "from .making import make_loader\ndata_registry['A'] = make_loader('sub-01')\n"
    (registration,) = read_plugin(write(tmp_path, files | {"__init__.py": source})).registrations
    assert registration.call is None or "version_id" not in registration.call.arguments


def test_a_module_behind_a_link_is_not_read(tmp_path):
    write(tmp_path / "elsewhere", {"making.py": LOADERS, "places.py": PLACES})
    source = "from .making import make_loader\ndata_registry['A'] = make_loader('sub-01')\n"
    path = write(tmp_path / "plugin", {"__init__.py": source})
    (path.parent / "making.py").symlink_to(tmp_path / "elsewhere" / "making.py")
    assert read_plugin(path).registrations[0].call is None


@pytest.mark.parametrize(
    "source",
    [
        "a = a + a\n",
        "a = b\nb = a\n",
        "".join(f"x{n + 1} = x{n} + x{n}\n" for n in range(60)) + "x0 = 'abcd'\na = x60\n",
    ],
)
def test_values_that_never_end_are_unknown(source):
    text = f"{source}data_registry['A'] = lambda: load_assembly_from_s3('A', version_id=a)\n"
    (registration,) = parse_plugin(text.encode()).registrations
    assert registration.call.computed == {"version_id"}
