"""A small study as a lab has it, in every form that a dataset.toml knows."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MANIFEST = """\
schema = 1
[dataset]
license = "CC-BY-4.0"

[[stimulus_set]]
identifier = "Doe2024"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"

[[assembly]]
identifier = "Doe2024.V4"
visibility = "public"
class = "NeuroidAssembly"
stimulus_set = "Doe2024"
data = "v4.nc"

[[assembly]]
identifier = "Doe2024.IT"
visibility = "public"
class = "NeuroidAssembly"
stimulus_set = "Doe2024"
values = "it.npy"
dims = ["presentation", "neuroid"]
coords = { presentation = "presentations.csv", neuroid = "neuroids.csv" }

[[assembly]]
identifier = "Doe2024.choices"
visibility = "public"
class = "BehavioralAssembly"
stimulus_set = "Doe2024"
table = "trials.csv"
value = "choice"
columns = ["stimulus_id", "choice", "rt"]
where = { trial_type = "main" }
"""

TABLES = {
    "stimuli.csv": """\
        stimulus_id,filename,object_name
        s1,s1.png,dog
        s2,s2.png,cat
        s3,s3.png,car
        """,
    "presentations.csv": """\
        stimulus_id,repetition
        s1,0
        s2,0
        s3,0
        """,
    "neuroids.csv": """\
        neuroid_id,region
        n1,IT
        n2,IT
        """,
    "trials.csv": """\
        stimulus_id,choice,rt,trial_type
        s1,dog,512,practice
        s1,dog,431,main
        s2,dog,602,main
        s3,car,388,main
        """,
}


def picture(seed: str) -> bytes:
    """Make a small PNG whose pixels are its own."""
    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(list(seed.encode())).integers(0, 256, (8, 8, 3), dtype="uint8")
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "png")
    return made.getvalue()


@dataclass(frozen=True)
class Study:
    """A folder with a dataset.toml, and the ways to damage and fix it."""

    folder: Path
    whole: Path  # a copy that stays as it is

    def path(self, name: str) -> Path:
        return self.folder / name

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.path(name).read_text()
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        self.path(name).write_text(text.replace(old, new))

    def mend(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.whole, self.folder)


@pytest.fixture(scope="session")
def whole_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np
    import xarray as xr

    folder = tmp_path_factory.mktemp("whole") / "doe2024"
    (folder / "stimuli").mkdir(parents=True)
    (folder / "dataset.toml").write_text(MANIFEST)
    for name, text in TABLES.items():
        (folder / name).write_text(textwrap.dedent(text))
    for name in ("s1", "s2", "s3"):
        (folder / "stimuli" / f"{name}.png").write_bytes(picture(name))
    rates = np.array([[0.5, 2.25], [3.0, 1.125], [4.75, 0.25]])
    np.save(folder / "it.npy", rates)
    xr.DataArray(
        rates,
        dims=["presentation", "neuroid"],
        coords={
            "stimulus_id": ("presentation", ["s1", "s2", "s3"]),
            "repetition": ("presentation", [0, 0, 0]),
            "neuroid_id": ("neuroid", ["n1", "n2"]),
            "region": ("neuroid", ["V4", "V4"]),
        },
        name="rates",
    ).to_netcdf(folder / "v4.nc")
    return folder


@pytest.fixture
def study(whole_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """The study in a folder of its own, with the cache beside it."""
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "doe2024"
    shutil.copytree(whole_study, folder)
    return Study(folder, whole_study)


@pytest.fixture
def lent(whole_study: Path) -> Iterator[Study]:
    """The study where somebody without privileges may change it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(shutil.copytree(whole_study, Path(name, "doe2024")))
        for path in (Path(name), folder, *folder.rglob("*")):
            path.chmod(0o777)
            if os.geteuid() == 0:
                os.chown(path, 65534, -1)
        yield Study(folder, whole_study)


@dataclass(frozen=True)
class Answer:
    """What a run of the program came to."""

    code: int
    out: str
    err: str

    def explains(self, *words: str) -> bool:
        """Say whether it was one error, and that one with these words in it."""
        assert self.err.startswith("error: "), self.err
        assert self.err.count("error: ") == 1, self.err
        assert "Traceback" not in self.err
        assert self.out == ""
        missing = [word for word in words if word not in self.err]
        assert not missing, f"{missing} not in: {self.err}"
        return True


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run the program in this process."""
    from brainscore_data.cli import main

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return run


@pytest.fixture
def child() -> Callable[..., Answer]:
    """Run the program in a process of its own, after some lines of Python that prepare it."""

    def run(*arguments: object, before: str = "", launcher: Sequence[str] = ()) -> Answer:
        code = f"import sys\n{before}\nfrom brainscore_data.cli import main\n"
        code += f"sys.exit(main({[str(argument) for argument in arguments]}))"
        done = subprocess.run(
            [*launcher, sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Give all files below a folder, by their place in it; none if it is not there."""

    def read(folder: Path) -> dict[str, bytes]:
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    return read
