"""One mistake reads as one finding, and no other mistake goes untold for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.check.engine.checking import check
from brainscore_data.check.engine.outcome import run_rules, without_consequences
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.stimulus_files.facts import StimulusListing
from brainscore_data.check.stimulus_files.rules import listed_files

if TYPE_CHECKING:
    from brainscore_data.check.engine.finding import Finding

RULES = [listed_files.ListedIsThere(), listed_files.ThereIsListed(), listed_files.NamesAlike()]


def findings(listed: list[str], present: set[str]) -> list[Finding]:
    rows = tuple((name, line) for line, name in enumerate(listed, 2))
    facts = StimulusListing(
        "stimuli", "Doe2024", "stimuli.csv", rows, tuple(sorted(present)), is_mended=True
    )
    outcome = run_rules(RULES, [facts], Settings())
    return list(without_consequences(outcome.findings, outcome.causes))


@pytest.mark.parametrize(
    ("listed", "code", "hint"),
    [
        (["a.png", "b.PNG"], "BSD302", "did you mean 'b.png'? `brainscore-data check --fix`"),
        (["a.png", "b.pgn"], "BSD302", "did you mean 'b.png'?"),
        (["a.png", "stimuli/b.png"], "BSD302", "did you mean 'b.png'?"),
        (["a.png", ""], "BSD302", "fill it in; did you mean 'b.png'?"),
        (["a.png", "a.png"], "BSD304", "is 'b.png' meant, which no row lists?"),
        (["a.png", "A.png"], "BSD304", "is 'b.png' meant, which no row lists?"),
        (["A.png", "a.png"], "BSD304", "is 'b.png' meant, which no row lists?"),
    ],
)
def test_a_wrong_filename_is_one_finding_that_names_the_file(listed, code, hint):
    (found,) = findings(listed, {"a.png", "b.png"})
    assert found.code == code
    assert found.place.line in {2, 3}
    assert hint in found.hint


def test_names_that_have_nothing_in_common_are_two_findings():
    missing, unlisted = findings(["a.png", "house_of_cards.png"], {"a.png", "zebra.png"})
    assert (missing.code, unlisted.code) == ("BSD302", "BSD303")


def test_a_file_is_meant_by_one_row_only():
    found = findings(["a1.png", "a2.png"], {"a3.png"})
    assert [each.code for each in found] == ["BSD302", "BSD302"]
    assert sum("a3.png" in each.message for each in found) == 1


NAMES = st.text(alphabet="abAB", min_size=1, max_size=3).map(lambda stem: f"{stem}.png")


@given(listed=st.lists(NAMES | st.just(""), max_size=6), present=st.sets(NAMES, max_size=6))
def test_every_name_that_is_on_one_side_only_is_told(listed, present):
    found = findings(listed, present)
    told = " ".join(f"{each.message} {each.hint}" for each in found)
    if listed:
        assert all(f"'{name}'" in told for name in set(listed) ^ present if name)
    assert len(found) >= len(present - set(listed)) - listed.count("") - len(listed)
    assert bool(found) == (sorted(listed) != sorted(present) or not_distinct(listed))


def not_distinct(names: list[str]) -> bool:
    return len({name.casefold() for name in names}) < len(names)


STIMULI = """\
schema = 1
[dataset]
license = "MIT"
[[stimulus_set]]
identifier = "Doe2024"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli.zip"
"""


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "doe2024"
    folder.mkdir()
    (folder / "dataset.toml").write_text(
        STIMULI
        + """\
