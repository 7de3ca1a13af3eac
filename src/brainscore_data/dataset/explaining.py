"""What is wrong in a ``dataset.toml``, in its writer's words instead of the validator's."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainscore_data.base.nearest import did_you_mean
from brainscore_data.dataset import assembly_tables, manifest

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]

#: So many problems of one kind are told, and the others counted: for each is searched what was meant,
#: and nobody reads a thousand.
MOST_ALIKE = 20

_FORMS = {
    "data": "`data` (a .nc file)",
    "values": "`values` (a .npy, .mat or .nwb file), `dims` and `coords` (one table per dimension)",
    "spikes": "`spikes` (a table with a row per spike), `bins` and `coords`",
    "series": "`series` (a recording in an .nwb file), `onset`, `bins` and `coords`",
    "table": "`table` (a .csv, .tsv, .xlsx, .parquet, .mat, .nwb or .json), `value` and `columns`",
}
_EVERY_FORM = "; or ".join(_FORMS.values())
_EXPECTED = {
    "string_type": "text",
    "int_type": "a number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "union_tag_not_found": "a table",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a ``dataset.toml``.

    >>> print(Problem("[dataset]", "license", "is missing"))
    [dataset]: license: is missing
    """

    table: str  # e.g. ``[[assembly]] 2 (MajajHong2015.public)``; empty at the top of the file
    key: str  # empty if the table as a whole is meant
    message: str
    count: int = 1  # how many it stands for

    def __str__(self) -> str:
        return ": ".join(part for part in (self.table, self.key, self.message) if part)


