"""Real files to damage: those of ``../shared/data`` where it is there, the examples, and made ones.

The made ones have what decoders find hard: texts of any length, compression, groups, references, more
than one part.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import tempfile
import wave
import zipfile
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matlab_recordings import recording
from pictures import png

if TYPE_CHECKING:
    import netCDF4

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("BRAINSCORE_DATA_SHARED") or ROOT.parent / "shared" / "data")
GRATINGS = ROOT / "examples" / "gratings"
_SIZE = 1 << 20  # larger files take longer and show no more
_REAL = 6

MANIFEST = """\
schema = 1

[dataset]
license = "CC-BY-4.0"
reference = "doi:10.1000/182"
plugin = "brainscore_vision/data/doe2024"

[[stimulus_set]]
identifier = "Doe2024"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"

[[assembly]]
identifier = "Doe2024.public"
visibility = "public"
class = "NeuroidAssembly"
stimulus_set = "Doe2024"
values = "responses.npy"
dims = ["presentation", "neuroid"]
coords = { presentation = "presentations.csv", neuroid = "neuroids.csv" }

[sources]
"raw.zip" = { url = "https://osf.io/download/abcd/", sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
"""

#: As people write plugins.
PLUGIN = '''\
"""Data of Doe et al. (2024)."""

from brainscore_vision import data_registry, load_stimulus_set, stimulus_set_registry
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.s3 import (
    load_assembly_from_s3,
    load_stimulus_set_from_s3,
)

BIBTEX = """@article{doe2024}"""
SHA1 = "0123456789abcdef0123456789abcdef01234567"

stimulus_set_registry["Gratings2023"] = lambda: load_stimulus_set_from_s3(
    identifier="Gratings2023",
    bucket="brainscore-storage/brainscore-vision",
    csv_sha1=SHA1,
    zip_sha1=SHA1,
    csv_version_id="abc",
    zip_version_id="null",
)  # as published
data_registry["Gratings2023.public"] = lambda: load_assembly_from_s3(
    identifier="Gratings2023.public",
    version_id="abc",
    sha1="0123456789abcdef0123456789abcdef01234567",
    bucket="brainscore-storage/brainscore-vision",
    cls=NeuroidAssembly,
    stimulus_set_loader=lambda: load_stimulus_set("Gratings2023"),
)
for kind in ("a", "b"):
    data_registry[f"Doe2024.{kind}"] = lambda kind=kind: load_assembly_from_s3(identifier=kind)
'''


@cache
def seeds(family: str) -> tuple[bytes, ...]:
    """Give the files of a family, all different, at least two."""
    real = [
        path.read_bytes()
        for folder in (SHARED, GRATINGS)
        for path in sorted(folder.rglob(f"*{family}"))
        if path.stat().st_size < _SIZE
    ]
    return (*made(family), *real[:_REAL])


@cache
def made(family: str) -> tuple[bytes, ...]:
    """Give the files of a family that are made here, and are well."""
    return tuple(_MADE[family]())


def _netcdf() -> list[bytes]:
    import netCDF4

    found = []
    for form in ("NETCDF4", "NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT_DATA"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "a.nc")
            with netCDF4.Dataset(path, "w", format=form) as file:
                _fill(file, texts="O" if form == "NETCDF4" else "S", packed=bool(found))
            found.append(path.read_bytes())
    return found


def _fill(file: netCDF4.Dataset, *, texts: str, packed: bool) -> None:
    """Write an assembly as contributors have it: texts, numbers, attributes, and an extra's group."""
    file.identifier = "Doe2024"
    file.createDimension("presentation", 4)
    file.createDimension("neuroid", 3)
    how = {"zlib": True, "chunksizes": (2, 3), "shuffle": True} if packed else {}
    values = file.createVariable("data", "f8", ("presentation", "neuroid"), **how)
    values[:] = np.arange(12.0).reshape(4, 3)
    values.units = "Hz"
    values.coordinates = "stimulus_id repetition neuroid_id"
    for dimension, name, cells in (
        ("presentation", "stimulus_id", list("abcd")),
        ("presentation", "repetition", [0, 1, 0, 1]),
        ("neuroid", "neuroid_id", ["n1", "n2", "n3"]),
    ):
        if not isinstance(cells[0], str):
            file.createVariable(name, "i4", (dimension,))[:] = cells
        elif texts == "O":
            file.createVariable(name, str, (dimension,))[:] = np.array(cells, dtype=object)
        else:
            file.createDimension(f"{name}_length", 2)
            variable = file.createVariable(name, "S1", (dimension, f"{name}_length"))
            variable._Encoding = "utf-8"
            variable[:] = np.array(cells, dtype="U2")
    if texts == "O":
        file.createGroup("trials").createVariable("rt", "f4", ())[:] = 1.5


def _hdf5() -> list[bytes]:
    import h5py

    found = []
    for libver in ("earliest", "latest"):
        stream = io.BytesIO()
        with h5py.File(stream, "w", libver=libver) as file:
            file["values"] = np.arange(24.0).reshape(4, 6)
            file.create_dataset("texts", data=["a", "bb"], dtype=h5py.string_dtype())
            file.create_dataset("fixed", data=np.array([b"a text", b"b"]))
            file.create_dataset(
                "packed", data=np.zeros((64, 64)), chunks=(8, 8), compression=4, shuffle=True
            )
            file.create_dataset("pairs", data=np.zeros(3, [("a", "<i4"), ("b", "S4")]))
            file.create_group("inner").attrs["about"] = "x"
            file["inner/ref"] = np.array([file["values"].ref], dtype=h5py.ref_dtype)
            file["soft"] = h5py.SoftLink("/values")
            file["hard"] = file["texts"]
        found.append(stream.getvalue())
    return found


def _npy() -> list[bytes]:
    found = []
    for values in (
        np.arange(12.0).reshape(4, 3),
        np.asfortranarray(np.arange(12, dtype="<i2").reshape(4, 3)),
        np.linspace(0, 1, 12, dtype=">f4").reshape(4, 3),
    ):
        stream = io.BytesIO()
        np.save(stream, values)
        found.append(stream.getvalue())
    return found


def _parquet() -> list[bytes]:
    table = pd.DataFrame(
        {
            "stimulus_id": list("abcd"),
            "rt": [1.5, 2, np.nan, 4],
            "n": range(4),
            "kind": pd.Categorical(list("xyxy")),
            "when": pd.date_range("2024", periods=4),
            "right": [True, True, False, True],
        }
    )
    return [
        table.to_parquet(),
        table.to_parquet(compression="gzip", row_group_size=2),
        table.to_parquet(compression="zstd", use_dictionary=False, data_page_version="2.0"),
        table.to_parquet(compression=None, use_byte_stream_split=["rt"], use_dictionary=False),
    ]


def _xlsx() -> list[bytes]:
    from openpyxl import Workbook
    from openpyxl.comments import Comment

    found = []
    for formatted in (False, True):
        book, stream = Workbook(), io.BytesIO()
        sheet = book.active
        for row in (
            ["stimulus_id", "rt", "n", "kind", "right"],
            ["a", 1.5, 0, "x", True],
            ["b", None, 7, "y", False],
            ["c", 2, 2, "x", True],
        ):
            sheet.append(row)
        if formatted:
            sheet["C3"].number_format = "000"
            sheet["A2"].comment = Comment("seen twice", "Doe")
            sheet.freeze_panes, sheet.row_dimensions[3].hidden = "A2", True
            book.create_sheet("empty").sheet_state = "hidden"
        book.save(stream)
        found.append(stream.getvalue())
    return found


def _csv() -> list[bytes]:
    return [
        b'stimulus_id,filename,object\na,0.png,cup\nb,1.png,"du,ck"\nc,2.png,\n',
        b'stimulus_id;filename;object\r\na;0.png;"two\r\nlines"\r\nb;1.png;x\r\nc;2.png;\r\n',
        "\ufeffstimulus_id\tfilename\tobject\na\t0.png\tgr\u00f6\u00dfe\nb\t1.png\t7\nc\t2.png\t007\n".encode(),
    ]


def _zip() -> list[bytes]:
    found = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            for number in range(3):
                archive.writestr(f"{number}.png", png(number))
        found.append(stream.getvalue())
    return found


def _wav() -> list[bytes]:
    found = []
    for channels, width in ((1, 2), (2, 3)):
        stream = io.BytesIO()
        with wave.open(stream, "wb") as writer:
            writer.setnchannels(channels)
            writer.setsampwidth(width)
            writer.setframerate(8000)
            writer.writeframes(bytes(range(240)) * 10)
        found.append(stream.getvalue())
    return found


def _jpg() -> list[bytes]:
    from PIL import Image

    found = []
    picture = Image.frombytes("RGB", (32, 24), bytes(range(256)) * 9)
    exif = Image.Exif()
    exif[0x010E] = "a picture"  # its description
    for options in ({"exif": exif}, {"progressive": True, "optimize": True}):
        stream = io.BytesIO()
        picture.save(stream, "JPEG", **options)
        found.append(stream.getvalue())
    return found


def _png() -> list[bytes]:
    from PIL import Image, PngImagePlugin

    stream = io.BytesIO()
    told = PngImagePlugin.PngInfo()
    told.add_text("Software", "a program of ours", zip=True)
    picture = Image.frombytes("RGB", (32, 24), bytes(range(256)) * 9)
    picture.save(stream, "PNG", pnginfo=told, transparency=(1, 2, 3), dpi=(72, 72))
    return [png(1), stream.getvalue()]


def _mp4() -> list[bytes]:
    import av

    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        video = container.add_stream("mpeg4", 10)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        for number in range(6):
            frame = av.VideoFrame.from_ndarray(
                np.full((32, 32, 3), 40 * number, np.uint8), format="rgb24"
            )
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode())
    return [stream.getvalue()]


