"""Damaged files end in a finding or a clear error: never in a crash, a hang or BSD001.

``BRAINSCORE_DATA_FUZZ_SEED`` and ``BRAINSCORE_DATA_FUZZ_CASES`` (so many of each family) choose others,
for a run by hand; a failure says the seed, and the same seed gives the same files.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import faulthandler
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from how_often import NIGHT
from pictures import png

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.check.engine.checking import check
from brainscore_data.check.engine.own_rules import RuleCrashed
from brainscore_data.cli import main
from brainscore_data.drafting.drafts import draft_dataset
from brainscore_data.packaging.bundling import package
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import FAMILIES, MANIFEST, PLUGIN, made, published, seeds, table

# By day the same ones each time, so that who did not break it is not told of it; by night others.
_OF_TODAY = dt.datetime.now(dt.UTC).toordinal() if NIGHT else 15
SEED = int(os.environ.get("BRAINSCORE_DATA_FUZZ_SEED", _OF_TODAY))
BATCH = 63
# By day 1,008 in all, by night twenty times as many.
_OF_EACH = 20 * BATCH if NIGHT else BATCH
CASES = int(os.environ.get("BRAINSCORE_DATA_FUZZ_CASES", _OF_EACH))
HANG = 240  # seconds, for a batch that takes one or two

HEAD = 'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\nreference = "doi:10.1000/182"\n'
STIMULUS_SET = """
[[stimulus_set]]
identifier = "Doe2024.{number}"
visibility = "public"
metadata = "{metadata}"
files = "{files}"
"""
ASSEMBLY = """
[[assembly]]
identifier = "Doe2024.{number}"
visibility = "public"
class = "{kind}"
{form}
"""
ARRAY = 'values = "{name}"\ndims = ["presentation", "neuroid"]\ncoords = { presentation = "p.csv", neuroid = "n.csv" }'
# What files of each version of MATLAB have: v4 knows neither structs nor cells.
RECORDING = (
    'values = "{name}:one"\ndims = ["presentation", "neuroid"]\n'
    'coords = { presentation = "{name}:rates", neuroid = "n.csv" }'
)

TRIALS = """
table = "{name}"
value = "rt"
columns = ["stimulus_id", "rt", "n", "kind", "right"]
"""


def media(folder: Path, names: list[str]) -> None:
    rows = [["stimulus_id", "filename"], *([Path(name).stem, name] for name in names)]
    (folder / "stimuli.csv").write_bytes(table(rows))
    manifest(folder, STIMULUS_SET.format(number=1, metadata="stimuli.csv", files="damaged"))


def archives(folder: Path, names: list[str]) -> None:
    (folder / "stimuli.csv").write_bytes(
        table([["stimulus_id", "filename"], *([f"s{n}", f"{n}.png"] for n in range(3))])
    )
    manifest(
        folder,
        *(
            STIMULUS_SET.format(
                number=Path(name).stem, metadata="stimuli.csv", files=f"damaged/{name}"
            )
            for name in names
        ),
    )


def tables_of_stimuli(folder: Path, names: list[str]) -> None:
    (folder / "stimuli").mkdir(exist_ok=True)
    for number in range(3):
        (folder / "stimuli" / f"{number}.png").write_bytes(png(number))
    items = (
        STIMULUS_SET.format(number=Path(name).stem, metadata=f"damaged/{name}", files="stimuli")
        for name in names
    )
    trials = (
        ASSEMBLY.format(
            number=f"trials{Path(name).stem}",
            kind="BehavioralAssembly",
            form=f'table = "damaged/{name}"\nvalue = "object"\ncolumns = ["stimulus_id", "object"]\nmissing = ""',
        )
        for name in names
    )
    manifest(folder, *items, *trials)


def netcdf(folder: Path, names: list[str]) -> None:
    assemblies(folder, names, "NeuroidAssembly", 'data = "{name}"')


def arrays(folder: Path, names: list[str]) -> None:
    (folder / "p.csv").write_bytes(table([["stimulus_id"], *([each] for each in "abcd")]))
    (folder / "n.csv").write_bytes(table([["neuroid_id"], *([each] for each in "123")]))
    assemblies(folder, names, "NeuroidAssembly", ARRAY)


def trials(folder: Path, names: list[str]) -> None:
    assemblies(folder, names, "BehavioralAssembly", TRIALS)


def recordings(folder: Path, names: list[str]) -> None:
    (folder / "n.csv").write_bytes(table([["neuroid_id"], *([each] for each in "123")]))
    assemblies(folder, names, "NeuroidAssembly", RECORDING)


def assemblies(folder: Path, names: list[str], kind: str, form: str) -> None:
    manifest(
        folder,
        *(
            ASSEMBLY.format(
                number=Path(name).stem, kind=kind, form=form.replace("{name}", f"damaged/{name}")
            )
            for name in names
        ),
    )


def beside_a_dataset(folder: Path, names: list[str]) -> None:
    """Nothing names them, but whether people are named in them is looked at."""
    tables_of_stimuli(folder, [])
    (folder / "a.csv").write_bytes(made(".csv")[0])
    manifest(folder, STIMULUS_SET.format(number=1, metadata="a.csv", files="stimuli"))


def manifest(folder: Path, *items: str) -> None:
    (folder / "dataset.toml").write_text(HEAD + "".join(items))


#: Family → what refers to its damaged files.
REFERRING: dict[str, Callable[[Path, list[str]], None]] = {
    **dict.fromkeys((".png", ".jpg", ".mp4", ".wav"), media),
    ".zip": archives,
    ".csv": tables_of_stimuli,
    ".nc": netcdf,
    ".npy": arrays,
    ".mat": recordings,
    ".parquet": trials,
    ".xlsx": trials,
    ".h5": beside_a_dataset,
}


def damaged(family: str, batch: int) -> Iterator[bytes]:
    rng = random.Random(f"{SEED} {family} {batch}")  # noqa: S311
    for _ in range(min(BATCH, CASES - batch * BATCH)):
        one, other = rng.sample(seeds(family), 2)
        yield mutated(rng, family, one, other)


@pytest.fixture(autouse=True)
def _no_hang(request) -> Iterator[None]:
    """End the process where a batch hangs: nothing else interrupts a library."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        told = os.dup(2)  # nobody reads what is captured then
    faulthandler.dump_traceback_later(HANG, exit=True, file=told)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        os.close(told)


