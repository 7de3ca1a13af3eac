"""Stimulus files: those of each stimulus set, and single ones that were given by themselves."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.engine.unreadable import is_for_repository, leads_out
from brainscore_data.check.stimulus_files.stimulus_sets import (
    NamedStimulusSet,
    NotFetchedError,
    stimulus_sets,
)
from brainscore_data.check.stimulus_metadata.mended_stimuli import codes_mended
from brainscore_data.media.batches import look_at_archive, look_at_files
from brainscore_data.media.cache import MediaCache, media_cache
from brainscore_data.media.decoding import Content
from brainscore_data.media.kinds import kind_of_name, media_of
from brainscore_data.media.looks import Look, shown
from brainscore_data.media.workers import Workers
from brainscore_data.stimuli.files import StimulusFiles
from brainscore_data.tables.csv_text import opened_csv


@dataclass(frozen=True)
class StimulusListing:
    """What a stimulus set's csv lists, and what there is.

    Attributes
    ----------
    subject : str
        The folder or the zip.
    identifier : str
        The stimulus set's name.
    table : str
        Its csv.
    listed : tuple of (str, int) or None
        File name and line for each row of the csv; None if it cannot be read, which is said
        elsewhere.
    present : tuple of str or None
        The names of the files; None if they cannot be listed.
    error, hint : str or None
        Why they cannot be listed, and what to do.
    not_fetched : bool
        Whether the files or the csv are in ``[sources]`` and not in the cache: nothing is known.
    is_mended : bool
        Whether `--fix` writes the names in the csv as the files are called.
    """

    subject: str
    identifier: str
    table: str
    listed: tuple[tuple[str, int], ...] | None
    present: tuple[str, ...] | None
    error: str | None = None
    hint: str | None = None
    not_fetched: bool = False
    is_mended: bool = False


class MediaFacts(NamedTuple):
    """What is known of one stimulus file; there can be a million of them.

    Attributes
    ----------
    subject : str
        The file, or the zip that it is in.
    name : str
        Its own name.
    item : str or None
        In a zip, which member.
    size : int or None
        In bytes.
    sha256 : str or None
        Of the content.
    content : Content or None
        What it decodes to.
    error : str or None
        Why it cannot be read.
    """

    subject: str
    name: str
    item: str | None = None
    size: int | None = None
    sha256: str | None = None
    content: Content | None = None
    error: str | None = None

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.subject, item=self.item)


@dataclass(frozen=True)
class StimulusMedia:
    """What the files of a stimulus set have in common, and which differ.

    Attributes
    ----------
    subject : str
        The folder or the zip.
    media : Mapping of str to tuple of (int, str)
        Media type → how many files, and the name of the first.
    same : tuple of tuple of str
        Groups of names with one content.
    sizes : Mapping of (int, int) to tuple of (int, str)
        Width and height of images → how many files, and the name of the first.
    missing : str or None
        A module that would have decoded some of them and is not installed.
    """

    subject: str
    media: Mapping[str, tuple[int, str]]
    same: tuple[tuple[str, ...], ...]
    sizes: Mapping[tuple[int, int], tuple[int, str]]
    missing: str | None = None


@dataclass
class _Tally:
    """Counts over the files of a stimulus set; a hash and a name are all that stays of each."""

    first: dict[bytes, str] = field(default_factory=dict)
    same: dict[str, list[str]] = field(default_factory=dict)
    media: Counter[str] = field(default_factory=Counter)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    examples: dict[object, str] = field(default_factory=dict)
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
        self.media[media] += 1
        self.examples.setdefault(media, facts.name)
        if content.error is None and content.width and content.height:
            size = (content.width, content.height)
            self.sizes[size] += 1
            self.examples.setdefault(size, facts.name)

    def facts(self, subject: str) -> StimulusMedia:
        return StimulusMedia(
            subject,
            {media: (count, self.examples[media]) for media, count in self.media.items()},
            tuple(map(tuple, self.same.values())),
            {size: (count, self.examples[size]) for size, count in self.sizes.items()},
            self.missing,
        )


def probe(
    subjects: Subjects, settings: Settings
) -> Iterator[StimulusListing | MediaFacts | StimulusMedia]:
    """Look at the stimulus sets of all manifests, then at the files that belong to none."""
    taken: set[Path] = set()
    with media_cache() as cache, Workers(settings.jobs) as workers:
        for manifest in subjects.manifests:
            for item in stimulus_sets(manifest):
                yield from _probe_set(item, settings, cache, workers, taken=taken)
        for folder, names in _loose(subjects, taken).items():
            for name, look in look_at_files(folder, names, cache=cache, workers=workers):
                yield _facts(shown(folder / name), name, None, look)


def _probe_set(
    item: NamedStimulusSet,
    settings: Settings,
    cache: MediaCache,
    workers: Workers,
    *,
    taken: set[Path],
) -> Iterator[StimulusListing | MediaFacts | StimulusMedia]:
    from brainscore_data.stimuli.files import StimulusArchive, list_stimuli

    subject, table = shown(item.beside / item.files), shown(item.beside / item.metadata)
    try:
        metadata = item.locate(item.metadata, where=table)
        listed = _listed(metadata)
    except NotFetchedError:
        yield StimulusListing(subject, item.identifier, table, None, None, not_fetched=True)
        return
    except BrainScoreDataError:
        metadata, listed = item.root / item.metadata, None
    try:
        path = item.locate(item.files, where=subject)
        names = [name for name, _ in listed or ()]
        files = list_stimuli(path, metadata=metadata, root=item.root, listed=names)
    except NotFetchedError:
        yield StimulusListing(subject, item.identifier, table, None, None, not_fetched=True)
        return
    except (BrainScoreDataError, OSError) as error:
        taken.add(item.root / item.files)
        if is_for_repository(error, settings):
            return
        yield _unlisted(subject, item.identifier, table, error)
        return
    taken.add(path)
    astray = not files.sizes.keys() >= {name for name, _ in listed or ()}
    yield StimulusListing(
        subject,
        item.identifier,
        table,
        listed,
        tuple(files.sizes),
        is_mended=astray and "BSD209" in codes_mended(metadata),
    )
    # What no row lists is a finding as it is: only what will be published is decoded.
    names = _wanted(files, listed)
    tally = _Tally()
    if isinstance(files, StimulusArchive):
        members = {name: files.members[name] for name in names}
        looks = look_at_archive(path, members, cache=cache, workers=workers)
    else:
        looks = look_at_files(path, names, cache=cache, workers=workers, statuses=files.statuses)
    in_zip = isinstance(files, StimulusArchive)
    for name, look in looks:
        place = subject if in_zip else f"{subject}{os.sep}{shown(name)}"
        facts = _facts(place, name, shown(name) if in_zip else None, look)
        tally.add(facts)
        yield facts
    yield tally.facts(subject)


def _unlisted(subject: str, identifier: str, table: str, error: Exception) -> StimulusListing:
    if isinstance(error, BrainScoreDataError):
        message, hint = error.message, error.hint
    else:
        message, hint = f"cannot be read: {getattr(error, 'strerror', error)}", None
    return StimulusListing(subject, identifier, table, None, None, message, hint)


def _wanted(files: StimulusFiles, listed: tuple[tuple[str, int], ...] | None) -> list[str]:
    if listed is None:
        return list(files.sizes)
    named = {name for name, _ in listed}
    return [name for name in files.sizes if name in named]


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


def _facts(subject: str, name: str, item: str | None, look: Look) -> MediaFacts:
    return MediaFacts(subject, shown(name), item, look.size, look.sha256, look.content, look.error)
