"""The validator's functions: each row of the table in docs/brainio-reading.md, on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from pictures import png
from reader_environment import ReaderError

from brainscore_data.base.errors import DataError
from brainscore_data.brainio import upload_validator
from brainscore_data.brainio.stimuli import StimulusSet
from brainscore_data.brainio.upload_validator import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reader_environment import Reader

PREPARE = """
import numpy as np, pandas as pd, xarray as xr

def stimuli(ids=("a", "b", "c"), **columns):
    shades = {"shade": list(range(len(ids)))}
    made = StimulusSet({"stimulus_id": list(ids), **(columns or shades)})
    made.stimulus_paths = {each: f"{folder}/{n}.png" for n, each in enumerate(ids)}
    return made

def rates(ids=("a", "b", "c"), **coords):
    length = len(ids)
    return xr.DataArray(
        np.zeros((length, 2)), dims=["presentation", "neuroid"],
        coords={"stimulus_id": ("presentation", list(ids)),
                "trial": ("presentation", list(range(length))),
                "neuroid_id": ("neuroid", [7, 8]), **coords})
"""

Side = "Callable[[str], Any]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(number))
    return tmp_path


@pytest.fixture
def theirs(reader: Reader, folder: Path) -> Callable[[str], Any]:
    prepare = (
        "from brainscore_core.supported_data_standards.brainio import upload_validator as v\n"
        "StimulusSet = stimuli.StimulusSet\n"
    )

    def run(expression: str) -> Any:
        return reader.run(f"{prepare}{PREPARE}result = {expression}", folder=str(folder))

    return run


@pytest.fixture
def ours(folder: Path) -> Callable[[str], Any]:
    def run(expression: str) -> Any:
        names = {"v": upload_validator, "StimulusSet": StimulusSet, "folder": str(folder)}
        exec(f"{PREPARE}result = {expression}", names)  # noqa: S102
        return names["result"]

    return run


TOGETHER = "v.validate_packaging_data({stimuli}, {rates})"


@pytest.mark.parametrize(
    "expression",
    [
        "v.validate_stimulus_set(stimuli())",
        "v.validate_stimulus_set_only(stimuli(), 'hvm')",
        "v.validate_assembly(rates())",
        "v.validate_assembly_only(rates(), 'MajajHong2015')",
        "v.validate_data_type_compatibility(stimuli(), rates(), set())",
        "sorted(v.get_common_columns(stimuli(trial=[0, 1, 2]), rates()))",
    ],
)
def test_what_is_well_passes_on_both_sides(theirs: Side, ours: Side, expression: str) -> None:
    assert theirs(expression) == ours(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "v.validate_stimulus_set(pd.DataFrame({'shade': [1]}))",
        "v.validate_stimulus_set(stimuli()[['stimulus_id']])",
        "v.validate_stimulus_set(stimuli()[:0])",
        "v.validate_stimulus_set([1, 2])",
        "v.validate_assembly(rates().drop_vars('stimulus_id'))",
        "v.validate_assembly(rates()[:0])",
        "v.validate_assembly(np.zeros(2))",
        "v.validate_assembly(rates().drop_vars(['trial', 'neuroid_id']))",
        "v.validate_packaging_data(stimuli(), rates(['a', 'b', 'x']))",
        "v.validate_data_type_compatibility(stimuli(trial=['x', 'y', 'z']), rates(), {'trial'})",
    ],
)
def test_what_is_wrong_is_refused_on_both_sides(theirs: Side, ours: Side, expression: str) -> None:
    with pytest.raises(ReaderError) as error:
        theirs(expression)
    assert error.value.kind == "ValidationError"
    with pytest.raises(ValidationError):
        ours(expression)


def test_a_set_and_an_assembly_that_belong_together_pass(theirs: Side, ours: Side) -> None:
    # Texts without dtype object are refused before they come to the name that is not defined.
    ids = "np.array(['a', 'b', 'c'], dtype=object)"
    expression = TOGETHER.format(stimuli="stimuli()", rates=f"rates({ids})")
    alone = f"v.validate_stimulus_set_assembly_compatibility(stimuli(), xr.DataArray([1, 2, 3], dims='presentation', coords={{'stimulus_id': ('presentation', {ids})}}))"
    with pytest.raises(ReaderError, match="missing_in_stimulus_ids"):
        theirs(
            expression.replace(
                f"rates({ids})", f"rates().assign_coords(stimulus_id=('presentation', {ids}))"
            )
        )
    with pytest.raises(ReaderError, match="NameError"):
        theirs(alone)
    assert ours(expression) is True
    assert ours(alone) is True


def test_texts_are_texts_however_they_are_stored(theirs: Side, ours: Side) -> None:
    expression = TOGETHER.format(stimuli="stimuli()", rates="rates()")
    with pytest.raises(ReaderError, match="Data type mismatch for column 'stimulus_id'"):
        theirs(expression)
    assert ours(expression) is True


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_numbers_are_numbers_of_whatever_size(theirs: Side, ours: Side, dtype: str) -> None:
    common = f"stimuli(trial=np.arange(3, dtype='{dtype}')), rates(), {{'trial'}}"
    expression = f"v.validate_data_type_compatibility({common})"
    if dtype == "int16":
        assert theirs(expression) is True
    else:
        with pytest.raises(ReaderError, match="Data type mismatch"):
            theirs(expression)
    assert ours(expression) is True


@pytest.mark.parametrize("empty", ["None", "np.nan"])
@pytest.mark.parametrize("other", ["np.arange(3)", "np.array(['a', 'b', 'c'])"])
def test_a_column_without_a_value_goes_with_each_kind(
    theirs: Side, ours: Side, empty: str, other: str
) -> None:
    measured = f"rates().assign_coords(shade=('presentation', {other}))"
    expression = (
        f"v.validate_data_type_compatibility(stimuli(shade=[{empty}] * 3), {measured}, {{'shade'}})"
    )
    with pytest.raises(ReaderError, match="Data type mismatch for column 'shade'"):
        theirs(expression)
    assert ours(expression) is True


def test_an_attribute_of_that_name_is_no_coordinate(theirs: Side, ours: Side) -> None:
    expression = "v.validate_assembly(rates().drop_vars('stimulus_id').assign_attrs(stimulus_id=1))"
    with pytest.raises(ReaderError) as error:
        theirs(expression)
    assert error.value.kind == "KeyError"
    with pytest.raises(ValidationError, match="no coordinate 'stimulus_id'"):
        ours(expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("v.validate_stimulus_set(stimuli(['a', 'a', 'b']))", "twice: 'a'"),
        ("v.validate_stimulus_set(stimuli(['a', 'b', 'c', 'd']))", "no such file: .*3.png"),
    ],
)
def test_what_could_not_be_packaged_is_refused_already_here(
    theirs: Side, ours: Side, expression: str, message: str
) -> None:
    assert theirs(expression) is True
    with pytest.raises(ValidationError, match=message):
        ours(expression)


@pytest.mark.parametrize("name", ["image_id", "stimulus_id"])
def test_the_older_name_of_ids_is_taken_as_packaging_takes_it(
    theirs: Side, ours: Side, name: str
) -> None:
    images = f"stimuli().rename(columns={{'stimulus_id': '{name}'}})"
    measured = f"rates().rename(stimulus_id='{name}')" if name == "image_id" else "rates()"
    expression = TOGETHER.format(stimuli=images, rates=measured)
    with pytest.raises(ReaderError, match=r"Missing required|Data type mismatch"):
        theirs(expression)
    assert ours(expression) is True


def test_ids_of_another_kind_are_named_as_such() -> None:
    import xarray as xr

    stimuli = pd.DataFrame({"stimulus_id": ["01", "02"], "shade": [1, 2]})
    rates = xr.DataArray([1.0], dims="presentation", coords={"stimulus_id": ("presentation", [1])})
    with pytest.raises(ValidationError, match=r"stimulus_set has texts .* assembly has numbers"):
        upload_validator.validate_stimulus_set_assembly_compatibility(stimuli, rates)


def test_ids_that_have_two_names_are_compared_like_other_columns() -> None:
    import xarray as xr

    def validate(ids: list[object], shown: list[object]) -> bool:
        images = pd.DataFrame({"image_id": ids, "shade": [1, 2]})
        coords = {"stimulus_id": ("presentation", shown)}
        rates = xr.DataArray([1.0], dims="presentation", coords=coords)
        return upload_validator.validate_stimulus_set_assembly_compatibility(images, rates)

    assert validate(["1", "2"], ["2"]) is True
    with pytest.raises(
        ValidationError, match=r"column 'image_id': .* texts .* numbers \(.*\) in 'stimulus_id'"
    ):
        validate(["1", "2"], [1])
    # Of ids that are nothing it is said which stimuli are not there.
    for ids, shown in ((["1", "2"], [None]), ([None, None], ["2"])):
        with pytest.raises(ValidationError, match="stimulus_ids not in stimulus set"):
            validate(ids, shown)


def test_callers_catch_it_as_they_did_and_as_all_errors_of_the_program() -> None:
    assert {DataError, AssertionError, ValueError} <= set(ValidationError.__mro__)
    with pytest.raises(ValidationError, match="hvm: ") as error:
        upload_validator.validate_stimulus_set(pd.DataFrame({"stimulusid": ["a"]}), "hvm")
    assert "did you mean" in str(error.value)


def test_brain_scores_own_assemblies_are_taken_with_their_indexes(folder: Path) -> None:
    """In Brain-Score's environment the class is Brain-Score's, with a MultiIndex per dimension."""
    import numpy as np

    from brainscore_data.brainio.assemblies import NeuroidAssembly

    stimuli = StimulusSet({"stimulus_id": ["a", "b", "c"], "shade": [1, 2, 3]})
    stimuli.stimulus_paths = {each: folder / f"{n}.png" for n, each in enumerate("abc")}
    rates = NeuroidAssembly(
        np.zeros((3, 2)),
        dims=["presentation", "neuroid"],
        coords={
            "stimulus_id": ("presentation", ["a", "b", "c"]),
            "shade": ("presentation", [1, 2, 3]),
            "neuroid_id": ("neuroid", [7, 8]),
            "region": ("neuroid", ["V4", "IT"]),
        },
    )
    assert upload_validator.validate_assembly(rates)
    assert upload_validator.validate_assembly_only(rates)
    assert upload_validator.validate_stimulus_set_assembly_compatibility(stimuli, rates)
    assert upload_validator.validate_packaging_data(stimuli, rates)
    assert upload_validator.get_common_columns(stimuli, rates) == {"stimulus_id", "shade"}
    with pytest.raises(ValidationError, match="not in stimulus set: 'b', 'c'"):
        upload_validator.validate_packaging_data(stimuli[:1], rates)


def test_indexes_of_plain_arrays_are_looked_into(folder: Path) -> None:
    import xarray as xr

    rates = xr.DataArray(
        [1.0, 2.0],
        dims="presentation",
        coords={"stimulus_id": ("presentation", ["a", "b"]), "trial": ("presentation", [0, 1])},
    ).set_index(presentation=["stimulus_id", "trial"])
    assert upload_validator.validate_assembly(rates)
