"""A table with pseudonyms beside the one that names people, which stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.repository import resolved
from brainscore_data.check.engine.finding import Fixed, Wanted
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.people.facts import PersonalColumn
from brainscore_data.check.people.linking_table import LinkingTable, open_linking_table
from brainscore_data.check.people.manifest_editing import EditedManifest
from brainscore_data.check.people.personal_columns import (
    TABLES,
    TRIALS,
    copy_of,
    editable,
    look_at_table,
)
from brainscore_data.check.people.personal_texts import COPIED
from brainscore_data.check.people.rules import RULE_ABOUT
from brainscore_data.check.people.signs_of_people import pseudonymised
from brainscore_data.check.people.staying_home import keep_home, staying_home
from brainscore_data.check.people.table_copies import CagedTable, CopyingCage, copying_cage
from brainscore_data.dataset.document import manifest_above, names_of, table_names
from brainscore_data.dataset.paths import file_part
from brainscore_data.dataset.patterns import PSEUDONYMISED, names_on_disk
from brainscore_data.tables.csv_editing import EditableCsv

if TYPE_CHECKING:
    from brainscore_data.tables.trial_editing import EditableTrials

_NOT_LINKED = (
    "no linking table was kept, so nobody can find the people behind these pseudonyms: a table "
    "that you add later gets other pseudonyms for the same people. To add files, or to remove "
    "somebody who withdraws, put the raw table's name back into "
    "dataset.toml, remove the new one, and run it with --linking-table FILE"
)


class _Raw(NamedTuple):
    """A table that names people."""

    path: Path  # as the user typed it
    columns: Mapping[str, str]  # what gets pseudonyms → what it holds
    manifest: Path | None  # of the dataset that it is in


def pseudonymise(subjects: Subjects, wanted: Wanted, linking_table: Path | None) -> Iterator[Fixed]:
    """Write the tables, and point the manifests at them; nothing, if one cannot be changed."""
    with copying_cage(subjects) as cage:
        yield from _pseudonymised(subjects, wanted, linking_table, cage)


def _pseudonymised(
    subjects: Subjects, wanted: Wanted, linking_table: Path | None, cage: CopyingCage
) -> Iterator[Fixed]:
    tables = list(_raw_tables(subjects, wanted, cage))
    folders = [each.parent for each in (*subjects.manifests, *subjects.files)]
    people = open_linking_table(linking_table, folders) if tables or linking_table else None
    if people is None or not tables:
        return
    by_manifest: dict[Path | None, list[_Raw]] = defaultdict(list)
    for each in tables:
        by_manifest[each.manifest].append(each)
    manifests = [
        _edited(manifest, raws, people)
        for manifest, raws in by_manifest.items()
        if manifest is not None
    ]
    copies = [(each, _copy(each, people, cage)) for each in tables]
    earlier = [
        f"{path.name} was made by an earlier run: the same people have other pseudonyms in it"
        for path in subjects.files
        if people.path is None and path.stem.endswith(PSEUDONYMISED)
    ]
    people.save()  # before any pseudonym is: they mean nothing without it
    for each, copy in copies:
        copy.write(like=each.path)
    for manifest in manifests:
        manifest.write()
    for each, copy in copies:
        named = {named.manifest.name for named in names_of(copy.path)}
        left = [*(f"{name} names it now" for name in named), keep_home(each.path)]
        if people.path is None and each is tables[-1]:
            left += [*earlier, _NOT_LINKED]
        yield Fixed(each.path, f"wrote {copy.path.name} {_about(each, copy)}", tuple(left))
    if people.path is not None:
        yield Fixed(people.path, f"has the pseudonyms of {len(people.people)} people now")


def _about(raw: _Raw, copy: EditableCsv | EditableTrials | CagedTable) -> str:
    """Say what a copy has in the place of what, and what it has not."""
    there = [name for name in raw.columns if any(copy.column(name))]
    gone = dict.fromkeys(holds for name, holds in raw.columns.items() if name not in there)
    said = [f"pseudonyms for {raw.columns[name]} in {name!r}" for name in there]
    if gone:
        said.append(f"the tables alone, without the {', '.join(gone)} beside them")
    return f"with {'; '.join(said)}"


def _raw_tables(subjects: Subjects, wanted: Wanted, cage: CopyingCage) -> Iterator[_Raw]:
    found = [
        (path, _columns_of(path, cage))
        for path in subjects.files
        if path.suffix.lower() in TABLES | TRIALS | COPIED
        and path.is_file()
        and not path.is_symlink()
    ]
    home = staying_home([path for path, columns in found if columns])
    for path, columns in found:
        mended = {
            column.name: column.holds
            for column in columns
            if column.stays is None and wanted(RULE_ABOUT[column.holds], path)
        }
        if mended and path not in home:
            yield _Raw(path, mended, manifest_above(path))


def _columns_of(path: Path, cage: CopyingCage) -> tuple[PersonalColumn, ...]:
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return look_at_table(path).columns
    if suffix in TRIALS and not names_of(path):
        return ()  # most anything can be in a json file
    try:
        return cage.look_at(path).columns
    except DataError:
        return ()  # the checks say so


def _edited(manifest: Path, tables: Sequence[_Raw], people: LinkingTable) -> EditedManifest:
    """Prepare a manifest that names the new tables, and says which linking table they come from."""
    edited = EditedManifest(manifest)
    recorded = edited.linking_table
    if recorded is not None and recorded != people.fingerprint:
        given = "another one was given" if people.path else "none was given"
        raise UsageError(
            f"the pseudonyms of this dataset come from the linking table {recorded}, and {given}: "
            "the same people would get other pseudonyms",
            where=str(manifest),
            hint="add --linking-table FILE, on the machine that has it; ask whoever made the "
            "pseudonyms",
        )
    raw = {resolved(each.path) for each in tables}
    edited.rename({name: new for each in tables for name, new in _renamed(each, manifest, raw)})
    if people.path is not None:
        edited.record(people.fingerprint)
    return edited


def _renamed(each: _Raw, manifest: Path, raw: Collection[Path]) -> Iterator[tuple[str, str]]:
    """Give what the manifest calls a table, and is to call it; a `*` must not stand for others, too."""
    for entry in names_of(each.path):
        for name in table_names(entry.item):
            file, part = file_part(name)
            files = names_on_disk(manifest.parent, file)
            places = [resolved(manifest.parent / one) for one in files]
            if resolved(each.path) not in places:
                continue
            if others := [
                one for one, place in zip(files, places, strict=True) if place not in raw
            ]:
                raise DataError(
                    f"{name} also stands for {others[0]}, in which `--fix` has nothing to replace",
                    where=str(manifest),
                    hint="name the files one by one in `table`, or remove by hand what names people",
                )
            new = copy_of(Path(file)).as_posix()
            yield name, new if part is None else f"{new}:{part}"


def _copy(
    raw: _Raw, people: LinkingTable, cage: CopyingCage
) -> EditableCsv | EditableTrials | CagedTable:
    is_caged = raw.path.suffix.lower() in COPIED
    table = cage.editable(raw.path, [*raw.columns]) if is_caged else editable(raw.path)
    for column in raw.columns:
        cells = pseudonymised(column, table.column(column), people.pseudonym)
        table = table.with_column(column, cells)
    if isinstance(table, CagedTable):
        cage.make(table)
    return replace(table, path=copy_of(raw.path))
