"""Nothing at or below ``.git`` is ever a dataset's file, whichever way somebody points there."""

from __future__ import annotations

import shutil
import subprocess
import zipfile

import pytest

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.repository import is_gits_own
from brainscore_data.dataset.paths import path_problem, refuse_escape
from brainscore_data.dataset.reading import ManifestError, load_dataset

SETTING = "AUTHORIZATION: basic c2VjcmV0"
MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"

[[stimulus_set]]
identifier = "Doe2024"
visibility = "public"
metadata = "stimuli.csv"
files = "{files}"
"""


def git(*arguments, at):
    subprocess.run(["git", "-C", at, *arguments], check=True, capture_output=True)


def a_repository(folder, *options):
    folder.mkdir()
    git("init", "-q", *options, at=folder)
    git("config", "http.https://github.com/.extraheader", SETTING, at=folder)
    return folder


@pytest.fixture
def repository(tmp_path):
    """The repository is the dataset, as that of one paper often is."""
    folder = a_repository(tmp_path / "doe2024")
    (folder / "dataset.toml").write_text(MANIFEST.format(files="stimuli"))
    (folder / "stimuli.csv").write_text("stimulus_id,filename\ns1,s1.png\n")
    (folder / "stimuli").mkdir()
    return folder


def by_a_link(repository):
    (repository / "stimuli/s1.png").symlink_to("../.git/config")


def by_a_link_to_a_link(repository):
    (repository / "settings").symlink_to(".git/config")
    (repository / "stimuli/s1.png").symlink_to("../settings")


def by_a_linked_folder(repository):
    (repository / "stimuli").rmdir()
    (repository / "stimuli").symlink_to(".git")
    (repository / "stimuli.csv").write_text("stimulus_id,filename\ns1,config\n")


def by_its_name(repository):
    (repository / "dataset.toml").write_text(MANIFEST.format(files=".git"))
    (repository / "stimuli.csv").write_text("stimulus_id,filename\ns1,config\n")


def by_the_root_itself(repository):
    (repository / "dataset.toml").write_text(MANIFEST.format(files="."))
    shutil.rmtree(repository / ".git")
    (repository / ".git").write_text(f"gitdir: {repository}/elsewhere\n{SETTING}\n")
    (repository / "stimuli.csv").write_text("stimulus_id,filename\ns1,.git\n")


def by_a_folder_of_another_name(repository):
    (repository / ".git").rename(repository / "kept")
    (repository / ".git").symlink_to("kept")
    (repository / "stimuli/s1.png").symlink_to("../kept/config")


def by_the_csv(repository):
    (repository / "stimuli.csv").unlink()
    (repository / "stimuli.csv").symlink_to(".git/config")


@pytest.mark.parametrize(
    "way",
    [
        by_a_link,
        by_a_link_to_a_link,
        by_a_linked_folder,
        by_its_name,
        by_the_root_itself,
        by_a_folder_of_another_name,
        by_the_csv,
    ],
    ids=lambda way: way.__name__,
)
def test_neither_check_nor_package_reads_the_settings(repository, tmp_path, capsys, way):
    from brainscore_data.cli import main

    way(repository)
    assert main(["check", str(repository)]) == 1
    assert main(["package", str(repository), "-o", str(tmp_path / "bundle")]) == 1
    # Packaging refuses by itself what the checks would tell.
    ignored = "BSD1,BSD2,BSD3,BSD6,BSD7"
    code = main(["package", str(repository), "-o", str(tmp_path / "bundle"), "--ignore", ignored])
    printed = capsys.readouterr()
    assert code == 1
    assert "git's own" in printed.out
    assert "git's own" in printed.err
    assert "extraheader" not in printed.out + printed.err
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("name", [".git", ".GIT", ".Git", ".git.", ".git ", "git~1", ".g\u200cit"])
def test_every_name_that_some_system_takes_for_it_is_refused(tmp_path, name):
    assert "git's own" in path_problem(f"{name}/config")
    assert "git's own" in path_problem(f"raw/{name}")
    assert is_gits_own(tmp_path / name / "config")


@pytest.mark.parametrize("name", [".gitignore", ".gitattributes", "git/a.csv", ".github", "a.git"])
def test_names_that_only_look_like_it_are_everybodys(name):
    assert path_problem(name) is None


def test_the_folder_of_a_worktree_and_one_kept_apart_are_gits(tmp_path):
    apart = tmp_path / "repository" / "kept-apart"
    repository = a_repository(tmp_path / "repository", "--separate-git-dir", str(apart))
    root = repository.resolve()
    (root / "a.csv").symlink_to("kept-apart/config")
    (root / "b.csv").symlink_to(".git")
    (root / "c.csv").write_text("x")
    (root / "d.csv").symlink_to("c.csv")
    for name in ("a.csv", "b.csv", "kept-apart", "kept-apart/objects"):
        with pytest.raises(DataError, match="git's own"):
            refuse_escape(root, root / name)
    for name in ("c.csv", "d.csv", "."):
        refuse_escape(root, root / name)


def test_a_file_that_annex_keeps_in_git_is_refused_with_the_way_out(repository):
    (kept := repository / ".git/annex/objects").mkdir(parents=True)
    (kept / "MD5E-s3--abc.nc").write_bytes(b"CDF")
    (repository / "a.nc").symlink_to(".git/annex/objects/MD5E-s3--abc.nc")
    with pytest.raises(DataError) as caught:
        refuse_escape(repository.resolve(), repository / "a.nc")
    assert "git annex unlock" in caught.value.hint


def test_a_source_cannot_have_a_name_in_it(tmp_path):
    from brainscore_data.sources.pinning import add_source

    source = f'\n[sources]\n".git/config" = {{ url = "https://x.org/a", sha256 = "{"0" * 64}" }}\n'
    (tmp_path / "dataset.toml").write_text(MANIFEST.format(files="stimuli") + source)
    with pytest.raises(ManifestError, match="git's own"):
        load_dataset(tmp_path)
    with pytest.raises(BrainScoreDataError, match="cannot be a source's name"):
        add_source(tmp_path, "https://example.org/a", name="raw/git~1")


def test_a_manifest_in_it_is_none(repository):
    from brainscore_data.sources.pinning import add_source

    shutil.move(repository / "dataset.toml", repository / ".git/dataset.toml")
    with pytest.raises(DataError, match="git's own"):
        load_dataset(repository / ".git")
    with pytest.raises(DataError, match="git's own"):
        add_source(repository / ".git", "https://example.org/a.zip")


def test_a_zip_with_it_inside_is_refused(tmp_path):
    from brainscore_data.stimuli.files import list_stimuli

    with zipfile.ZipFile(tmp_path / "stimuli.zip", "w") as archive:
        archive.writestr("s1.png", b"x")
        archive.writestr(".git/config", SETTING)
    with pytest.raises(DataError, match="git's own"):
        list_stimuli(tmp_path / "stimuli.zip", metadata=tmp_path / "a.csv", root=tmp_path)


def test_what_git_leaves_in_a_submodule_is_no_stimulus(tmp_path):
    from brainscore_data.stimuli.files import list_stimuli

    (tmp_path / "stimuli").mkdir()
    (tmp_path / "stimuli/.git").write_text("gitdir: ../.git/modules/stimuli\n")
    (tmp_path / "stimuli/s1.png").write_bytes(b"x")
    found = list_stimuli(tmp_path / "stimuli", metadata=tmp_path / "a.csv", root=tmp_path)
    assert list(found.sizes) == ["s1.png"]


def test_init_register_and_scripts_stay_out_of_it(repository, tmp_path):
    import pandas as pd

    from brainscore_data.brainio.stimulus_inputs import stimulus_paths
    from brainscore_data.drafting.inventory import take_inventory
    from brainscore_data.plugins.registering import plan_registering
    from brainscore_data.records.receipts import Receipts
    from brainscore_data.scripting.bundling import package_script

    hooks = repository / ".git" / "hooks"
    (hooks / "package.py").write_text("")
    (repository / "linked.png").symlink_to(".git/config")
    table = pd.DataFrame({"stimulus_id": ["s1"]})
    table.attrs = {}
    table["stimulus_current_local_file_path"] = [str(repository / "linked.png")]
    for attempt in (
        lambda: take_inventory(hooks),
        lambda: plan_registering(
            Receipts(dataset="doe2024", items=[]), hooks, is_earlier=lambda *_: False
        ),
        lambda: package_script(hooks / "package.py", tmp_path / "bundle", ask=lambda: None),
        lambda: stimulus_paths(table),
    ):
        with pytest.raises(DataError, match="git's own"):
            attempt()


def test_check_says_that_a_path_in_it_was_named_by_mistake(repository, capsys):
    from brainscore_data.cli import main

    assert main(["check", str(repository / ".git" / "config")]) == 2
    assert "git's own" in capsys.readouterr().err
