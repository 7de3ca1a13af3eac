"""What a repository can set in ``[tool.brainscore-data]`` of its ``pyproject.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: Which identifiers are good: either living form, or one of them only.
Naming = Literal["any", "author-year", "lab", "request"]


@dataclass(frozen=True)
class Settings:
    """Settings of the rules; the defaults are right for Brain-Score's own repositories."""

    # Codes, families (BSD3) or names of rules; an empty `select` means all.
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    # Glob, from the folder of pyproject.toml → what to ignore there.
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    naming: Naming = "any"
    allowed_buckets: tuple[str, ...] = ()  # `bucket` or `bucket/prefix`; empty for no limit
    stimulus_names: str = ""  # a regular expression that file names match in full; empty for none
    sequential_numbering: bool = False  # whether stimuli must be numbered without gaps
    largest_nan_share: float = 0.5  # of an assembly
    # Bytes; larger data files belong into LFS or [sources]. GitHub warns above 50 MiB and refuses
    # above 100 MiB, and every clone has all versions of a file for ever:
    # https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github.
    # The hook check-added-large-files of pre-commit draws its line for source code, at 500 kB.
    largest_file: int = 10_000_000
    public: bool | None = None  # None if only the event of a workflow tells
    jobs: int = 1  # how many files to look at at the same time
    pull_request: int | None = None  # the number that a request's identifier must end in
