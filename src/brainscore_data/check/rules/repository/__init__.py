"""Rules of the repository: what lies in it, what git has of it, and who can see it."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.rule import Rule
from brainscore_data.check.rules.repository.files import (
    DataInWheel,
    DataListed,
    LargeFile,
    LfsPulled,
    LinkStays,
)
from brainscore_data.check.rules.repository.looking import FolderReadable, GitAnswers, ManifestValid
from brainscore_data.check.rules.repository.private import (
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
