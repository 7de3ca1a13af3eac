"""Real pre-commit in real repositories: commits that are refused, and commits that pass."""

from __future__ import annotations

import pytest
from pictures import png

pytestmark = pytest.mark.slow

MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"

[[stimulus_set]]
identifier = "{name}"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""
ASSEMBLY = """
[[assembly]]
identifier = "Doe2024.choices"
visibility = "public"
class = "BehavioralAssembly"
stimulus_set = "Doe2024"
table = "trials.csv"
value = "choice"
columns = ["stimulus_id", "repetition", "rt", "choice"]
"""
TABLE = "stimulus_id,filename,kind\ns0,s0.png,dog\ns1,s1.png,cat\n"
TRIALS = "stimulus_id,repetition,rt,choice\ns0,0,431,dog\n{last},0,512,cat\n"
PLUGIN = """\
from brainscore_core.supported_data_standards.brainio.s3 import load_stimulus_set_from_s3
from brainscore_vision import stimulus_set_registry

stimulus_set_registry["Doe2024"] = lambda: load_stimulus_set_from_s3(
    identifier="Doe2024", bucket="brainscore-storage/doe", csv_sha1="{sha1}",
    zip_sha1="a{sha1:.39}", csv_version_id="1", zip_version_id="2")
"""
DATASET = {
    "doe/dataset.toml": MANIFEST.format(name="Doe2024"),
    "doe/stimuli.csv": TABLE,
    "doe/stimuli/s0.png": png(0),
    "doe/stimuli/s1.png": png(1),
}
WITH_ASSEMBLY = DATASET | {"doe/dataset.toml": DATASET["doe/dataset.toml"] + ASSEMBLY}

# What is refused, the code that it is refused with, and what fixes it.
BROKEN = {
    "names": (
        {"doe/dataset.toml": MANIFEST.format(name="doe 2024")},
        "doe/dataset.toml:6 ([[stimulus_set]] 1): BSD103 [error]",
        {"doe/dataset.toml": MANIFEST.format(name="Doe2024")},
    ),
    "registrations": (
        {"data/doe2024/__init__.py": PLUGIN.format(sha1="b" * 39)},
        "data/doe2024/__init__.py:4: BSD504 [error]",
        {"data/doe2024/__init__.py": PLUGIN.format(sha1="b" * 40)},
    ),
    "people": (
        {"doe/trials.csv": "participant,rt\njane.doe@lab.org,431\n"},
        "doe/trials.csv:2 (participant): BSD705 [error]",
        {"doe/trials.csv": "participant,rt\n1,431\n"},
    ),
    "stimuli": (
        {**DATASET, "doe/stimuli/s1.png": png(1)[:-20]},
        "doe/stimuli/s1.png: BSD3",
        DATASET,
    ),
    "media": (
        {**DATASET, "doe/stimuli/s1.png": b"RIFF"},
        "doe/stimuli/s1.png: BSD3",
        DATASET,
    ),
    "dataset": (
        {**WITH_ASSEMBLY, "doe/trials.csv": TRIALS.format(last="s9")},
        "coordinate 'stimulus_id'): BSD433 [error]",
        {"doe/trials.csv": TRIALS.format(last="s1")},
    ),
}


# Half a gigabyte of environment: by day all that they run is tested, though not through pre-commit.
BY_NIGHT = {"media": pytest.mark.night, "dataset": pytest.mark.night}


@pytest.mark.parametrize(
    "hook", [pytest.param(hook, marks=BY_NIGHT.get(hook, ())) for hook in BROKEN]
)
def test_a_broken_commit_is_refused_with_the_finding_and_a_mended_one_passes(hooked, hook):
    broken, finding, mended = BROKEN[hook]
    hooked.use(hook)
    hooked.write(broken)
    refused = hooked.commit()
    assert refused.code == 1
    assert finding in refused.out
    assert "hint: " in refused.out
    assert hooked.commits == 0
    hooked.write(mended)
    passed = hooked.commit()
    assert passed.code == 0, passed.out
    assert "Passed" in passed.out
    assert hooked.commits == 1


@pytest.mark.parametrize("hook", ["names", "registrations", "people"])
def test_a_light_hook_installs_the_base_dependencies_only(installed_in, hook):
    assert installed_in(hook) == {"brainscore-data", "click"}


def test_the_hook_for_images_installs_no_other_decoder_and_no_xarray(installed_in):
    """So that it fits where 250 MiB is the limit."""
    installed = installed_in("stimuli")
    assert installed >= {"brainscore-data", "click", "pandas", "pillow"}
    assert not installed & {"av", "boto3", "h5py", "netCDF4", "pyarrow", "xarray"}


def test_a_video_in_the_hook_for_images_names_the_hook_that_decodes_it(hooked, shared_data):
    hooked.use("stimuli")
    video = next(shared_data.rglob("*.mp4")).read_bytes()
    table = "stimulus_id,filename,kind\ns0,s0.mp4,dots\n"
    hooked.write({**DATASET, "doe/stimuli.csv": table, "doe/stimuli/s0.mp4": video})
    hooked.git("rm", "--quiet", "-f", "doe/stimuli/s0.png", "doe/stimuli/s1.png")
    refused = hooked.commit()
    assert refused.code == 1
    assert "av is not installed" in refused.out
    assert "take the hook brainscore-data-media" in refused.out


