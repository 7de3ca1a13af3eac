from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from brainscore_data.packaging.netcdf.content import content_digest, contents_of
from brainscore_data.records.digest import ContentDigest


def digest(data: xr.DataArray, groups: dict[str, xr.DataArray] | None = None) -> str:
    return content_digest(
        contents_of(data), {name: contents_of(group) for name, group in (groups or {}).items()}
    )


def test_the_digest_has_the_fields_of_its_specification_in_their_order() -> None:
    data = xr.DataArray(
        np.array([[1.5, 2.5]], dtype="float32"),
        dims=("presentation", "neuroid"),
        coords={
            "when": ((), np.datetime64("1970-01-01T00:00:00.000000007")),
            "region": ("neuroid", ["V4", "IT"], {"unit": "area"}),
            "good": ("neuroid", [True, False]),
        },
        attrs={"lab": "dicarlo", "areas": ["V4", "IT"], "count": 3},
    )
    expected = ContentDigest("assembly")
    expected.number(2)
    for dim, size in (("presentation", 1), ("neuroid", 2)):
        expected.text(dim)
        expected.number(size)
    expected.text("float32")
    expected.values(np.array([1.5, 2.5], dtype="float32"))
    expected.number(3)
    expected.text("good")
    expected.number(1)
    expected.text("neuroid")
    expected.text("bool")
    expected.values(np.array([1, 0], dtype="uint8"))
    expected.number(0)
    expected.text("region")
    expected.number(1)
    expected.text("neuroid")
    expected.text("string")
    expected.strings(["V4", "IT"])
    expected.number(1)
    expected.text("unit")
    expected.text("string")
    expected.number(1)
    expected.strings(["area"])
    expected.text("when")
    expected.number(0)
    expected.text("datetime64[ns]")
    expected.values(np.array([7], dtype="int64"))
    expected.number(0)
    expected.number(3)
    expected.text("areas")
    expected.text("string")
    expected.number(2)
    expected.strings(["V4", "IT"])
    expected.text("count")
    expected.text("int64")
    expected.number(1)
    expected.values(np.array([3], dtype="int64"))
    expected.text("lab")
    expected.text("string")
    expected.number(1)
    expected.strings(["dicarlo"])
    expected.number(0)
    assert digest(data) == expected.result()


def test_this_digest_stays_the_same_in_every_version(rates: xr.DataArray) -> None:
    assert digest(rates, {"trials": rates}) == PINNED


PINNED = "cd1:99fed744f4b5ca007572870a2293f5037c0869e055be0561b665547fa6df408b"


@pytest.mark.parametrize(
    "kind",
    ["<U2", "object", *([np.dtypes.StringDType()] if hasattr(np.dtypes, "StringDType") else [])],
)
def test_how_texts_are_held_does_not_count(kind: str, rates: xr.DataArray) -> None:
    texts = np.array(["V4", "IT"], dtype=kind)
    assert digest(rates.assign_coords(region=("neuroid", texts))) == digest(rates)


def test_byte_order_memory_order_and_date_unit_do_not_count(rates: xr.DataArray) -> None:
    days = np.array(["2020-01-01", "NaT"], dtype="datetime64[D]")
    with_days = rates.assign_coords(when=("neuroid", days))
    other = rates.copy(data=np.asfortranarray(rates.values.astype(">f4")))
    other = other.assign_coords(when=("neuroid", days.astype("datetime64[ns]")))
    assert digest(other) == digest(with_days)


def test_the_order_of_coordinates_attributes_and_groups_does_not_count(rates: xr.DataArray) -> None:
    rates.attrs = {"a": 1, "b": 2}
    turned = xr.DataArray(
        rates.values,
        dims=rates.dims,
        coords=dict(reversed(list(rates.coords.items()))),
        attrs={"b": 2, "a": 1},
    )
    assert digest(turned, {"y": rates, "x": rates}) == digest(rates, {"x": rates, "y": rates})


def changed(rates: xr.DataArray) -> dict[str, tuple[xr.DataArray, dict[str, xr.DataArray]]]:
    values = rates.values.copy()
    values[0, 0] = -0.0
    return {
        "a value": (rates.copy(data=values), {}),
        "the dtype": (rates.astype("float64"), {}),
        "the order of dimensions": (rates.transpose(), {}),
        "a dimension's name": (rates.rename(neuroid="unit"), {}),
        "a coordinate's name": (rates.rename(region="area"), {}),
        "a coordinate's value": (rates.assign_coords(region=("neuroid", ["V4", "V1"])), {}),
        "a coordinate's dtype": (
            rates.assign_coords(repetition=rates.repetition.astype("int32")),
            {},
        ),
        "a coordinate": (rates.drop_vars("region"), {}),
        "an attribute": (rates.assign_attrs(lab="other"), {}),
        "an attribute's type": (rates.assign_attrs(lab=1), {}),
        "a group": (rates, {"trials": rates}),
    }


@pytest.mark.parametrize(
    "what",
    [
        "a value",
        "the dtype",
        "the order of dimensions",
        "a dimension's name",
        "a coordinate's name",
        "a coordinate's value",
        "a coordinate's dtype",
        "a coordinate",
        "an attribute",
        "an attribute's type",
        "a group",
    ],
)
def test_content_counts(what: str, rates: xr.DataArray) -> None:
    assert digest(*changed(rates)[what]) != digest(rates)


def test_the_companion_of_a_lone_coordinate_counts_in_the_digest_as_earlier_versions_stored_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from brainscore_data.assemblies.contract import variables
    from brainscore_data.assemblies.contract.conforming import conform

    monkeypatch.setattr(variables, "SLAB", 16)  # several slabs
    coords = {"neuroid_id": ("event", list("abcde"))}
    lone = xr.DataArray(np.arange(5.0), dims="event", coords=coords)
    counted = lone.assign_coords(event_index=("event", np.arange(5, dtype="int64")))
    names = {"identifier": None, "stimulus_set": None}
    fit, _ = conform(lone, assembly_class="SpikeTimesAssembly", where="a.nc", **names)
    assert fit.coords["event_index"].values.tolist() == [0] * 5
    assert digest(fit) == digest(counted)
    assert digest(fit) != digest(counted.assign_coords(event_index=("event", [0] * 5)))
