"""A table of stimuli with its small mistakes fixed; asked by its hints, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from brainscore_data.base.errors import DataError
from brainscore_data.base.repository import resolved
from brainscore_data.check.engine.finding import Fixed, Wanted
from brainscore_data.check.engine.stimulus_tables import ID_COLUMNS, stimulus_tables
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.people.personal_columns import look_at_table
from brainscore_data.check.people.staying_home import staying_home
from brainscore_data.dataset.document import names_of
from brainscore_data.stimuli.filenames import folded
from brainscore_data.stimuli.files import list_stimuli
from brainscore_data.tables.csv_editing import EditableCsv, editable_csv

#: The rules whose findings are fixed.
_IDS, _FILENAMES, _FILENAME, _ORDER = "BSD206", "BSD209", "BSD208", "BSD215"


def mend_stimuli(subjects: Subjects, wanted: Wanted) -> Iterator[Fixed]:
    """Fix the tables of stimuli that were given."""
    for path in stimulus_tables(subjects.given()):
        table, mends = mended_stimuli(path, wanted)
        if table is not None and mends:
            table.write(like=path)
        yield from (Fixed(path, what) for what in mends.values())


def codes_mended(path: Path) -> frozenset[str]:
    """Say what `--fix` fixes in a table of stimuli, so that no hint promises more."""
    return frozenset(mended_stimuli(path, lambda *_: True)[1])


def mended_stimuli(path: Path, wanted: Wanted) -> tuple[EditableCsv | None, dict[str, str]]:
    """Fix a table of stimuli, and say what was done by the code of the rule; nothing is written.

    What people were found in stays as it is, whether there is a copy with pseudonyms or not.
    """
    if path.is_symlink() or not path.is_file():
        return None, {}  # a link's file is fixed where it is
    try:
        table = editable_csv(path)
    except (DataError, OSError):
        return None, {}  # the rules say what is wrong with it
    id_column = next((name for name in ID_COLUMNS if name in table.columns), None)
    if id_column is None or look_at_table(path).columns or staying_home([path]):
        return None, {}
    mends: dict[str, str] = {}
    files = _files_of(path)
    if wanted(_IDS, path):
        ids = table.column(id_column)
        stripped = [cell.strip() for cell in ids]
        if stripped != ids and len(set(stripped)) == len(set(ids)):
            table = table.with_column(id_column, stripped)
            mends[_IDS] = f"removed blanks around cells of {id_column}"
    if "filename" not in table.columns:
        names = _names_by_id(table.column(id_column), files)
        if names is not None and wanted(_FILENAME, path):
            table = table.with_new_column("filename", names, after=id_column)
            mends[_FILENAME] = "added the column filename, by the ids that the files are called by"
    elif wanted(_FILENAMES, path):
        before = table.column("filename")
        after = _as_the_files_are(before, files)
        if before != after:
            table = table.with_column("filename", after)
            mends[_FILENAMES] = "wrote filenames as the files are called"
    first = [id_column, *(["filename"] if "filename" in table.columns else [])]
    if list(table.columns[: len(first)]) != first and wanted(_ORDER, path):
        table = table.with_first(first)
        mends[_ORDER] = f"moved {' and '.join(first)} to the front"
    return table, mends


def _files_of(path: Path) -> frozenset[str]:
    """Name the stimuli that a manifest says a table is about; none if it cannot be told."""
    for named in names_of(path):
        name = named.item.get("files")
        if named.key == "metadata" and isinstance(name, str):
            root = named.manifest.parent
            files = root / PurePosixPath(name)
            try:
                if not resolved(files).is_relative_to(resolved(root)):
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
