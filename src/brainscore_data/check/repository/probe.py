"""The repository: its manifests, what git knows of its data files, and what others can see."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import TrackedFiles, tracked_files
from brainscore_data.base.repository import find_repository
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.repository.data_files import Home, absolute, is_data, look_at_files
from brainscore_data.check.repository.datasets import DatasetFiles
from brainscore_data.check.repository.facts import (
    FileFacts,
    ManifestFacts,
    NotSeen,
    PackagedData,
    PrivateItem,
    StatedLicense,
    UnlistedData,
)
from brainscore_data.check.repository.licenses import stated_licenses
from brainscore_data.check.repository.manifests import look_at_manifest
from brainscore_data.check.repository.private_items import is_public, private_items
from brainscore_data.dataset.toml import todos_in
from brainscore_data.media.looks import shown

Facts = (
    ManifestFacts | NotSeen | FileFacts | UnlistedData | PackagedData | PrivateItem | StatedLicense
)


def probe(run: CheckRun) -> Iterator[Facts]:
    """Look at each dataset in whole, then at the data files that are in none."""
    subjects, settings = run.subjects, run.settings
    public = is_public(settings)
    asked: dict[Path, TrackedFiles | NotSeen] = {}
    walked: set[str] = set()
    closed = dict.fromkeys(subjects.closed)
    for manifest in subjects.manifests:
        if os.path.isdir(manifest):
            yield NotSeen(shown(manifest), "is a folder, not a manifest", "give it another name")
            continue
        facts, written = look_at_manifest(manifest, settings)
        yield replace(facts, todos=todos_in(written.text))
        git = _git(find_repository(manifest.parent), asked)
        try:
            dataset = DatasetFiles(manifest, written.document, git, settings.largest_file)
        except UsageError as error:
            yield _failed(error)
            continue
        walked |= dataset.walked
        closed = dict.fromkeys(
            each for each in [*closed, *dataset.closed] if not dataset.lists(each)
        )
        yield from dataset.files
        if written.document and not facts.problems:
            yield from dataset.unlisted()
        yield from dataset.packaged()
        yield from stated_licenses(manifest, written)
        yield from private_items(manifest, written, dataset.commits, public=public)
    yield from _loose(subjects, walked, _git(subjects.repository, asked), settings)
    yield from (each for each in asked.values() if isinstance(each, NotSeen))
    for folder in closed:
        yield NotSeen(shown(folder), "the folder cannot be listed", "check its permissions")


def _loose(
    subjects: Subjects, walked: set[str], git: TrackedFiles | None, settings: Settings
) -> Iterator[Facts]:
    """Look at data files that are in no dataset."""
    try:
        yield from look_at_files(
            (
                path
                for path in subjects.files
                if is_data(path.name) and absolute(path) not in walked
            ),
            git,
            home=Home("repository", subjects.repository),
            is_listed=lambda _: False,
            largest=settings.largest_file,
        )
    except UsageError as error:
        yield _failed(error)


def _git(root: Path | None, asked: dict[Path, TrackedFiles | NotSeen]) -> TrackedFiles | None:
    """Ask git, once for a repository; None if there is none or it does not answer."""
    if root is None:
        return None
    if root not in asked:
        try:
            asked[root] = tracked_files(root)
        except UsageError as error:
            asked[root] = _failed(error)
    found = asked[root]
    return None if isinstance(found, NotSeen) else found


def _failed(error: UsageError) -> NotSeen:
    hint = error.hint or "make sure that `git status` works in this folder"
    return NotSeen(os.path.relpath(error.where or "."), error.message, hint, by="git")
