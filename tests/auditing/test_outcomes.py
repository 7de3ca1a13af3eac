"""What an audit that is cut off keeps, and what it looks at again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from brainscore_data.auditing.audit import Unfinished
from brainscore_data.auditing.comparing import Compared
from brainscore_data.auditing.pins import Pin, RegistrationPlace

PLACE = RegistrationPlace("__init__.py", 1, "assembly", "Kar2019")
PIN = Pin(PLACE, "Kar2019", "s3://lab", None, None, "assy_Kar2019.nc", "v1", "a" * 40)


@pytest.fixture
def again(tmp_path):
    """Keep an outcome; gives what is known of a pin the next time."""

    def ask(kept: Compared, pin: Pin) -> Compared | None:
        Unfinished(tmp_path / "audit.jsonl", ()).add(kept)
        return Unfinished(tmp_path / "audit.jsonl", ()).find(pin)

    return ask


def test_what_was_fine_is_known(again):
    assert again(Compared(PIN, "same"), PIN) == Compared(PIN, "same")


def test_what_waits_for_its_release_is_looked_at_again(again):
    assert again(Compared(PIN, "same", visibility="waits for its release"), PIN) is None


def test_what_is_said_otherwise_by_now_is_looked_at_again(again):
    said = replace(PIN, shall="private", said_by="dataset.toml says private")
    assert again(Compared(PIN, "same"), said) is None
