"""The example that the rules about assemblies share: four presentations, two neuroids."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from brainscore_data.check.engine.rule import Example, Made

PRESENTATIONS = "stimulus_id,repetition\nn1,0\nn2,0\nn1,1\nn2,1\n"
NEUROIDS = "neuroid_id,region,animal\nIT-1,IT,Chabo\nIT-2,IT,Tito\n"
TIME_BINS = "time_bin_start,time_bin_end\n70,120\n120,170\n"
STIMULI = "stimulus_id,filename,object_name\nn1,n1.png,bear\nn2,n2.png,car\n"

_HEAD = """\
schema = 1
[dataset]
license = "CC-BY-4.0"
"""
_STIMULUS_SET = """
[[stimulus_set]]
identifier = "Doe2024"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""
_ASSEMBLY = """
[[assembly]]
identifier = "Doe2024.IT"
visibility = "public"
class = "NeuroidAssembly"
"""


def recording(
    presentations: str = PRESENTATIONS,
    neuroids: str = NEUROIDS,
    time_bins: str | None = None,
    *,
    stimuli: str | None = None,
    named: str | None = None,
    values: Made | None = None,
) -> Example:
    """Make a dataset of an array and a table for each dimension."""
    shape = (4, 2) if time_bins is None else (4, 2, 2)
    dims = ["presentation", "neuroid", "time_bin"][: len(shape)]
    coords = {"presentation": "presentations.csv", "neuroid": "neuroids.csv"}
    files: dict[str, str | Made] = {
        "presentations.csv": presentations,
        "neuroids.csv": neuroids,
        "rates.npy": values or array(f"spike rates, {' x '.join(map(str, shape))}", shape),
    }
    if time_bins is not None:
        coords["time_bin"] = "time_bins.csv"
        files["time_bins.csv"] = time_bins
    if stimuli is not None:
        files["stimuli.csv"] = stimuli
        files["stimuli/n1.png"] = image("an image of 8 x 8 pixels", "red")
        files["stimuli/n2.png"] = image("another image of that size", "blue")
        named = named or "Doe2024"
    tables = ", ".join(f'{dim} = "{name}"' for dim, name in coords.items())
    quoted = ", ".join(f'"{dim}"' for dim in dims)
    manifest = [
        _HEAD,
        _STIMULUS_SET if stimuli is not None else "",
        _ASSEMBLY,
        f'stimulus_set = "{named}"\n' if named else "",
        'values = "rates.npy"\n',
        f"dims = [{quoted}]\n",
        f"coords = {{ {tables} }}\n",
    ]
    return Example({"dataset.toml": "".join(manifest), **files})


def stored(data: Made, **more: Made) -> Example:
    """Make a dataset of a netCDF file and, maybe, extras."""
    extras = ", ".join(f'{name} = "{name}.nc"' for name in more)
    manifest = f'{_HEAD}{_ASSEMBLY}data = "rates.nc"\n'
    if extras:
        manifest += f"extras = {{ {extras} }}\n"
    files = {f"{name}.nc": made for name, made in more.items()}
    return Example({"dataset.toml": manifest, "rates.nc": data, **files})


def array(
    description: str, shape: tuple[int, ...], change: Callable[[Any], None] | None = None
) -> Made:
    """Make a ``.npy`` file, of numbers that count up but for what `change` does to them."""

    def make() -> bytes:
        import numpy as np

        values = np.arange(np.prod(shape), dtype="float64").reshape(shape)
        if change is not None:
            change(values)
        stream = io.BytesIO()
        np.save(stream, values, allow_pickle=False)
        return stream.getvalue()

    return Made(description, make)


def netcdf(description: str, change: Callable[[Any], None] | None = None) -> Made:
    """Make a netCDF file of the example; `change` is given the open ``netCDF4.Dataset``."""

    def make() -> bytes:
        import tempfile
        from pathlib import Path

        import netCDF4
        import numpy as np

        # The library cannot write all of netCDF-4 to memory.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rates.nc")
            with netCDF4.Dataset(path, "w") as file:
                file.createDimension("presentation", 4)
                file.createDimension("neuroid", 2)
                rates = file.createVariable("data", "f8", ("presentation", "neuroid"))
                rates[:] = np.arange(8.0).reshape(4, 2)
                for name, dim, values in (
                    ("stimulus_id", "presentation", ["n1", "n2", "n1", "n2"]),
                    ("repetition", "presentation", ["0", "0", "1", "1"]),
                    ("neuroid_id", "neuroid", ["IT-1", "IT-2"]),
                    ("region", "neuroid", ["IT", "IT"]),
                    ("animal", "neuroid", ["Chabo", "Tito"]),
                ):
                    file.createVariable(name, str, (dim,))[:] = np.array(values, dtype=object)
                rates.coordinates = "stimulus_id repetition neuroid_id region animal"
                if change is not None:
                    change(file)
            return path.read_bytes()

    return Made(description, make)


def image(description: str, color: str) -> Made:
    """Make a small image of one colour."""

    def make() -> bytes:
        from PIL import Image

        stream = io.BytesIO()
        Image.new("RGB", (8, 8), color).save(stream, "PNG")
        return stream.getvalue()

    return Made(description, make)
