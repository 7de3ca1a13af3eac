"""What the csv of a stimulus set lists against what is there, and how files are named."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from brainscore_data.check.finding import Place, Severity, Violation
from brainscore_data.check.probes.stimulus_files import MediaFacts, StimulusListing
from brainscore_data.check.rule import Example, Rule
from brainscore_data.check.rules.stimulus_files.examples import image, stimulus_set
from brainscore_data.media.looking import shown
from brainscore_data.nearest import nearest
from brainscore_data.packaging.stimuli.filenames import PLAIN_NAME, problem_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brainscore_data.check.settings import Settings

_NUMBER = re.compile(r"(\d+)\.[^.]*")
_TWO = stimulus_set({"face_1.png": image(1), "face_2.png": image(2)})


class Listable(Rule[StimulusListing]):
    """The stimuli lie side by side in a folder or a zip that can be read."""

    code = "BSD301"
    name = "stimuli-listable"
    severity = Severity.ERROR
    looks_at = StimulusListing
    why = (
        "Readers unpack the stimuli into one flat folder. Subfolders are not found there, links "
        "may lead out of the dataset, and a damaged or encrypted zip does not open at all."
    )
    fails = stimulus_set({"day1/face_1.png": image(1), "day1/face_2.png": image(2)})
    passes = _TWO

    def check(self, facts: StimulusListing, settings: Settings) -> Iterator[Violation]:
        if facts.error is not None:
            hint = facts.hint or "check the folder and its permissions"
            yield Violation(Place(facts.subject), facts.error, hint)


class ListedIsThere(Rule[StimulusListing]):
    """Every file that the csv lists is there."""

    code = "BSD302"
    name = "stimulus-missing"
    severity = Severity.ERROR
    looks_at = StimulusListing
    why = (
        "Readers refuse a stimulus set unless the column filename and the files are exactly the "
        "same names, upper and lower case included."
    )
    fails = stimulus_set({"face_1.png": image(1)}, listed=("face_1.png", "face_2.png"))
    passes = _TWO

    def check(self, facts: StimulusListing, settings: Settings) -> Iterator[Violation]:
        if facts.present is None or facts.listed is None:
            return
        there = set(facts.present)
        unlisted = sorted(there - {name for name, _ in facts.listed})
        for name, line in facts.listed:
            if name in there:
                continue
            if not name:
                yield Violation(Place(facts.table, line), "filename is empty", "fill it in")
                continue
            if problem := problem_of(name):
                message = f"the filename {name!r} {problem}"
                yield Violation(Place(facts.table, line), message, PLAIN_NAME)
                continue
            near = nearest(name, [each for each in unlisted if each.isprintable()])
            hint = f"did you mean {near!r}?" if near else f"put it into {facts.subject}"
            message = f"{name!r} is listed, and there is no such file in {facts.subject}"
            yield Violation(Place(facts.table, line), message, hint)


class ThereIsListed(Rule[StimulusListing]):
    """Every file that is there is listed in the csv."""

    code = "BSD303"
    name = "stimulus-not-listed"
    severity = Severity.ERROR
    looks_at = StimulusListing
    why = (
        "Readers refuse a stimulus set with a file more than its csv lists. A file that was left "
        "out of the csv is also easily one that should have been shown."
    )
    fails = stimulus_set({"face_1.png": image(1), "face_2.png": image(2)}, listed=("face_1.png",))
    passes = _TWO

    def check(self, facts: StimulusListing, settings: Settings) -> Iterator[Violation]:
        if facts.present is None or facts.listed is None:
            return
        named = {name for name, _ in facts.listed}
        for name in facts.present:
            if name not in named:
                yield Violation(
                    Place(facts.subject, item=shown(name)),
                    f"{shown(name)!r} is there, and no row of {facts.table} lists it",
                    "add a row for it, or move it away",
                )


class NamesAlike(Rule[StimulusListing]):
    """No two files have one name, or names that differ only in case or in how accents are written."""

    code = "BSD304"
    name = "stimulus-names-alike"
    severity = Severity.ERROR
    looks_at = StimulusListing
    why = (
        "On macOS and Windows such names are one file: whoever unpacks the stimuli there loses "
        "one of the two without being told."
    )
    fails = stimulus_set({"face_1.png": image(1), "Face_1.png": image(2)})
    passes = _TWO

    def check(self, facts: StimulusListing, settings: Settings) -> Iterator[Violation]:
        first: dict[str, int] = {}
        for name, line in facts.listed or ():
            if name and first.setdefault(name, line) != line:
                message = f"{name!a} is the filename of {facts.table}:{first[name]}, too"
                yield Violation(Place(facts.table, line), message, "each row needs one of its own")
        names = {*(facts.present or ()), *(name for name, _ in facts.listed or ())}
        lines = dict(reversed(facts.listed or ()))
        # A listed name and the file that is meant by it are one stimulus, and one finding elsewhere.
        sides = [set(facts.present or ()), {name for name, _ in facts.listed or ()}]
        seen: dict[str, str] = {}
        for name in sorted(names):
            other = seen.setdefault(_folded(name), name)
            if other != name and any({name, other} <= side for side in sides):
                place = (
                    Place(facts.table, lines[name])
                    if name in lines
                    else Place(facts.subject, item=shown(name))
                )
                message = f"{name!a} and {other!a} are the same name on some systems"
                yield Violation(place, message, "rename one of the two, in the csv as well")


class NamingPattern(Rule[MediaFacts]):
    """A stimulus file is named as the repository asks for."""

    code = "BSD305"
    name = "stimulus-name"
    severity = Severity.ERROR
    looks_at = MediaFacts
    why = (
        "A repository can set stimulus-names in [tool.brainscore-data], a regular expression that "
        "names must match from beginning to end. Without it all names are fine."
    )
    fails = Example(
        {
            **stimulus_set({"face 1.png": image(1)}).files,
            "pyproject.toml": "[tool.brainscore-data]\nstimulus-names = 'face_\\d+\\.png'\n",
        }
    )
    passes = Example(
        {
            **stimulus_set({"face_1.png": image(1)}).files,
            "pyproject.toml": "[tool.brainscore-data]\nstimulus-names = 'face_\\d+\\.png'\n",
        }
    )

    def check(self, facts: MediaFacts, settings: Settings) -> Iterator[Violation]:
        pattern = settings.stimulus_names
        if pattern and re.fullmatch(pattern, facts.name) is None:
            message = f"{facts.name!r} is not a name of the form {pattern}"
            yield Violation(facts.place, message, "rename the file, in the csv as well")


class SequentialNumbering(Rule[StimulusListing]):
    """Where the repository asks for it, stimuli are numbered without gaps."""

    code = "BSD306"
    name = "stimulus-numbering"
    severity = Severity.ERROR
    looks_at = StimulusListing
    why = (
        "A repository can set sequential-numbering in [tool.brainscore-data]: a gap in the numbers "
        "at the end of names then means that a stimulus was lost."
    )
    fails = Example(
        {
            **stimulus_set({"face_1.png": image(1), "face_3.png": image(3)}).files,
            "pyproject.toml": "[tool.brainscore-data]\nsequential-numbering = true\n",
        }
    )
    passes = Example(
        {
            **_TWO.files,
            "pyproject.toml": "[tool.brainscore-data]\nsequential-numbering = true\n",
        }
    )

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
                    "add what is missing, or number the stimuli anew",
                )


class NotFetched(Rule[StimulusListing]):
    """The stimuli are at hand, so that they can be checked."""

    code = "BSD315"
    name = "stimuli-not-fetched"
    severity = Severity.WARNING
    looks_at = StimulusListing
    why = (
        "A check downloads nothing. Stimuli that are pinned under [sources] are checked when an "
        "earlier command has put them into the cache, and always before they are packaged."
    )
    fails = Example(
        {
            "dataset.toml": str(_TWO.files["dataset.toml"]).replace('"stimuli"', '"stimuli.zip"')
            + '\n[sources]\n"stimuli.zip" = { url = "https://osf.io/download/abcd/", '
            + f'sha256 = "{"0" * 64}" }}\n',
            "stimuli.csv": _TWO.files["stimuli.csv"],
        }
    )
    passes = _TWO

    def check(self, facts: StimulusListing, settings: Settings) -> Iterator[Violation]:
        if facts.not_fetched:
            message = f"the stimuli of {facts.identifier!r} were not checked: they are in [sources]"
            hint = "`brainscore-data package` downloads them, and checks them before it goes on"
            yield Violation(Place(facts.subject), message, hint)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