def _toml() -> list[bytes]:
    return [MANIFEST.encode(), (GRATINGS / "dataset.toml").read_bytes()]


@cache
def published() -> tuple[dict[str, bytes], bytes]:
    """Package and publish a dataset; give the bundle's files, and the receipts."""
    from brainscore_data.publishing.folders import publish

    with tempfile.TemporaryDirectory() as folder:
        dataset, bundle, store = (Path(folder, name) for name in ("gratings", "bundle", "store"))
        shutil.copytree(GRATINGS, dataset)
        store.mkdir()
        publish(dataset, store.as_uri(), bundle=bundle, jobs=1)
        return (
            {path.name: path.read_bytes() for path in bundle.iterdir()},
            (dataset / "receipts.json").read_bytes(),
        )


def _receipts() -> list[bytes]:
    whole = json.loads(published()[1])
    one = {**whole, "items": whole["items"][:1], "checks": None}
    return [published()[1], json.dumps(one).encode()]


def _bundle() -> list[bytes]:
    whole = json.loads(published()[0]["bundle.json"])
    one = {**whole, "items": whole["items"][1:2], "script": {"name": "a.py", "sha256": "0" * 64}}
    return [published()[0]["bundle.json"], json.dumps(one).encode()]


def _plugins() -> list[bytes]:
    from brainscore_data.plugins.render import render_registrations
    from brainscore_data.records.receipts import Receipts

    rendered = render_registrations(Receipts.model_validate_json(published()[1]))
    return [PLUGIN.encode(), rendered.encode()]


_MADE: dict[str, Callable[[], list[bytes]]] = {
    ".nc": _netcdf,
    ".h5": _hdf5,
    ".npy": _npy,
    ".parquet": _parquet,
    ".mat": lambda: [recording(version).read_bytes() for version in ("v4", "v6", "v7", "v73")],
    ".xlsx": _xlsx,
    ".csv": _csv,
    ".zip": _zip,
    ".wav": _wav,
    ".png": _png,
    ".jpg": _jpg,
    ".mp4": _mp4,
    ".toml": _toml,
    "receipts.json": _receipts,
    "bundle.json": _bundle,
    "__init__.py": _plugins,
}
FAMILIES = tuple(_MADE)


def table(rows: list[list[str]]) -> bytes:
    """Write a csv."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()
