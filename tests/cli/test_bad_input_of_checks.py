"""Whatever a pull request holds: a check says one thing about it, soon, and executes nothing."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from brainscore_data.media import batches, looks

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Study

# More than a check of such small files needs, and far less than what they claim to hold.
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))"
NO_FINDING_OF_MINE = ("--ignore", "BSD210,BSD427,BSD428")
PLUGIN = "open({!r}, 'w')\ndata_registry['Doe2024.V4'] = lambda: "


def codes(answer) -> list[str]:
    assert "Traceback" not in answer.err + answer.out
    words = answer.out.replace("(", " ").split()
    return [code for code, weight in pairwise(words) if weight in {"[error]", "[warning]"}]


def write(name: str, content: bytes) -> Callable[[Study], object]:
    return lambda study: study.path(name).write_bytes(content)


def folder_for(name: str) -> Callable[[Study], None]:
    def fault(study: Study) -> None:
        study.path(name).unlink()
        study.path(name).mkdir()

    return fault


# fmt: off
FAULTS = {
    "a manifest that does not parse": (write("dataset.toml", b"[[["), ["BSD110"], "dataset.toml:1"),
    "a manifest that is no text": (write("dataset.toml", b"\xff\xfe\0"), ["BSD110"], "not UTF-8"),
    "a folder for the manifest": (folder_for("dataset.toml"), ["BSD602"], "a folder, not a manifest"),
    "a folder for the csv": (folder_for("stimuli.csv"), ["BSD201"], "'stimuli.csv' is a folder"),
    "a folder for a stimulus": (folder_for("stimuli/s2.png"), ["BSD301"], "a subfolder 's2.png'"),
    "a folder for an nc": (folder_for("v4.nc"), ["BSD401"], "'v4.nc' is a folder"),
    "a NUL byte": (lambda study: study.edit("stimuli.csv", "car", "c\0r"), ["BSD201"], "stimuli.csv:4"),
    "two encodings": (write("stimuli.csv", "stimulus_id,filename,object_name\ns1,s1.png,é\ns2,s2.png,".encode() + b"\xe9\ns3,s3.png,car\n"), ["BSD202"], "line 3 is not UTF-8"),
    "a stimulus without a UTF-8 name": (lambda study: study.path(os.fsdecode(b"stimuli/s\xe9.png")).write_bytes(b""), ["BSD303"], "'s\\\\xe9.png' is there"),
    "a listed name that is not UTF-8 on the disk": (lambda study: (study.edit("stimuli.csv", "s2.png", "sé.png"), study.path("stimuli/s2.png").rename(study.path(os.fsdecode(b"stimuli/s\xe9.png")))), ["BSD302"], "whose name is not UTF-8"),
}
# fmt: on


@pytest.mark.parametrize(("fault", "found", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_one_finding(study, command, fault, found, words):
    fault(study)
    answer = command("check", study.folder, *NO_FINDING_OF_MINE)
    assert codes(answer) == found, answer.out
    assert answer.code == (0 if found == ["BSD202"] else 1)
    assert words in answer.out
    assert answer.out.encode("utf-8")


@pytest.mark.parametrize(
    "end",
    [b"(", b"'\xff'\n", b"1\0\n", b"(" * 5000 + b")" * 5000, b"-" * 100_000 + b"1"],
    ids=["a bracket that never closes", "no UTF-8", "a NUL byte", "deeply nested", "a long sum"],
)
def test_a_plugin_that_does_not_parse_is_one_finding_and_not_executed(
    tmp_path, command, end, monkeypatch
):
    (tmp_path / "data").mkdir()
    plugin = PLUGIN.format(str(tmp_path / "executed")).encode()
    (tmp_path / "data" / "__init__.py").write_bytes(plugin + end)
    answer = command("check", tmp_path / "data", *NO_FINDING_OF_MINE)
    assert (answer.code, codes(answer)) == (1, ["BSD501"])
    assert not (tmp_path / "executed").exists()


def test_a_folder_for_a_plugin_is_one_finding(tmp_path, command):
    (tmp_path / "data" / "__init__.py").mkdir(parents=True)
    assert codes(command("check", tmp_path, *NO_FINDING_OF_MINE)) == ["BSD501"]


def claimed_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*each) for each in ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    )


def test_an_image_of_50000_by_50000_pixels_is_one_finding(study, child):
    study.path("stimuli/s2.png").write_bytes(claimed_png(50_000, 50_000))
    answer = child("check", study.folder, *NO_FINDING_OF_MINE, before=LIMITED)
    assert (answer.code, codes(answer)) == (1, ["BSD310"])
    assert "more pixels than can be decoded safely" in answer.out


@pytest.mark.parametrize("stored", [False, True], ids=["nothing", "one chunk"])
def test_an_nc_that_claims_a_trillion_elements_is_one_finding(study, child, stored):
    with netCDF4.Dataset(study.path("v4.nc"), "w") as file:
        file.createDimension("presentation", 10**6)
        file.createDimension("neuroid", 10**6)
        data = file.createVariable(
            "data", "f8", ("presentation", "neuroid"), chunksizes=(500, 500), zlib=True
        )
        if stored:
            data[:500, :500] = 1.5
    answer = child("check", study.folder, *NO_FINDING_OF_MINE, before=LIMITED)
    assert (answer.code, codes(answer)) == (1, ["BSD401"])
    assert "declares 8000000000000 bytes of values" in answer.out


def test_a_coordinate_that_claims_a_trillion_elements_is_one_finding(study, child):
    with h5py.File(study.path("v4.nc"), "r+") as file:
        del file["region"]
        file.create_dataset("region", (10**12,), "f8", chunks=(1000,))
    answer = child("check", study.folder, *NO_FINDING_OF_MINE, before=LIMITED)
    assert (answer.code, codes(answer)) == (1, ["BSD401"])


@pytest.mark.usefixtures("decoders_here")
def test_a_stimulus_that_vanishes_meanwhile_is_one_finding(study, command, monkeypatch):
    def vanishing(path: str, recall: looks.Recall) -> looks.Look:
        if path.endswith("s2.png"):
            Path(path).unlink()
        return looks.look_at(path, recall)

    monkeypatch.setattr(batches, "look_at", vanishing)
    answer = command("check", study.folder, *NO_FINDING_OF_MINE)
    assert (answer.code, codes(answer)) == (1, ["BSD307"])


@pytest.mark.usefixtures("decoders_here")
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("dataset.toml", ["BSD110"]),
        ("stimuli.csv", ["BSD201"]),
        ("stimuli", ["BSD301"]),
        ("stimuli/s2.png", ["BSD307"]),
        ("v4.nc", ["BSD401"]),
        ("it.npy", ["BSD401"]),
        ("neuroids.csv", ["BSD401"]),
        ("trials.csv", ["BSD401"]),
    ],
)
def test_what_may_not_be_read_is_one_finding(lent, unprivileged, command, monkeypatch, name, found):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(unprivileged / "cache"))
    mode = lent.path(name).stat().st_mode
    lent.path(name).chmod(0)
    answer = command("check", lent.folder, *NO_FINDING_OF_MINE)
    lent.path(name).chmod(mode)
    assert (answer.code, codes(answer)) == (1, found), answer.out
    assert "ermission" in answer.out


@pytest.mark.parametrize("command", ["check", "init"])
def test_a_heap_of_texts_without_an_end_is_a_fault_of_the_file(tmp_path: Path, command: str):
    """In a process of its own: nothing but its end stops the library on such a file."""
    path = tmp_path / "assembly.nc"
    texts = ("presentation", np.array(["one", "two"], object))
    array = xr.DataArray(np.zeros(2), dims="presentation", coords={"stimulus_id": texts})
    array.rename("data").to_netcdf(path)
    content = path.read_bytes()
    at = content.index(b"GCOL") + 16
    path.write_bytes(content[:at] + bytes(64) + content[at + 64 :])
    line = [sys.executable, "-m", "brainscore_data", command, str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "damaged" in said
    assert "BSD001" not in said
