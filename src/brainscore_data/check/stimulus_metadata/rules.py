"""Rules about the table of a stimulus set: what readers need of it and what they do to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Example, Made, Rule
from brainscore_data.check.stimulus_metadata.facts import StimulusTable
from brainscore_data.stimuli.cells import is_written_index

_READABLE = "BSD201"
_PLAIN = re.compile(r"[a-z0-9_]+")
# What labs call the column with the files, the likeliest first; without signs but letters.
_THINGS = ("stimulus", "stimuli", "stim", "image", "img", "picture", "video", "audio", "sound")
_LIKE_FILENAME = (
    *("filename", "file", "filenames", "files"),
    *(f"{thing}{part}" for part in ("filename", "file", "path", "name") for thing in _THINGS),
    *("path", "filepath", *_THINGS, "url", "imageurl"),
)
_NOT_A_DESCRIPTION = frozenset({"stimulus_id", "image_id", "filename"})


def _table(content: str | Made) -> Example:
    return Example({"stimuli.csv": content, "dataset.toml": _MANIFEST, "stimuli/a.png": ""})


_MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"
[[stimulus_set]]
identifier = "Doe2026"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""
_GOOD = "stimulus_id,filename,object\ns0001,a.png,face\ns0002,b.png,house\n"


class _OfStimulusTable(Rule[StimulusTable]):
    """What all of these rules have in common."""

    requires = frozenset({_READABLE})
    passes = _table(_GOOD)


class TableReadable(_OfStimulusTable):
    """The table of a stimulus set cannot be read.

    A quote that never closes, or a row with too many cells, shifts everything after it. pandas
    sometimes guesses and sometimes fails. Nothing else in the table can be checked.
    """

    code = _READABLE
    name = "stimulus-table-readable"
    requires = frozenset()
    fails = _table("stimulus_id,filename,object\ns0001,a.png,face,old\n")
    passes = _table("stimulus_id,filename,object\ns0001,a.png,face\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        if facts.error is not None:
            yield facts.error.violation(facts.subject)


class TableEncoding(_OfStimulusTable):
    """The encoding of the table is a guess.

    The program reads a table that is not UTF-8 as Windows-1252. If this is wrong, letters that are
    not English change.
    """

    code = "BSD202"
    name = "stimulus-table-encoding"
    severity = Severity.WARNING
    fails = _table(
        Made("a table in Latin-1", lambda: _GOOD.replace("face", "café").encode("cp1252"))
    )
    passes = _table(_GOOD.replace("face", "café"))

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        if facts.guess is not None:
            yield Violation(Place(facts.subject), facts.guess, "save the table as UTF-8")


class IdPresent(_OfStimulusTable):
    """There is no column stimulus_id.

    Readers merge stimuli and measurements by stimulus_id; without it they stop.
    """

    code = "BSD203"
    name = "stimulus-id-present"
    fails = _table("id,filename,object\ns0001,a.png,face\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        if facts.id_column is None and facts.error is None:
            yield Violation(
                Place(facts.subject, facts.header_line),
                "there is no column 'stimulus_id'",
                f"rename the column of ids; the columns are: {', '.join(facts.columns[:30])}",
            )


class IdFilled(_OfStimulusTable):
    """A stimulus has no id.

    Readers load an empty id as NaN. NaN equals nothing, so a merge loses the row.
    """

    code = "BSD204"
    name = "stimulus-id-filled"
    fails = _table("stimulus_id,filename,object\n,a.png,face\ns0002,b.png,house\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        yield from facts.empty


class IdUnique(_OfStimulusTable):
    """Two stimuli have one id.

    At a merge each measurement gets every row with its id: repeated ids multiply trials.
    """

    code = "BSD205"
    name = "stimulus-id-unique"
    fails = _table("stimulus_id,filename,object\ns0001,a.png,face\ns0001,b.png,house\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        yield from facts.repeated


class IdSurvives(_OfStimulusTable):
    """An id changes when readers load the csv.

    Readers load the csv with plain pd.read_csv, which takes 0001 for 1, NA and None for missing,
    1e5 for 100000.0 and, where one id is empty, 7 for 7.0. The ids of the assembly then match none
    of these.
    """

    code = "BSD206"
    name = "stimulus-id-survives"
    fails = _table("stimulus_id,filename,object\n0001,a.png,face\n0002,b.png,house\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        yield from facts.changed


class LegacyImageId(_OfStimulusTable):
    """The ids are in a column image_id, which is the older name.

    brainscore-core copies image_id to stimulus_id for old stimulus sets. New ones should not depend
    on this, and not all stimuli are images.
    """

    code = "BSD207"
    name = "legacy-image-id"
    severity = Severity.WARNING
    fails = _table("image_id,filename,object\ns0001,a.png,face\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        if facts.id_column == "image_id":
            yield Violation(
                Place(facts.subject, facts.header_line, "image_id"),
                "the ids are in a column 'image_id', which is the older name",
                "rename it to stimulus_id, here and in the assemblies",
            )


class FilenamePresent(_OfStimulusTable):
    """There is no column filename.

    Readers find the file of each stimulus by the column filename, and stop without it.
    """

    code = "BSD208"
    name = "filename-present"
    fails = _table("stimulus_id,object\ns0001,face\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        if facts.error is None and "filename" not in facts.columns:
            hint = "add it: the name of each stimulus' file"
            if self.code in facts.mended:
                hint = "`brainscore-data check --fix` adds it: the files are called as the ids"
            if (meant := _column_of_files(facts.columns)) is not None:
                hint = (
                    f"is it {shown(meant)}? Rename that column to filename, with plain names in it"
                )
            yield Violation(
                Place(facts.subject, facts.header_line), "there is no column 'filename'", hint
            )


class FilenameSurvives(_OfStimulusTable):
    """A filename changes when readers load the csv.

    Plain pd.read_csv reads a filename such as 0001 or NA, without an extension, as a number or a
    missing value, and keeps blanks around a name. Readers then look for another file.
    """

    code = "BSD209"
    name = "filename-survives"
    fails = _table("stimulus_id,filename,object\ns0001,a.png ,face\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        yield from facts.changed_filenames


class Described(_OfStimulusTable):
    """The table says nothing about the stimuli.

    Columns should say what each stimulus shows, says or varies. Without them nobody can compare
    conditions with this stimulus set.
    """

    code = "BSD210"
    name = "stimulus-described"
    severity = Severity.WARNING
    fails = _table("stimulus_id,filename\ns0001,a.png\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        if facts.error is None and _NOT_A_DESCRIPTION.issuperset(facts.columns):
            yield Violation(
                Place(facts.subject, facts.header_line),
                "no column describes the stimuli",
                "add one at least, for example object_name or condition",
            )


class ColumnNames(_OfStimulusTable):
    """A column's name has more than lower-case letters, digits and underscores.

    Columns become coordinates, which people write as assembly.object_name. Brain-Score's own names
    have this form.
    """

    code = "BSD211"
    name = "column-names"
    severity = Severity.WARNING
    fails = _table("stimulus_id,filename,objectName\ns0001,a.png,face\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        for name in facts.columns:
            if not _PLAIN.fullmatch(name) and not _breaks(name):
                yield Violation(
                    Place(facts.subject, facts.header_line, name),
                    f"the column name {name!r} has other signs than a-z, 0-9 and _",
                    "rename the column",
                )


class ColumnNamesBreak(_OfStimulusTable):
    """A column's name has a dot or a blank.

    Readers merge the columns into assemblies as coordinates. If a coordinate's name has a blank or
    a dot, readers cannot load the assembly.
    """

    code = "BSD212"
    name = "column-names-break"
    fails = _table("stimulus_id,filename,object name\ns0001,a.png,face\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        for name in facts.columns:
            if _breaks(name) and not is_written_index(name):
                yield Violation(
                    Place(facts.subject, facts.header_line, name),
                    f"the column name {name!r} has a dot or a blank, which readers break on",
                    "rename the column, for example with underscores",
                )


class WrittenIndex(_OfStimulusTable):
    """The table contains an index of pandas.

    'Unnamed: 0' is a row number that pandas wrote. It would be published as a coordinate.
    """

    code = "BSD213"
    name = "written-index"
    fails = _table("Unnamed: 0,stimulus_id,filename,object\n0,s0001,a.png,face\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        for name in filter(is_written_index, facts.columns):
            yield Violation(
                Place(facts.subject, facts.header_line, name),
                f"a column is called {name!r}, as pandas calls an index that was written along",
                "remove it; to_csv(…, index=False) writes none",
            )


class ColumnsRoundTrip(_OfStimulusTable):
    """Values of a column change when readers load the csv.

    Plain pd.read_csv makes 7 of the word length 007, a missing value of the country code NA, and
    floats of whole numbers where one is missing. These columns then differ from the original.
    """

    code = "BSD214"
    name = "columns-round-trip"
    severity = Severity.WARNING
    fails = _table("stimulus_id,filename,country\ns0001,a.png,NA\ns0002,b.png,NL\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        yield from facts.changes


class ColumnOrder(_OfStimulusTable):
    """The ids and the filenames are not in the first columns.

    People who open the table should see at once which stimulus a row is about. For readers the
    order does not matter.
    """

    code = "BSD215"
    name = "column-order"
    severity = Severity.WARNING
    requires = frozenset({_READABLE, "BSD203", "BSD208", "BSD213"})
    fails = _table("object,stimulus_id,filename\nface,s0001,a.png\n")

    def check(self, facts: StimulusTable) -> Iterator[Violation]:
        if facts.is_published:
            return
        wanted = [name for name in (facts.id_column, "filename") if name in facts.columns]
        if list(facts.columns[: len(wanted)]) != wanted:
            yield Violation(
                Place(facts.subject, facts.header_line),
                f"{' and '.join(map(str, wanted))} should come first",
                "`brainscore-data check --fix` moves them"
                if self.code in facts.mended
                else "move them to the front",
            )


def _column_of_files(columns: Iterable[str]) -> str | None:
    """Find the column that holds the files by another name, the likeliest if there are more."""
    plain = {re.sub(r"[^a-z]", "", name.casefold()): name for name in reversed(list(columns))}
    named = (plain[each] for each in _LIKE_FILENAME if each in plain)
    return next(named, None)


def _breaks(name: str) -> bool:
    return "." in name or any(map(str.isspace, name))
