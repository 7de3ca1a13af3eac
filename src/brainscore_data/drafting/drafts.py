"""A first ``dataset.toml`` for a folder as a lab has it."""

from __future__ import annotations

import dataclasses
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset.assembly_tables import ASSEMBLY_FORMS
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.identifiers import assembly_key, is_key_safe
from brainscore_data.dataset.licenses import (
    RESTRICTED,
    canonical_license,
    likely_license,
    written_license,
)
from brainscore_data.dataset.manifest import Manifest
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.drafting.array_assemblies import draft_array, draft_netcdf
from brainscore_data.drafting.folder_files import everything_seen
from brainscore_data.drafting.found import FoundTable, beside
from brainscore_data.drafting.inventory import FolderInventory, take_inventory
from brainscore_data.drafting.manifest_text import DraftedItem, manifest_text, quoted
from brainscore_data.drafting.matlab_files import part_name
from brainscore_data.drafting.questions import (
    NO_ANSWERS,
    Answers,
    ContributorQuestion,
    about_readers,
)
from brainscore_data.drafting.recordings import about_recordings, draft_recordings
from brainscore_data.drafting.spikes import draft_spikes, spike_time_column
from brainscore_data.drafting.stimuli import (
    DraftedStimulusSet,
    describing_tables,
    draft_stimulus_set,
    repeats_stimuli,
    stimulus_table,
)
from brainscore_data.drafting.trials import (
    draft_trials,
    refuse_unknown,
    tells_people_apart,
    value_column,
)
from brainscore_data.plugins.new_plugin import drafted_files

LARGE = 10_000_000  # bytes of data that are too much for git
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_MEASURED = {
    "NeuroidAssembly": "responses of neuroids",
    "SpikeTimesAssembly": "times of spikes",
    "BehavioralAssembly": "what participants answered",
}
_LOOKS_FOR = (
    "init looks for stimuli (a folder or .zip of png, jpg, mp4, wav, …), assemblies (.nc), arrays "
    "(.npy, .mat) with a table for each dimension, tables of trials or spikes (.csv, .tsv, .xlsx, "
    ".parquet, .mat, .json), and sessions (.nwb)"
)


@dataclass(frozen=True)
class Draft:
    """The files that a folder still lacks."""

    folder: Path
    files: Mapping[str, str]  # name → text, in the order in which they are written
    todos: tuple[str, ...]  # what the manifest needs to pass; it has them as comments, too
    notices: tuple[str, ...]  # what was decided
    seen: tuple[tuple[str, str], ...] = ()  # every file, and what it seems to be
    questions: tuple[ContributorQuestion, ...] = ()  # what nobody answered yet
    session: str | None = None  # the NWB file whose pictures become the folder stimuli


def draft_dataset(folder: Path, answers: Answers = NO_ANSWERS) -> Draft:
    """Look at a folder and draft its ``dataset.toml``, and what else is not there yet.

    Of a folder that has one, only the tables that it names and a plugin's files are drafted.
    """
    return draft_of(folder, take_inventory(folder), answers)


