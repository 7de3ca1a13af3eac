"""Rules of the repository: what lies in it, what git has of it, and who can see it."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.repository.rules.files import (
    DataInWheel,
    DataListed,
    LargeFile,
    LfsPulled,
    LinkStays,
)
from brainscore_data.check.repository.rules.looking import FolderReadable, GitAnswers, ManifestValid
from brainscore_data.check.repository.rules.private import (
    PrivateFiles,
    PrivateFilesPerhaps,
    PrivateSourceClosed,
)

RULES: tuple[Rule[Any], ...] = (
    ManifestValid(),
    FolderReadable(),
    GitAnswers(),
    LargeFile(),
    LfsPulled(),
    DataListed(),
    DataInWheel(),
    LinkStays(),
    PrivateFiles(),
    PrivateFilesPerhaps(),
    PrivateSourceClosed(),
)
