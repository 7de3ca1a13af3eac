from __future__ import annotations

import csv
import textwrap
from collections import defaultdict
from pathlib import Path

import pytest

from brainscore_data.base.repository import find_repository
from brainscore_data.plugins.registered import Registered, StimulusSetPin, read_registered
from brainscore_data.plugins.render import render_registrations

CSV_SHA1, ZIP_SHA1 = "a" * 40, "b" * 40


@pytest.fixture
def registered_by(tmp_path):
    def read(source: str) -> Registered:
        path = tmp_path / "data" / "plugin" / "__init__.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return read_registered(tmp_path)

    return read


def pin(**changed: str | None) -> StimulusSetPin:
    facts = {
        "store": "s3://bucket/prefix",
        "csv_sha1": CSV_SHA1,
        "csv_version_id": "c1",
        "zip_sha1": ZIP_SHA1,
        "zip_version_id": "z1",
    }
    return StimulusSetPin(**{**facts, **changed})


KEYWORDS = (
    f"identifier='Hebart2019', bucket='bucket/prefix', csv_sha1='{CSV_SHA1}', "
    f"zip_sha1='{ZIP_SHA1}', csv_version_id='c1', zip_version_id='z1'"
)
KEY = "stimulus_set_registry['things']"
POSITIONAL = f"'Hebart2019', _BUCKET, '{CSV_SHA1}', '{ZIP_SHA1}', 'c1', 'z1'"
SPELLINGS = {
    "keywords": f"{KEY} = lambda: load_stimulus_set_from_s3({KEYWORDS})",
    "positional": f"_BUCKET = 'bucket/prefix'\n"
    f"{KEY} = lambda: load_stimulus_set_from_s3({POSITIONAL})",
    "constants": f"_ID = 'Hebart2019'\n_KEY = 'things'\n"
    f"stimulus_set_registry[_KEY] = lambda: load_stimulus_set_from_s3("
    f"{KEYWORDS.replace(repr('Hebart2019'), '_ID')})",
    "attribute": f"brainscore_vision.{KEY} = lambda: s3.load_stimulus_set_from_s3({KEYWORDS})",
    "partial": f"{KEY} = functools.partial(load_stimulus_set_from_s3, {KEYWORDS})",
    "partial, positional": f"_BUCKET = 'bucket/prefix'\n"
    f"{KEY} = partial(load_stimulus_set_from_s3, {POSITIONAL})",
    "wrapped": f"{KEY} = lambda: (columns_to_str(load_stimulus_set_from_s3({KEYWORDS})))",
    "indented": f"if True:\n    {KEY} = lambda: load_stimulus_set_from_s3({KEYWORDS})",
    "our own": f"{KEY} = lambda: brainscore_data.load_stimulus_set("
    f"{KEYWORDS.replace('bucket=', 'store=').replace('bucket/', 's3://bucket/')})",
    "our own, imported": f"{KEY} = lambda: load_stimulus_set("
    f"{KEYWORDS.replace('bucket=', 'store=').replace('bucket/', 's3://bucket/')})",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_registration_is_read_however_it_is_spelt(registered_by, spelling):
    source = SPELLINGS[spelling]
    registered = registered_by(source)
    (found,) = registered.stimulus_sets
    assert (found.registry_key, found.identifier, found.pin) == ("things", "Hebart2019", pin())
    assert found.file == Path("data", "plugin", "__init__.py")
    assert KEY in source.splitlines()[found.line - 1] or "[_KEY]" in source
    assert registered.notices == ()


def test_what_the_program_itself_registers_elsewhere_than_on_aws_is_read(
    registered_by, receipts_of
):
    receipts = receipts_of("hvm", endpoint="http://localhost:9000", region="eu-lab-1")
    (found,) = registered_by(render_registrations(receipts)).stimulus_sets
    stored = receipts.items[0]
    assert found.pin == StimulusSetPin(
        "s3://lab/data",
        stored.csv.object.sha1,
        "v1",
        stored.zip.object.sha1,
        "v1",
        endpoint_url="http://localhost:9000",
        region="eu-lab-1",
    )


def test_a_stimulus_set_is_found_by_key_and_by_identifier(registered_by):
    registered = registered_by(SPELLINGS["keywords"])
    assert registered.find("things") is registered.find("Hebart2019") is not None
    assert registered.find("Things") is None
    assert registered.nearest("Things") == "things"


def test_a_registry_key_counts_more_than_an_identifier(registered_by):
    other = SPELLINGS["keywords"].replace("'things'", "'Hebart2019'").replace("c1", "c2")
    found = registered_by(SPELLINGS["keywords"] + "\n" + other).find("Hebart2019")
    assert found.pin.csv_version_id == "c2"


@pytest.mark.parametrize("written", ["'null'", "''", "None"])
def test_a_version_id_that_is_none_is_none(registered_by, written):
    (found,) = registered_by(SPELLINGS["keywords"].replace("'c1'", written)).stimulus_sets
    assert found.pin == pin(csv_version_id=None)


def test_another_prefix_of_the_file_names_is_kept(registered_by):
    source = SPELLINGS["keywords"].replace("'z1'", "'z1', filename_prefix='image_'")
    assert registered_by(source).stimulus_sets[0].pin.filename_prefix == "image_"


@pytest.mark.parametrize(
    "value",
    [
        "load_things",
        "lambda: load_things('things')",
        f"lambda: load_stimulus_set_from_s3({KEYWORDS.replace(repr('c1'), 'versions[0]')})",
        f"lambda: load_stimulus_set_from_s3({KEYWORDS}, **more)",
        f"lambda: load_stimulus_set_from_s3(*args, {KEYWORDS})",
        f"lambda: load_stimulus_set_from_s3({KEYWORDS.replace(repr('bucket/prefix'), 'TWICE')})",
        f"lambda: load_stimulus_set_from_s3({KEYWORDS}) + load_stimulus_set_from_s3({KEYWORDS})",
        # brainscore_vision's own function of that name, which goes through the registry
        "lambda: load_stimulus_set(identifier='things')",
    ],
)
def test_a_registration_that_must_be_run_is_known_by_name_only(registered_by, value):
    (found,) = registered_by(f"TWICE = 'a'\nTWICE = 'b'\n{KEY} = {value}").stimulus_sets
    assert (found.registry_key, found.identifier, found.pin) == ("things", "things", None)


def test_a_key_that_is_no_literal_is_reported(registered_by):
    registered = registered_by(f"""
        for name in names:
            stimulus_set_registry[name] = lambda: load_stimulus_set_from_s3({KEYWORDS})
    """)
    assert registered.stimulus_sets == ()
    assert (
        "__init__.py:3: a registration was not read: its key is not literal"
        in registered.notices[0]
    )


@pytest.mark.parametrize(
    "broken", [b"def broken(:\n", b"x = '\x00'", b"x = '\xff'", b"x = " + b"(" * 5000]
)
def test_a_file_that_does_not_parse_is_reported_and_the_others_are_read(
    registered_by, tmp_path, broken
):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "__init__.py").write_bytes(b"stimulus_set_registry\n" + broken)
    registered = registered_by(SPELLINGS["keywords"])
    assert registered.find("things") is not None
    (notice,) = registered.notices
    assert notice.startswith(str(Path("broken", "__init__.py")))


