from __future__ import annotations

import io
import os
import pickle
import sqlite3
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from decoders import in_the_cage
from PIL import Image

from brainscore_data.cage.workers import Workers
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects
from brainscore_data.check.stimulus_files.facts import MediaFacts, StimulusListing, StimulusMedia
from brainscore_data.check.stimulus_files.probe import probe
from brainscore_data.media import batches, looks

if TYPE_CHECKING:
    from brainscore_data.check.engine.finding import Finding

[RULES] = [family.rules() for family in FAMILIES if family.module == "stimulus_files"]

MANIFEST = """\
schema = 1
[dataset]
license = "MIT"
[[stimulus_set]]
identifier = "Made2024"
visibility = "public"
metadata = "stimuli.csv"
files = "{files}"
"""


def png(shade: int) -> bytes:
    made = io.BytesIO()
    Image.new("L", (8, 8), shade).save(made, "png")
    return made.getvalue()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    stimuli = tmp_path / "set" / "stimuli"
    stimuli.mkdir(parents=True)
    (tmp_path / "set" / "dataset.toml").write_text(MANIFEST.format(files="stimuli"))
    rows = "".join(f"s{number},face_{number}.png\n" for number in range(5))
    (tmp_path / "set" / "stimuli.csv").write_text(f"stimulus_id,filename\n{rows}")
    for number in range(5):
        (stimuli / f"face_{number}.png").write_bytes(png(number))
    settled = time.time() - 60
    for path in stimuli.iterdir():
        os.utime(path, (settled, settled))
    return tmp_path / "set"


def findings(*paths: Path, jobs: int = 2) -> list[Finding]:
    settings = Settings(jobs=jobs, select=("BSD3",))
    with CheckRun(find_subjects(paths), settings) as run:
        return list(run_rules(RULES, probe(run), settings).findings)


def look(path: Path) -> list[StimulusListing | MediaFacts | StimulusMedia]:
    with CheckRun(find_subjects([path]), Settings()) as run:
        return list(probe(run))


def codes(*paths: Path) -> list[str]:
    return [finding.code for finding in findings(*paths)]


def test_facts_can_be_sent_to_another_process(dataset: Path) -> None:
    facts = look(dataset)
    assert pickle.loads(pickle.dumps(facts)) == facts  # noqa: S301
    assert sum(isinstance(each, MediaFacts) for each in facts) == 5


def test_a_missing_file_is_found_at_its_line_with_the_name_that_may_be_meant(dataset: Path) -> None:
    (dataset / "stimuli" / "face_3.png").rename(dataset / "stimuli" / "Face_3.png")
    missing, unlisted = findings(dataset)
    assert (missing.code, missing.place.line, unlisted.code) == ("BSD302", 5, "BSD303")
    assert "Face_3.png" in missing.hint


def test_a_zip_is_looked_into_without_unpacking_it(dataset: Path) -> None:
    with zipfile.ZipFile(dataset / "stimuli.zip", "w") as archive:
        for path in sorted((dataset / "stimuli").iterdir()):
            content = path.read_bytes()
            archive.writestr(path.name, content[:-20] if path.name == "face_2.png" else content)
    (dataset / "dataset.toml").write_text(MANIFEST.format(files="stimuli.zip"))
    (found,) = findings(dataset / "dataset.toml")
    assert (found.code, found.place.item) == ("BSD310", "face_2.png")


def test_a_folder_in_a_file_s_place_is_one_finding(dataset: Path) -> None:
    (dataset / "stimuli" / "face_2.png").unlink()
    (dataset / "stimuli" / "face_2.png").mkdir()
    assert codes(dataset) == ["BSD301"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "face_1.png")
    assert codes(tmp_path) == ["BSD307"]


