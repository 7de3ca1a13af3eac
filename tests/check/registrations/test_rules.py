from __future__ import annotations

import json

import pytest

from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.own_rules import RuleCrashed
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Files, Subjects, find_subjects
from brainscore_data.records.receipts import Receipts

REGISTRATIONS = next(family for family in FAMILIES if family.code == "BSD5")
RULES = REGISTRATIONS.rules()
# What an example's pyproject.toml says.
SETTINGS = Settings(allowed_buckets=("brainscore-storage",))
SHA1 = "a" * 40
# Where it does not matter what is imported: behind all lines, so that they keep their numbers.
IMPORTS = "from brainscore_vision import *\n"


def outcome_of(subjects, settings=SETTINGS):
    outcome = run_rules(RULES, REGISTRATIONS.probe(CheckRun(subjects, settings)), settings)
    assert RuleCrashed.code not in {finding.code for finding in outcome.findings}, outcome.findings
    return outcome


def found(folder, settings=SETTINGS):
    return outcome_of(find_subjects([folder]), settings).findings


def codes(folder, settings=SETTINGS):
    return [finding.code for finding in found(folder, settings)]


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def assembly(call, key="'Kar2019'"):
    return f"data_registry[{key}] = {call}\n"


def s3(**changed):
    arguments = {
        "identifier": "'Kar2019'",
        "version_id": "'v1'",
        "sha1": f"'{SHA1}'",
        "bucket": "'brainscore-storage/brainio-brainscore'",
        **changed,
    }
    written = ", ".join(f"{name}={value}" for name, value in arguments.items() if value is not None)
    return f"lambda: load_assembly_from_s3({written}, cls=NeuroidAssembly)"


@pytest.fixture
def plugin(tmp_path):
    """Write a plugin and give the codes of what is found in it."""
    (tmp_path / ".git").mkdir()

    def check(source, settings=SETTINGS):
        write(tmp_path, {"library/data/kar2019/__init__.py": source + IMPORTS})
        return codes(tmp_path, settings)

    return check


@pytest.mark.parametrize(
    ("store", "is_one"),
    [
        ("osf://4xf2d/data", True),
        ("https://lab.org/data", True),
        ("doi:10.5281/zenodo.1234", True),
        ("file:///srv/store", True),
        ("https://osf.io/4xf2d/", False),
        ("https://lab.s3.amazonaws.com/data", False),
        ("http://lab.org/data", False),
        ("lab/data", False),
    ],
)
def test_a_store_of_any_kind_may_be_named(plugin, store, is_one):
    call = (
        f"lambda: brainscore_data.load_assembly(identifier='Kar2019', store='{store}', "
        f"version_id='v1', sha1='{SHA1}', cls=NeuroidAssembly)"
    )
    assert ("BSD516" not in plugin(f"import brainscore_data\n{assembly(call)}")) is is_one


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_receipts_of_examples_are_receipts(rule):
    for text in (
        text for name, text in rule.passes.files.items() if name.endswith("receipts.json")
    ):
        assert Receipts.model_validate_json(text).items


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (b"x = (", 1),
        (b"\n\nx = '\xff'", 3),
        (b"# coding: latin-1\nx = '\xe4'", 2),
        (b"x = 1\0", None),
    ],
)
def test_a_plugin_that_does_not_parse_is_one_finding_at_its_line(source, line, tmp_path):
    path = tmp_path / "__init__.py"
    path.write_bytes(source + b"\n# data_registry")
    (finding,) = found(tmp_path)
    assert finding.code == "BSD501"
    assert line is None or finding.place.line == line


@pytest.mark.parametrize(
    "text", ["(" * 50_000, "-" * 100_000 + "1", "x" + ".y" * 100_000, "x" * (2 << 20)]
)
def test_hostile_source_is_one_finding(text, tmp_path):
    write(tmp_path, {"__init__.py": f"data_registry\ny = {text}\n"})
    assert codes(tmp_path) == ["BSD501"]


def test_a_folder_in_place_of_a_plugin_is_one_finding(tmp_path):
    (tmp_path / "__init__.py").mkdir()
    subjects = Subjects(None, (), (tmp_path / "__init__.py",), Files())
    assert [each.code for each in outcome_of(subjects).findings] == ["BSD501"]


