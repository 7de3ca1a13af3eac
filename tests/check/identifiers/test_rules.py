from __future__ import annotations

import time
from itertools import product

import pytest

from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.own_rules import RuleCrashed
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Files, Subjects, find_subjects
from brainscore_data.check.identifiers.rules import relations

IDENTIFIERS = next(family for family in FAMILIES if family.code == "BSD1")
RULES = IDENTIFIERS.rules()
# What an example's pyproject.toml says.
SETTINGS = Settings(pull_request=512)


def found(folder, settings=SETTINGS):
    outcome = run_rules(
        IDENTIFIERS.rules(),
        IDENTIFIERS.probe(CheckRun(find_subjects([folder]), settings)),
        settings,
    )
    assert RuleCrashed.code not in {finding.code for finding in outcome.findings}, outcome.findings
    return outcome.findings


def codes(folder, settings=SETTINGS):
    return [finding.code for finding in found(folder, settings)]


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def manifest(*identifiers, kind="assembly", plugin=None):
    head = f'[dataset]\nplugin = "{plugin}"\n' if plugin else ""
    return head + "".join(f'\n[[{kind}]]\nidentifier = "{each}"\n' for each in identifiers)


def registration(identifier, *, key=None, bucket="brainscore-storage/brainio-brainscore"):
    return (
        f'data_registry["{key or identifier}"] = lambda: load_assembly_from_s3(\n'
        f'    identifier="{identifier}", version_id="v", sha1="{"a" * 40}", bucket="{bucket}")\n'
    )


@pytest.fixture
def repository(tmp_path):
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "identifier",
    [
        "MajajHong2015",
        "MajajHong2015.public",
        "Marques2020_size",
        "Geirhos2021_cue-conflict",
        "Schiller1976c",
        "dicarlo.MajajHong2015.temporal-10ms",
        "dicarlo.Kar2018hvm",
        "klab.Zhang2018search_obj_array",
        "dicarlo.b.m.Kar.512",
    ],
)
def test_the_living_forms_pass(identifier, tmp_path):
    write(tmp_path, {"dataset.toml": manifest(identifier)})
    assert codes(tmp_path) == []


@pytest.mark.parametrize(
    "identifier",
    [
        "hvm",
        "x.MajajHong2015.public.",
        "MajajHong2015_",
        "majaj2015",
        "MajajHong",
        "MajajHong215",
        "MajajHong20155",
        "2015Majaj",
        "Dicarlo.Kar2019x",
        "dicarlo.x.m.Kar.5",
        "dicarlo.b.m.Kar.05",
        "dicarlo.b.m.Kar.5x",
    ],
)
def test_a_new_identifier_of_no_form_is_an_error(identifier, tmp_path):
    write(tmp_path, {"dataset.toml": manifest(identifier)})
    assert codes(tmp_path) == ["BSD101"]


@pytest.mark.parametrize(
    ("naming", "identifier", "is_right"),
    [
        ("author-year", "Kar2019.public", True),
        ("author-year", "dicarlo.Kar2019", False),
        ("lab", "dicarlo.Kar2019", True),
        ("lab", "Kar2019", False),
        ("request", "dicarlo.b.m.Kar.512", True),
        ("request", "Kar2019", False),
    ],
)
def test_a_repository_can_demand_one_form(naming, identifier, is_right, tmp_path):
    write(tmp_path, {"dataset.toml": manifest(identifier)})
    assert codes(tmp_path, Settings(naming=naming)) == ([] if is_right else ["BSD101"])


def test_a_name_that_is_registered_already_is_a_warning(repository):
    write(
        repository, {"dataset.toml": manifest("hvm"), "data/hvm/__init__.py": registration("hvm")}
    )
    assert codes(repository) == ["BSD102"]


