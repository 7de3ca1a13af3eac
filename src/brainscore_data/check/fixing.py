"""Mend what is safe to mend: no measurement, no pixel and no cell that is right is touched.

What holds people's data is raw data, and kept byte for byte: see `pseudonymising` and
`image_originals`. Of a table of stimuli only the cells that are wrong are written anew. Fixing
twice changes nothing the second time.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from brainscore_data.check.csv_editing import editable_csv
from brainscore_data.check.image_originals import strip_images
from brainscore_data.check.mendable_tables import names_of
from brainscore_data.check.probes.people import look_at_table
from brainscore_data.check.pseudonymising import pseudonymise
from brainscore_data.check.staying_home import staying_home
from brainscore_data.check.stimulus_tables import ID_COLUMNS, stimulus_tables
from brainscore_data.errors import DataError
from brainscore_data.packaging.stimuli.filenames import folded
from brainscore_data.packaging.stimuli.files import list_stimuli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from brainscore_data.check.csv_editing import EditableCsv
    from brainscore_data.check.settings import Settings
    from brainscore_data.check.subjects import Subjects

    Wanted = Callable[[str, str, Path], bool]
    Mended = tuple[EditableCsv, list[str]]

#: Code and name of the rule that a mended finding is of.
_IDS = ("BSD206", "stimulus-id-survives")
_FILENAMES = ("BSD209", "filename-survives")
_FILENAME = ("BSD208", "filename-present")
_ORDER = ("BSD215", "column-order")


@dataclass(frozen=True)
class Fixed:
    """Something that was mended.

    Attributes
    ----------
    path : Path
        The file, as the user typed it.
    what : str
        What was done to it, in a few words.
    left : tuple of str
        What is left to know or to do.
    """

    path: Path
    what: str
    left: tuple[str, ...] = ()


def fix(
    subjects: Subjects,
    settings: Settings,
    *,
    linking_table: Path | None = None,
    is_ignored: Callable[[str, str, Path], bool] | None = None,
) -> list[Fixed]:
    """Mend what is safe to mend below the paths that were given.

    Parameters
    ----------
    subjects : Subjects
        What is there.
    settings : Settings
        What is not selected, or ignored, is not mended.
    linking_table : Path, optional
        Where it is kept who has which pseudonym; nowhere by default.
    is_ignored : callable, optional
        Gets a rule's code and name and a file; whether the rule is ignored there.

    Returns
    -------
    list of Fixed
        What was done, in the order in which it was.

    Raises
    ------
    UsageError
        If the linking table is not the one that a manifest records, or is in a repository; then
        nothing was changed. If a file cannot be written.
    """

    def wanted(code: str, name: str, path: Path) -> bool:
        words = {code, code[:4], name}
        chosen = not settings.select or not words.isdisjoint(settings.select)
        ignored = not words.isdisjoint(settings.ignore)
        return chosen and not ignored and not (is_ignored and is_ignored(code, name, path))

    done = [
        Fixed(path, what, left)
        for path, what, left in (
            *pseudonymise(subjects, wanted, linking_table),
            *strip_images(subjects, wanted),
        )
    ]
    for path in stimulus_tables(subjects.given()):
        # What people were found in stays as it is, whether a copy was made or not.
        if not look_at_table(path).columns and not staying_home([path]):
            done += _fix_table(path, lambda table: _mended_stimuli(table, wanted))
    return done


def _fix_table(path: Path, mend: Callable[[EditableCsv], Mended]) -> Iterator[Fixed]:
    if path.is_symlink() or not path.is_file():
        return  # a link's file is mended where it is
    try:
        table = editable_csv(path)
    except (DataError, OSError):
        return  # the rules say what is wrong with it
    mended, what = mend(table)
    if what:
        mended.write(mode=stat.S_IMODE(path.stat().st_mode))
    for each in what:
        yield Fixed(path, each)


def _mended_stimuli(table: EditableCsv, wanted: Wanted) -> Mended:
    path, what = table.path, []
    id_column = next((name for name in ID_COLUMNS if name in table.columns), None)
    if id_column is None:
        return table, []
    files = _files_of(path)
    if wanted(*_IDS, path):
        ids = table.column(id_column)
        stripped = [cell.strip() for cell in ids]
        if stripped != ids and len(set(stripped)) == len(set(ids)):
            table = table.with_column(id_column, stripped)
            what.append(f"removed blanks around cells of {id_column}")
    if "filename" not in table.columns:
        names = _names_by_id(table.column(id_column), files)
        if names is not None and wanted(*_FILENAME, path):
            table = table.with_new_column("filename", names, after=id_column)
            what.append("added the column filename, by the ids that the files are called by")
    elif wanted(*_FILENAMES, path):
        before = table.column("filename")
        after = _as_the_files_are(before, files)
        if before != after:
            table = table.with_column("filename", after)
            what.append("wrote filenames as the files are called")
    first = [id_column, *(["filename"] if "filename" in table.columns else [])]
    if list(table.columns[: len(first)]) != first and wanted(*_ORDER, path):
        table = table.with_first(first)
        what.append(f"moved {' and '.join(first)} to the front")
    return table, what


def _files_of(path: Path) -> frozenset[str]:
    """Name the stimuli that a manifest says a table is about; none if it cannot be told."""
    for named in names_of(path):
        name = named.item.get("files")
        if named.key == "metadata" and isinstance(name, str):
            root = named.manifest.parent
            files = root / PurePosixPath(name)
            try:
                if not files.resolve().is_relative_to(root.resolve()):
                    return frozenset()
                return frozenset(list_stimuli(files, metadata=path, root=root).sizes)
            except (DataError, OSError):
                return frozenset()
    return frozenset()


def _names_by_id(ids: list[str], files: frozenset[str]) -> list[str] | None:
    """Give the file of each id, if files and ids are one to one."""
    by_stem = {PurePosixPath(name).stem: name for name in files}
    names = [each if each in files else by_stem.get(each, "") for each in ids]
    return names if len(names) == len(files) and set(names) == files else None


def _as_the_files_are(cells: list[str], files: frozenset[str]) -> list[str]:
    """Spell filenames as the files are called: blanks, case, accents, a folder before all of them."""
    by_folded: dict[str, list[str]] = {}
    for name in sorted(files):
        by_folded.setdefault(folded(name).strip(), []).append(name)
    # Different folders may say something of the stimuli.
    one_folder = len({PureWindowsPath(cell).parent for cell in cells}) == 1

    def mended(cell: str) -> str:
        if cell in files:
            return cell
        plain = PureWindowsPath(cell).name if one_folder else cell
        alike = by_folded.get(folded(plain).strip(), [])
        return alike[0] if len(alike) == 1 else (cell if files else cell.strip())

    after = [mended(cell) for cell in cells]
    return after if len(set(after)) == len(set(cells)) else cells
