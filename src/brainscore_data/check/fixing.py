"""Mend what is safe to mend: no measurement, no pixel and no cell that is right is touched.

Of a csv only the cells that are wrong are written anew, of an image only its metadata are left
out. Fixing twice changes nothing the second time.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from brainscore_data.check.csv_editing import editable_csv
from brainscore_data.check.image_stripping import without_people
from brainscore_data.check.manifests import manifest_above, named_files
from brainscore_data.check.personal_tags import IMAGES, tags_of_file
from brainscore_data.check.probes.people import TABLES, look_at_table
from brainscore_data.check.stimulus_tables import ID_COLUMNS, stimulus_tables
from brainscore_data.dataset.people import pseudonymised
from brainscore_data.errors import DataError
from brainscore_data.files import written_whole
from brainscore_data.packaging.stimuli.filenames import folded
from brainscore_data.packaging.stimuli.files import list_stimuli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from brainscore_data.check.csv_editing import EditableCsv
    from brainscore_data.check.manifests import Named
    from brainscore_data.check.settings import Settings
    from brainscore_data.check.subjects import Subjects

    Wanted = Callable[[str, str, Path], bool]
    Mended = tuple[EditableCsv, list[str]]

_LARGEST_IMAGE = 1 << 29
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
    """

    path: Path
    what: str


def fix(
    subjects: Subjects,
    settings: Settings,
    *,
    is_ignored: Callable[[str, str, Path], bool] | None = None,
) -> list[Fixed]:
    """Mend what is safe to mend below the paths that were given.

    Parameters
    ----------
    subjects : Subjects
        What is there.
    settings : Settings
        What is not selected, or ignored, is not mended.
    is_ignored : callable, optional
        Gets a rule's code and name and a file; whether the rule is ignored there.

    Returns
    -------
    list of Fixed
        What was done, in the order in which it was.
    """

    def wanted(code: str, name: str, path: Path) -> bool:
        words = {code, code[:4], name}
        chosen = not settings.select or not words.isdisjoint(settings.select)
        ignored = not words.isdisjoint(settings.ignore)
        return chosen and not ignored and not (is_ignored and is_ignored(code, name, path))

    done: list[Fixed] = []
    for path in stimulus_tables(subjects.given()):
        done += _fix_table(path, lambda table: _mended_stimuli(table, wanted))
    # One salt for the run, and kept nowhere: a person has one pseudonym in all of the tables.
    salt = secrets.token_bytes(32)
    for path in subjects.files:
        suffix = path.suffix.lower()
        if suffix in TABLES:
            done += _fix_table(path, lambda table: _without_people(table, wanted, salt))
        elif suffix in IMAGES:
            done += _fix_image(path, wanted)
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
        mended.write()
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
    for named in _named(path):
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


def _named(path: Path) -> list[Named]:
    manifest = manifest_above(path)
    everything = named_files(manifest) if manifest is not None else ()
    return [named for named in everything if named.path.resolve() == path.resolve()]


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


def _without_people(table: EditableCsv, wanted: Wanted, salt: bytes) -> Mended:
    rules = _rules_by_what_they_are_about()
    keeps = _columns_in_use(table.path)
    what = []
    for column in look_at_table(table.path).columns:
        if column.name not in table.columns or column.name in keeps:
            continue
        if not wanted(*rules[column.holds], table.path):
            continue
        cells = table.column(column.name)
        table = table.with_column(column.name, pseudonymised(column.name, cells, salt))
        what.append(f"put pseudonyms in the place of {column.holds} in column {column.name!r}")
    return table, what


def _rules_by_what_they_are_about() -> Mapping[str, tuple[str, str]]:
    from brainscore_data.check.rules.people import RULES

    return {
        holds: (rule.code, rule.name)
        for rule in RULES
        if isinstance(found := getattr(rule, "holds", None), frozenset)
        for holds in found
    }


def _columns_in_use(path: Path) -> frozenset[str]:
    """Which columns must stay as they are: the manifest, or readers, go by their cells."""
    used = {*ID_COLUMNS, "filename"}
    for named in _named(path):
        derived, where = named.item.get("stimulus_id"), named.item.get("where")
        if isinstance(derived, dict):
            used.add(str(derived.get("column")))
        if isinstance(where, dict):
            used |= {str(column) for column in where}
    return frozenset(used)


def _fix_image(path: Path, wanted: Wanted) -> Iterator[Fixed]:
    found = tags_of_file(path)
    if not found or path.is_symlink() or path.stat().st_size > _LARGEST_IMAGE:
        return
    rules = {
        "position": ("BSD713", "image-position"),
        "owner": ("BSD714", "image-owner"),
        "serial number": ("BSD715", "image-serial-number"),
    }
    if not any(wanted(*rules[tag.holds], path) for tag in found):
        return
    stripped = without_people(path.read_bytes())
    if stripped is None:
        return
    with written_whole(path) as target:
        target.write_bytes(stripped)
    yield Fixed(path, f"removed {', '.join(dict.fromkeys(tag.name for tag in found))}")
