from __future__ import annotations

import csv
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.check.people.signs_of_people import names_people

if TYPE_CHECKING:
    from pathlib import Path

base_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
prolific_ids = st.text("0123456789abcdef", min_size=24, max_size=24).filter(
    lambda text: any(letter in text for letter in "abcdef")
)
mturk_ids = (
    st.text(base_36, min_size=12, max_size=14)
    .filter(lambda text: not text.isalpha() and not text.isdigit())
    .map(lambda text: f"A{text}")
)
emails = st.emails(domains=st.sampled_from(["example.org", "uni-x.ac.uk", "gmail.com", "a.b.edu"]))
ipv4 = st.ip_addresses(network="8.0.0.0/6").map(str)
ipv6 = st.ip_addresses(network="2000::/3").map(lambda address: address.exploded)
phones = st.integers(10**10, 10**12).map(lambda number: f"+{number}")
anything = st.sampled_from(["participant", "subject", "worker", "id", "notes", "x", "session_id"])


@given(st.integers(1, 500), anything)
def test_participants_numbered_from_one_are_not_named(count: int, name: str):
    assert names_people(name, [str(number) for number in range(1, count + 1)]) is None


@given(st.lists(st.uuids(), min_size=1), anything)
def test_random_session_ids_are_not_people(ids: list, name: str):
    assert names_people(name, [str(each) for each in ids]) is None
    assert names_people(name, [each.hex for each in ids]) is None


@given(st.lists(st.floats(allow_nan=True), min_size=1), st.sampled_from(["rt", "value", "r2"]))
def test_measurements_are_not_people(numbers: list[float], name: str):
    assert names_people(name, [repr(number) for number in numbers]) is None


@given(st.lists(st.datetimes(min_value=dt.datetime(1990, 1, 1)), min_size=1))  # noqa: DTZ001
def test_timestamps_are_not_people(times: list):
    assert names_people("started_at", [time.isoformat() for time in times]) is None
    # Where it is later than at Greenwich, the last hours of the year 9999 have no number.
    numbers = [round(time.replace(tzinfo=dt.UTC).timestamp() * 1000) for time in times]
    assert names_people("started_at", map(str, numbers)) is None


@given(st.lists(prolific_ids, min_size=1), anything)
def test_prolific_ids_are_found_whatever_the_column_is_called(ids: list[str], name: str):
    assert names_people(name, ids) == "Prolific ids"


@given(st.lists(mturk_ids, min_size=1), anything)
def test_mturk_ids_are_found_whatever_the_column_is_called(ids: list[str], name: str):
    assert names_people(name, ids) == "MTurk worker ids"


@given(st.lists(phones, min_size=1), anything)
def test_phone_numbers_are_found_whatever_the_column_is_called(numbers: list[str], name: str):
    assert names_people(name, numbers) == "phone numbers"


@given(emails, st.lists(st.text("abc ", max_size=9)), anything)
def test_one_email_among_other_cells_is_enough(email: str, others: list[str], name: str):
    assert names_people(name, [*others, email]) == "e-mail addresses"
    assert names_people(name, [*others, f"please write to {email}."]) == "e-mail addresses"


@given(ipv4 | ipv6, st.lists(st.text("abc ", max_size=9)), anything)
def test_one_ip_address_among_other_cells_is_enough(address: str, others: list[str], name: str):
    assert names_people(name, [*others, address]) == "IP addresses"


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("first_name", "Ada", "names of people"),
        ("LastName", "Lovelace", "names of people"),
        ("Surname", "Lovelace", "names of people"),
        ("dob", "10.12.1815", "birth dates"),
        ("date of birth", "1815-12-10", "birth dates"),
        ("phone", "0171 5550123", "phone numbers"),
        ("contact", "(617) 555-0123", "phone numbers"),
        ("zip-code", "02139-4307", "postal addresses"),
        ("LocationLatitude", "42.3601", "geographic positions"),
        ("lon", "-71.0942", "geographic positions"),
        ("gps", "42.3601, -71.0942", "geographic positions"),
        ("url", "https://example.org/?PROLIFIC_PID=x1&b=2", "links with worker ids in them"),
        ("prolific_pid", "deleted-7", "Prolific ids"),
    ],
)
def test_the_name_or_the_form_gives_a_column_away(name: str, cell: str, reason: str):
    assert names_people(name, [cell]) == reason


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("age", "34"),
        ("word", "ACCOMPLISHMENT"),  # A and 13 capitals, as in a table of sentences
        ("filename", "face@2x.png"),
        ("software_version", "4.0.3.1"),
        ("address", "127.0.0.1"),
        ("condition", "face::bad"),
        ("time", "12:30:45"),
        ("commit", "9fceb02d0ae598e95dc970b74767f19372d61af8"),
        ("trial", "000000000000000000000012"),
        ("cell", "17"),
        ("animal_name", "Chabo"),
        ("monkey_dob", "2011-03-02"),
        ("latency", "62.125"),
        ("lat", "62"),
        ("long_word_ratio", "0.12345"),
        ("peak_lat", "62.125"),
        ("worker_id", "12"),
        ("phone", "3"),
        ("name", "banana"),
        ("latitude", "north"),
    ],
)
def test_what_only_resembles_a_person_passes(name: str, cell: str):
    assert names_people(name, [cell]) is None


def test_a_name_that_looks_like_a_worker_id_among_others_passes():
    assert names_people("image", ["AIRPLANE000123", "BOAT000001", "CAR000017"]) is None


def test_a_column_without_a_value_names_nobody():
    assert names_people("email", ["", "  "]) is None


def test_no_column_of_the_real_tables_is_taken_for_people(shared_data: Path):
    tables = [*shared_data.glob("sentences/*.csv"), *shared_data.glob("natural-images/*.csv")]
    tables.append(shared_data / "registrations.csv")
    for path in tables:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for column in rows[0]:
            assert names_people(column, [row[column] or "" for row in rows]) is None, column


def test_no_column_of_the_example_is_taken_for_people(repository_root: Path):
    for path in (repository_root / "examples" / "gratings").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for column in rows[0]:
            assert names_people(column, [row[column] for row in rows]) is None, column
