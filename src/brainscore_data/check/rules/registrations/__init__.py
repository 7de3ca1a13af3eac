"""Rules of registrations: what plugins' ``__init__.py`` pin, read from their source."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.rule import Rule
from brainscore_data.check.rules.registrations.calls import (
    Followed,
    LoaderArguments,
    NamesDefined,
    RegistrationCallable,
    RightRegistry,
)
from brainscore_data.check.rules.registrations.keys import (
    IdentifierLikeKey,
    KeyLiteral,
    KeyTwice,
    PluginReadable,
)
from brainscore_data.check.rules.registrations.pins import BucketAllowed, Sha1Pinned, VersionPinned
from brainscore_data.check.rules.registrations.receipts import ReceiptsAgree, ReceiptsReadable
from brainscore_data.check.rules.registrations.values import (
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
