"""What the checks say of the registrations that Brain-Score has today (docs/checks.md)."""

from __future__ import annotations

import csv
import subprocess
from collections import Counter, defaultdict

import pytest

from brainscore_data.check.checking import check
from brainscore_data.check.families import FAMILIES
from brainscore_data.check.finding import Severity
from brainscore_data.check.running import run_rules
from brainscore_data.check.settings import Settings
from brainscore_data.check.subjects import find_subjects

NAMES = [family for family in FAMILIES if family.code in {"BSD1", "BSD5"}]

# How the plugins of brainscore_vision and brainscore_language write them.
STIMULUS_SETS = (
    (
        "stimulus_set_registry['{registry_key}'] = lambda: load_stimulus_set_from_s3(\n"
        "    identifier='{identifier}',\n    bucket='{bucket}',\n    csv_sha1='{csv_sha1}',\n"
        "    zip_sha1='{zip_sha1}',\n    csv_version_id='{csv_version_id}',\n"
        "    zip_version_id='{zip_version_id}')\n"
    ),
    (
        'stimulus_set_registry["{registry_key}"] = lambda: load_stimulus_set_from_s3("{identifier}", '
        '"{bucket}", "{csv_sha1}", "{zip_sha1}", "{csv_version_id}", "{zip_version_id}")\n'
    ),
    (
        "_BUCKET_{number} = '{bucket}'\n"
        "stimulus_set_registry['{registry_key}'] = lambda: force_stimulus_set_column_to_str("
        "load_stimulus_set_from_s3(identifier='{identifier}', bucket=_BUCKET_{number}, "
        "csv_sha1='{csv_sha1}', zip_sha1='{zip_sha1}', csv_version_id='{csv_version_id}', "
        "zip_version_id='{zip_version_id}'))\n"
    ),
    (
        "stimulus_set_registry['{registry_key}'] = partial(load_stimulus_set_from_s3, "
        "identifier='{identifier}', bucket='{bucket}', csv_sha1='{csv_sha1}', "
        "zip_sha1='{zip_sha1}', csv_version_id='{csv_version_id}', "
        "zip_version_id='{zip_version_id}')\n"
    ),
    (
        "def load_{number}():\n    return load_stimulus_set_from_s3(identifier='{identifier}', "
        "bucket='{bucket}', csv_sha1='{csv_sha1}', zip_sha1='{zip_sha1}', "
        "csv_version_id='{csv_version_id}', zip_version_id='{zip_version_id}')\n\n\n"
        "stimulus_set_registry['{registry_key}'] = load_{number}\n"
    ),
    (
        "stimulus_set_registry['{registry_key}'] = lambda: brainscore_data.load_stimulus_set("
        "identifier='{identifier}', store='s3://{bucket}', csv_sha1='{csv_sha1}', "
        "zip_sha1='{zip_sha1}', csv_version_id='{csv_version_id}', "
        "zip_version_id='{zip_version_id}')\n"
    ),
)
ASSEMBLIES = (
    (
        "data_registry['{registry_key}'] = lambda: load_assembly_from_s3(\n"
        "    identifier='{identifier}',\n    version_id='{version_id}',\n    sha1='{sha1}',\n"
        "    bucket='{bucket}',\n    cls={cls},\n"
        "    stimulus_set_loader=lambda: load_stimulus_set('{registry_key}'),\n)\n"
    ),
    (
        'data_registry["{registry_key}"] = lambda: load_assembly_from_s3("{identifier}", '
        '"{version_id}", "{sha1}", "{bucket}", {cls})\n'
    ),
    (
        "data_registry['{registry_key}'] = lambda: reindex(load_assembly_from_s3("
        "identifier='{identifier}', version_id='{version_id}', sha1='{sha1}', bucket='{bucket}', "
        "cls={cls}))\n"
    ),
    (
        "_SHA1_{number} = '{sha1}'\n"
        "data_registry['{registry_key}'] = functools.partial(load_assembly_from_s3, "
        "identifier='{identifier}', version_id='{version_id}', sha1=_SHA1_{number}, "
        "bucket='{bucket}', cls={cls})\n"
    ),
    (
        "data_registry['{registry_key}'] = lambda: brainscore_data.load_assembly('{identifier}', "
        "store='s3://{bucket}', version_id='{version_id}', sha1='{sha1}', cls={cls})\n"
    ),
)
LANGUAGE = (
    (
        "data_registry['{registry_key}'] = lambda: load_from_s3(\n"
        "    identifier='{identifier}',\n    sha1='{sha1}')\n"
    ),
    (
        "def load_assembly_{number}():\n    assembly = load_from_s3(identifier='{identifier}', "
        "sha1='{sha1}')\n    return assembly\n\n\ndata_registry['{registry_key}'] = "
        "load_assembly_{number}\n"
    ),
)


