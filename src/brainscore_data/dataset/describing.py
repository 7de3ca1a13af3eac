"""What ``[dataset]`` says of a dataset to those who cite it: its authors, and how it came about."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_ORCID = re.compile(r"(?:https://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")


def orcid_of(written: str) -> str:
    """Give the plain form of an ORCID iD whose check digit is right.

    The digit is that of ISO 7064 11,2: https://support.orcid.org/hc/en-us/articles/360006897674

    >>> orcid_of("https://orcid.org/0000-0002-1825-0097")
    '0000-0002-1825-0097'
    >>> orcid_of("0000-0002-1825-0098")
    Traceback (most recent call last):
    ...
    ValueError: '0000-0002-1825-0098' is not an ORCID iD: its last digit would be 7, so one of them is wrong
    """
    found = _ORCID.fullmatch(written.strip())
    if found is None:
        text = f"{written[:80]!r} is not an ORCID iD: it looks like 0000-0002-1825-0097"
        raise ValueError(text)
    digits, last = found[1].replace("-", "")[:-1], found[1][-1]
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    right = "X" if check == 10 else str(check)
    if last != right:
        text = f"{found[1]!r} is not an ORCID iD: its last digit would be {right}, so one of them is wrong"
        raise ValueError(text)
    return found[1]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Author(_Table):
    """Somebody to cite."""

    name: str = Field(min_length=1, description="As it is cited: Family, Given.")
    orcid: Annotated[str, AfterValidator(orcid_of)] | None = Field(
        None, description="The ORCID iD; its check digit is proven."
    )
    affiliation: str | None = Field(None, min_length=1)


class ResponsibleAI(_Table):
    """How the data came about and what it is fit for, in the terms of Croissant RAI 1.0."""

    data_collection: str | None = None
    data_collection_type: list[str] = Field(default_factory=list)
    data_collection_timeframe: list[str] = Field(
        default_factory=list, description="Dates: 2026-01-31."
    )
    data_collection_missing_data: str | None = None
    data_collection_raw_data: str | None = None
    data_imputation_protocol: str | None = None
    data_manipulation_protocol: str | None = None
    data_preprocessing_protocol: list[str] = Field(default_factory=list)
    data_annotation_protocol: str | None = None
    data_annotation_platform: list[str] = Field(default_factory=list)
    data_annotation_analysis: list[str] = Field(default_factory=list)
    annotator_demographics: list[str] = Field(default_factory=list)
    data_use_cases: list[str] = Field(default_factory=list)
    data_biases: list[str] = Field(default_factory=list)
    data_limitations: list[str] = Field(default_factory=list)
    data_social_impact: str | None = None
    personal_sensitive_information: list[str] = Field(default_factory=list)
    data_release_maintenance_plan: str | None = None
