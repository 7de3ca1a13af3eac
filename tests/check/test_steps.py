"""What a check does grows as its input does: ten times the files are ten times the steps."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from peak_memory import peak_memory

from brainscore_data.base.nearest import nearest
from brainscore_data.check.engine.checking import check

HEAD = 'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\nreference = "doi:10.1000/182"\n'
ITEM = (
    '[[stimulus_set]]\nidentifier = "Doe2024.{0}"\nvisibility = "private"\n'
    'metadata = "{0}.csv"\nfiles = "stimuli"\n'
)
REGISTERED = (
    'data_registry["A{0}"] = lambda: load_assembly_from_s3(identifier="A", version_id="abc", '
    'sha1="0123456789abcdef0123456789abcdef01234567", bucket="b/c", cls=X)\n'
)
Making = Callable[[Path, int], None]
# 310 MiB were measured.
MOST = 400 << 20


def named(folder: Path, number: int, content: bytes = b"a\n1\n") -> None:
    """Write tables that the manifest names."""
    for each in range(number):
        (folder / f"{each}.csv").write_bytes(content)
    (folder / "dataset.toml").write_text(HEAD + "".join(map(ITEM.format, range(number))))


def that_cannot_be_read(folder: Path, number: int) -> None:
    named(folder, number, b"stimulus_id,filename\n\0\n")


def with_people(folder: Path, number: int) -> None:
    named(folder, number, b"email\nada@example.org\n")


def that_no_manifest_names(folder: Path, number: int) -> None:
    for each in range(number):
        (folder / f"{each}.csv").write_bytes(b"stimulus_id,filename\n\0\n")


def with_one_identifier(folder: Path, number: int) -> None:
    registrations(folder, number)
    item = ITEM.replace("Doe2024.{0}", "A")
    (folder / "dataset.toml").write_text(HEAD + "".join(map(item.format, range(number))))


def registrations(folder: Path, number: int) -> None:
    plugin = folder / "brainscore_vision" / "data" / "doe"
    plugin.mkdir(parents=True)
    text = "from brainscore_vision import data_registry\n"
    (plugin / "__init__.py").write_text(text + "".join(map(REGISTERED.format, range(number))))


def receipts(folder: Path, number: int) -> None:
    registrations(folder, number)
    (folder / "dataset.toml").write_text(HEAD)
    stored = {"version_id": "x", "store": "s3://b/c"}
    items = [
        {"kind": "assembly", "identifier": "A", "netcdf": {"object": {**stored, "sha1": str(each)}}}
        for each in range(number)
    ]
    (folder / "receipts.json").write_text(json.dumps({"schema": 1, "items": items}))


def steps(folder: Path) -> int:
    """Count the calls of a check, of Python's own functions as well."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        check([folder], jobs=1)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize(
    "make",
    [
        *(that_cannot_be_read, that_no_manifest_names, with_people),
        *(with_one_identifier, registrations, receipts),
    ],
)
def test_ten_times_the_input_is_ten_times_the_steps(make: Making, tmp_path: Path) -> None:
    counted = []
    for turn, number in enumerate((6, 6, 20, 60)):  # the first imports what it needs
        folder = tmp_path / str(turn)
        folder.mkdir()
        make(folder, number)
        counted.append(steps(folder))
    _, few, more, many = counted
    # Of each that is added, as many as before; squares would be three times as many.
    assert (many - more) / 40 < 1.6 * (more - few) / 14


def test_a_wrong_name_is_compared_with_so_many_at_most(monkeypatch) -> None:
    compared = []
    monkeypatch.setattr(
        "difflib.get_close_matches", lambda _, known, **__: compared.extend(known) or []
    )
    nearest("a", (f"b{each}" for each in range(10_000)))
    assert len(compared) == 300


# From within: how long the folder's own path is adds tens of megabytes, and is the machine's affair.
CHECKING = """
import os, pathlib, sys
from brainscore_data.check.engine.checking import check

os.chdir(sys.argv[1])
check([pathlib.Path(".")], jobs=2)
"""


@pytest.mark.night
def test_three_hundred_thousand_files_of_a_dataset_take_400_mib(tmp_path: Path) -> None:
    named(tmp_path, 1)
    for each in range(300_000):
        (tmp_path / f"{each}.csv").touch()
    assert peak_memory(CHECKING, str(tmp_path)) < MOST
