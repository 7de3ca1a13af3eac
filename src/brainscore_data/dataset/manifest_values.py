"""The values of a manifest's keys: identifiers, paths, days, and who may read an item."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.paths import file_part, path_problem

Visibility = Literal["public", "private"]
Scalar = str | int | float | bool


def _key_safe(identifier: str) -> str:
    if not is_key_safe(identifier):
        msg = (
            f"{quoted(identifier)} cannot be an identifier: use letters, digits, '.', '_' and "
            "'-', a letter or digit first, at most 200"
        )
        raise ValueError(msg)
    return identifier


def _whole_below_the_folder(path: str) -> str:
    if (part := file_part(path)).part is not None:
        msg = (
            f"{quoted(path)} names a part of a file, which only `values`, `coords` and `table` can: "
            f"save it as a file of its own, or name {quoted(part.file)}"
        )
        raise ValueError(msg)
    return _below_the_folder(path)


def _below_the_folder(path: str) -> str:
    reason = path_problem(path)
    if reason is not None:
        raise ValueError(f"{quoted(path)} {reason}" if path else reason)
    return path


def _part_below_the_folder(name: str) -> str:
    file, part = file_part(name)
    if part is not None and not part.strip():
        msg = f"{quoted(name)} names no part of the file: write it behind the colon, or neither"
        raise ValueError(msg)
    _below_the_folder(file)
    return name


def _written_plainly(path: str) -> str:
    plain = str(PurePosixPath(_below_the_folder(path)))
    if plain != path:
        msg = f"{quoted(path)} must be written as {quoted(plain)}"
        raise ValueError(msg)
    return path


def _distinct(names: list[str]) -> list[str]:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        msg = f"{listed(twice)} more than once"
        raise ValueError(msg)
    return names


def _a_day(value: Any, info: ValidationInfo) -> Any:
    if value is None:
        return None
    if info.mode == "json":  # which has days in quotes only
        value = date.fromisoformat(value)
    if type(value) is not date:
        msg = "must be a date, without quotes and without a time, e.g. 2027-03-01"
        raise ValueError(msg)
    if info.data.get("visibility", "private") != "private":
        msg = 'is the day until which an item stays private: it needs visibility = "private"'
        raise ValueError(msg)
    return value


def quoted(text: str) -> str:
    """Quote what a manifest says, cut where it is long."""
    return repr(text if len(text) <= 80 else f"{text[:80]}…")


Identifier = Annotated[str, AfterValidator(_key_safe)]
RelativePath = Annotated[str, AfterValidator(_whole_below_the_folder)]
#: A file, or ``file:part`` where a file can hold several tables or arrays.
RelativePart = Annotated[str, AfterValidator(_part_below_the_folder)]
SourceName = Annotated[str, AfterValidator(_written_plainly)]
#: A token is read from it, and sent away: nothing but what is called a token can be named.
TokenVariable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*_TOKEN$")]
VersionId = Annotated[str, Field(min_length=1)]
StatedVisibility = Annotated[
    Visibility,
    Field(
        description='"public": everybody may load it, without credentials; '
        '"private": only those may to whom the store\'s owner gives access. There is no default.'
    ),
]
Embargo = Annotated[
    date | None,
    BeforeValidator(_a_day),
    Field(
        description="The day from which a private item may be opened, e.g. 2027-03-01; a person "
        "opens it then."
    ),
]
HostedPlace = Annotated[
    str | None,
    Field(
        pattern=r"^(https://[^\s/?#@]+/[^\s?#]*[^\s?#/]|doi:10\.[^\s/]+/\S*[^\s/])$",
        description="Where the packaged files are already, under their own names, and stay: "
        "https://host/folder, or doi:10.…/….",
    ),
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Names = Annotated[list[str], Field(min_length=1), AfterValidator(_distinct)]


def only_together(table: Any) -> None:
    """Make sure that what is hosted says which bytes, is open to all, and replaces nothing."""
    if (table.hosted is None) != (table.sha256 is None):
        msg = (
            "hosted and sha256 go together: where the packaged files are, and which bytes they have"
        )
        raise ValueError(msg)
    if table.hosted is not None and table.visibility != "public":
        msg = "what is hosted can be read by everybody, so it cannot be private"
        raise ValueError(msg)
    if table.hosted is not None and table.replaces is not None:
        msg = "what is hosted keeps no versions, so it replaces none"
        raise ValueError(msg)


class ManifestTable(BaseModel):
    """A table of the manifest: known keys, of exactly these types."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_by_alias=True, validate_by_name=True
    )


def listed(names: list[str]) -> str:
    """Word names for a message, the first twenty."""
    return ", ".join([quoted(name) for name in names[:20]] + ["…"] * (len(names) > 20))