@pytest.mark.parametrize(
    "source",
    [
        assembly(s3(), "KEY"),
        assembly(s3(), "f'Kar{2019}'"),
        assembly(s3(), "\n'Kar2019'"),
        assembly(s3(), "'Kar' '2019'"),
        f"for name in names:\n    {assembly(s3(), 'name')}",
        f"data_registry.update({{'Kar2019': {s3()}}})\n",
        f"data_registry.setdefault('Kar2019', {s3()})\n",
    ],
)
def test_a_key_that_the_search_does_not_find_is_an_error(plugin, source):
    assert plugin(source) == ["BSD502"]


def test_reading_a_registry_is_no_registration(plugin):
    assert plugin("def load(identifier):\n    return data_registry[identifier]()\n") == []


@pytest.mark.parametrize("copy", [assembly(s3()), '# data_registry["Kar2019"] moved\n'])
def test_a_key_in_two_plugins_is_an_error_in_both_even_as_a_comment(plugin, tmp_path, copy):
    write(tmp_path, {"library/data/copy/__init__.py": copy})
    # Discovery never looks into folders of plugins, or into other libraries.
    write(tmp_path, {"library/data/kar2019/parts/__init__.py": assembly(s3())})
    write(tmp_path, {"other/data/kar2019/__init__.py": assembly(s3())})
    assert plugin(assembly(s3())).count("BSD503") == 2


def test_a_key_twice_in_one_plugin_is_an_error_unless_only_one_is_run(plugin):
    assert plugin(assembly(s3()) * 2) == ["BSD503"]
    assert plugin(f"if A:\n    {assembly(s3())}else:\n    {assembly(s3())}") == []


@pytest.mark.parametrize(
    "sha1", ["None", "''", "'abc'", f"'{SHA1}0'", f"'{SHA1.upper()}'", "'<sha1>'"]
)
def test_a_sha1_that_is_none_is_an_error(plugin, sha1):
    assert plugin(assembly(s3(sha1=sha1))) == ["BSD504"]


@pytest.mark.parametrize("version", ["None", "''", "'null'"])
def test_a_version_that_is_none_is_a_warning(plugin, version):
    assert plugin(assembly(s3(version_id=version))) == ["BSD505"]


def test_what_only_running_the_plugin_would_tell_is_listed_as_not_followed(plugin):
    for call in (
        s3(sha1="SHA1", version_id="VERSIONS['Kar2019']", bucket="bucket()"),
        "lambda: load_assembly_from_s3(**PINS)",
        "lambda: load_assembly_from_s3(*pins)",
        "make_loader('sub-01')",
    ):
        assert plugin(assembly(call)) == ["BSD519"]


@pytest.mark.parametrize(
    "source",
    [
        f"SHA1 = '{SHA1[1:]}'\n" + assembly(s3(sha1="SHA1")),
        assembly(s3(sha1="'abc'").replace("lambda: ", "lambda: reindex(") + ")"),
        assembly(
            "partial(load_assembly_from_s3, 'Kar2019', 'v1', 'abc', 'brainscore-storage', Spikes)"
        ),
        assembly("lambda: load_from_s3(identifier='Kar2019', sha1='abc', version_id='v1')"),
        "def load():\n    return load_from_s3('Kar2019', 'abc', version_id='v')\n"
        + assembly("load"),
        assembly(
            "lambda: brainscore_data.load_assembly('Kar2019', store='s3://brainscore-storage', "
            "version_id='v1', sha1='abc')"
        ),
        assembly(
            s3(sha1="'abc'", stimulus_set_loader="lambda: load_stimulus_set_from_s3('x', 'y')")
        ),
        (
            "stimulus_set_registry['Kar2019'] = lambda: load_stimulus_set_from_s3(identifier='Kar2019', "
            f"bucket='brainscore-storage', csv_sha1='{SHA1}', zip_sha1='abc', csv_version_id='c', "
            "zip_version_id='z')\n"
        ),
    ],
)
def test_pins_are_read_however_the_loader_is_called(plugin, source):
    assert plugin(source) == ["BSD504"]


