"""Columns that name people: found by what their cells look like and by what they are called.

Without dependencies, so that a hook can ask. It would rather miss a column than stop a
harmless one: participants numbered 1…n, random session ids (UUID), hashes and timestamps pass.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from brainscore_data.base.text import snake_case
from brainscore_data.media.kinds import EXTENSIONS

# MongoDB object ids: what Prolific gives as participant, study and session ids.
_PROLIFIC_ID = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{24}", re.IGNORECASE | re.ASCII)
# "A" and 12 to 14 characters of base 36; English words in capitals have no digits.
_MTURK_ID = re.compile(r"A(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[0-9A-Z]{12,14}", re.ASCII)
# What the two platforms append to the address of an experiment.
_PLATFORM_LINK = re.compile(
    r"[?&](prolific_pid|workerId)=(?!p[0-9a-f]{16}(?![\w-]))\w", re.IGNORECASE
)
_PLATFORM_VALUE = re.compile(r"([?&](?:prolific_pid|workerId)=)([\w-]+)", re.IGNORECASE)
# What `pseudonym` makes. A letter in front keeps csv readers from taking it for a number.
_PSEUDONYM = re.compile(r"p[0-9a-f]{16}", re.ASCII)
_DOTTED = re.compile(r"\.[0-9]{1,3}\.", re.ASCII)
_OBJECT_ID_LENGTH = 24
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)
_EMAIL = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}(?P<ending>[A-Za-z]{2,24})\b"
)
# "face@2x.png" is a picture for a sharp screen, not an address.
_FILE_ENDINGS = EXTENSIONS | {"svg"}
# International with a plus, or North American with its separators; bare digits could be anything.
_PHONE = re.compile(
    r"\+[1-9](?:[ ()-]{0,2}[0-9]){8,14}|(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-.])[2-9][0-9]{2}[-.][0-9]{4}",
    re.ASCII,
)
# A degree has 111 km, so three decimals lead to a building.
_POSITION = re.compile(r"\b[0-9]{1,3}\.[0-9]{3,}", re.ASCII)
_POSITION_NAME = re.compile(
    r"(?:(?:gps|geo|location)_)?(?:lat|lon|lng)|(?:.*_)?(?:latitude|longitude)|gps(?:_.*)?"
)

_CALLED = {
    "e-mail addresses": {"email", "e_mail", "email_address", "mail_address"},
    "names of people": {
        "first_name", "firstname", "last_name", "lastname", "middle_name", "forename", "surname",
        "family_name", "given_name", "full_name", "fullname", "maiden_name", "real_name",
        "participant_name", "worker_name", "recipient_first_name", "recipient_last_name",
    },
    "user names": {"username", "user_name", "screen_name", "login"},
    "birth dates": {
        "dob", "birth_date", "birthdate", "date_of_birth", "birthday", "birth_day",
    },
    "phone numbers": {
        "phone", "phone_number", "telephone", "telephone_number", "mobile_number", "mobile_phone",
        "cell_phone",
    },
    "postal addresses": {
        "home_address", "street", "street_address", "postal_address", "postal_code", "postcode",
        "zip_code", "zipcode",
    },
    "IP addresses": {"ip", "ip_address", "ipaddress", "ip_addr"},
    "Prolific ids": {"prolific_id", "prolific_pid", "prolificid", "prolificpid"},
    "MTurk worker ids": {"mturk_id", "mturkid", "mturk_worker_id", "amazon_id"},
    "identity numbers": {"ssn", "social_security_number", "passport_number", "insurance_number"},
}  # fmt: skip
_REASON_BY_NAME = {name: reason for reason, names in _CALLED.items() for name in names}
# A monkey may have a name and a birthday.
_ANIMALS = frozenset({"animal", "monkey", "macaque", "mouse", "rat", "ferret", "cat", "marmoset"})


def names_people(column_name: str, values: Iterable[str]) -> str | None:
    """Say why a column of a table names people, if it does.

    The forms of ids are those that the platforms document and hand out: Prolific's are MongoDB
    object ids (24 hexadecimal digits), those of Amazon Mechanical Turk an ``A`` and 12 to 14
    capitals and digits. One e-mail or IP address or Prolific id is enough; what may look like a
    worker id or phone number by chance must be the greater part of the column.

    >>> names_people("participant", ["5c5dd44b8eb9dd0001a2b3c4"])
    'Prolific ids'
    >>> names_people("DateOfBirth", ["1990-01-31"])
    'birth dates'
    >>> names_people("participant", ["1", "2", "3"]) is None
    True
    """
    cells = [cell for cell in dict.fromkeys(value.strip() for value in values) if cell]
    first = next(certain_signs(column_name, cells), None)
    return first[1] if first else likely_people(column_name, cells)


def certain_signs(column_name: str, cells: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Find the cells of a column one of which is enough to tell that it names people."""
    if not _perhaps(cells):
        return
    versions = "version" in snake_case(column_name)
    for number, cell in enumerate(cells):
        stripped = cell.strip()
        holds = next((reason for reason, is_one in _CERTAIN.items() if is_one(stripped)), None)
        if holds and not (versions and holds == "IP addresses"):
            yield number, holds