def draft_of(folder: Path, inventory: FolderInventory, answers: Answers) -> Draft:
    """Draft what an inventory and answers make of a folder."""
    plugin = _plugin_at(folder)
    if (folder / MANIFEST_NAME).exists():
        return _complete(folder, inventory, plugin)
    base = identifier_for(answers.name or folder.resolve().name)
    items, tables, left = _draft_items(base, inventory, answers)
    for name in tables:
        if name in inventory.unreadable:
            raise inventory.unreadable[name]
    if not items:
        broken = [f"{error.where}: {error.message}" for error in inventory.unreadable.values()]
        unused = [f"{name} is not used: {why}" for name, why in left.items()]
        seen = "".join(f"\n  {notice}" for notice in (*inventory.notices, *unused, *broken))
        raise UsageError(
            f"nothing here can become a dataset{seen}", where=str(folder), hint=_LOOKS_FOR
        )
    people = any(map(tells_people_apart, items))
    is_public = answers.visibility == "public" and not (people and answers.consent == "no")
    visibility = {"visibility": "public" if is_public else "private"}
    items = [dataclasses.replace(item, keys={**item.keys, **visibility}) for item in items]
    todos, remarks = _about_the_whole(inventory)
    questions = (
        *_about_the_names(base, items, answers),
        *about_readers(people=people, answers=answers),
    )
    dataset = _about_the_dataset(answers) | ({"plugin": plugin} if plugin else {})
    if people and is_public and answers.consent == "yes":
        remarks.append("The participants' consent allows public data.")
    if answers.visibility == "public" and not is_public:
        remarks.append("Everything is private: the participants' consent does not allow more.")
    todos += [each.todo for each in questions if each.todo]
    text = manifest_text(dataset, items, todos, remarks)
    files = {**tables, **{name: t for item in items for name, t in item.files.items()}}
    files[MANIFEST_NAME] = text
    if plugin:
        drafted = Manifest.model_validate(tomllib.loads(text))
        files |= _not_there(folder, drafted_files(plugin, drafted))
    return Draft(
        folder,
        files,
        (*todos, *(todo for item in items for todo in item.left)),
        (*inventory.notices, *(n for item in items for n in item.notices), *remarks),
        everything_seen(inventory, items, left),
        (
            *questions,
            *(each for item in items for each in item.questions),
            *about_recordings(inventory.recordings, answers),
        ),
        next((each.session for each in inventory.stimuli if each.session), None),
    )


def identifier_for(folder_name: str) -> str:
    """Make an identifier from a folder's name, in the form ``<FirstAuthor><YYYY>``.

    >>> identifier_for("majajhong2015"), identifier_for("my first-data"), identifier_for("数据")
    ('Majajhong2015', 'MyFirstData', 'Dataset')
    >>> identifier_for("geirhos 2021 cue-conflict")
    'Geirhos2021_cue-conflict'
    """
    plain = unicodedata.normalize("NFKD", folder_name).encode("ascii", "ignore").decode()
    year = _YEAR.search(plain)
    author, rest = (plain[: year.start()], plain[year.end() :]) if year else (plain, "")
    words = re.findall(r"[A-Za-z0-9]+", author)
    name = "".join(word[0].upper() + word[1:] for word in words) + (year[0] if year else "")
    suffix = re.sub(r"[^A-Za-z0-9._-]+", "_", rest).strip("._-")
    return ("_".join(part for part in (name, suffix) if part) or "Dataset")[:150]


def _draft_items(
    base: str, inventory: FolderInventory, answers: Answers
) -> tuple[list[DraftedItem], dict[str, str], dict[str, str]]:
    """Draft the items and the tables that stimulus sets lack; say why what is left over is."""
    sets, left = _draft_stimulus_sets(base, inventory)
    used = {name for each in sets for name in (each.metadata, *each.item.made_of)}
    free = [table for table in inventory.tables if table.name not in used]
    # An array may use a table that would pass for trials: it says so by its number of rows.
    shared: dict[str, object] = {}
    others_have_bins = inventory.recordings or any(map(spike_time_column, inventory.tables))
    of_arrays = dataclasses.replace(answers, bins=None) if others_have_bins else answers
    arrays = [
        draft_array(base, array, beside(array.name, free), sets, answers=of_arrays, drafted=shared)
        for array in inventory.arrays
    ]
    recordings, uncut = draft_recordings(
        base, inventory.recordings, inventory.tables, sets, answers
    )
    used |= {name for each in (*arrays, *recordings) for name in each.keys["coords"].values()}
    free = [table for table in free if table.name not in used]

    assemblies = [draft_netcdf(base, file, sets) for file in inventory.netcdfs] + arrays
    assemblies += recordings
    spikes = [table for table in free if spike_time_column(table) is not None]
    counted = [draft_spikes(base, table, inventory.tables, sets, answers) for table in spikes]
    assemblies += counted
    used |= {str(name) for each in counted for name in each.keys.get("coords", {}).values()}
    alike: dict[frozenset[str], list[FoundTable]] = {}
    for table in free:
        if table in spikes or table.name in used:
            continue
        if value_column(table, answers) is None:
            left[table.name] = _why_unused(table, inventory)
        else:
            alike.setdefault(frozenset(table.columns), []).append(table)
    assemblies += [draft_trials(base, group, sets, answers) for group in alike.values()]
    refuse_unknown(answers, [table for group in alike.values() for table in group])
    items = [each.item for each in sets] + _with_identifiers(base, assemblies)
    written = {each.metadata: each.table for each in sets if each.table is not None}
    return items, written, {**inventory.left, **uncut, **left}