[[assembly]]
identifier = "Doe2024.choices"
visibility = "public"
class = "BehavioralAssembly"
stimulus_set = "Doe2024"
table = "trials.csv"
value = "choice"
columns = ["stimulus_id", "choice"]
"""
    )

    def write(ids: str, trials: str):
        rows = "".join(f"{each},{number}.png,x\n" for number, each in enumerate(ids.split(",")))
        (folder / "stimuli.csv").write_text(f"stimulus_id,filename,object\n{rows}")
        rows = "".join(f"{each},{number}\n" for number, each in enumerate(trials.split(",")))
        (folder / "trials.csv").write_text(f"stimulus_id,choice\n{rows}")
        return folder

    return write


def codes(folder, **options) -> list[str]:
    found = check([folder], select=["BSD2", "BSD4"], **options).findings
    return [each.code for each in found if each.code not in {"BSD427", "BSD428"}]


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ("s1,,s3", "BSD204"),
        ("s1,s1,s3", "BSD205"),
        ("s1,NA,s3", "BSD206"),
    ],
)
def test_a_wrong_id_is_one_finding_and_every_other_wrong_id_is_told(dataset, ids, code):
    assert codes(dataset(ids, "s1,s2,s3")) == [code]
    assert codes(dataset(ids, "s1,s2,s3"), ignore=[code]) == ["BSD433"]
    assert codes(dataset(ids, "s1,s2,s3,s4")) == [code, "BSD433"]
    assert codes(dataset("s1,s2,s3", "s1,s2,s3,s4")) == ["BSD433"]


def test_ids_that_readers_change_are_not_told_again_of_the_assembly(dataset):
    assert set(codes(dataset("01,02,03", "a,01,02"))) == {"BSD206", "BSD432"}
    folder = dataset("01,02,03", "1,2,3")
    trials = folder / "trials.csv"
    trials.write_text(trials.read_text().replace("1,0", "01,0").replace("2,1", "a2,1"))
    assert set(codes(folder)) == {"BSD206", "BSD432"}  # a2 is nowhere in the csv
    trials.write_text(trials.read_text().replace("a2,1", "02,1").replace("3,2", "03,2"))
    assert set(codes(folder)) == {"BSD206"}


def test_ignoring_the_cause_in_its_file_tells_the_consequence(dataset):
    folder = dataset("s1,,s3", "s1,s2,s3")
    (folder / "pyproject.toml").write_text(
        '[tool.brainscore-data]\nper-path-ignores = { "stimuli.csv" = ["BSD204"] }\n'
    )
    assert codes(folder) == ["BSD433"]


@pytest.fixture
def named(tmp_path):
    """Check a new name in a repository that registers some."""
    (tmp_path / ".git").mkdir()

    def check_names(new: str, *registered: str, **options) -> list[str]:
        plugin = tmp_path / "brainscore_vision" / "data" / "geirhos2021"
        plugin.mkdir(parents=True, exist_ok=True)
        lines = [f'data_registry["{name}"] = lambda: load()\n' for name in registered]
        (plugin / "__init__.py").write_text("".join(lines))
        (tmp_path / "dataset.toml").write_text(f'[[assembly]]\nidentifier = "{new}"\n')
        found = check([tmp_path / "dataset.toml"], select=["BSD107", "BSD108"], **options)
        return [each.code for each in found.findings]

    return check_names


def test_a_misspelt_author_of_a_name_that_is_there_is_one_finding(named):
    assert named("Geiros2021_sketch", "Geirhos2021_sketch") == ["BSD107"]
    assert named("Geiros2021_sketch", "Geirhos2021_sketch", ignore=["BSD107"]) == ["BSD108"]
    assert named("Geiros2021_colour", "Geirhos2021_sketch") == ["BSD108"]


def test_a_misspelt_author_is_told_beside_another_misspelling(named):
    known = ("Geirhos2021_edge", "Geirhos2021_colour", "Geiros2021_sketch")
    assert named("Geiros2021_skecth", *known) == ["BSD107", "BSD108"]


ANOTHER = STIMULI.partition("[[")[1] + STIMULI.partition("[[")[2]
UNSAFE = STIMULI.replace("Doe2024", "Doe2024 public")


@pytest.mark.parametrize(
    ("manifest", "code", "line"),
    [
        (UNSAFE, "BSD103", 5),
        (UNSAFE.replace("identifier =", "'identifier'="), "BSD103", 5),
        (STIMULI.replace('"Doe2024"', '"""\\\n/Doe2024"""'), "BSD103", None),
        (STIMULI + ANOTHER, "BSD106", 10),
        (STIMULI + ANOTHER.replace("Doe", "doe"), "BSD106", 10),
    ],
    ids=["blank", "quoted key", "several lines", "twice", "case"],
)
def test_an_identifier_that_cannot_be_a_key_is_one_finding(tmp_path, manifest, code, line):
    (tmp_path / "dataset.toml").write_text(manifest)

    def found(**options):
        chosen = {"select": ["BSD103", "BSD106", "BSD6"], **options}
        return [(each.code, each.place.line) for each in check([tmp_path], **chosen).findings]

    assert found() == [(code, line)]
    assert [each for each, _ in found(ignore=[code])] == ["BSD601"]
    assert [each for each, _ in found(select=["BSD601"])] == ["BSD601"]


def test_what_else_is_wrong_beside_an_identifier_is_told(tmp_path):
    (tmp_path / "dataset.toml").write_text(
        UNSAFE.replace("files =", "fils =") + ANOTHER.replace('"Doe2024"', "2024")
    )
    found = check([tmp_path], select=["BSD103", "BSD106", "BSD6"]).findings
    assert [(each.code, each.place.line) for each in found if "fil" not in each.message] == [
        ("BSD103", 5),
        ("BSD601", 10),
    ]
    assert any("fils" in each.message for each in found)