def test_a_finding_is_at_the_line_of_the_identifier(tmp_path):
    text = '[[stimulus_set]]\nidentifier = "Kar2019"\n\n[[assembly]]\nclass = "X"\n\nidentifier = "hvm"\n'
    write(tmp_path, {"dataset.toml": text})
    (finding,) = found(tmp_path)
    assert str(finding.place) == f"{tmp_path / 'dataset.toml'}:7 ([[assembly]] 1)"


@pytest.mark.parametrize(
    "identifier", ["Kar2019/x", "../Kar2019", "Kär2019", "Kar2019 x", "", "K" * 201]
)
def test_characters_that_no_key_has_are_one_error(identifier, tmp_path):
    write(tmp_path, {"dataset.toml": manifest(identifier)})
    assert codes(tmp_path) == ["BSD103"]


def test_next_year_is_plausible_and_the_one_after_is_not(tmp_path):
    year = time.gmtime().tm_year
    write(
        tmp_path,
        {"dataset.toml": manifest(f"Kar{year + 1}", f"Kar{year + 2}", "Kar1950", "Kar1949")},
    )
    assert [
        f"Kar{year + 2}" in each.message or "Kar1949" in each.message for each in found(tmp_path)
    ] == [
        True,
        True,
    ]


def test_a_request_number_is_compared_where_the_pull_request_is_known(tmp_path):
    write(tmp_path, {"dataset.toml": manifest("dicarlo.b.m.Kar.511")})
    assert codes(tmp_path, Settings(pull_request=512)) == ["BSD105"]
    assert codes(tmp_path, Settings(pull_request=511)) == []
    assert codes(tmp_path, Settings()) == []


@pytest.mark.parametrize("other", ["Kar2019_public", "kar2019.PUBLIC", "Kar2019.Public"])
def test_identifiers_of_one_key_collide_with_what_is_registered(other, repository):
    write(
        repository,
        {"dataset.toml": manifest(other), "data/kar/__init__.py": registration("Kar2019.public")},
    )
    assert "BSD106" in codes(repository / "dataset.toml")


def test_a_stimulus_set_and_an_assembly_share_a_name(repository):
    write(
        repository,
        {
            "dataset.toml": manifest("Kar2019") + manifest("Kar2019", kind="stimulus_set"),
            "data/kar/__init__.py": registration("Kar2019"),
        },
    )
    assert codes(repository) == []


def test_the_same_name_in_a_plugin_that_is_not_the_manifests_is_a_collision(repository):
    write(repository, {"data/kar/__init__.py": registration("Kar2019")})
    write(repository, {"dataset.toml": manifest("Kar2019", plugin="data/kar")})
    assert codes(repository) == []
    write(repository, {"dataset.toml": manifest("Kar2019", plugin="data/other")})
    assert codes(repository) == ["BSD106"]


def test_two_versions_of_one_file_and_two_stores_do_not_collide(repository):
    source = registration("Kar2019.public") + registration("Kar2019.public", key="Kar2019.old")
    source += registration("Kar2019_public", bucket="elsewhere")
    write(repository, {"data/kar/__init__.py": source})
    assert codes(repository) == []


@pytest.mark.parametrize("author", ["Geiros", "Gierhos", "Geirrhos", "GeirHos"])
def test_a_misspelt_author_is_a_warning(author, repository):
    write(
        repository,
        {
            "dataset.toml": manifest(f"{author}2023_contrast"),
            "data/geirhos/__init__.py": registration("brendel.Geirhos2021_sketch"),
        },
    )
    assert codes(repository) == ["BSD108"]


def test_short_names_and_other_last_letters_are_other_authors(repository):
    write(
        repository,
        {
            "dataset.toml": manifest("Kay2023", "Schillen2023"),
            "data/kar/__init__.py": registration("Kar2019") + registration("Schiller1976c"),
        },
    )
    assert codes(repository) == []


