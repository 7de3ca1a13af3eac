"""Read again what receipts claim, and compare who shall be able to read it with who can."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Unpack

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.files import fingerprint
from brainscore_data.base.in_flight import side_by_side
from brainscore_data.base.progress import Progress, Quiet, Shared
from brainscore_data.dataset.document import MANIFEST_NAME, Name, stated_visibility
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.records.receipts import (
    FileReceipt,
    PublishedObject,
    Receipts,
    load_receipts,
    opening_command,
    receipts_at,
)
from brainscore_data.store.interface import NotStoredError, Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.published import ask_beforehand, published_version
from brainscore_data.store.tombstones import tombstone_of
from brainscore_data.store.urls import opened, taken_by
from brainscore_data.store.visibility import Shown, how_open, opened_for, shown_by

_QUIET = Quiet()
# The stores that are open, by what receipts say of them.
Stores = dict[tuple[str, str | None, str | None], Store]


@dataclass(frozen=True)
class Mismatch:
    """A file that is not as its receipt says.

    Attributes
    ----------
    where : str
        Its key and version.
    message : str
        What is different.
    """

    where: str
    message: str


class _Word(NamedTuple):
    """Who shall be able to read an item, and what says so."""

    identifier: str
    shall: Visibility
    by: str


def verify(
    receipts: Receipts | str | os.PathLike[str],
    *,
    manifest: str | os.PathLike[str] | None = None,
    progress: Progress = _QUIET,
    tell: Callable[[str], None] | None = None,
    **options: Unpack[StoreOptions],
) -> list[Mismatch]:
    """Read every version that receipts name and compare its bytes with what they say.

    Who can read it is compared with what the manifest says, or else its receipt. More open than
    that is a mismatch.

    Parameters
    ----------
    receipts : Receipts or path
        The receipts, their file, or the folder with a ``receipts.json``.
    manifest : path, optional
        The ``dataset.toml``; by default the one beside the receipts' file, if there is one.
    progress : Progress, optional
        Is told the bytes that are read.
    tell : callable, optional
        Is told what is no mismatch and worth knowing: what waits for its release, is public but
        not yet readable, or not known; and where a later version lies on top of a published one.
    **options
        How to reach the stores: :class:`brainscore_data.store.options.StoreOptions`. Endpoint
        and region are those of the receipts.

    Returns
    -------
    list of Mismatch
        Empty if everything is as the receipts say.

    Raises
    ------
    UsageError
        If there are no receipts there.
    """
    if not isinstance(receipts, Receipts):
        path = receipts_at(Path(receipts))
        receipts, manifest = load_receipts(path), manifest or path.with_name(MANIFEST_NAME)
    say = tell or _said_to_nobody
    stated = {} if manifest is None else _stated(Path(manifest), say)
    stores: Stores = {}
    found: list[Mismatch] = []
    looks: list[_Look] = []
    for item in receipts.items:
        said = stated.get((item.kind, item.identifier))
        if said is not None and item.visibility not in (None, said):
            say(
                f"{item.identifier}: {MANIFEST_NAME} says {said}, its receipt {item.visibility}: "
                "publish it again"
            )
        said_by = MANIFEST_NAME if said else "its receipt"
        for file in item.files:
            store = store_of(file.object, stores, options)
            shall = said or item.visibility
            word = None if shall is None else _Word(item.identifier, shall, said_by)
            looks.append(_Look(store, file, word))
    for store in stores.values():
        ask_beforehand(store)
    shared = Shared(progress)
    for ready in side_by_side(lambda look: look.done(shared), looks, lambda look: look.size):
        for mismatch, notices in ready:
            for notice in notices:
                say(notice)
            found += [] if mismatch is None else [mismatch]
    return found


@dataclass(frozen=True)
class _Look:
    """A file that is looked at, among others at the same time."""

    store: Store
    file: FileReceipt
    word: _Word | None

    @property
    def size(self) -> int:
        """How many bytes there are to read."""
        return self.file.object.size

    def done(self, progress: Progress) -> tuple[Mismatch | None, list[str]]:
        """Read it; gives what is wrong, and what is worth knowing."""
        stored, notices = self.file.object, list[str]()
        word = self.word
        public = word is not None and word.shall == "public"
        mismatch, by_all = _compare(self.store, stored, progress, public=public)
        key = stored.key.removeprefix(self.store.location.prefix)
        if (taken_back := tombstone_of(self.store, key, stored.version_id)) is not None:
            if mismatch is not None:
                mismatch = Mismatch(mismatch.where, f"{mismatch.message}: {taken_back}")
            else:
                notices.append(f"{_named(stored)}: {taken_back}")
            word, by_all = _Word(taken_back.identifier, "private", "its store"), False
        if mismatch is None and word is not None and not by_all:
            mismatch = _compare_readers(self.store, self.file, word, notices.append)
        if mismatch is None and (notice := _on_top(self.store, stored)):
            notices.append(notice)
        progress.advance_files()
        return mismatch, notices


def _said_to_nobody(text: str) -> None:
    """Take note of what nobody asked to be told."""


def _stated(manifest: Path, tell: Callable[[str], None]) -> Mapping[Name, Visibility]:
    if not manifest.is_file() or manifest.is_symlink():
        return {}
    try:
        return stated_visibility(manifest)
    except BrainScoreDataError as error:
        tell(f"not known who shall be able to read what, but for the receipts: {error}")
        return {}


def store_of(stored: PublishedObject, opened_before: Stores, options: StoreOptions) -> Store:
    """Open the store of a receipt's file, if that was not done before."""
    place = (stored.store, stored.endpoint, stored.region)
    if place not in opened_before:
        opened_before[place] = opened(stored.store, **_reaching(stored, options))
    return opened_before[place]