def _why_unused(table: FoundTable, inventory: FolderInventory) -> str:
    for stimuli in inventory.stimuli:
        if column := repeats_stimuli(stimuli, table):
            return (
                f"{quoted(column)} has the stimuli in {stimuli.name} in several rows each, and a "
                "stimulus set has one row for each; put what describes a stimulus there, and what "
                "was measured into a column called choice, response, answer, correct or rt"
            )
    return (
        "no array has as many elements as it has rows, and no column is called choice, response, "
        "answer, correct or rt"
    )


def _draft_stimulus_sets(
    base: str, inventory: FolderInventory
) -> tuple[list[DraftedStimulusSet], dict[str, str]]:
    described = describing_tables(inventory.stimuli, _beyond_series(inventory.tables))
    beside = [each for each in inventory.stimuli if each.name == "." and not described["."]]
    kept = [each for each in inventory.stimuli if each not in beside] or beside
    left = {
        name: f"there are stimuli in {kept[0].name}, too"
        for each in inventory.stimuli
        if each not in kept
        for name in each.members
    }
    if len(kept) == 1:
        (stimuli,) = kept
        # It is called what it should be: what it lacks is better explained than ignored.
        named = next((table for table in inventory.tables if table.name == "stimuli.csv"), None)
        table = described[stimuli.name] or named
        return [draft_stimulus_set(base, stimuli, table, new_table="stimuli.csv")], left
    drafted = []
    for stimuli in kept:
        suffix = _suffix(PurePosixPath(stimuli.name).stem) or "stimuli"
        table = described[stimuli.name]
        identifier = f"{base}.{suffix}"
        drafted.append(draft_stimulus_set(identifier, stimuli, table, new_table=f"{suffix}.csv"))
    return drafted, left


def _beyond_series(tables: Sequence[FoundTable]) -> list[FoundTable]:
    """Leave out files of one table, each of a participant: none of them describes the stimuli."""
    measured = [table for table in tables if value_column(table) is not None]
    alike = Counter(frozenset(table.columns) for table in measured)
    return [
        table for table in tables if table not in measured or alike[frozenset(table.columns)] == 1
    ]


def _with_identifiers(base: str, assemblies: Sequence[DraftedItem]) -> list[DraftedItem]:
    """Tell several assemblies apart by the names of their files."""
    if len(assemblies) == 1:
        return list(assemblies)
    named: dict[str, DraftedItem] = {}
    for item in assemblies:
        file = next(item.keys[key] for key in ASSEMBLY_FORMS if key in item.keys)
        file = str(file[0] if isinstance(file, list) else file).replace("*", "")
        identifier, number = f"{base}.{_suffix(part_name(file)) or 'assembly'}", 1
        while assembly_key(identifier).casefold() in named:
            number += 1
            identifier = f"{base}.{_suffix(part_name(file)) or 'assembly'}_{number}"
        keys = {**item.keys, "identifier": identifier}
        named[assembly_key(identifier).casefold()] = dataclasses.replace(item, keys=keys)
    return list(named.values())


