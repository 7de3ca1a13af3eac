"""Columns that name people: found by what their cells look like and by what they are called.

Pure and without dependencies, so that a hook can ask. It would rather miss a column than stop a
harmless one: participants numbered 1…n, random session ids (UUID), hashes and timestamps pass.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# MongoDB object ids: what Prolific gives as participant, study and session ids.
_PROLIFIC_ID = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{24}", re.IGNORECASE | re.ASCII)
# "A" and 12 to 14 characters of base 36; English words in capitals have no digits.
_MTURK_ID = re.compile(r"A(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[0-9A-Z]{12,14}", re.ASCII)
# What the two platforms append to the address of an experiment.
_PLATFORM_LINK = re.compile(r"[?&](prolific_pid|workerId)=\w", re.IGNORECASE)
_EMAIL = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}(?P<ending>[A-Za-z]{2,24})\b"
)
# "face@2x.png" is a picture for a sharp screen, not an address.
_FILE_ENDINGS = frozenset(
    {"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "svg", "mp4", "avi", "wav", "mp3"}
)
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

    Parameters
    ----------
    column_name : str
    values : iterable of str
        Its cells, or a sample of them, as text; empty ones do not count.

    Returns
    -------
    str or None
        What the column holds, in the plural, such as "e-mail addresses"; None if nothing was found, and
        for a column without a value.

    Notes
    -----
    The forms of ids are those that the platforms document and hand out: Prolific's are MongoDB
    object ids (24 hexadecimal digits), those of Amazon Mechanical Turk an ``A`` and 12 to 14
    capitals and digits. One e-mail or IP address or Prolific id is enough; what may look like a
    worker id or phone number by chance must be the greater part of the column.

    Examples
    --------
    >>> names_people("participant", ["5c5dd44b8eb9dd0001a2b3c4"])
    'Prolific ids'
    >>> names_people("DateOfBirth", ["1990-01-31"])
    'birth dates'
    >>> names_people("participant", ["1", "2", "3"]) is None
    True
    """
    cells = [cell for cell in dict.fromkeys(value.strip() for value in values) if cell]
    if not cells:
        return None
    name = snake_case(column_name)
    for reason, is_one in _CERTAIN.items():
        if any(map(is_one, cells)) and not (reason == "IP addresses" and "version" in name):
            return reason
    for reason, pattern in _LIKELY.items():
        if 2 * sum(pattern.fullmatch(cell) is not None for cell in cells) > len(cells):
            return reason
    return _named_after_people(name, cells)


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


def snake_case(column_name: str) -> str:
    """Spell a column's name the one way the lists above have it.

    Examples
    --------
    >>> snake_case("DateOfBirth"), snake_case("E-Mail "), snake_case("IPAddress")
    ('date_of_birth', 'e_mail', 'ip_address')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", column_name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