@pytest.mark.parametrize(
    ("identifier", "is_alike"),
    [("dicarlo.Kar2019", True), ("kar_2019", True), ("Kar2018", False), ("THINGS", False)],
)
def test_an_identifier_is_compared_with_its_key(plugin, identifier, is_alike):
    assert plugin(assembly(s3(identifier=repr(identifier)))) == ([] if is_alike else ["BSD506"])


@pytest.mark.parametrize(
    ("allowed", "is_allowed"),
    [
        ((), True),
        (("brainscore-storage",), True),
        (("s3://brainscore-storage/brainio-brainscore/",), True),
        (("brainscore-storage/brainio",), False),
        (("other", "brainscore"), False),
    ],
)
def test_a_bucket_is_allowed_with_all_that_is_below_it(plugin, allowed, is_allowed):
    settings = Settings(allowed_buckets=allowed)
    assert plugin(assembly(s3()), settings) == ([] if is_allowed else ["BSD507"])


# Receipts

AGREE = next(rule for rule in RULES if rule.code == "BSD509")
FOLDER = "brainscore_vision/data/kar2019"


@pytest.fixture
def published(tmp_path):
    (tmp_path / ".git").mkdir()
    write(tmp_path, AGREE.passes.files)
    return tmp_path


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("57813230e3", "57813230e4"),
        ("kCt7PZx9jxX", "kCt7PZx9jxY"),
        ("brainio-brainscore", "brainscore-vision"),
    ],
)
@pytest.mark.parametrize("name", ["__init__.py", "receipts.json"])
def test_a_registration_that_disagrees_with_receipts_is_an_error_at_its_line(
    published, old, new, name
):
    change(published / FOLDER / name, old, new)
    (finding,) = found(published)
    assert (finding.code, finding.place.line) == ("BSD509", 4)
    assert f"`brainscore-data register {published / FOLDER / 'receipts.json'}`" in finding.hint
    assert codes(published / FOLDER / "__init__.py") == ["BSD509"]
    assert codes(published / FOLDER / "dataset.toml") == ["BSD509"]


def test_a_store_without_versions_agrees_with_null(published):
    change(published / FOLDER / "receipts.json", '"kCt7PZx9jxXDrRhyow9y8hDUUDFAAp._"', "null")
    change(published / FOLDER / "__init__.py", "kCt7PZx9jxXDrRhyow9y8hDUUDFAAp._", "null")
    assert codes(published) == ["BSD505"]


def test_a_ceiling_of_the_same_name_is_registered_nowhere(published):
    path = published / FOLDER / "receipts.json"
    document = json.loads(path.read_text())
    (item,) = document["items"]
    ceiling = json.loads(json.dumps(item).replace("57813230e3", "57813230e4"))
    document["items"] = [item, {**ceiling, "prefix": "ceiling_"}]
    path.write_text(json.dumps(document))
    assert codes(published) == []


def test_receipts_without_a_manifest_beside_them_are_not_looked_at(published):
    change(published / FOLDER / "__init__.py", "kCt7PZx9jxX", "kCt7PZx9jxY")
    (published / FOLDER / "dataset.toml").unlink()
    assert codes(published) == []


def test_an_older_version_may_stay_registered_beside_the_one_that_agrees(published):
    path = published / FOLDER / "__init__.py"
    older = path.read_text().replace('["Kar2019"]', '["kar-2019"]').replace("kCt7", "kCt8")
    path.write_text(path.read_text() + older)
    assert codes(published) == []


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"{}", b'{"schema": 2}', b"\xff", b"[" * 100_000]
    + [
        json.dumps({"schema": 1, "items": items}).encode()
        for items in (5, [5], [{"kind": []}], [{"kind": "x"}])
    ],
)
def test_receipts_that_cannot_be_read_are_one_finding(published, content):
    (published / FOLDER / "receipts.json").write_bytes(content)
    assert codes(published) == ["BSD508"]


def test_nothing_is_executed(plugin, tmp_path):
    plugin(
        f"open({str(tmp_path / 'ran')!r}, 'w')\n"
        + assembly(f"open({str(tmp_path / 'ran')!r}, 'w')")
    )
    assert not (tmp_path / "ran").exists()