def test_nothing_is_executed(registered_by, tmp_path):
    registered_by(
        f"open({str(tmp_path / 'ran')!r}, 'w')\n{KEY} = open({str(tmp_path / 'ran')!r}, 'w')"
    )
    assert not (tmp_path / "ran").exists()


def test_backslashes_in_a_bibliography_are_no_problem(registered_by):
    registered = registered_by('BIBTEX = """title={A \\& B}"""\n' + SPELLINGS["keywords"])
    assert len(registered.stimulus_sets) == 1
    assert registered.notices == ()


def test_virtual_environments_hidden_folders_and_symlinks_are_left_out(registered_by, tmp_path):
    for folder in ("env/lib/brainscore_vision", ".tox/brainscore_vision", "link"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__init__.py").symlink_to(tmp_path / "data/plugin/__init__.py")
    for folder in ("env/lib/brainscore_vision", ".tox/brainscore_vision"):
        (tmp_path / folder / "__init__.py").unlink()
        (tmp_path / folder / "__init__.py").write_text(SPELLINGS["partial"])
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert len(registered_by(SPELLINGS["keywords"]).stimulus_sets) == 1


@pytest.mark.parametrize("as_file", [True, False])
def test_a_repository_is_the_folder_above_with_git_in_it(tmp_path, as_file):
    git = tmp_path / "repository" / ".git"
    (inside := tmp_path / "repository" / "data" / "plugin").mkdir(parents=True)
    git.write_text("gitdir: elsewhere") if as_file else git.mkdir()
    (inside / "dataset.toml").touch()
    assert find_repository(inside) == git.parent.resolve()
    assert find_repository(inside / "dataset.toml") == git.parent.resolve()


# The live registrations

STYLES = (
    (
        "stimulus_set_registry[{registry_key!r}] = lambda: load_stimulus_set_from_s3(\n"
        "    identifier={identifier!r},\n    bucket={bucket!r},\n    csv_sha1={csv_sha1!r},\n"
        "    zip_sha1={zip_sha1!r},\n    csv_version_id={csv_version_id!r},\n"
        "    zip_version_id={zip_version_id!r})\n"
    ),
    (
        "stimulus_set_registry[{registry_key!r}] = lambda: load_stimulus_set_from_s3("
        "{identifier!r}, {bucket!r}, {csv_sha1!r}, {zip_sha1!r}, {csv_version_id!r}, "
        "{zip_version_id!r}, filename_prefix='stimulus_')\n"
    ),
    (
        "_BUCKET_{number} = {bucket!r}\n"
        "stimulus_set_registry[{registry_key!r}] = lambda: columns_to_str(load_stimulus_set_from_s3("
        "identifier={identifier!r}, bucket=_BUCKET_{number}, csv_sha1={csv_sha1!r}, "
        "zip_sha1={zip_sha1!r}, csv_version_id={csv_version_id!r}, "
        "zip_version_id={zip_version_id!r}))\n"
    ),
    (
        "stimulus_set_registry[{registry_key!r}] = partial(load_stimulus_set_from_s3, "
        "identifier={identifier!r}, bucket={bucket!r}, csv_sha1={csv_sha1!r}, "
        "zip_sha1={zip_sha1!r}, csv_version_id={csv_version_id!r}, "
        "zip_version_id={zip_version_id!r})\n"
    ),
    (
        "stimulus_set_registry[{registry_key!r}] = lambda: brainscore_data.load_stimulus_set("
        "identifier={identifier!r}, store='s3://{bucket}', csv_version_id={csv_version_id!r}, "
        "csv_sha1={csv_sha1!r}, zip_version_id={zip_version_id!r}, zip_sha1={zip_sha1!r})\n"
    ),
)


def test_every_live_stimulus_set_of_vision_is_found(shared_data, tmp_path):
    with (shared_data / "registrations.csv").open(newline="", encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if (row["repo"], row["kind"]) == ("vision", "stimulus_set")
        ]
    plugins = defaultdict(str)
    for number, row in enumerate(rows):
        plugins[row["plugin"]] += STYLES[number % len(STYLES)].format(number=number, **row)
    for plugin, source in plugins.items():
        (tmp_path / plugin).mkdir()
        (tmp_path / plugin / "__init__.py").write_text(source, encoding="utf-8")

    registered = read_registered(tmp_path)

    assert registered.notices == ()
    assert len(registered.stimulus_sets) == len(rows) == 104
    for row in rows:
        found = registered.find(row["registry_key"])
        assert found.identifier == row["identifier"]
        assert found.file == Path(row["plugin"], "__init__.py")
        assert found.pin == StimulusSetPin(
            store=f"s3://{row['bucket']}",
            csv_sha1=row["csv_sha1"],
            csv_version_id=None if row["csv_version_id"] == "null" else row["csv_version_id"],
            zip_sha1=row["zip_sha1"],
            zip_version_id=None if row["zip_version_id"] == "null" else row["zip_version_id"],
        )