@pytest.mark.night
@pytest.mark.parametrize("hook", ["media", "dataset"])
def test_a_heavy_hook_installs_what_its_additional_dependencies_name(installed_in, hook):
    installed = installed_in(hook)
    assert installed >= {"brainscore-data", "click", "xarray", "netCDF4", "pillow", "av"}
    assert "boto3" not in installed


@pytest.mark.night  # pre-commit installs another environment for it
def test_try_repo_runs_a_hook_without_any_configuration(hooked):
    arguments = ["try-repo", str(hooked.project.folder), "brainscore-data-names", "--all-files"]
    hooked.write({"doe/dataset.toml": MANIFEST.format(name="doe 2024")})
    refused = hooked.pre_commit(*arguments)
    assert refused.code == 1
    assert "BSD103 [error]" in refused.out


@pytest.mark.night
@pytest.mark.parametrize("hook", BROKEN)
def test_prek_runs_each_hook_as_pre_commit_does(hooked, hook):
    broken, finding, mended = BROKEN[hook]
    hooked.use(hook)
    for files, code, told in ((broken, 1, finding), (mended, 0, "Passed")):
        hooked.write(files)
        said = hooked.prek("run", "--all-files")
        assert (said.code, told in said.out) == (code, True), said.out


def test_a_commit_is_judged_with_the_files_that_were_committed_before(hooked):
    hooked.use("stimuli")
    hooked.write(DATASET)
    assert hooked.commit().code == 0
    hooked.write({"doe/stimuli/s2.png": png(2)})
    refused = hooked.commit()
    assert refused.code == 1
    assert "BSD303 [error] 's2.png' is there, and no row of doe/stimuli.csv" in refused.out
    hooked.write({"doe/stimuli.csv": TABLE + "s2,s2.png,cat\n"})
    assert hooked.commit().code == 0


def test_files_that_come_in_batches_are_judged_as_one_dataset(hooked):
    # pre-commit splits what is longer than 128 KiB, whatever the system could take.
    names = [f"{number:04d}-{'x' * 200}.png" for number in range(700)]
    rows = "".join(f"s{number},{name},dog\n" for number, name in enumerate([*names, "gone.png"]))
    hooked.use("stimuli")
    hooked.write(
        {"doe/dataset.toml": MANIFEST.format(name="Doe2024")}
        | {"doe/stimuli.csv": f"stimulus_id,filename,kind\n{rows}"}
        | {f"doe/stimuli/{name}": png(number) for number, name in enumerate(names)}
    )
    refused = hooked.pre_commit("run", "--all-files")
    assert refused.code == 1
    assert refused.out.count("BSD302 [error] 'gone.png' is listed") == 2  # one for each batch
    (hooked.folder / "doe" / "stimuli" / "gone.png").write_bytes(png(1))
    hooked.git("add", "--all")
    passed = hooked.pre_commit("run", "--all-files")
    assert passed.code == 0, passed.out


def test_a_commit_that_touches_nothing_of_a_hook_skips_it(hooked):
    hooked.use("stimuli")
    hooked.write({"README": "nothing\n"})
    said = hooked.commit()
    assert said.code == 0
    assert "(no files to check)Skipped" in said.out


def test_a_hook_that_is_always_run_checks_the_repository_when_it_is_handed_nothing(hooked):
    hooked.write(DATASET)
    assert hooked.commit().code == 0
    hooked.use("stimuli", always_run=True, pass_filenames=False)
    (hooked.folder / "doe" / "stimuli" / "s1.png").unlink()
    hooked.git("add", "--all")
    refused = hooked.commit()  # pre-commit never hands over what a commit deletes
    assert refused.code == 1
    assert "doe/stimuli.csv:3: BSD302 [error] 's1.png' is listed" in refused.out


def test_args_leave_rules_out(hooked):
    hooked.use("people", args=["--ignore", "BSD705", "--"])
    hooked.write({"doe/trials.csv": "participant,rt\njane.doe@lab.org,431\n"})
    assert hooked.commit().code == 0


def test_a_file_that_is_named_like_an_option_is_a_file(hooked):
    hooked.use("people")
    table = "participant,rt\njane.doe@lab.org,431\n"
    hooked.write({"--fix.csv": table, "--exit-zero.csv": table})
    refused = hooked.commit()
    assert refused.code == 1
    assert "--fix.csv:2 (participant): BSD705" in refused.out
    assert (hooked.folder / "--fix.csv").read_text() == table


def test_a_baseline_lets_pass_what_was_there_before(hooked):
    hooked.use("names", args=["--baseline", "known.json", "--"])
    old = MANIFEST.format(name="doe 2024")
    hooked.write({"old/dataset.toml": old, "known.json": '{"schema": 1, "findings": []}\n'})
    assert hooked.commit().code == 1
    hooked.use("names", args=["--baseline", "known.json", "--write-baseline", "--"])
    hooked.pre_commit("run", "--all-files")
    hooked.use("names", args=["--baseline", "known.json", "--"])
    assert hooked.commit().code == 0
    hooked.write({"new/dataset.toml": MANIFEST.format(name="roe 2024")})
    refused = hooked.commit()
    assert refused.code == 1
    assert "old/" not in refused.out


def test_skip_leaves_a_hook_out_for_one_commit(hooked):
    hooked.use("names")
    hooked.write({"doe/dataset.toml": MANIFEST.format(name="doe 2024")})
    assert hooked.commit(SKIP="brainscore-data-names").code == 0
