"""Looks at many files in the cage: as if they were looked at here, and none falls with another."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from decoders import in_the_cage
from PIL import Image

from brainscore_data.base.errors import UsageError
from brainscore_data.cage import workers
from brainscore_data.cage.limits import Limits
from brainscore_data.cage.workers import Workers
from brainscore_data.media.batches import Batch, look_at_files
from brainscore_data.media.cache import MediaCache
from brainscore_data.media.looks import Look, look_at

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "stimuli"
    made.mkdir()
    for number in range(4):
        content = io.BytesIO()
        Image.new("RGB", (8, 8), (number, 0, 0)).save(content, "jpeg")
        (made / f"face_{number}.jpg").write_bytes(content.getvalue())
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def looked_at(folder: Path, within: Path | None = None) -> dict[str, Look]:
    cache = folder.parent / "cache" / "media.sqlite3"
    readable = [within or folder, cache.parent]
    with MediaCache(cache, "a") as known, Workers(1, readable=readable) as cage:
        return dict(
            look_at_files(
                folder, names(folder), within=within or folder, cache=known, workers=lambda: cage
            )
        )


def errors(found: dict[str, Look]) -> dict[str, str | None]:
    return {name: look.content.error for name, look in found.items() if look.content is not None}


def test_the_cage_sees_what_its_own_process_would_see(folder):
    (folder / "face_9.jpg").write_bytes(b"")
    (folder / os.fsdecode(b"face_\xff.jpg")).write_bytes(b"no image")
    assert looked_at(folder) == {name: look_at(str(folder / name)) for name in names(folder)}


def test_what_lies_in_the_working_directory_is_not_imported(folder, monkeypatch):
    for module in ("PIL", "json", "brainscore_data"):
        (folder / f"{module}.py").write_text("raise SystemExit")
    monkeypatch.chdir(folder)
    assert errors(looked_at(folder))["face_1.jpg"] is None


def test_a_script_without_a_guard_is_run_once(folder):
    script = folder / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from brainscore_data.check.engine.checking import check\n"
        "print('run')\n"
        "print(check([Path('face_1.jpg')], select=['BSD3'], jobs=2).findings)\n"
    )
    done = subprocess.run(
        [sys.executable, script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["run", "()"]


def test_a_lack_of_memory_is_said_with_the_limit_and_the_setting(folder, monkeypatch):
    in_the_cage(monkeypatch, "looks.decoded = lambda content: bytearray(1 << 60)")
    assert errors(looked_at(folder))["face_1.jpg"] == (
        "its parser needs more memory than it may take (8 GiB); "
        "if you trust the file and it needs more, set BRAINSCORE_DATA_CAGE_MEMORY to 16 (GiB)"
    )


@pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="a limit of Unix systems")
def test_a_decoder_without_end_is_stopped(folder, monkeypatch):
    for name in names(folder)[1:]:
        (folder / name).unlink()
    in_the_cage(monkeypatch, "looks.decoded = lambda content: sum(0 for _ in iter(int, 1))")
    monkeypatch.setenv("BRAINSCORE_DATA_CAGE_SECONDS", "1")
    assert "was stopped after" in str(errors(looked_at(folder))["face_0.jpg"])


def test_what_a_decoder_says_that_was_taken_over_is_doubted(folder, monkeypatch):
    lie = "batches.look_at = lambda path, recall: looks.Look(1, 'no hash', looks.Content('jpeg'))"
    in_the_cage(monkeypatch, lie)
    assert set(errors(looked_at(folder)).values()) == {"its decoder gave an invalid answer"}


def test_a_missing_decoder_is_said_as_if_it_were_missing_here(folder, monkeypatch):
    in_the_cage(monkeypatch, "sys.modules['PIL'] = None")
    content = looked_at(folder)["face_1.jpg"].content
    assert content is not None
    assert content.missing == "PIL"


def test_a_cage_that_cannot_be_started_is_no_fault_of_a_file(folder, monkeypatch):
    monkeypatch.setattr(workers, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(UsageError, match="could not start"):
        looked_at(folder)


def test_a_link_that_leads_out_is_not_opened(folder, tmp_path):
    (tmp_path / "secret.jpg").write_bytes((folder / "face_1.jpg").read_bytes())
    (folder / "face_9.jpg").symlink_to(tmp_path / "secret.jpg")
    refused = looked_at(folder)["face_9.jpg"]
    assert refused.error == "cannot be read: it is a link out of the dataset's folder"
    assert refused.sha256 is None
    assert looked_at(folder, within=tmp_path)["face_9.jpg"].error is None


def test_the_time_grows_with_the_size_and_the_memory_does_not(folder, monkeypatch):
    def limits(*names: str) -> Limits:
        return Batch(str(folder), names, ()).limits

    assert limits("a.mp4", "b.mp4").seconds == 2 * limits("a.mp4").seconds
    small = limits("face_1.jpg")
    monkeypatch.setattr("brainscore_data.media.batches.size_of", lambda _: 10 << 30)
    large = limits("face_1.jpg")
    assert large.seconds > small.seconds + 10_000
    assert large.memory == small.memory == 8 << 30
