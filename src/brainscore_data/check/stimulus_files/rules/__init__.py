"""BSD3: the files of stimulus sets."""

from __future__ import annotations

from brainscore_data.check.stimulus_files.rules.content import (
    Decodes,
    ExtensionEqualsContent,
    ImageMode,
    NotEmpty,
    Readable,
)
from brainscore_data.check.stimulus_files.rules.listing import (
    Listable,
    ListedIsThere,
    NamesAlike,
    NamingPattern,
    NotFetched,
    SequentialNumbering,
    ThereIsListed,
)
from brainscore_data.check.stimulus_files.rules.together import (
    OneMediaType,
    SameContent,
    SizeFarFromRest,
)

RULES = (
    Listable(),
    ListedIsThere(),
    ThereIsListed(),
    NamesAlike(),
    NamingPattern(),
    SequentialNumbering(),
    Readable(),
    NotEmpty(),
    ExtensionEqualsContent(),
    Decodes(),
    ImageMode(),
    OneMediaType(),
    SameContent(),
    SizeFarFromRest(),
    NotFetched(),
)
