"""Every way in which a registration can be wrong that the table has, one test a cell."""

from __future__ import annotations

import inspect
import json
import re
import subprocess

import pytest
from registration_faults import EVERY_ARGUMENT, FAULTS, PARTS, SHARED, cells

import brainscore_data
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.finding import Severity
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.own_rules import RuleCrashed
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects
from brainscore_data.check.registrations.examples import IMPORTS
from brainscore_data.dataset.assembly_classes import ASSEMBLY_CLASSES
from brainscore_data.plugins.loader_calls import LOADERS, OWN_LOADERS
from brainscore_data.store.options import StoreOptions

REGISTRATIONS = next(family for family in FAMILIES if family.code == "BSD5")
RULES = REGISTRATIONS.rules()
MORE_IMPORTS = (
    "import brainscore_data\nfrom brainscore_vision import load_dataset\n"
    "from brainscore_language.utils.s3 import load_from_s3\n"
    "from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet\n"
    "KEYS = list('ab')\n"
)
SHA1S = {"sha1": "1" * 40, "csv_sha1": "2" * 40, "zip_sha1": "3" * 40}
VERSIONS = {"version_id": "v" * 32, "csv_version_id": "c" * 32, "zip_version_id": "z" * 32}
OPTIONS = {
    "endpoint_url": "'https://example.org'",
    "filename_prefix": "'stimulus_'",
    "assembly_prefix": "'assy_'",
    "timeout": "5",
}
CALLS = {
    **{name: (name, loader) for name, loader in LOADERS.items()},
    **{f"brainscore_data.{name}": (name, loader) for name, loader in OWN_LOADERS.items()},
}
CLASSES = {"assembly": "NeuroidAssembly", "stimulus_set": "StimulusSet"}


def right(parameter, loader):
    """Write an argument as it should be."""
    return {
        "identifier": "'Kar2019'",
        "bucket": "'brainscore-storage/brainio-brainscore'",
        "store": "'s3://brainscore-storage/brainio-brainscore'",
        "sha1": repr(SHA1S.get(parameter.name)),
        "version": repr(VERSIONS.get(parameter.name)),
        "class": CLASSES[loader.kind],
        "stimulus_set": "lambda: load_stimulus_set('Kar2019')",
        "flag": "False",
    }.get(parameter.role, OPTIONS.get(parameter.name, "'auto'"))


def written(name, loader, changed=None, placed=0, *, key="'Kar2019'", value=None):
    """Write a registration, of which some arguments may be others, or None for none at all."""
    arguments = {each.name: right(each, loader) for each in loader.all} | (changed or {})
    parts = [f"{argument}={text}" for argument, text in arguments.items() if text is not None]
    parts = list(arguments.values())[:placed] + parts
    registry = {"assembly": "data_registry", "stimulus_set": "stimulus_set_registry"}[loader.kind]
    return f"{registry}[{key}] = {value or 'lambda: '}{name}({', '.join(parts)})\n"


@pytest.fixture
def errors(tmp_path):
    """Write a plugin of a library that has a stimulus set; give the codes of the errors in it."""
    (tmp_path / ".git").mkdir()
    package = tmp_path / "brainscore_vision"
    for folder in ("kar2019", "other"):
        (package / "data" / folder).mkdir(parents=True)
    (package / "__init__.py").write_text("stimulus_set_registry = {}\n")
    other = "stimulus_set_registry['Kar2019'] = lambda: read()\nfrom x import *\n"

    def check(source, imports=IMPORTS + MORE_IMPORTS):
        has_it = "stimulus_set_registry['Kar2019']" in source.replace('"', "'")
        (package / "data" / "other" / "__init__.py").write_text("" if has_it else other)
        (package / "data" / "kar2019" / "__init__.py").write_text(imports + source)
        subjects = find_subjects([package / "data" / "kar2019" / "__init__.py"])
        outcome = run_rules(RULES, REGISTRATIONS.probe(CheckRun(subjects, Settings())), Settings())
        assert RuleCrashed.code not in {each.code for each in outcome.findings}, outcome.findings
        return {each.code for each in outcome.findings if each.severity is Severity.ERROR}

    return check


ARGUMENT_CELLS = [
    pytest.param(call, parameter, fault, cell, id=f"{call}-{parameter.name}-{fault}-{number}")
    for call, (_, loader) in CALLS.items()
    for parameter in loader.all
    for fault in FAULTS
    for number, cell in enumerate(cells(parameter.role, fault))
    if (fault != "missing" or parameter.is_required)
    and (fault != "duplicate" or not parameter.is_named)
    # A version of a store in a folder may look like anything.
    and not (loader.form == "own" and (parameter.role, fault) == ("version", "swapped"))
]


@pytest.mark.parametrize("call", CALLS)
def test_a_registration_as_it_should_be_is_no_error(call, errors):
    assert errors(written(call, CALLS[call][1])) == set()


@pytest.mark.parametrize(("call", "parameter", "fault", "cell"), ARGUMENT_CELLS)
def test_a_fault_of_an_argument_is_an_error(call, parameter, fault, cell, errors):
    _, loader = CALLS[call]
    name = parameter.name
    if fault == "duplicate":
        place = loader.parameters.index(name)
        before = dict.fromkeys(loader.parameters[:place])
        given = [right(each, loader) for each in loader.all[: place + 1]]
        source = written(call, loader, before).replace("(", f"({', '.join(given)}, ", 1)
    elif fault == "missing":
        source = written(call, loader, {name: None})
    elif fault == "unknown name":
        source = written(call, loader, {name: None, f"{name}s": right(parameter, loader)})
    else:
        other = "StimulusSet" if loader.kind == "assembly" else "NeuroidAssembly"
        text = other if cell.written == "the class of the other kind" else cell.written
        source = written(call, loader, {name: text})
    assert errors(source) == {cell.code}, source


