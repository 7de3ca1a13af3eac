"""Values through JSON by their annotations: as they were, or refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from pydantic import BaseModel

from brainscore_data.base.place import Place
from brainscore_data.cage.json_values import shape_of
from brainscore_data.media.looks import Look


class Colour(Enum):
    RED = "red"


class Pair(NamedTuple):
    name: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Group:
    name: str
    groups: tuple[Group, ...] = ()


class Model(BaseModel):
    number: int
    name: str = ""


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str | None, None),
        (str | int, 3),
        (float, 2),
        (bool, True),
        (Path, Path("a/b")),
        (Colour, Colour.RED),
        (Literal["a", 1], 1),
        (list[int], [1, 2]),
        (Sequence[str], ["a"]),
        (frozenset[str], frozenset("a")),
        (tuple[int, str], (1, "a")),
        (dict[str, float | None], {"a": None}),
        (Mapping[str, tuple[int, ...]], {"a": (1,)}),
        (dict[int, str], {1: "left to pydantic"}),
        (Pair, Pair("a", (Place("b", 1),))),
        (Group, Group("a", (Group("b"), Group("c", (Group("d"),))))),
        (list[Look], [Look(1, "a"), Look(error="b")]),
        (Model, Model(number=1)),
        (date | None, date(2027, 3, 1)),
        (Any, [1, {"a": None}]),
    ],
    ids=str,
)
def test_a_value_comes_back_as_it_was(kind, value):
    shape = shape_of(kind)
    found = shape.read(json.loads(json.dumps(shape.written(value))))
    assert found == value
    assert type(found) is type(value) or kind is float


def test_what_a_model_was_not_told_stays_untold():
    shape = shape_of(Model)
    assert shape.read(shape.written(Model(number=1))).model_fields_set == {"number"}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (str, 1),
        (int, "1"),
        (int, True),
        (bool, 1),
        (float, "1"),
        (int | None, "x"),
        (Colour, "blue"),
        (Literal["a"], "b"),
        (Literal[1], True),
        (list[int], {"0": 1}),
        (tuple[int, str], [1]),
        (dict[str, int], {"a": "b"}),
        (Pair, ["a"]),
        (Pair, ["a", [], 1]),
        (Group, {"name": "a", "groups": [{"groups": []}]}),
        (Group, {"name": "a", "more": 1}),
        (Look, [1, 2, 3, 4, 5]),
    ],
    ids=str,
)
def test_what_was_not_promised_is_refused(kind, said):
    with pytest.raises((ValueError, TypeError, KeyError)):
        shape_of(kind).read(said)


def test_stimuli_need_no_pydantic():
    code = (
        "import sys\n"
        "from brainscore_data.cage.json_values import shape_of\n"
        "from brainscore_data.media.looks import Look\n"
        "shape_of(list[Look]).written([Look()])\n"
        "sys.exit('pydantic' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
