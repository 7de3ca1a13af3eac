"""What an audit says to do next: to whoever types it, and to whoever reads a workflow's log."""

from __future__ import annotations

import pytest

from brainscore_data.auditing.audit import Audit
from brainscore_data.auditing.comparing import Compared, Disagreement
from brainscore_data.auditing.pins import Pin, RegistrationPlace
from brainscore_data.auditing.reports import render_text


@pytest.mark.parametrize(
    ("reader", "option"),
    [("command", "--allow-unversioned"), ("workflow", "the input `allow-unversioned: true`")],
)
def test_what_accepts_a_missing_version_has_the_name_that_its_reader_knows(reader, option):
    place = RegistrationPlace("data/hong/__init__.py", 3, "assembly", "Hong2015")
    pin = Pin(place, "Hong2015", "s3://lab", None, None, "assy_Hong2015.nc", None, "0" * 40)
    compared = Compared(pin, "same", problems=(Disagreement("unversioned", "there is no version"),))
    assert f"or accept it with {option}\n" in render_text(Audit((compared,), ()), reader)
