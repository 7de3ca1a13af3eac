"""What authors have in hand as a stimulus set, and what the program's packaging makes of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.progress import Quiet
from brainscore_data.base.text import some
from brainscore_data.base.work_folders import work_folder
from brainscore_data.dataset.identifiers import require_key_safe, stimulus_set_keys
from brainscore_data.dataset.manifest import ReplacedVersions
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.dataset.paths import refuse_gits_own
from brainscore_data.records.bundle import BundledStimulusSet, bundled_file
from brainscore_data.stimuli.cells import LOST_HINT, lost_cell
from brainscore_data.stimuli.content import check_stimulus_set
from brainscore_data.stimuli.filenames import problem_of
from brainscore_data.stimuli.files import StimulusPaths
from brainscore_data.tables.table import Table, read_table

if TYPE_CHECKING:
    import pandas as pd

_logger = logging.getLogger("brainscore_data.brainio")
# Of these columns readers must get back what is written, or it is an error.
_CHECKED = ("stimulus_id", "filename")
#: Columns about the author's machine, or about the zip, that are not published.
LOCAL_COLUMNS = ("stimulus_current_local_file_path", "stimulus_path_within_store")

# The attributes and methods of StimulusSet, today's names first.
_PATHS = ("stimulus_paths", "image_paths")
_GETTERS = ("get_stimulus", "get_image")


def specific_columns(frame: pd.DataFrame) -> list[Any]:
    """Give the columns that are published, in their order."""
    return [name for name in frame.columns if name not in LOCAL_COLUMNS]


def id_column(frame: pd.DataFrame) -> str:
    """Name the column with the ids: ``stimulus_id``, or the older ``image_id``."""
    if not hasattr(frame, "columns"):
        raise UsageError(
            f"a stimulus set is a StimulusSet or another pandas table, and this is a "
            f"{type(frame).__name__}"
        )
    for name in ("stimulus_id", "image_id"):
        if name in frame.columns:
            return name
    names = [str(name) for name in frame.columns]
    raise DataError(
        f"the stimulus set has no column 'stimulus_id'{did_you_mean('stimulus_id', names)}",
        hint=f"its columns are {', '.join(names) or 'none'}",
    )


def stimulus_paths(frame: pd.DataFrame) -> list[Path]:
    """Find the file of each row."""
    paths = named_paths(frame)
    if missing := [str(path) for path in paths if not path.is_file()]:
        raise DataError(
            f"there is no such file: {some(missing)}",
            hint=f"paths are looked up from {Path.cwd()}",
        )
    # There can be very many: of those that lie in one folder, that is asked about once.
    for path in {path if path.is_symlink() else path.parent for path in paths}:
        refuse_gits_own(path)
    return paths


def named_paths(frame: pd.DataFrame) -> list[Path]:
    """Give the path of each row, whether or not there is a file."""
    ids = list(frame[id_column(frame)])
    if not ids:
        raise DataError("the stimulus set is empty: it has no rows")
    found = _path_by_id(frame, ids)
    if without := [each for each in ids if each not in found]:
        raise DataError(
            f"these stimulus ids have no path: {some(without)}",
            hint="give .stimulus_paths an entry for each id, of the same type as in the column",
        )
    return [Path(os.fspath(found[each])) for each in ids]


def filenames_in_zip(frame: pd.DataFrame, paths: list[Path]) -> list[str]:
    """Name the zip's members: the id, or ``stimulus_path_within_store``, and the file's ending."""
    within = "stimulus_path_within_store"
    stems = frame[within] if within in frame.columns else frame[id_column(frame)]
    return [f"{stem}{path.suffix}" for stem, path in zip(stems, paths, strict=True)]


def require_names(names: list[str], where: str) -> None:
    """Make sure that readers can unpack files of these names."""
    seen = set()
    for name in names:
        problem = "is also in an earlier row" if name in seen else problem_of(name)
        if problem:
            raise DataError(f"the name {name!r} {problem}", where=where)
        seen.add(name)


def write_stimulus_set(
    frame: pd.DataFrame,
    identifier: str,
    folder: Path,
    visibility: Visibility | None = None,
    replaces: Mapping[str, str] | None = None,
) -> BundledStimulusSet:
    """Check a stimulus set as the program checks one, and write its files; the input stays as it is."""
    from brainscore_data.packaging.stimulus_files import write_stimulus_csv, write_stimulus_zip

    if not isinstance(identifier, str):
        raise UsageError(f"the identifier of a stimulus set is a text, and this is {identifier!r}")
    require_key_safe(identifier)
    id_column(frame)
    if "filename" in frame.columns:
        raise DataError(
            "the stimulus set has a column 'filename' already, which packaging fills in",
            hint="rename it, or drop it: names in the zip come from the ids",
        )
    paths = stimulus_paths(frame)
    names = filenames_in_zip(frame, paths)
    csv, zipped = stimulus_set_keys(identifier)
    table = as_table(frame[specific_columns(frame)].assign(filename=names), csv)
    content = check_stimulus_set(identifier, table, lambda _: stimulus_files(zipped, names, paths))
    for name in content.table.columns:
        if name not in _CHECKED and (lost := lost_cell(content.table, name)) is not None:
            _logger.warning("%s: %s (%s)", content.table.place(lost.row), lost.message, LOST_HINT)
    return BundledStimulusSet(
        identifier=identifier,
        visibility=visibility,
        csv=bundled_file(csv, write_stimulus_csv(content, folder / csv)),
        zip=bundled_file(zipped, write_stimulus_zip(content, folder / zipped, Quiet())),
        replaces=ReplacedVersions(**replaces) if replaces else None,
    )


def stimulus_files(name: str, names: list[str], paths: list[Path]) -> StimulusPaths:
    """Give files the names that they have in the zip."""
    return StimulusPaths(
        Path(name),
        sizes={each: path.stat().st_size for each, path in zip(names, paths, strict=True)},
        paths=dict(zip(names, paths, strict=True)),
    )


def as_table(frame: pd.DataFrame, name: str) -> Table:
    """Turn a pandas table into one of text, as pandas writes it; messages call it `name`."""
    with work_folder() as folder:
        path = folder / "table.csv"
        frame.to_csv(path, index=False, encoding="utf-8")
        try:
            return replace(read_table(path), path=Path(name))
        except DataError as error:
            error.place = error.place and error.place.moved(path, Path(name))
            raise


def _path_by_id(frame: pd.DataFrame, ids: list[Any]) -> Mapping[Any, Any]:
    for name in _PATHS:
        paths = getattr(frame, name, None)
        if isinstance(paths, Mapping):
            return paths
    if LOCAL_COLUMNS[0] in frame.columns:
        return dict(zip(ids, frame[LOCAL_COLUMNS[0]], strict=True))
    for name in _GETTERS:
        if callable(get := getattr(frame, name, None)) and not hasattr(get, "iloc"):
            try:
                return {each: get(each) for each in ids}
            except (KeyError, AttributeError):  # the class has the method, and nothing to look in
                continue
    raise DataError(
        "the stimulus set does not say where its files are",
        hint="set .stimulus_paths to a dict, stimulus id → path; some pandas operations drop it",
    )
