"""A preview for programs: all that was seen, but for the pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from brainscore_data.previewing.leading import verdict
from brainscore_data.previewing.preview import Preview
from brainscore_data.previewing.seen import Picture

SCHEMA_VERSION = 1


def as_json(whole: Preview) -> str:
    """Write a preview as JSON."""
    found = asdict(whole, dict_factory=_without_pictures)
    document = {"schema": SCHEMA_VERSION, "verdict": verdict(whole), **found}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


_OF_PICTURES = frozenset(Picture.__dataclass_fields__)


def _without_pictures(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in fields if not _is_picture(value)}


def _is_picture(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == _OF_PICTURES
