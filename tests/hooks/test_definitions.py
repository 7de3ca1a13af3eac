"""``.pre-commit-hooks.yaml``: valid, and each hook is handed what its rules look at."""

from __future__ import annotations

import re
import shlex
import textwrap

import pytest
from pre_commit.clientlib import load_config, load_manifest
from pre_commit.yaml import yaml_load

from brainscore_data.check.engine.selection import choose
from brainscore_data.check.people.personal_columns import TABLES
from brainscore_data.check.people.personal_tags import IMAGES
from brainscore_data.media.kinds import EXTENSIONS, kind_of_name, media_of

PICTURES = ["a.png", "A.PNG", "a.jpeg", "a.webp", "a.gif", "a.tif"]
MEDIA = [*PICTURES, "a.mp4", "a.mov", "a.wav", "a.flac", "a.aif"]
HANDED_OVER = {
    "names": ["dataset.toml", "a/b/dataset.toml", "brainscore_vision/data/kar2019/__init__.py"],
    "registrations": ["a/dataset.toml", "a/receipts.json", "__init__.py"],
    "people": ["a/trials.csv", "a.TSV", "stimuli/a.jpg", "stimuli.zip", "a.tiff"],
    "stimuli": ["a/dataset.toml", "a/stimuli.csv", "a/stimuli.zip", *PICTURES],
    "media": ["a/dataset.toml", "a/stimuli.csv", "a/stimuli.zip", *MEDIA],
    "dataset": [
        "dataset.toml",
        "a.nc",
        "a.npy",
        "a.mat",
        "a.xlsx",
        "a.parquet",
        "a.csv",
        "__init__.py",
        *MEDIA,
    ],
}
LEFT_OUT = {
    "names": ["my_dataset.toml", "dataset.toml.orig", "a/test__init__.py", "__init__.pyi"],
    "registrations": ["old_receipts.json", "receipts.json5", "a/init.py"],
    "people": ["csv", "a.csv.gz", "a/people.py"],
    "stimuli": ["a.nc", "a.mp4", "png", "a.png.md5", "my_dataset.toml"],
    "media": ["a.nc", "mp4", "a.mp4.md5", "my_dataset.toml"],
    "dataset": ["README.md", "a.ncx", "setup.py"],
}


@pytest.fixture(scope="module")
def hooks(repository_root):
    found = load_manifest(repository_root / ".pre-commit-hooks.yaml")
    return {hook["id"].removeprefix("brainscore-data-"): hook for hook in found}


def test_there_is_a_hook_for_each_purpose(hooks):
    assert hooks.keys() == HANDED_OVER.keys()


@pytest.mark.parametrize(
    ("hook", "name"), [(hook, name) for hook, names in HANDED_OVER.items() for name in names]
)
def test_a_hook_is_handed_what_its_rules_look_at(hooks, hook, name):
    assert re.search(hooks[hook]["files"], name)


@pytest.mark.parametrize(
    ("hook", "name"), [(hook, name) for hook, names in LEFT_OUT.items() for name in names]
)
def test_a_hook_is_not_handed_what_only_looks_alike(hooks, hook, name):
    assert not re.search(hooks[hook]["files"], name)


def test_patterns_are_anchored_at_both_ends(hooks):
    for hook in hooks.values():
        assert hook["files"].removeprefix("(?i)").startswith("^")
        assert hook["files"].endswith("$")


def test_every_medium_is_handed_to_the_hooks_that_decode(hooks):
    # pre-commit's own list of extensions is no help: what we decode is what counts.
    names = [f"a.{end}" for end in EXTENSIONS]
    for hook in ("media", "dataset"):
        assert all(re.search(hooks[hook]["files"], name) for name in [*MEDIA, *names])
    pictures = [name for name in names if media_of(kind_of_name(name)) == "image"]
    assert all(re.search(hooks["stimuli"]["files"], name) for name in pictures)
    assert all(re.search(hooks["people"]["files"], f"a{suffix}") for suffix in TABLES | IMAGES)


def test_entries_select_rules_that_there_are(hooks):
    selected = {}
    for hook, definition in hooks.items():
        entry = shlex.split(definition["entry"])
        assert entry[:2] == ["brainscore-data", "check"]
        wanted = entry[3].split(",") if entry[2:3] == ["--select"] else []
        selected[hook] = {code[:4] for code in choose(wanted).codes}
    assert selected["names"] == {"BSD1"}
    assert selected["registrations"] == {"BSD5"}
    assert selected["people"] == {"BSD7"}
    # Of the last, whether the manifest is valid.
    assert selected["stimuli"] == selected["media"] == {"BSD2", "BSD3", "BSD6"}
    assert selected["dataset"] == {f"BSD{number}" for number in range(1, 8)}


def test_options_end_before_the_names_of_files(hooks):
    assert all(hook["args"] == ["--"] for hook in hooks.values())


def test_batches_do_not_run_beside_one_another(hooks):
    assert all(hook["require_serial"] for hook in hooks.values())


def test_this_project_uses_its_own_hooks_as_others_do(hooks, repository_root):
    [local] = load_config(repository_root / ".pre-commit-config.yaml")["repos"]
    ours = {hook["id"].removeprefix("brainscore-data-"): hook for hook in local["hooks"]}
    for name, hook in hooks.items():
        for key in ("name", "entry", "args", "files", "require_serial"):
            assert ours[name][key] == hook[key]


def test_what_the_documentation_lets_people_copy_is_a_configuration(
    hooks, repository_root, tmp_path
):
    text = (repository_root / "docs" / "hooks.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```yaml\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    skipped = set()
    used = set()
    for number, block in enumerate(map(textwrap.dedent, blocks)):
        if "repos:" not in block:
            skipped |= set(yaml_load(block)["ci"]["skip"])
            continue
        path = tmp_path / f"{number}.yaml"
        path.write_text(block)
        for hook in load_config(path)["repos"][0]["hooks"]:
            used.add(hook["id"])
            for wanted in hook.get("args", []):
                if wanted.startswith("BSD"):
                    choose(wanted.split(","))
    ids = {f"brainscore-data-{name}" for name in hooks}
    assert used | skipped == ids
    assert all(f"`{name}`" in text for name in ids)