def no_crash(folder: Path) -> set[str]:
    """Check, and give the names of the files with an error."""
    outcome = check([folder], jobs=1)
    crashed = [
        f"{each.place.file}: {each.message}"
        for each in outcome.findings
        if each.code == RuleCrashed.code
    ]
    assert not crashed, f"seed {SEED}: {crashed}"
    return {f"{each.place.file} {each.place.entry or ''}" for each in outcome.errors}


def no_internal_error(capsys, *arguments: str | Path) -> int:
    """Run the command; what goes wrong in it is told in words."""
    code = main([str(each) for each in arguments])
    told = "".join(capsys.readouterr())
    assert code in {0, 1, 2}, f"seed {SEED}: {arguments} exits {code}"
    assert not (code and "internal error" in told), f"seed {SEED}: {arguments}: {told[-2000:]}"
    return code


def batches(families: list[str]) -> pytest.MarkDecorator:
    cases = [(family, batch) for family in families for batch in range(-(-CASES // BATCH))]
    return pytest.mark.parametrize(("family", "batch"), cases)


@batches(list(REFERRING))
def test_a_damaged_file_is_a_finding_or_is_packaged(tmp_path, family, batch):
    folder = folder_with(tmp_path / "dataset")
    names = [f"d{number}{family}" for number in range(BATCH)]
    for name, content in zip(names, damaged(family, batch), strict=False):
        (folder / "damaged" / name).write_bytes(content)
    names = [name for name in names if (folder / "damaged" / name).exists()]
    REFERRING[family](folder, names)
    wrong = no_crash(folder)
    (folder / "dataset.toml").rename(tmp_path / "dataset.toml")
    with contextlib.suppress(BrainScoreDataError):
        draft_dataset(folder)
    (tmp_path / "dataset.toml").rename(folder / "dataset.toml")
    left = [name for name in names if not is_in(name, wrong)]
    for name in set(names) - set(left):
        (folder / "damaged" / name).unlink()
    REFERRING[family](folder, left)
    with contextlib.suppress(DataError):
        package(folder, tmp_path / "bundle", jobs=1)


def is_in(name: str, wrong: set[str]) -> bool:
    stem = Path(name).stem
    return any(
        each.partition(" ")[0].endswith(f"/{name}") or each.endswith((f".{stem}", f".trials{stem}"))
        for each in wrong
    )


@pytest.mark.parametrize("family", list(REFERRING))
def test_what_is_damaged_was_well_before(tmp_path, family):
    """Else all of a family could be refused for the same reason, and show nothing."""
    folder = folder_with(tmp_path / "dataset")
    names = [f"d{number}{family}" for number in range(len(made(family)))]
    for name, content in zip(names, made(family), strict=True):
        (folder / "damaged" / name).write_bytes(content)
    REFERRING[family](folder, names)
    found = check([folder], jobs=1).errors
    assert not found, [f"{each.place.file}: {each.message}" for each in found]
    package(folder, tmp_path / "bundle", jobs=1)


@batches([".toml"])
def test_a_damaged_manifest_is_a_finding(tmp_path, family, batch):
    for number, content in enumerate(damaged(family, batch)):
        folder = folder_with(tmp_path / f"dataset{number}")
        tables_of_stimuli(folder, ["a.csv"])
        (folder / "damaged" / "a.csv").write_bytes(made(".csv")[0])
        (folder / "dataset.toml").write_bytes(content)
    no_crash(tmp_path)
    for folder in tmp_path.iterdir():
        with contextlib.suppress(BrainScoreDataError):
            draft_dataset(folder)


@batches(["receipts.json"])
def test_damaged_receipts_are_clear_errors(tmp_path, capsys, family, batch):
    plugin = folder_with(tmp_path / "brainscore_vision" / "data" / "gratings")
    (plugin / "__init__.py").write_text(PLUGIN)
    for number, content in enumerate(damaged(family, batch)):
        folder = folder_with(tmp_path / f"dataset{number}")
        (folder / "dataset.toml").write_text(MANIFEST)
        (folder / "receipts.json").write_bytes(content)
        no_internal_error(capsys, "register", folder, plugin, "--diff")
    no_crash(tmp_path)  # all at once: each check starts a cage


@batches(["bundle.json"])
def test_damaged_bundles_are_clear_errors(tmp_path, capsys, family, batch):
    folder, store = tmp_path / "bundle", tmp_path / "store"
    folder.mkdir()
    store.mkdir()
    for name, content in published()[0].items():
        (folder / name).write_bytes(content)
    for content in damaged(family, batch):
        (folder / "bundle.json").write_bytes(content)
        no_internal_error(capsys, "publish", folder, "--store", store.as_uri(), "--dry-run")


@batches(["__init__.py"])
def test_damaged_plugins_are_findings(tmp_path, capsys, family, batch):
    (tmp_path / "receipts.json").write_bytes(published()[1])
    data = tmp_path / "brainscore_vision" / "data"
    for number, content in enumerate(damaged(family, batch)):
        plugin = folder_with(data / f"d{number}")
        (plugin / "__init__.py").write_bytes(content)
        no_internal_error(capsys, "register", tmp_path, plugin, "--diff", "--force")
    no_crash(tmp_path)


def folder_with(folder: Path) -> Path:
    (folder / "damaged").mkdir(parents=True)
    return folder


def test_every_family_is_damaged():
    assert set(FAMILIES) == {*REFERRING, ".toml", "receipts.json", "bundle.json", "__init__.py"}
    assert all(len(set(made(family))) == len(made(family)) for family in FAMILIES)
    assert all(len(seeds(family)) > 1 for family in FAMILIES)
