"""Stimulus files: those of each stimulus set, and single ones that were given by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.engine.unreadable import Unread, is_for_repository, leads_out
from brainscore_data.check.stimulus_files.facts import MediaFacts, StimulusListing, StimulusMedia
from brainscore_data.check.stimulus_files.stimulus_sets import (
    NamedStimulusSet,
    NotFetchedError,
    stimulus_sets,
)
from brainscore_data.check.stimulus_metadata.mended_stimuli import codes_mended
from brainscore_data.media.batches import look_at_archive, look_at_files
from brainscore_data.media.cache import MediaCache, media_cache
from brainscore_data.media.kinds import kind_of_name, media_of
from brainscore_data.media.looks import shown
from brainscore_data.tables.csv_text import opened_csv


@dataclass
class _Tally:
    """Counts over the files of a stimulus set; a hash and a name are all that stays of each."""

    first: dict[bytes, str] = field(default_factory=dict)
    same: dict[str, list[str]] = field(default_factory=dict)
    media: dict[str, tuple[int, str]] = field(default_factory=dict)
    sizes: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)
    missing: str | None = None

    def add(self, facts: MediaFacts) -> None:
        if facts.sha256 and facts.size:
            digest = bytes.fromhex(facts.sha256)
            if (earlier := self.first.setdefault(digest, facts.name)) != facts.name:
                self.same.setdefault(earlier, [earlier]).append(facts.name)
        content = facts.content
        if content is None or (media := media_of(content.kind)) is None:
            return
        self.missing = self.missing or content.missing
        count, first = self.media.get(media, (0, facts.name))
        self.media[media] = count + 1, first
        if content.error is None and content.width and content.height:
            size = (content.width, content.height)
            count, first = self.sizes.get(size, (0, facts.name))
            self.sizes[size] = count + 1, first

    def facts(self, subject: str) -> StimulusMedia:
        same = tuple(map(tuple, self.same.values()))
        return StimulusMedia(subject, self.media, same, self.sizes, self.missing)


def probe(run: CheckRun) -> Iterator[StimulusListing | MediaFacts | StimulusMedia]:
    """Look at the stimulus sets of all manifests, then at the files that belong to none."""
    subjects, taken = run.subjects, set[Path]()
    with media_cache() as cache:
        for manifest in subjects.manifests:
            for item in stimulus_sets(manifest):
                yield from _probe_set(item, run, cache, taken)
        for folder, names in _loose(subjects, taken).items():
            within = subjects.repository or folder
            looks = look_at_files(
                folder, names, within=within, cache=cache, workers=lambda: run.workers
            )
            for name, look in looks:
                yield MediaFacts(shown(folder / name), shown(name), None, *look[:4])


def _probe_set(
    item: NamedStimulusSet, run: CheckRun, cache: MediaCache, taken: set[Path]
) -> Iterator[StimulusListing | MediaFacts | StimulusMedia]:
    from brainscore_data.stimuli.files import StimulusArchive, list_stimuli

    subject, table = shown(item.beside / item.files), shown(item.beside / item.metadata)
    listing = StimulusListing(subject, item.identifier, table)
    try:
        try:
            metadata = item.locate(item.metadata, where=table)
            listed = _listed(metadata)
        except BrainScoreDataError:
            metadata, listed = item.root / item.metadata, None
        named = dict(listed or ())
        path = item.locate(item.files, where=subject)
        files = list_stimuli(path, metadata=metadata, root=item.root, listed=[*named])
    except NotFetchedError:
        yield replace(listing, not_fetched=True)
        return
    except (BrainScoreDataError, OSError) as error:
        taken.add(item.root / item.files)
        if not is_for_repository(error, run.settings):
            yield replace(listing, unlisted=_unlisted(error))
        return
    taken.add(path)
    astray = not files.sizes.keys() >= named.keys()
    is_mended = astray and "BSD209" in codes_mended(metadata)
    yield replace(listing, listed=listed, present=tuple(files.sizes), is_mended=is_mended)
    # What no row lists is a finding as it is: only what will be published is decoded.
    names = [name for name in files.sizes if listed is None or name in named]
    in_zip = isinstance(files, StimulusArchive)
    within = item.root if path.is_relative_to(item.root) else path.parent
    if isinstance(files, StimulusArchive):
        members = {name: files.members[name] for name in names}
        looks = look_at_archive(
            path, members, within=within, cache=cache, workers=lambda: run.workers
        )
    else:
        looks = look_at_files(
            path,
            names,
            within=within,
            cache=cache,
            workers=lambda: run.workers,
            statuses=files.statuses,
        )
    tally = _Tally()
    for name, look in looks:
        place = subject if in_zip else f"{subject}{os.sep}{shown(name)}"
        facts = MediaFacts(place, shown(name), shown(name) if in_zip else None, *look[:4])
        tally.add(facts)
        yield facts
    yield tally.facts(subject)


def _unlisted(error: BrainScoreDataError | OSError) -> Unread:
    hint = "check the folder and its permissions"
    if isinstance(error, BrainScoreDataError):
        return Unread(error.message, error.hint or hint)
    return Unread(f"cannot be read: {error.strerror}", hint)


def _listed(metadata: Path) -> tuple[tuple[str, int], ...] | None:
    """Read the column ``filename``; None if there is none, or the csv cannot be read."""
    try:
        with opened_csv(metadata) as text:
            column = text.header.index("filename")
            return tuple((row[column], line) for line, row in text.rows)
    except (BrainScoreDataError, ValueError):
        return None


def _loose(subjects: Subjects, taken: Iterable[Path]) -> dict[Path, list[str]]:
    """Sort the files that have a medium's extension by folder.

    Links out of the repository are not followed; the rules about repositories tell of them.
    """
    folders: dict[Path, list[str]] = {}
    inside = {os.path.realpath(path) for path in taken}
    for _, together in groupby(subjects.files, key=lambda path: str(path)[: -len(path.name)]):
        paths = list(together)
        folder = paths[0].parent
        if os.path.realpath(folder) in inside:
            continue
        for path in paths:
            if kind_of_name(path.name) and not leads_out(path, subjects.repository):
                folders.setdefault(Path(folder), []).append(path.name)
    return folders
