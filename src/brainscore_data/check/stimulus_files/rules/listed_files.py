"""What the csv of a stimulus set lists against what is there, and how files are named."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise

from brainscore_data.base.nearest import nearest
from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Example, Made, Rule
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.stimulus_files.examples import image, stimulus_set
from brainscore_data.check.stimulus_files.facts import MediaFacts, StimulusListing
from brainscore_data.media.looks import shown
from brainscore_data.stimuli.filenames import PLAIN_NAME, folded, problem_of

_MOST_COMPARED = 100_000
_NUMBER = re.compile(r"(\d+)\.[^.]*")
_TWO = stimulus_set({"face_1.png": image(1), "face_2.png": image(2)})


def _with(setting: str, files: dict[str, str | Made]) -> Example:
    configured = f"[tool.brainscore-data]\n{setting}\n"
    return Example({**stimulus_set(files).files, "pyproject.toml": configured})


class Listable(Rule[StimulusListing]):
    """The stimuli are not all directly in one readable folder or zip.

    Readers unpack the stimuli into one flat folder. Subfolders are not found there, links may lead
    out of the dataset, and a damaged or encrypted zip does not open at all.
    """

    code = "BSD301"
    name = "stimuli-listable"
    fails = stimulus_set({"day1/face_1.png": image(1), "day1/face_2.png": image(2)})
    passes = _TWO

    def check(self, facts: StimulusListing) -> Iterator[Violation]:
        if facts.unlisted is not None:
            yield facts.unlisted.violation(facts.subject)


class ListedIsThere(Rule[StimulusListing]):
    """The csv lists a file that is not there.

    Readers refuse a stimulus set unless the column filename and the files are exactly the same
    names, upper and lower case included.
    """

    code = "BSD302"
    name = "stimulus-missing"
    fails = stimulus_set({"face_1.png": image(1)}, listed=("face_1.png", "face_2.png"))
    passes = _TWO

    def check(self, facts: StimulusListing) -> Iterator[Violation]:
        if facts.present is None or facts.listed is None:
            return
        there, meant = set(facts.present), meant_files(facts)
        lines = dict(reversed(facts.listed))
        alike = {
            one: lines[name]
            for name, other in _alike(facts)
            for one, rival in ((name, other), (other, name))
            if name in lines and rival in there
        }
        for name, line in facts.listed:
            if name in there:
                continue
            file = meant.get(line)
            if not name:
                message, hint = "filename is empty", "fill it in"
            elif problem := problem_of(name):
                message, hint = f"the filename {name!r} {problem}", PLAIN_NAME
            else:
                message = f"{name!r} is listed, and there is no such file in {facts.subject}"
                hint = "" if file else f"put it into {facts.subject}"
            if file:
                message += f"; {shown(file)!r} is there, and no row lists it"
                hint = "; ".join(filter(None, [hint, _did_you_mean(name, file, facts)]))
            # A file that took the other's place where both are one is told as that.
            cause = ("BSD304", Place(facts.table, alike[name])) if name in alike else None
            yield Violation(Place(facts.table, line), message, hint, cause)


class ThereIsListed(Rule[StimulusListing]):
    """The csv does not list a file that is there.

    Readers refuse a stimulus set that has more files than its csv lists. Perhaps the csv lacks a
    row for a stimulus that was shown.
    """

    code = "BSD303"
    name = "stimulus-not-listed"
    fails = stimulus_set({"face_1.png": image(1), "face_2.png": image(2)}, listed=("face_1.png",))
    passes = _TWO

    def check(self, facts: StimulusListing) -> Iterator[Violation]:
        if facts.present is None or facts.listed is None:
            return
        named = {name for name, _ in facts.listed}
        there, meant = set(facts.present), meant_files(facts)
        causes = {
            meant[line]: ("BSD304" if listed in there else "BSD302", Place(facts.table, line))
            for listed, line in facts.listed
            if line in meant
        }
        for name in facts.present:
            if name not in named:
                yield Violation(
                    Place(facts.subject, item=shown(name)),
                    f"{shown(name)!r} is there, and no row of {facts.table} lists it",
                    "add a row for it, or move it away",
                    # Of a table without rows, that is the one thing to say.
                    causes.get(name) if named else ("BSD201", Place(facts.table)),
                )


class NamesAlike(Rule[StimulusListing]):
    """Two files have one name, or names that differ only in case or in how accents are written.

    On macOS and Windows such names are one file: who unpacks the stimuli there loses one of the two
    without a message.
    """

    code = "BSD304"
    name = "stimulus-names-alike"
    fails = stimulus_set({"face_1.png": image(1), "Face_1.png": image(2)})
    passes = _TWO

    def check(self, facts: StimulusListing) -> Iterator[Violation]:
        meant, first = meant_files(facts), dict[str, int]()
        for name, line in facts.listed or ():
            if name and first.setdefault(name, line) != line:
                message = f"{name!a} is the filename of {facts.table}:{first[name]}, too"
                hint = f"each row needs one of its own{_or_is_meant(meant.get(line))}"
                yield Violation(Place(facts.table, line), message, hint)
        for name, other in _alike(facts):
            message = f"{other!a} and {name!a} are the same name on some systems"
            hint = "rename one of the two, in the csv as well"
            if name in first:
                place = Place(facts.table, first[name])
                hint += _or_is_meant(meant.get(first[name]) or meant.get(first.get(other, 0)))
            else:
                place = Place(facts.subject, item=shown(name))
            yield Violation(place, message, hint)


class NamingPattern(Rule[MediaFacts]):
    """A stimulus file is not named as the repository asks for.

    A repository can set stimulus-names in [tool.brainscore-data], a regular expression that names
    must match from beginning to end. Without it all names are fine.
    """

    code = "BSD305"
    name = "stimulus-name"
    fails = _with(r"stimulus-names = 'face_\d+\.png'", {"face 1.png": image(1)})
    passes = _with(r"stimulus-names = 'face_\d+\.png'", {"face_1.png": image(1)})

    def check(self, facts: MediaFacts, settings: Settings) -> Iterator[Violation]:
        pattern = settings.stimulus_names
        if pattern and re.fullmatch(pattern, facts.name) is None:
            message = f"{facts.name!r} is not a name of the form {pattern}"
            yield Violation(facts.place, message, "rename the file, in the csv as well")


class SequentialNumbering(Rule[StimulusListing]):
    """Stimuli are not numbered without gaps, as the repository asks for.

    A repository can set sequential-numbering in [tool.brainscore-data]: a gap in the numbers at the
    end of names then means that a stimulus was lost.
    """

    code = "BSD306"
    name = "stimulus-numbering"
    fails = _with("sequential-numbering = true", {"face_1.png": image(1), "face_3.png": image(3)})
    passes = _with("sequential-numbering = true", {"face_1.png": image(1), "face_2.png": image(2)})

    def check(self, facts: StimulusListing, settings: Settings) -> Iterator[Violation]:
        if not settings.sequential_numbering or facts.present is None:
            return
        by_number: dict[int, str] = {}
        for name in facts.present:
            found = _NUMBER.search(shown(name))
            place = Place(facts.subject, item=shown(name))
            if found is None or found.end() != len(shown(name)) or len(found[1]) > 18:
                yield Violation(place, f"{shown(name)!r} has no number at its end", "add one")
                continue
            number = int(found[1])
            if (other := by_number.setdefault(number, name)) != name:
                message = f"{shown(name)!r} has the number of {shown(other)!r}"
                yield Violation(place, message, "number all stimuli from first to last")
        numbers = sorted(by_number)
        for before, after in pairwise(numbers):
            if after != before + 1:
                yield Violation(
                    Place(facts.subject, item=shown(by_number[after])),
                    f"the numbers go from {before} to {after}",
                    "add what is missing, or number the stimuli again",
                )


class NotFetched(Rule[StimulusListing]):
    """The stimuli were not downloaded, and not checked.

    A check downloads nothing. It checks stimuli that are pinned under [sources] if an earlier
    command has downloaded them. `package` always downloads and checks them.
    """

    code = "BSD315"
    name = "stimuli-not-fetched"
    severity = Severity.WARNING
    fails = Example(
        {
            "dataset.toml": str(_TWO.files["dataset.toml"]).replace('"stimuli"', '"stimuli.zip"')
            + '\n[sources]\n"stimuli.zip" = { url = "https://osf.io/download/abcd/", '
            + f'sha256 = "{"0" * 64}" }}\n',
            "stimuli.csv": _TWO.files["stimuli.csv"],
        }
    )
    passes = _TWO

    def check(self, facts: StimulusListing) -> Iterator[Violation]:
        if facts.not_fetched:
            message = f"the stimuli of {facts.identifier!r} were not checked: they are in [sources]"
            hint = "`brainscore-data package` downloads them, and checks them before it goes on"
            yield Violation(Place(facts.subject), message, hint)


def meant_files(facts: StimulusListing) -> dict[int, str]:
    """Match rows that have no file of their own with files that no row lists."""
    there, listed = set(facts.present or ()), facts.listed or ()
    left = dict.fromkeys(sorted(there - {name for name, _ in listed}))
    seen: set[str] = set()
    astray = []
    for name, line in listed:
        if name not in there or name in seen:
            astray.append((name, line))
        seen.add(name)
    meant: dict[int, str] = {}
    if not astray or not left:
        return meant

    def match(line: int, file: str | None) -> None:
        if file is not None and line not in meant:
            meant[line] = file
            del left[file]

    by_folded = {folded(_readable(file)).strip(): file for file in left}
    for name, line in astray:
        file = by_folded.get(folded(re.split(r"[/\\]", name)[-1]).strip())
        match(line, file if file in left else None)
    # Each is compared with each, which is for typing errors and not for another folder's files.
    if len(astray) * len(left) <= _MOST_COMPARED:
        for name, line in astray:
            if name not in there and line not in meant:
                match(line, nearest(name, [file for file in left if file.isprintable()]))
    unmatched = [(name, line) for name, line in astray if line not in meant]
    if len(left) == len(unmatched) == 1 and unmatched[0][0] in {"", *there}:
        match(unmatched[0][1], next(iter(left)))
    return meant


def _alike(facts: StimulusListing) -> Iterator[tuple[str, str]]:
    """Give names that are one on some systems, each with the one before it.

    A listed name and the file that is meant by it are one stimulus, and told of as that.
    """
    listed = dict.fromkeys(name for name, _ in facts.listed or ())
    for side in (listed, dict.fromkeys(facts.present or ())):
        if len(side) == len({folded(name) for name in side}):
            continue
        seen: dict[str, str] = {}
        for name in side:
            other = seen.setdefault(folded(name), name)
            # Of two files that are listed, the table has told.
            if name and other != name and (side is listed or not {name, other} <= listed.keys()):
                yield name, other


def _readable(file: str) -> str:
    """Decode a name that is not UTF-8 as the letters that it was probably meant to have."""
    return file if file.isprintable() else os.fsencode(file).decode("cp1252", "replace")


def _did_you_mean(name: str, file: str, facts: StimulusListing) -> str:
    hint = f"did you mean {shown(file)!r}?"
    if not file.isprintable():
        return f"{hint} Rename that file, whose name is not UTF-8"
    if facts.is_mended and folded(name).strip() == folded(file):
        return f"{hint} `brainscore-data check --fix` writes it so"
    return hint


def _or_is_meant(file: str | None) -> str:
    return f"; is {shown(file)!r} meant, which no row lists?" if file else ""