@pytest.fixture(scope="module")
def rows(shared_data):
    with (shared_data / "registrations.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def plugins(rows, tmp_path_factory):
    """Write the live registrations as plugins, in all the ways that are in use."""
    repository = tmp_path_factory.mktemp("live")
    (repository / ".git").mkdir()
    sources = defaultdict(str)
    for number, row in enumerate(rows):
        styles = STIMULUS_SETS if row["kind"] == "stimulus_set" else ASSEMBLIES
        styles = LANGUAGE if row["repo"] == "language" else styles
        values = {**row, "cls": row["cls"].partition("(")[0]}
        style = styles[number % len(styles)]
        sources[row["repo"], row["plugin"]] += style.format(number=number, **values)
    for (name, plugin), source in sources.items():
        path = repository / f"brainscore_{name}" / "data" / plugin / "__init__.py"
        path.parent.mkdir(parents=True)
        path.write_text(source, encoding="utf-8")
    return repository


def findings_in(repository, settings=Settings()):  # noqa: B008 - frozen
    subjects = find_subjects([repository])
    return [
        finding
        for family in NAMES
        for finding in run_rules(
            family.rules(), family.probe(subjects, settings), settings
        ).findings
    ]


def test_no_name_that_brain_score_uses_today_is_an_error(rows, plugins):
    assert len(rows) == 198
    assert [each for each in findings_in(plugins) if each.severity is Severity.ERROR] == []


def test_the_repository_of_live_registrations_has_nothing_of_its_own(plugins):
    subprocess.run(["git", "init", "-q", str(plugins)], check=True)
    assert check([plugins], select=["BSD6"]).findings == ()


def test_so_many_live_registrations_get_which_warning(plugins, repository_root):
    counted = Counter(each.code for each in findings_in(plugins))
    assert counted == {"BSD102": 16, "BSD505": 172, "BSD506": 23}
    section = (repository_root / "docs" / "checks.md").read_text(encoding="utf-8")
    for code, number in counted.items():
        assert f"| {code} |" in section
        line = next(line for line in section.splitlines() if line.startswith(f"| {code} |"))
        assert line.split("|")[3].strip() == str(number)


def test_every_live_identifier_can_be_registered_again_from_a_manifest(rows, plugins, tmp_path):
    for kind in ("stimulus_set", "assembly"):
        names = sorted({row["identifier"] for row in rows if row["kind"] == kind})
        path = plugins / kind / "dataset.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f'[[{kind}]]\nidentifier = "{name}"\n' for name in names))
        said = [each for each in findings_in(path) if each.severity is Severity.ERROR]
        path.unlink()
        assert said == []


def test_registrations_in_a_loop_are_reported_and_stop_nothing(plugins, tmp_path):
    for path in plugins.rglob("__init__.py"):
        target = tmp_path / path.relative_to(plugins)
        target.parent.mkdir(parents=True)
        loop = "for name in NAMES:\n    data_registry[name] = load(name)\n"
        target.write_text(path.read_text(encoding="utf-8") + loop, encoding="utf-8")
    said = Counter(each.code for each in findings_in(tmp_path))
    assert said["BSD502"] == len(list(plugins.rglob("__init__.py")))
    assert said["BSD505"] == 172
