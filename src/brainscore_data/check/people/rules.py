"""Rules against publishing who took part, or who took a picture, where and with which camera."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import ClassVar

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Violation
from brainscore_data.check.engine.rule import Example, Made, Rule
from brainscore_data.check.people.facts import PeopleInImages, PeopleInTable

_PSEUDONYMISE = (
    "`brainscore-data check --fix` writes a copy of the table with pseudonyms beside it; or number "
    "the participants, or remove the column"
)
_BY_HAND = "number the participants, or remove this by hand: `check --fix` cannot, because "


class TableNotSearched(Rule[PeopleInTable]):
    """A table, or texts of an assembly, could not be searched for people.

    What the program cannot read, it cannot clear. A table that it may not open, or that is not
    text, may contain worker ids or addresses, and git would publish them all the same. So may opaque
    bytes in a netCDF or HDF5 file, and values that such a file takes from another file. Other rules
    report a file of a dataset that nobody can open at all.
    """

    code = "BSD701"
    name = "people-not-searched"
    fails = Example({"trials.csv": Made("a file that is no text", lambda: b"\0\1\2" * 20)})
    passes = Example({"trials.csv": "participant,choice\n1,left\n2,right\n"})

    def check(self, facts: PeopleInTable) -> Iterator[Violation]:
        if facts.missing is not None:
            raise ModuleNotFoundError(name=facts.missing)
        for each in facts.unread:
            yield each.violation(facts.subject)


class _PeopleInColumn(Rule[PeopleInTable]):
    """What the rules about columns have in common; each of them says what it is about."""

    holds: ClassVar[frozenset[str]]

    def check(self, facts: PeopleInTable) -> Iterator[Violation]:
        for column in facts.columns:
            if column.holds not in self.holds:
                continue
            message = f"{column.called} holds {column.holds}"
            if column.left_out:
                message += (
                    "; `columns` in dataset.toml leaves it out, but whoever sees this file sees it"
                )
            hint = _PSEUDONYMISE if column.stays is None else _BY_HAND + column.stays
            yield Violation(Place(facts.subject, column.line, column.name or None), message, hint)


def _tables(fails: str, passes: str) -> tuple[Example, Example]:
    return Example({"trials.csv": fails}), Example({"trials.csv": passes})


class ProlificIds(_PeopleInColumn):
    """A table names participants by their Prolific ids.

    A person has the same Prolific id in every study. So whoever has two datasets can tell that it is
    one person, and researchers can write to that person. The rule takes 24 hexadecimal digits, as
    MongoDB makes them, for a Prolific id.
    """

    code = "BSD702"
    name = "prolific-ids"
    holds = frozenset({"Prolific ids"})
    fails, passes = _tables(
        "participant,choice\n5c5dd44b8eb9dd0001a2b3c4,left\n", "participant,choice\n1,left\n"
    )


class MTurkWorkerIds(_PeopleInColumn):
    """A table names participants by their Amazon Mechanical Turk worker ids.

    A worker id leads to the public profile, and through it often to the name, of an Amazon customer
    (Lease et al. 2013, doi:10.2139/ssrn.2228728). The rule reports a column if most of its cells are
    an A and 12 to 14 capitals and digits.
    """

    code = "BSD703"
    name = "mturk-worker-ids"
    holds = frozenset({"MTurk worker ids"})
    fails, passes = _tables(
        "worker,choice\nA1B2C3D4E5F6G7,left\nA2Z2C3D4E5F6G8,right\n",
        "worker,choice\n1,left\n2,right\n",
    )


class WorkerLinks(_PeopleInColumn):
    """Addresses of the experiment have worker ids in them.

    Prolific and Mechanical Turk append the participant's id to the address of an experiment, and
    survey tools export that address. So the data contains the ids, although no column has their name.
    """

    code = "BSD704"
    name = "worker-links"
    holds = frozenset({"links with worker ids in them"})
    fails, passes = _tables(
        "url,choice\nhttps://example.org/?PROLIFIC_PID=5c5dd44b8eb9&x=1,left\n",
        "url,choice\nhttps://example.org/?x=1,left\n",
    )


class EmailAddresses(_PeopleInColumn):
    """A table holds e-mail addresses.

    An e-mail address names a person, and is a way to reach that person. One cell is enough.
    """

    code = "BSD705"
    name = "email-addresses"
    holds = frozenset({"e-mail addresses"})
    fails, passes = _tables(
        "participant,comment\n1,write to ada@example.org\n", "participant,comment\n1,nice task\n"
    )


class IpAddresses(_PeopleInColumn):
    """A table holds IP addresses.

    Survey tools (Qualtrics among them) export the address of a participant's computer. It leads to
    a town and, with the provider's help, to a household; European law treats it as personal data
    (CJEU C-582/14, Breyer).
    """

    code = "BSD706"
    name = "ip-addresses"
    holds = frozenset({"IP addresses"})
    fails, passes = _tables("participant,address\n1,8.8.4.4\n", "participant,country\n1,NL\n")


class BirthDates(_PeopleInColumn):
    """A table holds birth dates of people.

    Birth date, sex and postal code single out most people of a country (Sweeney 2000, Simple
    Demographics Often Identify People Uniquely). An age in years is enough for science.
    Birthdays of animals pass.
    """

    code = "BSD707"
    name = "birth-dates"
    holds = frozenset({"birth dates"})
    fails, passes = _tables("participant,date_of_birth\n1,1990-01-31\n", "participant,age\n1,34\n")


class PhoneNumbers(_PeopleInColumn):
    """A table holds phone numbers.

    A phone number is a way to reach a person.
    """

    code = "BSD708"
    name = "phone-numbers"
    holds = frozenset({"phone numbers"})
    fails, passes = _tables(
        "participant,contact\n1,+31 20 555 0123\n2,+31 20 555 0124\n", "participant,age\n1,34\n"
    )


class NamesOfPeople(_PeopleInColumn):
    """A table holds names of people, or their user names.

    Nobody who takes part in an experiment agrees to be named. The rule goes by the name
    of the column (first_name, surname, username, …). Names of animals pass.
    """

    code = "BSD709"
    name = "names-of-people"
    holds = frozenset({"names of people", "user names"})
    fails, passes = _tables("first_name,choice\nAda,left\n", "participant,choice\n1,left\n")


class PostalAddresses(_PeopleInColumn):
    """A table holds postal addresses or parts of them.

    A street leads to a household, and so does a postal code together with an age.
    """

    code = "BSD710"
    name = "postal-addresses"
    holds = frozenset({"postal addresses"})
    fails, passes = _tables("participant,postcode\n1,1012 AB\n", "participant,country\n1,NL\n")


class IdentityNumbers(_PeopleInColumn):
    """A table holds numbers of passports, insurances or similar documents.

    A person keeps such a number for life, and others can misuse it.
    """

    code = "BSD711"
    name = "identity-numbers"
    holds = frozenset({"identity numbers"})
    fails, passes = _tables("participant,passport_number\n1,XK1234567\n", "participant,age\n1,34\n")


class GeographicPositions(_PeopleInColumn):
    """A table holds the positions of people.

    Survey tools guess a participant's latitude and longitude from the IP address. Three decimals
    give a position to a hundred metres.
    """

    code = "BSD712"
    name = "positions-in-tables"
    holds = frozenset({"geographic positions"})
    fails, passes = _tables(
        "participant,latitude,longitude\n1,52.37403,4.88969\n", "participant,country\n1,NL\n"
    )


def _entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
    return struct.pack(">HHI", tag, kind, count) + value.ljust(4, b"\0")


def _picture(directories: bytes) -> bytes:
    """Make a PNG of one grey pixel whose Exif is given, from its first directory on."""
    exif = b"MM\0*" + struct.pack(">I", 8) + directories
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        *([(b"eXIf", exif)] if directories else []),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _gps() -> bytes:
    numbers = struct.pack(">6I", 52, 1, 22, 1, 26, 1)
    first = struct.pack(">H", 1) + _entry(0x8825, 4, 1, struct.pack(">I", 26)) + b"\0" * 4
    place = struct.pack(">H", 1) + _entry(0x0002, 5, 3, struct.pack(">I", 44)) + b"\0" * 4
    return first + place + numbers


def _owner() -> bytes:
    return struct.pack(">H", 1) + _entry(0x013B, 2, 4, b"Ada\0") + b"\0" * 4


def _serial() -> bytes:
    return struct.pack(">H", 1) + _entry(0xC62F, 2, 4, b"123\0") + b"\0" * 4


_MENDED = (
    "`--fix` copies a JPEG, PNG or WebP without it, and compares the two: every byte that is not "
    "metadata must be the same, so the pixels are the same bytes. It keeps the original in a folder "
    "beside the image, which git ignores. Only then does the copy replace the image. If something "
    "stops `--fix`, the image is whole: either as it was, or fixed."
)
_STRIP = (
    "`brainscore-data check --fix` removes it, does not change the pixels and keeps the original; "
    "or export the image without metadata"
)
_EXPORT = "export the image without metadata: `check --fix` cannot remove it, because "


class _PeopleInImage(Rule[PeopleInImages]):
    """What the rules about images have in common."""

    holds: ClassVar[frozenset[str]]
    passes = Example({"face.png": Made("a PNG without Exif", lambda: _picture(b""))})

    def check(self, facts: PeopleInImages) -> Iterator[Violation]:
        members: dict[str | None, list[str]] = {}
        for tag in facts.tags:
            if tag.holds in self.holds:
                members.setdefault(tag.member, []).append(tag.name)
        for member, names in members.items():
            yield Violation(
                Place(facts.subject, item=member),
                f"the image's metadata hold the {', '.join(self.holds)} ({', '.join(names)})",
                _STRIP if facts.stays is None else _EXPORT + facts.stays,
            )


class ImagePosition(_PeopleInImage):
    """An image says where it was taken."""

    code = "BSD713"
    name = "image-position"
    holds = frozenset({"position"})
    why = (
        "Phones and cameras write the GPS position into each photograph. Readers get the stimuli "
        "with it, and so it tells them where somebody lives or works. " + _MENDED
    )
    fails = Example({"face.png": Made("a PNG with a GPS position", lambda: _picture(_gps()))})


class ImageOwner(_PeopleInImage):
    """An image names its photographer or the camera's owner."""

    code = "BSD714"
    name = "image-owner"
    holds = frozenset({"owner"})
    why = (
        "Cameras and editors write their owner's name into photographs. Give credit in the "
        "dataset's reference instead. The rule accepts the field for copyright. " + _MENDED
    )
    fails = Example({"face.png": Made("a PNG with an Artist", lambda: _picture(_owner()))})


class ImageSerialNumber(_PeopleInImage):
    """An image contains the serial number of the camera."""

    code = "BSD715"
    name = "image-serial-number"
    holds = frozenset({"serial number"})
    why = (
        "The serial number of a camera or a lens connects an image with all other images of the "
        "same owner on the web. " + _MENDED
    )
    fails = Example({"face.png": Made("a PNG with a serial number", lambda: _picture(_serial()))})


#: What columns and tags hold → the code of the rule that is about it.
RULE_ABOUT = {
    **{holds: rule.code for rule in _PeopleInColumn.__subclasses__() for holds in rule.holds},
    **{holds: rule.code for rule in _PeopleInImage.__subclasses__() for holds in rule.holds},
}
