"""Rules of registrations: what plugins' ``__init__.py`` pin, read from their source."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.registrations.rules.calls import (
    Followed,
    LoaderArguments,
    NamesDefined,
    RegistrationCallable,
    RightRegistry,
)
from brainscore_data.check.registrations.rules.keys import (
    IdentifierLikeKey,
    KeyLiteral,
    KeyTwice,
    PluginReadable,
)
from brainscore_data.check.registrations.rules.pins import BucketAllowed, Sha1Pinned, VersionPinned
from brainscore_data.check.registrations.rules.receipts import ReceiptsAgree, ReceiptsReadable
from brainscore_data.check.registrations.rules.values import (
    ArgumentTypes,
    BucketName,
    Placeholders,
    StimulusSetRegistered,
    Swapped,
)

RULES: tuple[Rule[Any], ...] = (
    PluginReadable(),
    KeyLiteral(),
    KeyTwice(),
    Sha1Pinned(),
    VersionPinned(),
    IdentifierLikeKey(),
    BucketAllowed(),
    ReceiptsReadable(),
    ReceiptsAgree(),
    RegistrationCallable(),
    RightRegistry(),
    LoaderArguments(),
    ArgumentTypes(),
    Placeholders(),
    Swapped(),
    BucketName(),
    StimulusSetRegistered(),
    NamesDefined(),
    Followed(),
)
