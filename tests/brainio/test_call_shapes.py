"""Every way in which the living packaging scripts call the functions is one that they take.

Read off the calls in brainscore_vision (96 scripts) and brainscore_language with `ast`: how many
arguments are passed by position, and the names of the others. Nothing else of them is here.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import pandas as pd
import pytest
import xarray as xr

from brainscore_data.brainio import language, packaging

# What stands at each position: no catalog (N), the name of one (C), what is packaged (D), any
# other (x); then the names of what is passed by keyword.
_TODAY = "assembly_identifier bucket_name stimulus_set_identifier"
_SET = "bucket_name stimulus_set_identifier"
CALLS = [
    (
        "package_data_assembly",
        "",
        f"{_TODAY} assembly_class_name catalog_identifier proto_data_assembly",
    ),
    ("package_data_assembly", "ND", f"{_TODAY} assembly_class_name"),
    ("package_data_assembly", "NDxxxx", ""),
    ("package_data_assembly", "CD", f"{_TODAY} assembly_class"),
    ("package_data_assembly", "CD", f"{_TODAY} assembly_class_name"),
    ("package_data_assembly", "D", f"{_TODAY} assembly_class"),
    ("package_data_assembly", "D", _TODAY),
    ("package_data_assembly", "D", "bucket_name data_assembly_name stimulus_set_name"),
    ("package_data_assembly", "D", "data_assembly_name stimulus_set_name"),
    ("package_data_assembly", "Dx", "stimulus_set_name"),
    ("package_data_assembly", "Dxx", "bucket_name"),
    ("package_stimulus_set", "", f"{_SET} catalog_name proto_stimulus_set"),
    ("package_stimulus_set", "NDxx", ""),
    ("package_stimulus_set", "CD", _SET),
    ("package_stimulus_set", "D", _SET),
    ("package_stimulus_set", "D", "bucket_name stimulus_set_name"),
    ("package_stimulus_set", "D", "stimulus_set_name"),
]
PLAIN_CALLS = [
    (packaging.create_stimulus_csv, 2, ()),
    (packaging.create_stimulus_zip, 2, ()),
    (packaging.write_netcdf, 2, ()),
    (packaging.upload_to_s3, 3, ()),
    (language.upload_data_assembly, 1, ("assembly_identifier",)),
    (language.upload_data_assembly, 1, ("assembly_identifier", "assembly_prefix")),
]
DATA = {"package_data_assembly": xr.DataArray([1.0]), "package_stimulus_set": pd.DataFrame()}
OLDER = {
    "assembly_class": "assembly_class_name",
    "data_assembly_name": "assembly_identifier",
    "stimulus_set_name": "stimulus_set_identifier",
}


class _ReachedError(Exception):
    """The arguments were taken: what follows is the packaging."""


@pytest.mark.parametrize(("name", "positions", "keywords"), CALLS)
def test_each_argument_of_a_living_call_arrives_where_it_belongs(
    name: str, positions: str, keywords: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(bucket_name: str, **options: Any) -> None:
        raise _ReachedError

    monkeypatch.setattr(packaging, "destination_for", stop)
    given = {"N": None, "C": "brainio_brainscore", "D": DATA[name]}
    args = [given.get(each, f"position {number}") for number, each in enumerate(positions)]
    kwargs = {each: f"the {OLDER.get(each, each)}" for each in keywords.split()}
    for each in kwargs.keys() & {"catalog_name", "catalog_identifier"}:
        kwargs[each] = None
    for each in kwargs.keys() & {"proto_data_assembly", "proto_stimulus_set"}:
        kwargs[each] = DATA[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with pytest.raises(_ReachedError) as caught:
            getattr(packaging, name)(*args, **kwargs)
    (frame,) = (each.frame for each in caught.traceback if each.name == name)
    arrived = frame.f_locals
    parameters = list(inspect.signature(getattr(packaging, name)).parameters)
    if positions.startswith("D"):
        assert arrived[parameters[0]] is None
        parameters = parameters[1:]
    assert [arrived[each] for each in parameters[: len(args)]] == args
    for each, value in kwargs.items():
        assert arrived[OLDER.get(each, each)] is value


@pytest.mark.parametrize(("function", "positions", "keywords"), PLAIN_CALLS)
def test_the_other_functions_take_their_calls(
    function: Any, positions: int, keywords: tuple[str, ...]
) -> None:
    inspect.signature(function).bind(*range(positions), **dict.fromkeys(keywords))