def _perhaps(cells: Sequence[str]) -> bool:
    """Whether any cell can be a certain sign: one look at all of them, as most hold none."""
    text = "\n".join(cells)
    return (
        "@" in text
        or text.count(":") > 2
        or _DOTTED.search(text) is not None
        or (
            max(map(len, cells), default=0) >= _OBJECT_ID_LENGTH
            and _HEXADECIMAL.search(text) is not None
        )
        or (("?" in text or "&" in text) and _PLATFORM_LINK.search(text) is not None)
    )


def likely_people(column_name: str, values: Iterable[str]) -> str | None:
    """Say what a column holds of people by most of its cells, or by its name; None for nothing.

    Pseudonyms as `pseudonymised` makes them do not count.
    """
    stripped = dict.fromkeys(value.strip() for value in values)
    cells = [cell for cell in stripped if cell and not _PSEUDONYM.fullmatch(cell)]
    for reason, pattern in _LIKELY.items():
        if 2 * sum(pattern.fullmatch(cell) is not None for cell in cells) > len(cells):
            return reason
    return _named_after_people(snake_case(column_name), cells) if cells else None


def pseudonym(person: str, salt: bytes) -> str:
    """Give a name that stands for a person, and leads to nobody without the salt.

    Whoever differs in case or in blanks around it only is one person.
    """
    code = hmac.new(salt, person.strip().casefold().encode("utf-8", "surrogatepass"), "sha256")
    return f"p{code.hexdigest()[:16]}"


def pseudonymised(column_name: str, cells: Sequence[str], name: Callable[[str], str]) -> list[str]:
    """Put pseudonyms in the place of people in a column; all else stays.

    Of a text with an e-mail address or a worker id's link in it, the rest stays as it is.
    """
    replaced = list(cells)
    for number, holds in certain_signs(column_name, cells):
        replaced[number] = _without_person(cells[number], holds, name)
    if likely_people(column_name, replaced) is None:
        return replaced
    return [
        cell if not cell.strip() or _PSEUDONYM.fullmatch(cell) else name(cell) for cell in replaced
    ]


def _without_person(cell: str, holds: str, name: Callable[[str], str]) -> str:
    if holds == "e-mail addresses":
        cell = _EMAIL.sub(
            lambda found: found[0] if found["ending"].lower() in _FILE_ENDINGS else name(found[0]),
            cell,
        )
    elif holds == "links with worker ids in them":
        cell = _PLATFORM_VALUE.sub(lambda found: found[1] + name(found[2]), cell)
    else:
        return name(cell)
    return cell


def _named_after_people(name: str, cells: list[str]) -> str | None:
    if not _ANIMALS.isdisjoint(name.split("_")):
        return None
    if _POSITION_NAME.fullmatch(name) and any(map(_POSITION.search, cells)):
        return "geographic positions"
    if all(cell.isascii() and cell.isdigit() and len(cell) <= 4 for cell in cells):
        return None  # numbered already, whatever the column is called
    return _REASON_BY_NAME.get(name)


def _is_email(cell: str) -> bool:
    return "@" in cell and any(
        found["ending"].lower() not in _FILE_ENDINGS for found in _EMAIL.finditer(cell)
    )


def _is_ip_address(cell: str) -> bool:
    # Three colons at least: "face::bad" would pass for an address otherwise.
    if cell.count(".") != 3 and cell.count(":") < 3:
        return False
    try:
        address = ipaddress.ip_address(cell)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _is_prolific_id(cell: str) -> bool:
    return _PROLIFIC_ID.fullmatch(cell) is not None


def _is_platform_link(cell: str) -> bool:
    return _PLATFORM_LINK.search(cell) is not None


_CERTAIN: dict[str, Callable[[str], bool]] = {
    "Prolific ids": _is_prolific_id,
    "e-mail addresses": _is_email,
    "IP addresses": _is_ip_address,
    "links with worker ids in them": _is_platform_link,
}
_LIKELY = {"MTurk worker ids": _MTURK_ID, "phone numbers": _PHONE}
