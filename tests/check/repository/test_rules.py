from __future__ import annotations

import json
import os
import pickle
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from git_repositories import new_repository

from brainscore_data.check.engine.checking import check
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects
from brainscore_data.check.repository.examples import POINTER, manifest, source
from brainscore_data.check.repository.probe import probe

[RULES] = [family.rules() for family in FAMILIES if family.module == "repository"]

TRIALS = "stimulus_id,participant,choice\nface_1,1,left\n"
HEAD = 'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\n'
STIMULI = (
    '[[stimulus_set]]\nidentifier = "Doe2024"\nvisibility = "public"\n'
    'metadata = "stimuli.csv"\nfiles = "stimuli"\n'
)


def git(folder, *command):
    subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one dataset, that one is in."""
    root = tmp_path / "repository"
    (root / "doe2024").mkdir(parents=True)
    new_repository(root)
    (root / "doe2024" / "dataset.toml").write_text(manifest())
    (root / "doe2024" / "trials.csv").write_text(TRIALS)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def dataset(repository):
    return repository / "doe2024"


def findings(*paths, select=("BSD6",), ignore=()):
    return check([Path(each) for each in paths or (".",)], select=select, ignore=ignore).findings


def codes(*paths, **chosen):
    return sorted(each.code for each in findings(*paths, **chosen))


def files_named(code, *paths):
    return sorted(each.place.file for each in findings(*paths) if each.code == code)


def test_a_dataset_that_is_right_has_no_finding(repository):
    assert codes() == []
    git(repository, "add", "-A")
    assert codes() == []


def test_the_examples_of_the_project_have_none(repository_root):
    assert codes(repository_root / "examples") == []


def test_facts_can_be_pickled(dataset):
    (dataset / "trials.csv").unlink()
    (dataset / "trials.csv").symlink_to("/data/trials.csv")
    (dataset / "dataset.toml").write_text(manifest(visibility="private"))
    (dataset / "pilot.csv").touch()
    facts = list(probe(CheckRun(find_subjects([dataset]), Settings())))
    assert len({type(each) for each in facts}) == 5
    assert pickle.loads(pickle.dumps(facts)) == facts  # noqa: S301 - our own


def test_each_thing_that_is_wrong_in_a_manifest_has_its_line(dataset):
    wrong = manifest().replace('license = "CC-BY-4.0"', 'licence = "CC-BY-4.0"')
    wrong += 'columns_ = ["x"]\n\n[[stimulus_set]]\nidentifier = "Doe2024"\nmetadata = 3\n'
    (dataset / "dataset.toml").write_text(wrong)
    lines = wrong.splitlines()
    found = {
        (lines[each.place.line - 1].split(" =")[0], each.place.entry.rpartition(": ")[2])
        for each in findings()
    }
    assert found == {
        ("[dataset]", "license"),
        ("licence", "licence"),
        ("columns_", "columns_"),
        ("metadata", "metadata"),
        ("[[stimulus_set]]", "files"),
        ("[[stimulus_set]]", "visibility"),
    }


def test_a_manifest_that_is_no_toml_is_one_finding_whoever_is_asked(dataset):
    (dataset / "dataset.toml").write_text("schema = 1\n[[assembly]\n")
    assert codes(select=["BSD1"]) == ["BSD110"]
    assert codes(select=["BSD6"]) == ["BSD601"]
    assert codes(select=["BSD1", "BSD6"]) == ["BSD110"]
    assert codes(select=["BSD1", "BSD6"], ignore=["BSD110"]) == ["BSD601"]
    (found,) = findings()
    assert found.place.line == 2


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", POINTER.encode(), b"#" * (2 << 20), b"a" + b".a" * 200 + b" = 1"]
)
def test_a_manifest_of_other_bytes_is_one_finding(dataset, content):
    (dataset / "dataset.toml").write_bytes(content)
    assert codes() == ["BSD601"]


def test_a_newer_schema_is_one_finding(dataset):
    (dataset / "dataset.toml").write_text(manifest().replace("schema = 1", "schema = 2"))
    (found,) = findings()
    assert "newer version" in found.message


def test_a_folder_in_the_place_of_a_manifest_is_one_finding(repository):
    (repository / "b" / "dataset.toml").mkdir(parents=True)
    (repository / "b" / "dataset.toml" / "note.txt").touch()
    assert files_named("BSD602") == ["b/dataset.toml"]
    assert codes("b/dataset.toml") == ["BSD602"]
    (repository / "c").mkdir()
    (repository / "c" / "dataset.toml").symlink_to("../b")
    assert codes("c", select=["BSD1"]) == ["BSD110"]
    assert codes("c", select=["BSD1", "BSD6"]) == ["BSD602"]


def test_a_folder_that_cannot_be_listed_is_one_finding(unprivileged, monkeypatch):
    monkeypatch.chdir(unprivileged)
    for name in ("doe2024", "elsewhere"):
        (unprivileged / name / "closed").mkdir(parents=True)
    (unprivileged / "doe2024" / "dataset.toml").write_text(manifest())
    (unprivileged / "doe2024" / "trials.csv").write_text(TRIALS)
    closed = [unprivileged / name / "closed" for name in ("doe2024", "elsewhere")]
    for folder in closed:
        folder.chmod(0)
    try:
        found = [(each.code, each.place.file) for each in findings()]
    finally:
        for folder in closed:
            folder.chmod(0o700)
    assert found == [("BSD602", "doe2024/closed"), ("BSD602", "elsewhere/closed")]


def test_a_git_that_fails_is_one_finding_and_no_false_ones(repository, dataset):
    (dataset / "pilot.csv").touch()
    (dataset / "trials.csv").write_text(POINTER)
    (repository / ".git" / "index").write_bytes(b"no index")
    assert codes() == ["BSD603", "BSD605"]


def test_without_git_it_says_so_once(repository, monkeypatch):
    (repository / "other").mkdir()
    (repository / "other" / "dataset.toml").write_text(manifest())
    monkeypatch.setenv("PATH", str(repository))
    (found,) = findings()
    assert (found.code, found.place.file) == ("BSD603", ".")
    assert "no git" in found.message


def test_outside_of_a_repository_nothing_is_asked_of_git(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dataset.toml").write_text(manifest(visibility="private"))
    (tmp_path / "trials.csv").write_text(TRIALS * 500_000)
    (tmp_path / "pilot.csv").touch()
    assert codes() == []


def limit(repository, size):
    (repository / "pyproject.toml").write_text(f"[tool.brainscore-data]\nlargest-file = {size}\n")


def test_a_large_file_counts_once_it_is_committed_or_named(repository, dataset):
    limit(repository, 100)
    (dataset / "trials.csv").write_text(TRIALS * 3)
    for name in ("loose.npy", "notes.txt", "mine.nc"):
        (repository / name).write_bytes(bytes(200))
    assert files_named("BSD604") == ["doe2024/trials.csv"]
    (repository / ".gitignore").write_text("mine.nc\ntrials.csv\n")
    assert files_named("BSD604") == []
    git(repository, "add", "-A")
    assert files_named("BSD604") == ["loose.npy"]
    git(repository, "add", "-f", "mine.nc")
    assert files_named("BSD604") == ["loose.npy", "mine.nc"]


def test_a_large_file_in_lfs_may_be_there(repository, dataset):
    limit(repository, '"0.1 kB"')
    (dataset / "trials.csv").write_text(TRIALS * 3)
    (found,) = findings()
    assert "has 135 bytes, more than the 100 bytes" in found.message
    (dataset / ".gitattributes").write_text("*.csv filter=lfs\n")
    assert codes() == []


def test_a_file_of_the_limit_s_size_is_not_too_large(repository, dataset):
    limit(repository, (dataset / "trials.csv").stat().st_size)
    assert codes() == []


def test_pointers_are_found_in_datasets_and_beside_them(repository, dataset):
    (dataset / "trials.csv").write_text(POINTER)
    (repository / "loose.npy").write_text(POINTER)
    (repository / "README.md").write_text(POINTER)
    (repository / "longer.npy").write_text(POINTER + "x" * 1024)
    assert files_named("BSD605") == ["doe2024/trials.csv", "loose.npy"]


def test_data_files_that_the_manifest_does_not_name_are_told_by_folder(dataset):
    (dataset / "raw").mkdir()
    for name in ("raw/b.mat", "raw/a.mat", "pilot.csv", "README.md", "plot.py"):
        (dataset / name).touch()
    found = {each.place.file: each.message for each in findings()}
    assert found == {
        "doe2024/pilot.csv": "doe2024/dataset.toml does not name this file",
        "doe2024/raw": "doe2024/dataset.toml does not name 2 files here: 'a.mat', 'b.mat'",
    }


def test_what_a_manifest_names_in_any_way_is_listed(dataset):
    (dataset / "stimuli").mkdir()
    for name in ("stimuli/face.png", "stimuli.csv", "r.npy", "n.csv", "p.csv", "x.nc", "big.zip"):
        (dataset / name).touch()
    assemblies = (
        '[[assembly]]\nidentifier = "Doe2024.a"\nvisibility = "public"\nclass = "NeuroidAssembly"\n'
        'values = "./r.npy"\ndims = ["presentation", "neuroid"]\n'
        'coords = { presentation = "p.csv", neuroid = "n.csv" }\nextras = { x = "x.nc" }\n'
    )
    text = manifest() + STIMULI + assemblies + source("big.zip")
    (dataset / "dataset.toml").write_text(text)
    assert codes() == []


def test_nothing_is_unlisted_where_there_is_no_manifest(repository):
    (repository / "plugin" / "data_packaging").mkdir(parents=True)
    (repository / "plugin" / "__init__.py").write_text("data_registry['a'] = load\n")
    (repository / "plugin" / "data_packaging" / "raw.csv").touch()
    git(repository, "add", "-A")
    assert codes() == []


def test_bundles_and_datasets_inside_are_not_strangers(dataset):
    for name, own in (("bundle", "bundle.json"), ("inner", "dataset.toml"), ("module", ".git")):
        (dataset / name).mkdir()
        (dataset / name / own).write_text(manifest() if own == "dataset.toml" else "{}")
        (dataset / name / "trials.csv").write_text(TRIALS)
    assert files_named("BSD606") == []


def test_large_data_in_a_package_is_told_once_for_a_dataset(repository, dataset):
    (repository / "setup.py").touch()
    (dataset / "__init__.py").touch()
    (dataset / "extra.csv").write_text("a\n")
    (dataset / "mine.csv").write_text("a\n" * 100)
    (repository / ".gitignore").write_text("mine.csv\n")
    limit(repository, '"46 B"')
    (found,) = (each for each in findings() if each.code == "BSD607")
    assert found.place.file == "doe2024/dataset.toml"
    assert "2 data files of this dataset (47 bytes, e.g. 'trials.csv')" in found.message
    assert "the Python package 'doe2024'" in found.message
    limit(repository, '"47 B"')
    assert files_named("BSD607") == []


def test_what_is_in_no_package_of_a_project_is_in_no_wheel(repository, dataset):
    (dataset / "stimuli").mkdir()
    (dataset / "stimuli" / "__init__.py").touch()
    limit(repository, "1")
    assert files_named("BSD607") == []  # the package is inside of the dataset
    (repository / "pyproject.toml").rename(repository.parent / "pyproject.toml")
    (dataset / "__init__.py").touch()
    assert files_named("BSD607") == []  # the project is outside of the repository


def test_links_inside_the_dataset_are_fine_and_others_are_named(repository, dataset, tmp_path):
    (tmp_path / "secret.csv").touch()
    (repository / "shared.csv").touch()
    links = {
        "inside.csv": "trials.csv",
        "secret.csv": "../../secret.csv",
        "beside.csv": "../shared.csv",
        "nowhere.csv": "gone.csv",
        "folder": "/",
    }
    for name, target in links.items():
        (dataset / name).symlink_to(target)
    found = {each.place.file: each.message for each in findings() if each.code == "BSD608"}
    assert found == {
        "doe2024/secret.csv": "is a symlink to '../../secret.csv', which leads out of the dataset",
        "doe2024/beside.csv": "is a symlink to '../shared.csv', which leads out of the dataset",
        "doe2024/nowhere.csv": "is a symlink to 'gone.csv', which is not there",
        "doe2024/folder": "is a symlink to '/', which leads out of the dataset",
    }


@pytest.mark.parametrize("own", [".git/config", "bundle.json", "dataset.toml"])
def test_a_folder_that_the_manifest_names_is_looked_at_whatever_lies_in_it(dataset, own):
    stimuli = dataset / "stimuli"
    (stimuli / own).parent.mkdir(parents=True)
    (stimuli / own).touch()
    (stimuli / "0.png").symlink_to("/etc/passwd")
    item = '[[stimulus_set]]\nidentifier = "Doe2024"\nmetadata = "trials.csv"\nfiles = "stimuli"\n'
    (dataset / "dataset.toml").write_text(manifest() + item)
    found = {each.place.file for each in findings() if each.code == "BSD608"}
    assert found == {"doe2024/stimuli/0.png"}


def test_links_that_git_ignores_are_their_owner_s_matter(repository, dataset):
    (dataset / "raw").symlink_to("/data")
    (repository / ".gitignore").write_text("raw\n")
    assert codes() == []


def test_a_link_in_no_dataset_may_lead_anywhere_in_the_repository(repository, tmp_path):
    (tmp_path / "secret.nc").touch()
    (repository / "doc").mkdir()
    (repository / "doc" / "trials.csv").symlink_to("../doe2024/trials.csv")
    (repository / "doc" / "secret.nc").symlink_to("../../secret.nc")
    (repository / "doc" / "secret.md").symlink_to("../../secret.nc")
    assert files_named("BSD608") == ["doc/secret.nc"]
    assert codes(select=["BSD4"]) == []


@pytest.fixture
def event(tmp_path, monkeypatch):
    def write(content):
        path = tmp_path / "event.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        monkeypatch.setenv("GITHUB_EVENT_PATH", str(path))

    return write


PUBLIC, PRIVATE = {"private": False}, {"private": True}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"repository": PUBLIC}, ["BSD609"]),
        ({"repository": PRIVATE}, []),
        ({"repository": PRIVATE, "pull_request": {"head": {"repo": PUBLIC}}}, ["BSD609"]),
        ({"repository": PRIVATE, "pull_request": {"head": {"repo": None}}}, []),
        ({"repository": {}}, ["BSD610"]),
        ({"repository": {"private": "no"}}, ["BSD610"]),
        ({}, ["BSD610"]),
        ("[" * 100_000, ["BSD610"]),
        ("no JSON", ["BSD610"]),
        ("[]", ["BSD610"]),
    ],
)
def test_the_event_says_whether_the_repository_is_public(dataset, event, content, expected):
    (dataset / "dataset.toml").write_text(manifest(visibility="private"))
    event(content)
    assert codes() == expected


def test_settings_cannot_make_a_public_repository_private(repository, dataset, event):
    (dataset / "dataset.toml").write_text(manifest(visibility="private"))
    (repository / "pyproject.toml").write_text("[tool.brainscore-data]\npublic = false\n")
    assert codes() == []
    event({"repository": PUBLIC})
    assert codes() == ["BSD609"]


def test_a_private_file_that_git_ignores_is_not_in_the_repository(repository, dataset, event):
    event({"repository": PUBLIC})
    (dataset / "dataset.toml").write_text(
        manifest(visibility="private") + STIMULI.replace("public", "private")
    )
    (dataset / "stimuli").mkdir()
    (dataset / "stimuli" / "face.png").touch()
    (repository / ".gitignore").write_text("trials.csv\n")
    (found,) = (each for each in findings() if each.code == "BSD609")
    assert "everybody can read 'stimuli'" in found.message
    assert (
        found.place.line
        == (dataset / "dataset.toml").read_text().split("[[stim")[0].count("\n") + 1
    )


@pytest.mark.parametrize(
    ("address", "public", "expected"),
    [
        ("https://osf.io/download/abcd/", "false", ["BSD611"]),
        ("doi:10.5281/zenodo.1234/trials.csv", "false", ["BSD611"]),
        ("https://osf.io/download/abcd/?view_only=12ab", "false", []),
        ("https://osf.io/download/abcd/?view_only=", "false", ["BSD611"]),
        ("https://x.s3.amazonaws.com/t.csv?X-Amz-Signature=12ab", "true", ["BSD611"]),
        ("https://x.s3.amazonaws.com/t.csv?X-Amz-Signature=12ab", None, ["BSD610"]),
    ],
)
def test_a_link_to_a_private_file_is_open_unless_it_has_a_secret(
    repository, dataset, address, public, expected
):
    text = manifest(visibility="private", more=source(address=address))
    (dataset / "dataset.toml").write_text(text)
    (dataset / "trials.csv").unlink()
    if public:
        (repository / "pyproject.toml").write_text(f"[tool.brainscore-data]\npublic = {public}\n")
    assert codes() == expected


def test_the_whole_dataset_is_judged_when_one_file_of_it_is_given(repository, dataset):
    (dataset / "dataset.toml").write_text(manifest(visibility="private"))
    (dataset / "pilot.csv").write_text(POINTER)
    expected = [("BSD605", "doe2024/pilot.csv"), ("BSD606", "doe2024/pilot.csv")]
    expected += [("BSD610", "doe2024/dataset.toml")]
    for given in ("doe2024/trials.csv", "doe2024/dataset.toml", "doe2024/pilot.csv", "doe2024"):
        found = [(each.code, each.place.file) for each in findings(given)]
        assert sorted(found) == expected, given
    (dataset / "dataset.toml").write_text(manifest(more="oops = 1\n"))
    assert "BSD601" in codes("doe2024/trials.csv")


def test_where_the_manifest_is_wrong_nobody_says_what_it_does_not_name(dataset):
    text = manifest().replace("table =", "tabel =")
    (dataset / "dataset.toml").write_text(text)
    assert set(codes()) == {"BSD601"}


def test_files_of_two_datasets_are_judged_each_in_its_own(repository, dataset):
    (repository / "roe2025").mkdir()
    (repository / "roe2025" / "dataset.toml").write_text(manifest())
    for name in ("doe2024", "roe2025"):
        (repository / name / "pilot.csv").touch()
    found = findings("doe2024/trials.csv", "roe2025/pilot.csv")
    assert {each.message.split()[0] for each in found} == {
        "doe2024/dataset.toml",
        "roe2025/dataset.toml",
    }


def test_names_that_are_no_text_are_one_finding_that_can_be_printed(dataset):
    Path(os.fsdecode(os.fsencode(dataset) + b"/\xff.csv")).touch()
    (found,) = findings()
    assert found.code == "BSD606"
    assert r"\xff" in found.place.file
    assert str(found).encode()


def broken_link(path):
    path.unlink()
    path.symlink_to("/data/gone")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(lambda path: path.write_text(POINTER), "BSD605"), (broken_link, "BSD608")],
    ids=["pointer", "link"],
)
def test_other_families_leave_pointers_and_links_to_this_one(dataset, spoil, code):
    (dataset / "dataset.toml").write_text(manifest() + STIMULI)
    (dataset / "stimuli").mkdir()
    (dataset / "stimuli" / "face.png").touch()
    (dataset / "stimuli.csv").write_text("stimulus_id,filename,object\nface_1,face.png,face\n")
    everything = {path: path.read_bytes() for path in dataset.rglob("*") if path.is_file()}
    for name, alone in (("trials.csv", "BSD401"), ("stimuli.csv", "BSD201")):
        spoil(dataset / name)
        counted = Counter(
            each.code
            for each in findings(select=["BSD2", "BSD4", "BSD6"])
            if each.code in {code, "BSD401", "BSD201"}
        )
        assert counted == {code: 1}
        assert alone in codes(select=["BSD2", "BSD4"])
        assert alone in codes(select=["BSD2", "BSD4", "BSD6"], ignore=[code])
        (dataset / name).unlink()
        (dataset / name).write_bytes(everything[dataset / name])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_nothing_in_an_empty_repository(rule, repository):
    for path in (repository / "doe2024").iterdir():
        path.unlink()
    assert codes(select=[rule.code]) == []


def test_a_source_that_asks_for_a_token_is_not_open(dataset, event):
    event({"repository": {"private": True}})
    line = source().replace("sha256", 'token-env = "OSF_TOKEN", sha256')
    (dataset / "dataset.toml").write_text(manifest(visibility="private", more=line))
    assert "BSD611" not in codes()
    (dataset / "dataset.toml").write_text(manifest(visibility="private", more=source()))
    assert "BSD611" in codes()
