from __future__ import annotations

import numpy as np
import pytest

from brainscore_data.assemblies.lazy import with_coordinates


class _Value:
    def __deepcopy__(self, memo: object) -> _Value:
        pytest.fail("it was copied")


def test_what_a_coordinate_holds_is_not_copied_one_by_one():
    held = np.array([_Value(), _Value()], dtype=object)
    coordinates = {"what": ("presentation", held), "repetition": ("presentation", [0, 1])}
    data = with_coordinates(np.zeros(2), ["presentation"], coordinates)
    assert list(data.coords) == ["what", "repetition"]
    assert data["what"].to_numpy().tolist() == held.tolist()
