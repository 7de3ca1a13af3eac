"""Rules of a single identifier."""

from __future__ import annotations

import time
from collections.abc import Iterator

from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.identifiers.examples import manifest, plugin, pyproject
from brainscore_data.check.identifiers.probe import (
    Identified,
    ManifestIdentifier,
    RegisteredIdentifier,
    UnreadableManifest,
)
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.naming import DESCRIBED, parse_identifier

_FIRST_YEAR = 1950


class IdentifierShape(Rule[ManifestIdentifier]):
    """A new identifier has none of Brain-Score's forms.

    An identifier stays for ever: readers pin it, and nobody can rename its key. It says whose data
    it is: `<FirstAuthor><YYYY>` with a suffix after `.` or `_`, the older
    `<lab>.<FirstAuthor><YYYY>`, or `<lab>.<b|n>.<m|h>.<Proposer>.<pull request number>` for a
    request. All of it must fit, not just its beginning. `naming` in `[tool.brainscore-data]`
    demands one of the three: `author-year`, `lab` or `request`. Identifiers that the repository
    registers already get a warning instead (BSD102).
    """

    code = "BSD101"
    name = "identifier-shape"
    fails = manifest("majaj_hong_v2")
    passes = manifest("MajajHong2015.public")

    def check(self, facts: ManifestIdentifier, settings: Settings) -> Iterator[Violation]:
        # BSD103 says which characters are unsafe.
        if facts.is_registered or not is_key_safe(facts.identifier):
            return
        if parse_identifier(facts.identifier, settings.naming) is None:
            yield Violation(
                facts.place,
                f"identifier {shown(facts.identifier)} is not of the form "
                f"{_demanded(settings.naming)}",
                "rename it before it is published: afterwards its name stays",
            )


class RegisteredShape(Rule[RegisteredIdentifier]):
    """A registered identifier has none of Brain-Score's forms.

    Some names in Brain-Score are older than its conventions (`hvm`, `objectome.public`) or come
    from a project (`THINGS_fMRI_train_Stimuli`, `BOLD5000`). Nobody can rename them, so this is a
    warning. Look at it if the registration is new.
    """

    code = "BSD102"
    name = "registered-identifier-shape"
    severity = Severity.WARNING
    fails = Example(plugin("THINGS_fMRI_train"))
    passes = Example(plugin("Hebart2023_fmri_train"))

    def check(self, facts: RegisteredIdentifier, settings: Settings) -> Iterator[Violation]:
        parsed = parse_identifier(facts.identifier, settings.naming)
        if parsed is None or not _is_plausible(parsed.year):
            yield Violation(
                facts.place,
                f"registered identifier {shown(facts.identifier)} is not of the form "
                f"{_demanded(settings.naming)}",
                "if it is not published yet, rename it; otherwise leave it as it is",
            )


class IdentifierCharacters(Rule[Identified]):
    """An identifier has characters that are unsafe in a key.

    The identifier becomes an object key, a URL and a file name on three operating systems. Letters
    and digits of ASCII, `.`, `_` and `-`, with a letter or a digit first and at most 200 of them,
    are the same everywhere; a slash or a blank is not.
    """

    code = "BSD103"
    name = "identifier-characters"
    fails = manifest("Kar2019 public")
    passes = manifest("Kar2019.public")

    def check(self, facts: Identified) -> Iterator[Violation]:
        # What a plugin loads by itself needs no key: "wikitext-2/test" comes from elsewhere.
        if isinstance(facts, RegisteredIdentifier) and not facts.names_files:
            return
        if not is_key_safe(facts.identifier):
            yield Violation(
                facts.place,
                f"identifier {shown(facts.identifier)} cannot become a key",
                "use letters, digits, '.', '_' and '-', a letter or digit first, at most 200",
            )


class IdentifierYear(Rule[ManifestIdentifier]):
    """The year in a new identifier is not plausible.

    The year is that of the publication that describes the data: from 1950 to next year (for papers
    in press). Any other year is probably a typing error. A registered identifier gets a warning
    instead (BSD102: `BOLD5000` has no year).
    """

    code = "BSD104"
    name = "identifier-year"
    fails = manifest("Kar2109.public")
    passes = manifest("Kar2019.public")

    def check(self, facts: ManifestIdentifier) -> Iterator[Violation]:
        parsed = parse_identifier(facts.identifier)
        if parsed is None or facts.is_registered or _is_plausible(parsed.year):
            return
        yield Violation(
            facts.place,
            f"identifier {shown(facts.identifier)} is of the year {parsed.year:04}",
            f"give the year of the publication, {_FIRST_YEAR} to {_last_year()}",
        )


class RequestNumber(Rule[ManifestIdentifier]):
    """The number in a request's identifier is not that of its pull request.

    `<lab>.<b|n>.<m|h>.<Proposer>.<number>` leads from the data to the discussion of the request.
    The number is known once the pull request is open. The rule compares it in the pull request's
    checks, or if `pull-request` is set, and only for new identifiers.
    """

    code = "BSD105"
    name = "request-number"
    fails = manifest("dicarlo.b.m.Kar.511", **pyproject("pull-request = 512"))
    passes = manifest("dicarlo.b.m.Kar.512", **pyproject("pull-request = 512"))

    def check(self, facts: ManifestIdentifier, settings: Settings) -> Iterator[Violation]:
        parsed = parse_identifier(facts.identifier, "request")
        if parsed is None or settings.pull_request is None or facts.is_registered:
            return
        if parsed.number != settings.pull_request:
            yield Violation(
                facts.place,
                f"identifier {shown(facts.identifier)} names pull request {parsed.number}, and "
                f"this is {settings.pull_request}",
                f"end the identifier in .{settings.pull_request}",
            )


class ManifestReadable(Rule[UnreadableManifest]):
    """A manifest's identifiers cannot be read.

    If `dataset.toml` is not TOML, the program checked none of its identifiers. This does not count
    as passed.
    """

    code = "BSD110"
    name = "manifest-readable"
    fails = Example({"dataset.toml": "[[assembly]]\nidentifier = Kar2019\n"})
    passes = manifest("Kar2019")

    def check(self, facts: UnreadableManifest) -> Iterator[Violation]:
        yield Violation(facts.place, f"the manifest {facts.reason}", facts.hint)


def _demanded(naming: str) -> str:
    return DESCRIBED[naming] if naming in DESCRIBED else ", or ".join(DESCRIBED.values())


def _last_year() -> int:
    return time.gmtime().tm_year + 1


def _is_plausible(year: int | None) -> bool:
    return year is None or _FIRST_YEAR <= year <= _last_year()