def explain(error: ValidationError, document: Mapping[str, Any]) -> list[Problem]:
    """Put what the models found into plain words, one problem for each place in the file."""
    found: dict[Place, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        if _follows_from_mixed_forms(details, document):
            continue
        found.setdefault(_place(details, document), []).append(details)
    # A value that may be text or a table fails as both: what is wrong inside the table says more.
    inside = {place[:depth] for place in found for depth in range(1, len(place))}
    alike: dict[str, list[Place]] = {}
    problems = []
    for place, errors in found.items():
        if place in inside and all(details["type"] in _EXPECTED for details in errors):
            continue
        places = alike.setdefault(errors[0]["type"], [])
        places.append(place)
        if len(places) <= MOST_ALIKE:
            problems.append(problem_at(place, _message(place, errors, document), document))
    problems += [
        uncounted(problem_at(places[MOST_ALIKE - 1], "", document), len(places) - MOST_ALIKE)
        for places in alike.values()
        if len(places) > MOST_ALIKE
    ]
    return list(dict.fromkeys(problems))


def uncounted(last: Problem, more: int) -> Problem:
    """Say how many problems there are that are like one and not told."""
    return Problem("", "", f"{more} more are wrong as {last} is", more)


def problem_at(place: Place, message: str, document: Mapping[str, Any]) -> Problem:
    """Name a place in the file as its writer sees it: a table, and a key in it.

    >>> print(problem_at(("assembly", 0, "extras", "trial info"), "is empty",
    ...                  {"assembly": [{"identifier": "Freeman2013"}]}))
    [[assembly]] 1 (Freeman2013): extras."trial info": is empty
    """
    match place:
        case ("stimulus_set" | "assembly" as kind, int(index), *keys):
            identifier = document[kind][index]
            identifier = identifier.get("identifier") if isinstance(identifier, dict) else None
            name = f" ({_shown(identifier)})" if isinstance(identifier, str) else ""
            return Problem(f"[[{kind}]] {index + 1}{name}", _dotted(keys), message)
        case ("dataset" | "sources" as table, _, *_):
            return Problem(f"[{table}]", _dotted(place[1:]), message)
        case _:
            return Problem("", _dotted(place), message)


def _dotted(keys: Sequence[str | int]) -> str:
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f", entry {key + 1}"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", key)
            shown = _shown(key) if bare else f'"{_shown(key)}"'
            text += f".{shown}" if text else shown
    return text


def _shown(text: str) -> str:
    """Make text fit to print: one line, no control characters, not endless."""
    plain = "".join(each if each.isprintable() else "�" for each in text)
    return plain if len(plain) <= 80 else f"{plain[:80]}…"


def _place(details: ErrorDetails, document: Mapping[str, Any]) -> Place:
    """Take out of an error's location what names a branch of the models and no key."""
    location = details["loc"]
    if location[:1] == ("assembly",) and len(location) > 2:
        location = (*location[:2], *location[3:])
    place: list[str | int] = []
    value: Any = document
    for part in location:
        if part in _steps(value):
            value = value[part]
            place.append(part)
    if details["type"] == "missing":
        place.append(location[-1])
    return tuple(place)


def _follows_from_mixed_forms(details: ErrorDetails, document: Mapping[str, Any]) -> bool:
    """Say whether a key is only missing because an assembly has two forms at once."""
    location = details["loc"]
    if details["type"] != "missing" or location[0] != "assembly" or len(location) != 4:
        return False
    item = _at(location[:2], document)
    return len(item.keys() & assembly_tables.ASSEMBLY_FORMS.keys()) > 1


def _steps(value: Any) -> Collection[str | int]:
    if isinstance(value, list):
        return range(len(value))
    return value.keys() if isinstance(value, dict) else ()


def _message(place: Place, errors: Sequence[ErrorDetails], document: Mapping[str, Any]) -> str:
    # What may be text or a list fails as both: what is wrong in the right kind says more.
    error = next((each for each in errors if each["type"] not in _EXPECTED), None)
    if error is None:
        return _wrong_type(place, errors, document)
    worded = _WORDED.get(error["type"])
    return worded(place, error, document) if worded else error["msg"]


def _wrong_type(place: Place, errors: Sequence[ErrorDetails], document: Mapping[str, Any]) -> str:
    value = errors[0]["input"]
    if place in {("stimulus_set",), ("assembly",)} and isinstance(value, dict):
        return f"write [[{place[0]}]] with two brackets: a file may have several"
    expected = [_EXPECTED[details["type"]] for details in errors]
    if errors[-1]["type"] == "model_type":
        fields = _keys(_model_at(place, document))
        required = [f"`{key}`" for key, field in fields.items() if field.is_required()]
        expected[-1] += f" with {' and '.join(required)}"
    return f"must be {' or '.join(dict.fromkeys(expected))}, is {_kind(value)}"


def _missing(place: Place, _: ErrorDetails, document: Mapping[str, Any]) -> str:
    if place[-1] == "data":
        return f"says nowhere where its measurements are; give one of: {_EVERY_FORM}"
    if place[-1] == "schema":
        return f"is missing: put `schema = {manifest.SCHEMA_VERSION}` at the top of the file"
    field = _keys(_model_at(place[:-1], document))[str(place[-1])]
    return (
        f"is missing ({field.description.removesuffix('.')})" if field.description else "is missing"
    )


def _unknown(place: Place, _: ErrorDetails, document: Mapping[str, Any]) -> str:
    table, key = place[:-1], str(place[-1])
    if table[:1] == ("assembly",) and len(table) == 2:
        form = assembly_tables.assembly_form(_at(table, document))
        if key in assembly_tables.ASSEMBLY_FORMS:
            return f"`{form}` is there too, but they exclude each other; keep one of: {_EVERY_FORM}"
        others = [f"`{each}`" for each, own in assembly_tables.FORM_KEYS.items() if key in own]
        if others:
            return f"belongs to an assembly with {' or '.join(others)}; this one has `{form}`"
    known = sorted(_keys(_model_at(table, document)))
    return "unknown key" + (did_you_mean(key, known) or f"; the keys here are {', '.join(known)}")


def _no_choice(_: Place, details: ErrorDetails, __: Mapping[str, Any]) -> str:
    expected, value = str(details["ctx"]["expected"]), details["input"]
    if not isinstance(value, str):
        return f"must be {expected}, is {_kind(value)}"
    suggestion = did_you_mean(value, re.findall(r"'([^']+)'", expected))
    return f"{_shown(value)!r} is unknown" + (suggestion or f"; choose {expected}")


def _no_match(place: Place, _: ErrorDetails, document: Mapping[str, Any]) -> str:
    field = _keys(_model_at(place[:-1], document))[str(place[-1])]
    return f"must be {field.description}"


def _empty(_: Place, __: ErrorDetails, ___: Mapping[str, Any]) -> str:
    return "must not be empty"


def _own_words(_: Place, details: ErrorDetails, __: Mapping[str, Any]) -> str:
    return str(details["ctx"]["error"])


_WORDED: dict[str, Callable[[Place, ErrorDetails, Mapping[str, Any]], str]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "literal_error": _no_choice,
    "string_pattern_mismatch": _no_match,
    "string_too_short": _empty,
    "too_short": _empty,
    "value_error": _own_words,
}

_MODELS: dict[Place, type[BaseModel]] = {
    (): manifest.Manifest,
    ("dataset",): manifest.DatasetTable,
    ("stimulus_set",): manifest.StimulusSet,
    ("stimulus_set", "replaces"): manifest.ReplacedVersions,
    ("stimulus_set", "sha256"): manifest.HostedBytes,
    ("assembly", "stimulus_id"): assembly_tables.DerivedStimulusId,
    ("assembly", "bins"): assembly_tables.Bins,
    ("sources",): manifest.Source,
}


def _model_at(place: Place, document: Mapping[str, Any]) -> type[BaseModel]:
    # Which entry of a list, or which source, makes no difference.
    shape = (*place[:1], *place[2:])
    if shape == ("assembly",):
        return assembly_tables.ASSEMBLY_FORMS[
            assembly_tables.assembly_form(_at(place, document)) or "data"
        ]
    return _MODELS[shape]


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _at(place: Place, document: Mapping[str, Any]) -> Any:
    value: Any = document
    for part in place:
        value = value[part]
    return value


def _kind(value: Any) -> str:
    for types, words in (
        (str, "text"),
        (bool, "true or false"),
        ((int, float), "a number"),
        ((dt.date, dt.time), "a date or time"),
        (list, "a list"),
    ):
        if isinstance(value, types):
            return words
    return "a table"
