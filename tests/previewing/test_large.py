"""Pages of large data: small, in bounded memory, and they say that they show a sample."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from pictures import png
from PIL import Image

pytestmark = pytest.mark.night

MANIFEST = 'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\n'
SET = (
    '[[stimulus_set]]\nidentifier = "Many2026"\nvisibility = "public"\n'
    'metadata = "stimuli.csv"\nfiles = "stimuli"\n'
)
ASSEMBLY = (
    '[[assembly]]\nidentifier = "Large2026"\nvisibility = "public"\nclass = "NeuroidAssembly"\n'
    'data = "large.nc"\n'
)
MIB = 2**20


def large_assembly(path, presentations, neuroids):
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("presentation", presentations)
        file.createDimension("neuroid", neuroids)
        for name, dim, values in (
            ("stimulus_id", "presentation", [f"s{n % 3200}" for n in range(presentations)]),
            ("neuroid_id", "neuroid", [f"n{n}" for n in range(neuroids)]),
            ("region", "neuroid", ["V4" if n % 3 else "IT" for n in range(neuroids)]),
        ):
            file.createVariable(name, str, (dim,))[:] = np.array(values, dtype=object)
        data = file.createVariable("data", "f4", ("presentation", "neuroid"))
        data.coordinates = "stimulus_id neuroid_id region"
        random = np.random.default_rng(0)
        for start in range(0, presentations, 10_000):
            rows = min(10_000, presentations - start)
            data[start : start + rows] = random.normal(size=(rows, neuroids)).astype("f4")


def noise(seed):
    """Make a picture that no format makes small."""
    pixels = np.random.default_rng(seed).integers(0, 255, (128, 128, 3), dtype="uint8")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def memory_of(pid):
    """Add up what a program and all that it started take, shared pages counted once."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family, added = {pid}, True
    while added:
        added = {each for each, parent in parents.items() if parent in family} - family
        family |= added
    total = 0
    for each in family:
        try:
            told = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(map(int, re.findall(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)))
    return 1024 * total


def made_page(folder, tmp_path):
    """Write the page as the command does; gives it, and the most memory that it took."""
    page = tmp_path / "page.html"
    command = ["preview", str(folder), "--no-check", "--html", str(page)]
    env = os.environ | {"BRAINSCORE_DATA_CACHE": str(tmp_path / "cache")}
    program = subprocess.Popen(
        [sys.executable, "-m", "brainscore_data", *command], stdout=subprocess.DEVNULL, env=env
    )
    most, done = 0, threading.Event()
    while not done.wait(0.05):
        most = max(most, memory_of(program.pid))
        if program.poll() is not None:
            done.set()
    assert program.returncode == 0
    return page, most


def test_148_480_presentations_of_256_neuroids(tmp_path):
    folder = tmp_path / "large"
    folder.mkdir()
    (folder / "dataset.toml").write_text(MANIFEST + ASSEMBLY)
    large_assembly(folder / "large.nc", 148_480, 256)
    page, memory = made_page(folder, tmp_path)
    assert page.stat().st_size < 3_000_000
    assert memory < 500 * MIB
    text = page.read_text(encoding="utf-8")
    assert "<strong>Sampled</strong>" in text
    assert 'class="heat"' in text


def test_10_000_stimuli(tmp_path):
    folder = tmp_path / "many"
    (folder / "stimuli").mkdir(parents=True)
    (folder / "dataset.toml").write_text(MANIFEST + SET)
    content = [noise(number) for number in range(50)]
    with (folder / "stimuli.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["stimulus_id", "filename", "object", "position"])
        for number in range(10_000):
            name = f"s{number}.png"
            rows.writerow([f"s{number}", name, f"object {number % 64}", number / 7])
            (folder / "stimuli" / name).write_bytes(content[number % 50])
    page, memory = made_page(folder, tmp_path)
    assert page.stat().st_size < 3_000_000
    assert memory < 500 * MIB
    text = page.read_text(encoding="utf-8")
    assert "of 10,000, evenly chosen" in text
    assert "The first 1,000 of 10,000 rows." in text


def test_a_million_stimuli_have_a_page_too(tmp_path):
    folder = tmp_path / "million"
    (folder / "stimuli").mkdir(parents=True)
    (folder / "dataset.toml").write_text(MANIFEST + SET)
    (folder / "stimuli" / "one.png").write_bytes(png(1))
    with (folder / "stimuli.csv").open("w") as stream:
        stream.write("stimulus_id,filename,object\n")
        stream.writelines(f"s{number},one.png,o{number % 64}\n" for number in range(1_000_000))
    page, memory = made_page(folder, tmp_path)
    assert page.stat().st_size < 3_000_000
    assert memory < 1500 * MIB
    assert "1,000,000" in page.read_text(encoding="utf-8")