def shown_of(store: Store, stored: PublishedObject) -> Shown:
    """Ask who can read a version."""
    return shown_by(store, stored.key.removeprefix(store.location.prefix), stored.version_id)


def _reaching(stored: PublishedObject, options: StoreOptions) -> StoreOptions:
    said: StoreOptions = {"endpoint_url": stored.endpoint, "region": stored.region}
    return taken_by(stored.store, {**options, **said})


def _on_top(store: Store, claimed: PublishedObject) -> str:
    """Say what lies on top of a receipt's version, where the store could not refuse it."""
    if store.conditions_hold() is True:
        return ""
    return published_version(store, claimed.key.removeprefix(store.location.prefix)).notice


def _compare_readers(
    store: Store,
    file: FileReceipt,
    word: _Word,
    tell: Callable[[str], None],
) -> Mismatch | None:
    """Compare who can read a version with who shall; tell what is no mismatch."""
    stored = file.object
    key, where = stored.key.removeprefix(store.location.prefix), _named(stored)
    try:
        shown = shown_of(store, stored)
    except NotStoredError:
        return Mismatch(where, "it is gone")
    standing = shown.beside(word.shall)
    if standing == "too open":
        return Mismatch(
            where, f"{word.by} says private, but {how_open(store, key, stored.version_id, shown)}"
        )
    if standing == "waits for its release":
        tell(
            f"{where}: waits for its release: {word.by} says public, the store private; its owner "
            f"opens it: `{opening_command(stored, word.identifier)}`"
        )
    elif standing == "not yet readable":
        was = ", though it was when it was published" if file.run.public == "yes" else ""
        tell(f"{where}: public, but not yet readable without credentials{was}")
    elif standing == "not known":
        tell(f"{where}: not known who can read it; {word.by} says {word.shall}")
    return None


def _named(stored: PublishedObject) -> str:
    return f"{stored.store} {stored.key} version {stored.version_id}"


def _compare(
    store: Store, claimed: PublishedObject, progress: Progress, *, public: bool
) -> tuple[Mismatch | None, bool]:
    """Compare the bytes; says also whether they came without credentials, if they shall be public."""
    where = _named(claimed)
    key = claimed.key.removeprefix(store.location.prefix)
    try:
        stream, by_all = opened_for(store, key, claimed.version_id, public=public)
        with stream:
            found = fingerprint(stream, lambda block: progress.advance_bytes(len(block)))
    except NotStoredError:
        return Mismatch(where, "it is gone"), False
    except DataError as error:  # the store itself finds it damaged
        return Mismatch(where, error.message), False
    for name in ("size", "sha1", "sha256"):
        expected, got = getattr(claimed, name), getattr(found, name)
        if expected != got:
            return Mismatch(where, f"its {name} is {got}, the receipt says {expected}"), by_all
    return None, by_all