def _suffix(name: str) -> str:
    """Say which of several items this is, in characters that a key can have."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-")[:40]


def _about_the_names(
    base: str, items: Sequence[DraftedItem], answers: Answers
) -> tuple[ContributorQuestion, ...]:
    questions = []
    if answers.name is None:
        lacks_year = (
            f"begin all identifiers with <FirstAuthor><YYYY> instead of {base}, also where "
            "stimulus_set names one, e.g. MajajHong2015.public"
        )
        questions.append(
            ContributorQuestion(
                "name",
                "First author and year, with which all names begin",
                base,
                todo=None if _YEAR.search(base) else lacks_year,
            )
        )
    if answers.measured is None:
        measured = dict.fromkeys(
            _MEASURED.get(str(item.keys["class"]), "what was measured")
            for item in items
            if item.kind == "assembly"
        )
        questions.append(
            ContributorQuestion(
                "measured", "What was measured, in a sentence?", " and ".join(measured) or "stimuli"
            )
        )
    return tuple(questions)


def _about_the_dataset(answers: Answers) -> dict[str, str]:
    license_ = answers.license or RESTRICTED
    if canonical_license(license_) is None:
        meant = likely_license(license_)
        raise UsageError(
            f"{license_!r} is not a license that SPDX knows",
            where="--license",
            hint=f"did you mean {meant}?"
            if meant
            else "https://spdx.org/licenses/ has all of them",
        )
    described = {"description": answers.measured} if answers.measured else {}
    return {"license": written_license(license_) or license_, **described}


def _about_the_whole(inventory: FolderInventory) -> tuple[list[str], list[str]]:
    todos = [
        f"fix {error.where}, or leave it out: {error.message}"
        + (f" ({error.hint})" if error.hint else "")
        for error in inventory.unreadable.values()
    ]
    if inventory.size <= LARGE:
        return todos, []
    remark = (
        f"There are {inventory.size / 1e6:.0f} MB of data here: too much for git. Upload the large "
        "files to OSF (https://osf.io) or Zenodo (https://zenodo.org), folders as a .zip, then run "
        "`brainscore-data source add URL` for each: it writes the URL and the hash into [sources], "
        "and the file need not be committed."
    )
    return todos, [remark]


def _complete(folder: Path, inventory: FolderInventory, plugin: str | None) -> Draft:
    """Draft what a dataset that has its manifest still lacks."""
    path = folder / MANIFEST_NAME
    try:
        manifest = load_dataset(folder).manifest
    except DataError as error:
        raise DataError(
            f"is there already, and is wrong: {error.message}",
            where=error.place,
            hint="fix it first, or move it away to have a new one drafted",
        ) from error
    by_name = {stimuli.name: stimuli for stimuli in inventory.stimuli}
    tables: dict[str, str] = {}
    notices: list[str] = []
    for item in manifest.stimulus_sets:
        if item.files in by_name and not (folder / item.metadata).exists():
            tables[item.metadata], _, said = stimulus_table(by_name[item.files].members)
            notices += said
    files = tables | (_not_there(folder, drafted_files(plugin, manifest)) if plugin else {})
    if not files:
        raise UsageError(
            "is there already, and so is all that it needs from here",
            where=str(path),
            hint="edit it, or move it away to have a new one drafted",
        )
    return Draft(folder, files, (), tuple(notices))


def _plugin_at(folder: Path) -> str | None:
    """Give a data plugin's folder from the repository's root; None if it is no such plugin.

    One is ``<package>/data/<name>``; a package is what is called ``brainscore_…`` or has an
    ``__init__.py``.
    """
    folder = folder.resolve()
    package = folder.parent.parent
    is_package = package.name.startswith("brainscore_") or (package / "__init__.py").is_file()
    if folder.parent.name != "data" or not is_package or not package.name.isidentifier():
        return None
    return f"{package.name}/data/{folder.name}" if is_key_safe(folder.name) else None


def _not_there(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in files.items() if not (folder / name).exists()}
