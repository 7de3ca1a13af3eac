"""What the tests of previews share: a study with everything odd in it."""

from __future__ import annotations

import csv
import math
import shutil
import struct
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from pictures import png

MANIFEST = """\
schema = 1
[dataset]
license = "CC-BY-4.0"
reference = "doi:10.1/<odd>"

[[stimulus_set]]
identifier = "Odd2026"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"

[[assembly]]
identifier = "Odd2026.V1"
visibility = "public"
class = "NeuroidAssembly"
stimulus_set = "Odd2026"
data = "v1.nc"

[[assembly]]
identifier = "Odd2026.spikes"
visibility = "public"
class = "SpikeTimesAssembly"
data = "spikes.nc"

[[assembly]]
identifier = "Odd2026.choices"
visibility = "public"
class = "BehavioralAssembly"
stimulus_set = "Odd2026"
table = "trials.csv"
value = "choice"
columns = ["stimulus_id", "participant", "sample_obj", "choice", "rt"]
where = { kind = "main" }

[[assembly]]
identifier = "Odd2026.gone"
visibility = "public"
class = "NeuroidAssembly"
data = "gone.nc"
"""
SCRIPT = "<script>document.title='taken'</script>"


def _stimuli(folder: Path) -> None:
    (folder / "stimuli").mkdir(parents=True)
    for number in range(6):
        (folder / "stimuli" / f"s{number}.png").write_bytes(png(number))
    with wave.open(str(folder / "stimuli" / "s6.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        tone = (int(9000 * math.sin(each / 9)) for each in range(4000))
        sound.writeframes(b"".join(struct.pack("<h", each) for each in tone))
    (folder / "stimuli" / "s7.txt").write_text("A <b>sentence</b>.")
    (folder / "stimuli" / "s8.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    names = [*(f"s{n}.png" for n in range(6)), "s6.wav", "s7.txt", "s8.png", "s9.png"]
    with (folder / "stimuli.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["stimulus_id", "filename", SCRIPT, "turned", "size"])
        for number, name in enumerate(names):
            cell = '"><img src=x onerror=alert(1)>' if number else ""
            rows.writerow([f"s{number}", name, cell, "a\u202eb", number * 1.5])


def _assemblies(folder: Path) -> None:
    random = np.random.default_rng(1)
    responses = np.repeat(random.gamma(2, 1, (8, 1, 1)), 4, axis=0) + random.normal(
        0, 0.2, (32, 5, 3)
    )
    responses[3, 2, 1], responses[4, 2, 1], responses[5, 2, 1] = np.nan, np.inf, -np.inf
    xr.DataArray(
        responses,
        dims=["presentation", "neuroid", "time_bin"],
        coords={
            "stimulus_id": ("presentation", [f"s{n // 4}" for n in range(32)]),
            "repetition": ("presentation", [n % 4 for n in range(32)]),
            "neuroid_id": ("neuroid", [f"secret-{n}" for n in range(5)]),
            "region": ("neuroid", ["V1", "V1", "V1", "V2", "V2"]),
            "time_bin_start": ("time_bin", [0, 50, 100]),
            "time_bin_end": ("time_bin", [50, 100, 150]),
        },
        name="data",
    ).to_netcdf(folder / "v1.nc")
    xr.DataArray(
        np.linspace(0, 2, 60),
        dims=["event"],
        coords={"neuroid_id": ("event", [f"u{n % 3}" for n in range(60)])},
        name="data",
    ).to_netcdf(folder / "spikes.nc")
    lines = ["stimulus_id,participant,sample_obj,choice,rt,kind"]
    for number in range(40):
        choice = "cat" if number % 4 else "dog"
        true = "cat" if number % 2 else "dog"
        kind = "practice" if number < 4 else "main"
        lines.append(f"s{number % 8},p{number % 3},{true},{choice},{300 + number},{kind}")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd") / "odd2026"
    _stimuli(folder)
    _assemblies(folder)
    (folder / "dataset.toml").write_text(MANIFEST)
    return folder


@pytest.fixture(scope="session")
def looked(odd_folder: Path) -> dict[tuple[bool, str], object]:
    """What was seen already, of the study as it is or all private."""
    return {}


@pytest.fixture
def seen(odd_folder: Path, looked, tmp_path: Path):
    """The preview of the odd study; with `private`, of one whose items all are."""
    from brainscore_data.previewing.previews import preview

    def look(*, private: bool = False, **options):
        key = private, repr(sorted(options.items()))
        if key not in looked:
            folder = odd_folder
            if private:
                folder = tmp_path / "private2026"
                shutil.copytree(odd_folder, folder)
                (folder / "dataset.toml").write_text(MANIFEST.replace('"public"', '"private"'))
            looked[key] = preview(folder, check=False, **options)
        items = {each.identifier: each for each in looked[key].items}
        return SimpleNamespace(whole=looked[key], items=items)

    return look


@pytest.fixture
def sound(odd_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same study without what is odd in it: it can be packaged and published."""
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "sound2026"
    shutil.copytree(odd_folder, folder)
    for number in range(6, 10):
        for left in (folder / "stimuli").glob(f"s{number}.*"):
            left.unlink()
    rows = [f"s{number},s{number}.png,{'cat' if number % 2 else 'dog'}" for number in range(6)]
    (folder / "stimuli.csv").write_text("\n".join(["stimulus_id,filename,object_name", *rows, ""]))
    trials = (folder / "trials.csv").read_text().splitlines()
    kept = [each for each in trials if not each.startswith(("s6", "s7"))]
    (folder / "trials.csv").write_text("\n".join([*kept, ""]))
    (folder / "v1.nc").unlink()
    (folder / "spikes.nc").unlink()
    np.save(folder / "rates.npy", np.arange(12.0).reshape(6, 2))
    (folder / "presentations.csv").write_text(
        "stimulus_id,repetition\n" + "".join(f"s{number},0\n" for number in range(6))
    )
    (folder / "neuroids.csv").write_text("neuroid_id,region,animal\nn1,IT,a\nn2,IT,a\n")
    head, _, _ = MANIFEST.partition("[[assembly]]")
    choices = MANIFEST[MANIFEST.index('[[assembly]]\nidentifier = "Odd2026.choices"') :]
    choices, _, _ = choices.partition('[[assembly]]\nidentifier = "Odd2026.gone"')
    (folder / "dataset.toml").write_text(f"{head}{RATES}{choices}")
    return folder


RATES = """
[[assembly]]
identifier = "Odd2026.IT"
visibility = "public"
class = "NeuroidAssembly"
stimulus_set = "Odd2026"
values = "rates.npy"
dims = ["presentation", "neuroid"]
coords = { presentation = "presentations.csv", neuroid = "neuroids.csv" }

"""
