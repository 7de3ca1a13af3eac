"""Rules of identifiers: the names that manifests give and plugins register."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.identifiers.rules.relations import (
    KeyCollision,
    NearAuthor,
    NearBucket,
    NearIdentifier,
)
from brainscore_data.check.identifiers.rules.shapes import (
    IdentifierCharacters,
    IdentifierShape,
    IdentifierYear,
    ManifestReadable,
    RegisteredShape,
    RequestNumber,
)

RULES: tuple[Rule[Any], ...] = (
    IdentifierShape(),
    RegisteredShape(),
    IdentifierCharacters(),
    IdentifierYear(),
    RequestNumber(),
    KeyCollision(),
    NearIdentifier(),
    NearAuthor(),
    NearBucket(),
    ManifestReadable(),
)