def test_of_two_spellings_that_are_registered_equally_often_neither_is_told(repository):
    for names in (["Geirhos2021_sketch"], ["Geirhos2021_sketch", "Geirhos2021_edge"]):
        theirs = "".join(registration(name) for name in names)
        others = "".join(registration(name.replace("rh", "r")) for name in names)
        write(repository, {"data/geirhos/__init__.py": theirs, "data/geiros/__init__.py": others})
        assert codes(repository) == []


def test_of_two_registered_spellings_the_rarer_is_the_misspelt_one(repository):
    source = registration("Geirhos2021_sketch") + registration("Geirhos2021_edge")
    write(repository, {"data/geirhos/__init__.py": source + registration("Geiros2021_colour")})
    (finding,) = found(repository)
    assert (finding.code, finding.place.line) == ("BSD108", 5)


@pytest.mark.parametrize(("new", "is_near"), [
    ("Geirhos2021.sketch", True), ("Geirhos2021_skech", True), ("Geirhos2021_stylized", False),
    ("Geirhos2022_sketch", False),
])  # fmt: skip
def test_a_name_that_is_nearly_a_registered_one_is_a_warning(new, is_near, repository):
    write(
        repository,
        {
            "dataset.toml": manifest(new),
            "data/geirhos/__init__.py": registration("Geirhos2021_sketch"),
        },
    )
    assert ("BSD107" in codes(repository)) == is_near


def test_only_what_was_asked_for_has_findings_and_all_is_compared(repository):
    write(
        repository,
        {
            "data/hvm/__init__.py": registration("hvm"),
            "data/kar/__init__.py": registration("Kar2019.public") + registration("Kar2019_public"),
        },
    )
    assert codes(repository / "data" / "hvm" / "__init__.py") == ["BSD102"]
    write(repository, {"data/new/__init__.py": registration("Kar2019.PUBLIC")})
    assert codes(repository / "data" / "new") == ["BSD106"]


@pytest.mark.parametrize(
    "content",
    [b"identifier = Kar2019", b"\xff\xfe", b"a = '\x00'", b"[" * 100_000, b"a." * 100_000],
)
def test_a_manifest_that_cannot_be_read_is_one_finding(content, tmp_path):
    (tmp_path / "dataset.toml").write_bytes(content)
    assert codes(tmp_path) == ["BSD110"]


def test_a_folder_in_place_of_a_manifest_is_one_finding(tmp_path):
    (tmp_path / "dataset.toml").mkdir()
    subjects = Subjects(None, (tmp_path / "dataset.toml",), (), Files())
    alone = Settings(select=("BSD1",))
    outcome = run_rules(RULES, IDENTIFIERS.probe(CheckRun(subjects, alone)), alone)
    assert [finding.code for finding in outcome.findings] == ["BSD110"]


def test_items_of_the_wrong_types_are_left_to_the_rules_of_manifests(tmp_path):
    write(tmp_path, {"dataset.toml": 'assembly = ["x", {identifier = 5}]\nstimulus_set = 3\n'})
    assert codes(tmp_path) == []


def test_a_name_is_compared_with_few_of_thousands(repository, monkeypatch):
    compared = []

    def counted(near):
        return lambda one, other: compared.append(one) or near(one, other)

    for name in ("nearly_same_identifier", "nearly_same_word"):
        monkeypatch.setattr(relations, name, counted(getattr(relations, name)))
    # All of them have a misspelling in common with each other, and none is nearly another one.
    cases = ["".join(letters) for letters in product(*zip("bcdefg", "BCDEFG", strict=True))]
    source = "".join(registration(f"A{case}{end}2019") for case in cases for end in "uvwxyz")
    new = [f"Abcdefg{end}2019" for end in "abhijklmno"]
    write(repository, {"data/many/__init__.py": source, "dataset.toml": manifest(*new)})
    assert codes(repository / "dataset.toml") == []
    # As a name, and as an author: with twenty, and not with all 384.
    assert 0 < len(compared) <= 2 * 20 * len(new)