@pytest.mark.usefixtures("decoders_here")
def test_a_file_that_vanishes_is_one_finding(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanishing(path: str, recall: looks.Recall) -> looks.Look:
        if path.endswith("face_2.png"):
            Path(path).unlink()
        return looks.look_at(path, recall)

    monkeypatch.setattr(batches, "look_at", vanishing)
    assert codes(dataset) == ["BSD307"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_finding(dataset: Path) -> None:
    (dataset / "stimuli" / "face_2.png").chmod(0)
    assert codes(dataset) == ["BSD307"]


def test_a_link_out_of_the_dataset_is_not_opened(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (dataset / "stimuli" / "face_2.png").unlink()
    (dataset / "stimuli" / "face_2.png").symlink_to(tmp_path / "secret")
    assert codes(dataset) == ["BSD301"]


def test_a_name_that_is_no_text_is_one_finding_that_can_be_printed(dataset: Path) -> None:
    Path(os.fsdecode(os.fsencode(dataset / "stimuli") + b"/face_\xff.png")).write_bytes(png(9))
    (found,) = findings(dataset)
    assert found.code == "BSD303"
    assert str(found.place).encode("utf-8")
    assert r"\xff" in found.message


def test_single_files_are_checked_by_themselves(dataset: Path) -> None:
    broken = dataset / "stimuli" / "face_1.png"
    broken.write_bytes(broken.read_bytes()[:40])
    assert codes(broken, dataset / "stimuli" / "face_2.png") == ["BSD310"]


def test_stimuli_that_were_not_downloaded_are_said_to_be_unchecked(dataset: Path) -> None:
    source = '\n[sources]\n"far.zip" = { url = "https://osf.io/d/abc", sha256 = "%s" }\n'
    (dataset / "dataset.toml").write_text(MANIFEST.format(files="far.zip") + source % ("0" * 64))
    assert codes(dataset / "dataset.toml") == ["BSD315"]


def test_a_csv_that_cannot_be_read_leaves_the_files_to_be_checked(dataset: Path) -> None:
    (dataset / "stimuli.csv").write_bytes(b"\0\0\0")
    (dataset / "stimuli" / "face_1.png").write_bytes(b"")
    assert codes(dataset) == ["BSD308"]


def test_a_second_look_decodes_nothing(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_the_clock(dataset)
    before = look(dataset)
    monkeypatch.setattr(Workers, "call", refuse)
    assert look(dataset) == before


def test_a_content_that_moved_is_not_decoded_again(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(dataset)
    dataset.rename(dataset.with_name("elsewhere"))
    in_the_cage(monkeypatch, "looks.decoded = lambda content: os.abort()")
    assert codes(dataset.with_name("elsewhere")) == []


def test_a_decoder_that_crashes_is_one_finding_about_its_file(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = "path.endswith(('face_1.png', 'face_3.png')) and os.abort()"
    with_look_at(f"({crash}, looks.look_at(path))[1]", monkeypatch)
    one, other = findings(dataset)
    assert (one.code, other.code) == ("BSD310", "BSD310")
    assert one.place.file.endswith("face_1.png")
    assert other.place.file.endswith("face_3.png")
    assert "crashed (SIGABRT)" in one.message


@pytest.mark.parametrize("jobs", [2, 5])
def test_the_findings_do_not_depend_on_how_many_look(dataset: Path, jobs: int) -> None:
    for number in (1, 3):
        broken = dataset / "stimuli" / f"face_{number}.png"
        broken.write_bytes(broken.read_bytes()[:40])
    assert findings(dataset, jobs=1) == findings(dataset, jobs=jobs)


def test_a_crash_in_a_zip_is_said_of_its_member(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(dataset / "stimuli.zip", "w") as archive:
        for path in sorted((dataset / "stimuli").iterdir()):
            archive.write(path, path.name)
    (dataset / "dataset.toml").write_text(MANIFEST.format(files="stimuli.zip"))
    content = png(2)
    in_the_cage(
        monkeypatch,
        "decoded = looks.decoded; "
        f"looks.decoded = lambda content: content == {content!r} and os.abort() or decoded(content)",
    )
    (found,) = findings(dataset / "dataset.toml")
    assert (found.code, found.place.item) == ("BSD310", "face_2.png")


def test_what_is_in_a_zip_is_not_decoded_again(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(dataset / "stimuli.zip", "w") as archive:
        for path in sorted((dataset / "stimuli").iterdir()):
            archive.write(path, path.name)
    (dataset / "dataset.toml").write_text(MANIFEST.format(files="stimuli.zip"))
    before = look(dataset / "dataset.toml")
    in_the_cage(monkeypatch, "looks.decoded = lambda content: os.abort()")
    assert look(dataset / "dataset.toml") == before


def test_a_crash_is_not_remembered(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as crashing:
        in_the_cage(crashing, "looks.decoded = lambda content: os.abort()")
        assert codes(dataset) == ["BSD310"] * 5
    assert codes(dataset) == []


def test_a_change_that_keeps_size_and_date_is_seen(dataset: Path) -> None:
    wait_for_the_clock(dataset)
    assert codes(dataset) == []
    path = dataset / "stimuli" / "face_2.png"
    status = path.stat()
    path.write_bytes(bytes(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert codes(dataset) == ["BSD309"]


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_cache_is_ignored(dataset: Path, cache_of_its_own: Path, content: bytes) -> None:
    assert codes(dataset) == []
    for path in cache_of_its_own.glob("media/media-*"):
        path.write_bytes(content)
    assert codes(dataset) == []


def test_a_cache_with_other_columns_is_ignored(dataset: Path, cache_of_its_own: Path) -> None:
    assert codes(dataset) == []
    (path,) = cache_of_its_own.glob("media/media-*.sqlite3")
    connection = sqlite3.connect(path)
    connection.executescript("DROP TABLE content; CREATE TABLE content (sha256, decoder)")
    connection.close()
    assert codes(dataset) == []


def test_a_cache_folder_that_cannot_be_made_is_no_obstacle(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "file"))
    assert codes(dataset) == []


def test_a_manifest_that_cannot_be_read_is_left_to_its_own_rules(dataset: Path) -> None:
    (dataset / "dataset.toml").write_text("schema = ")
    assert codes(dataset / "dataset.toml") == []


def test_the_listing_has_the_lines_of_the_csv(dataset: Path) -> None:
    (dataset / "stimuli.csv").write_text('stimulus_id,note,filename\ns0,"a\nb",face_0.png\ns1,,x\n')
    listing = next(each for each in look(dataset) if isinstance(each, StimulusListing))
    assert listing.listed == (("face_0.png", 2), ("x", 4))


def wait_for_the_clock(dataset: Path) -> None:
    # Files that have just been written are not trusted by their dates: their last change must
    # lie some time back, and no call sets that date.
    newest = max(path.stat().st_ctime for path in (dataset / "stimuli").iterdir())
    while time.time() < newest + 2.1:
        time.sleep(0.1)


def with_look_at(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_cage(monkeypatch, f"batches.look_at = lambda path, recall: {expression}")


def refuse(*_: object, **__: object) -> None:
    raise AssertionError


def test_what_was_not_decoded_is_decoded_once_that_can_be(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = dataset / "stimuli" / "face_2.png"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    os.utime(damaged, (settled := time.time() - 60, settled))
    with monkeypatch.context() as without:
        in_the_cage(without, "sys.modules['isal'] = None")
        assert codes(dataset) == []
    assert codes(dataset) == ["BSD310"]
