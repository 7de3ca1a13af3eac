"""Which coordinates the dimensions of an assembly must have."""

from __future__ import annotations

import pytest

from brainscore_data.assemblies.contract.coordinates import absent_coordinates, require_coordinates
from brainscore_data.base.errors import DataError

IDS = {"stimulus_id": ("presentation",), "neuroid_id": ("neuroid",)}
BINS = {"time_bin_start": ("time_bin",), "time_bin_end": ("time_bin",)}
ALL = ["presentation", "neuroid", "time_bin"]


@pytest.mark.parametrize(
    ("dims", "coordinates", "absent"),
    [
        (ALL, {**IDS, **BINS}, []),
        (ALL, BINS, ["presentation", "neuroid"]),
        (ALL, IDS, ["time_bin", "time_bin"]),
        (["presentation", "neuroid"], {**IDS, "neuroid_id": ("presentation",)}, ["neuroid"]),
        (["presentation"], {"image_id": ("presentation",)}, []),
        (["event"], {}, []),
        (["presentation", "presentation", "neuroid"], {"stimulus_id": ("presentation",)}, []),
        (["presentation", "presentation", "neuroid"], {}, ["presentation"]),
    ],
)
def test_what_is_not_there_is_named_with_its_dimension(
    dims: list[str], coordinates: dict[str, tuple[str, ...]], absent: list[str]
) -> None:
    found = absent_coordinates(dims, coordinates, names_stimulus_set=True)
    assert [each.dim for each in found] == absent


def test_an_assembly_that_names_no_stimulus_set_needs_no_stimulus_ids() -> None:
    require_coordinates(["presentation"], {}, names_stimulus_set=False, where="a.nc")
    with pytest.raises(DataError, match=r"a\.nc: there is no coordinate 'stimulus_id'"):
        require_coordinates(["presentation"], {}, names_stimulus_set=True, where="a.nc")