PART_CELLS = [
    pytest.param(part, cell, id=f"{part}-{fault}-{number}")
    for (part, fault), found in PARTS.items()
    for number, cell in enumerate(found)
]


@pytest.mark.parametrize(("part", "cell"), PART_CELLS)
@pytest.mark.parametrize("call", ["load_assembly_from_s3", "load_stimulus_set_from_s3"])
def test_a_fault_of_the_registration_is_an_error(part, cell, call, errors):
    loader = LOADERS[call]
    source, imports = written(call, loader), IMPORTS + MORE_IMPORTS
    registry, other = "data_registry", "stimulus_set_registry"
    if loader.kind == "stimulus_set":
        registry, other = other, registry
    if cell.written == "a registry that is not imported":
        imports = re.sub(r"from brainscore_vision import .*", "", imports)
        imports += "from brainscore_vision import load_stimulus_set, load_dataset\n"
    elif part == "registry":
        source = source.replace(registry, other if cell.code == "BSD511" else cell.written, 1)
    elif cell.written == "twice":
        source *= 2
    elif part == "key":
        source = written(call, loader, key=cell.written)
    elif cell.written == "without lambda":
        source = source.replace("lambda: ", "", 1)
    else:
        value = call if cell.written == "the loader itself" else cell.written
        source = f"{registry}['Kar2019'] = {value.replace('load(', f'{call}(')}\n"
    expected = {cell.code}
    if "name: load(" in cell.written:  # which lacks all the others as well
        expected.add("BSD512")
    assert errors(source, imports) == expected, source


@pytest.mark.parametrize("kind", ["sha1", "version_id"])
def test_the_files_of_a_stimulus_set_share_neither_hash_nor_version(kind, errors):
    changed = {f"csv_{kind}": f"'{'4' * 40}'", f"zip_{kind}": f"'{'4' * 40}'"}
    if kind == "version_id":
        changed = dict.fromkeys(changed, f"'{'v' * 32}'")
    source = written("load_stimulus_set_from_s3", LOADERS["load_stimulus_set_from_s3"], changed)
    assert errors(source) == {SHARED["sha1" if kind == "sha1" else "version"]}


def test_two_files_share_no_version_but_two_keys_may_have_one_file(errors):
    loader = LOADERS["load_assembly_from_s3"]
    one = written("load_assembly_from_s3", loader)
    alias = written("load_assembly_from_s3", loader, key="'kar-2019'")
    other = written("load_assembly_from_s3", loader, {"identifier": "'Kar2020'"}, key="'Kar2020'")
    assert errors(one + alias) == set()
    assert errors(one + other) == {"BSD515"}


@pytest.mark.parametrize("name", ["load_stimulus_set", "load_assembly"])
def test_the_parameters_of_our_loaders_are_the_real_ones(name):
    real = inspect.signature(getattr(brainscore_data, name)).parameters
    known = {each.name: each for each in OWN_LOADERS[name].all}
    assert {*real, *StoreOptions.__annotations__} - {"options"} == set(known)
    for parameter in real.values():
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            assert known[parameter.name].is_named == (
                parameter.kind is inspect.Parameter.KEYWORD_ONLY
            )
            assert known[parameter.name].is_required == (
                parameter.default is inspect.Parameter.empty
            )


SIGNATURES = """
import inspect, json
from brainscore_core.supported_data_standards.brainio import assemblies, s3
from brainscore_core.supported_data_standards.brainio.assemblies import DataAssembly

print(json.dumps({
    name: [[each.name, each.default is each.empty] for each in inspect.signature(
        getattr(s3, name)).parameters.values()]
    for name in ("load_assembly_from_s3", "load_stimulus_set_from_s3")}))
print(json.dumps(sorted(name for name, each in vars(assemblies).items()
    if isinstance(each, type) and issubclass(each, DataAssembly))))
"""


def test_loaders_and_classes_are_those_of_brainscore_core(reader_interpreter):
    done = subprocess.run(
        [reader_interpreter, "-c", SIGNATURES], capture_output=True, text=True, check=True
    )
    loaders, classes = map(json.loads, done.stdout.splitlines()[-2:])
    for name, parameters in loaders.items():
        known = [[each.name, each.is_required] for each in LOADERS[name].all]
        assert parameters == known
        assert not any(each.is_named for each in LOADERS[name].all)
    assert classes == sorted(ASSEMBLY_CLASSES)


def test_the_page_has_the_table(repository_root):
    page = (repository_root / "docs" / "checks.md").read_text(encoding="utf-8")
    for (part, fault), found in PARTS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| {part} |"))
        assert codes_in(row, fault) == {cell.code for cell in found}
    for role in {each.role for _, loader in CALLS.values() for each in loader.all}:
        row = next(
            line for line in page.splitlines() if line.startswith(f"| {role.replace('_', ' ')} |")
        )
        for fault in FAULTS:
            expected = {cell.code for cell in cells(role, fault)}
            expected |= {SHARED[role]} if fault == "duplicate" and role in SHARED else set()
            assert codes_in(row, fault) == expected, (role, fault)
    assert EVERY_ARGUMENT


def codes_in(row, fault):
    return set(re.findall(r"BSD\d{3}", row.split("|")[2 + FAULTS.index(fault)]))
