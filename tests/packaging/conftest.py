from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

from brainscore_data.packaging.contract.conforming import conform, conform_extra
from brainscore_data.packaging.netcdf.writing import write_netcdf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.fixture
def rates() -> xr.DataArray:
    """Responses of two neuroids to three presentations, as a lab has them."""
    return xr.DataArray(
        np.arange(6, dtype="float32").reshape(3, 2),
        dims=("presentation", "neuroid"),
        coords={
            "stimulus_id": ("presentation", ["n0", "n1", "n0"]),
            "repetition": ("presentation", [0, 0, 1]),
            "neuroid_id": ("neuroid", ["a", "b"]),
            "region": ("neuroid", ["V4", "IT"]),
        },
        attrs={"lab": "dicarlo"},
    )


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., Path]:
    """Conform an assembly and write it."""

    def store(
        data: xr.DataArray,
        assembly_class: str = "DataAssembly",
        *,
        stimulus_set: str | None = None,
        extras: Mapping[str, xr.DataArray] | None = None,
    ) -> Path:
        target = tmp_path / "assembly.nc"
        names = {"identifier": "Doe2024", "stimulus_set": stimulus_set}
        fit, _ = conform(data, assembly_class=assembly_class, where="a.nc", **names)
        groups = {
            name: conform_extra(
                extra, name=name, beside=fit, assembly_class=assembly_class, where="e.nc"
            )[0]
            for name, extra in (extras or {}).items()
        }
        write_netcdf(target, fit, groups, **names)
        return target

    return store
