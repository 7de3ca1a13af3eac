"""What may be a key of a store."""

from __future__ import annotations

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.store.keys import checked_key


@pytest.mark.parametrize(
    "key", ["Object.JSON", "a.Versions", "A.VERSIONS/b.nc", "folder/Object.json"]
)
def test_capital_letters_hide_no_reserved_name(key):
    """Some file systems do not tell the cases apart."""
    with pytest.raises(UsageError, match="cannot be a key"):
        checked_key(key)
