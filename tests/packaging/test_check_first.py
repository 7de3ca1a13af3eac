"""Checks come before packaging; what they say is kept with the bundle and shown on the receipt."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from decoders import in_the_cage

import brainscore_data
from brainscore_data.base import cores
from brainscore_data.base.cores import JOBS_VARIABLE
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.cage import workers
from brainscore_data.cage.workers import Workers
from brainscore_data.check.engine.baseline import write_baseline
from brainscore_data.check.engine.checking import check
from brainscore_data.cli import main
from brainscore_data.packaging import check_first as checks

EXAMPLE = Path(__file__).parents[2] / "examples" / "gratings"


@pytest.fixture
def dataset(tmp_path):
    return Path(shutil.copytree(EXAMPLE, tmp_path / "gratings"))


@pytest.fixture
def constant(dataset):
    """A dataset that packaging takes and a rule does not."""
    responses = np.load(dataset / "responses.npy")
    np.save(dataset / "responses.npy", np.ones_like(responses))
    return dataset


@pytest.fixture
def store(tmp_path):
    return (tmp_path / "store").as_uri()


def test_the_bundle_says_what_was_checked(dataset, tmp_path):
    bundle = brainscore_data.package(
        dataset, tmp_path / "bundle", ignore=["BSD445", "neural-metadata"]
    )
    assert "BSD401" not in bundle.checks.ran  # nothing failed to open, so that it saw nothing
    assert {"BSD411", "BSD433"} <= set(bundle.checks.ran)
    assert bundle.checks.ignored == ["BSD428", "BSD445"]
    assert not bundle.checks.baseline
    written = json.loads((tmp_path / "bundle" / "bundle.json").read_text())
    assert written["checks"]["ignored"] == ["BSD428", "BSD445"]


def test_all_errors_are_told_at_once_with_their_codes(constant, tmp_path):
    bins = constant / "time_bins.csv"
    bins.write_text(bins.read_text().replace("time_bin_end", "until"))
    with pytest.raises(DataError) as caught:
        brainscore_data.package(constant, tmp_path / "bundle")
    assert "BSD445 [error] all values are 1" in caught.value.message
    assert "BSD423 [error]" in caught.value.message
    assert str(constant / "responses.npy") in caught.value.message
    assert not (tmp_path / "bundle").exists()


def test_an_ignored_rule_stops_nothing(constant, tmp_path):
    bundle = brainscore_data.package(constant, tmp_path / "bundle", ignore=["constant-values"])
    assert bundle.checks.ignored == ["BSD445"]


def test_packaging_refuses_what_readers_cannot_load_whatever_is_ignored(dataset, tmp_path):
    neuroids = dataset / "neuroids.csv"
    neuroids.write_text(neuroids.read_text().replace("region", "brain region"))
    with pytest.raises(DataError, match="has a blank"):
        brainscore_data.package(dataset, tmp_path / "bundle", ignore=["BSD412"])


def test_known_findings_stop_nothing(constant, tmp_path):
    baseline = tmp_path / "baseline.json"
    write_baseline(check([constant], select=["BSD4"]), baseline, [constant])
    bundle = brainscore_data.package(constant, tmp_path / "bundle", baseline=baseline)
    assert bundle.checks.baseline


def test_warnings_are_kept_with_places_from_the_datasets_folder(dataset, tmp_path):
    presentations = dataset / "presentations.csv"
    presentations.write_text(presentations.read_text().replace("repetition", "session"))
    bundle = brainscore_data.package(dataset, tmp_path / "bundle")
    (warning,) = [each for each in bundle.checks.warnings if each.code == "BSD427"]
    assert warning.place == "responses.npy (Example2026.V1)"


def test_an_unknown_rule_is_wrong_usage(dataset, tmp_path):
    with pytest.raises(UsageError, match="BSD999"):
        brainscore_data.package(dataset, tmp_path / "bundle", ignore=["BSD999"])


def test_a_rule_that_crashes_is_never_a_pass(dataset, tmp_path, monkeypatch):
    from brainscore_data.check.assemblies.rules.measurements import ConstantValues

    def crash(self, facts, settings):
        raise ZeroDivisionError

    monkeypatch.setattr(ConstantValues, "check", crash)
    with pytest.raises(UsageError, match="BSD445 could not be checked"):
        brainscore_data.package(dataset, tmp_path / "bundle")


def test_publishing_a_folder_checks_it_first(constant, store, tmp_path, capsys):
    assert main(["publish", str(constant), "--store", store]) == 1
    assert "BSD445 [error]" in capsys.readouterr().err
    assert not (tmp_path / "store").exists()
    assert main(["publish", str(constant), "--store", store, "--ignore", "BSD445"]) == 0
    assert "`BSD445` ignored by `--ignore`" in capsys.readouterr().out


def test_publishing_a_bundle_does_not_check_again(constant, store, tmp_path, monkeypatch):
    bundle = tmp_path / "bundle"
    brainscore_data.package(constant, bundle, ignore=["BSD445"])
    monkeypatch.delattr(checks, "check")
    published = brainscore_data.publish(bundle, store)
    assert published.receipts.checks.ignored == ["BSD445"]


def test_what_to_ignore_is_no_question_for_a_bundle(dataset, store, tmp_path):
    brainscore_data.package(dataset, tmp_path / "bundle")
    with pytest.raises(UsageError, match="checked when it was packaged"):
        brainscore_data.publish(tmp_path / "bundle", store, ignore=["BSD445"])


def test_the_command_shows_warnings(dataset, tmp_path, capsys):
    presentations = dataset / "presentations.csv"
    presentations.write_text(presentations.read_text().replace("repetition", "session"))
    assert main(["package", str(dataset), "-o", str(tmp_path / "bundle")]) == 0
    assert "warning: responses.npy (Example2026.V1): BSD427" in capsys.readouterr().err


#: Who looks at pictures of a few pixels is done with them before another program was asked for.
SLOWLY = (
    "import functools, time; from brainscore_data.media import batches; looks = batches.looks; "
    "batches.looks = functools.wraps(looks)(lambda batch: time.sleep(1) or looks(batch))"
)


@pytest.fixture
def decoders(tmp_path, monkeypatch):
    """Count the processes that decode stimuli at a time; none of these is known yet."""
    in_the_cage(monkeypatch, SLOWLY)
    counted = [0]
    begun = Workers._begun

    def counting(self: Workers, imported: frozenset[str]) -> object:
        worker = begun(self, imported)
        counted.append(len(self._started))
        return worker

    monkeypatch.setattr(Workers, "_begun", counting)
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    # As many as may be: another starts as soon as a call finds none idle.
    monkeypatch.setattr(workers, "PATIENCE", 0.0)
    return lambda: max(counted)


@pytest.mark.parametrize("jobs", [1, 2])
def test_so_many_processes_decode_as_packaging_is_told(dataset, tmp_path, decoders, jobs):
    brainscore_data.package(dataset, tmp_path / "bundle", jobs=jobs)
    assert decoders() == jobs


def test_publishing_tells_the_checks_how_many_processes(dataset, store, decoders):
    command = ["publish", str(dataset), "--store", store, "--ignore", "BSD4", "--jobs", "1"]
    assert main(command) == 0
    assert decoders() == 1


@pytest.mark.parametrize(("core_count", "variable", "expected"), [(3, None, 3), (2, "1", 1)])
def test_untold_it_is_the_variable_or_one_for_each_core(
    dataset, decoders, monkeypatch, core_count, variable, expected
):
    monkeypatch.setattr(cores, "cores", lambda: core_count)
    if variable:
        monkeypatch.setenv(JOBS_VARIABLE, variable)
    checks.check_first(dataset, ignore=["BSD4"])
    assert decoders() == expected


def test_a_number_of_processes_that_is_none_is_wrong_usage(dataset, monkeypatch):
    monkeypatch.setenv(JOBS_VARIABLE, "none")
    with pytest.raises(UsageError, match=JOBS_VARIABLE):
        checks.check_first(dataset)


@pytest.mark.usefixtures("without_decoders")
def test_without_decoders_it_is_packaged_and_said(dataset, tmp_path):
    bundle = brainscore_data.package(dataset, tmp_path / "bundle")
    (warning,) = [each for each in bundle.checks.warnings if each.code == "BSD003"]
    assert "isal is not installed: BSD310, BSD311, BSD314 could not be checked" in warning.message
    assert "pip install 'brainscore-data[all]'" in warning.message
    assert {"BSD302", "BSD303", "BSD308", "BSD309", "BSD312", "BSD313"} <= set(bundle.checks.ran)
    assert not {"BSD310", "BSD311", "BSD314"} & set(bundle.checks.ran)


@pytest.mark.usefixtures("without_decoders")
def test_without_decoders_all_else_about_stimuli_is_checked(dataset, tmp_path):
    first, second = sorted((dataset / "stimuli").glob("*.png"))[:2]
    first.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))  # as a JPEG begins
    second.write_bytes(b"")
    with pytest.raises(DataError) as caught:
        brainscore_data.package(dataset, tmp_path / "bundle")
    assert "BSD309 [error] the content of 'grating_1.png' is jpeg" in caught.value.message
    assert "BSD308 [error] 'grating_10.png' is empty" in caught.value.message
    assert not (tmp_path / "bundle").exists()


@pytest.mark.usefixtures("without_decoders")
def test_without_decoders_a_check_is_two_unless_what_decodes_is_ignored(dataset, capsys):
    assert main(["check", str(dataset)]) == 2
    assert "hint: pip install 'brainscore-data[all]'" in capsys.readouterr().out
    assert main(["check", str(dataset), "--ignore", "BSD310,BSD311,BSD314"]) == 0
