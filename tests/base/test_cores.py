from __future__ import annotations

import pytest

from brainscore_data.base import cores
from brainscore_data.base.cores import JOBS_VARIABLE, jobs_at_once
from brainscore_data.base.errors import UsageError


def test_one_for_each_core_unless_the_variable_or_an_option_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    monkeypatch.setattr(cores, "cores", lambda: 5)
    assert jobs_at_once() == 5
    monkeypatch.setenv(JOBS_VARIABLE, " 3 ")
    assert jobs_at_once() == 3
    assert jobs_at_once(2) == 2


@pytest.mark.parametrize("said", ["0", "-1", "many", "1.5", "²"])
def test_a_number_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv(JOBS_VARIABLE, said)
    with pytest.raises(UsageError, match=JOBS_VARIABLE):
        jobs_at_once()
