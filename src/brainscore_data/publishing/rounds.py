"""Publishing a dataset in rounds, where the disk does not hold all of it at once.

A round fetches what some items are made of, packages them, sends them and deletes all of it again; the
receipts are kept as each item is published. A round takes no more disk than the largest item does. What
a run that was killed has published is known to the next one, which goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from brainscore_data.base.caching import ENVIRONMENT_VARIABLE, cache_folder
from brainscore_data.base.door import content_of
from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.base.progress import in_bytes
from brainscore_data.base.text import counted
from brainscore_data.base.work_folders import kept_folder, left_folders
from brainscore_data.dataset.document import Name
from brainscore_data.dataset.manifest import Source
from brainscore_data.dataset.reading import Dataset
from brainscore_data.packaging.inputs import ItemInputs, inputs_of
from brainscore_data.packaging.shards import as_few_as_fit
from brainscore_data.publishing.bundles import Published
from brainscore_data.sources.pinning import bytes_here, forget_source, place_in_cache

_PREFIX, _BUNDLE, _KNOWN = "brainscore-data-publishing-", "bundle", "known.json"
# Of less than this nobody wants to be told.
_MUCH = 10**9


@dataclass(frozen=True)
class Disk:
    """How much room there is: for what is fetched, for bundles, and for both together."""

    fetched: int
    bundled: int
    together: int

    @classmethod
    def free(cls, most: int | None, bundles: Path) -> Self:
        """Ask the disks of the cache and the bundles; no more than `most` counts."""
        cache = _existing(cache_folder())
        fetched, bundled = shutil.disk_usage(cache).free, shutil.disk_usage(bundles).free
        shared = cache.stat().st_dev == bundles.stat().st_dev
        together = fetched if shared else fetched + bundled
        return cls(fetched, bundled, together if most is None else min(together, most))

    def with_room(self, amount: int) -> Disk:
        """Count what can be deleted first."""
        return Disk(self.fetched + amount, self.bundled, self.together + amount)

    def holds(self, inputs: ItemInputs, items: Collection[Name], beside: Collection[str]) -> bool:
        """Whether it holds what these items take."""
        return (
            inputs.to_fetch(items, beside) <= self.fetched
            and inputs.bundled(items) <= self.bundled
            and inputs.disk(items, beside) <= self.together
        )


@dataclass
class _Unfinished:
    """What the next run has to know if this one is killed."""

    folder: Path
    #: Sources that were in the cache before: they stay there.
    before: frozenset[str]
    #: Of the files that were published; where one has changed since, nothing counts as done.
    state: str
    done: set[Name] = field(default_factory=set)
    #: Whether an earlier run wrote it.
    found: bool = False

    @classmethod
    def read(cls, folder: Path, dataset: Dataset, state: str) -> Self:
        """Read what a run that was killed left, or begin."""
        path = folder / _KNOWN
        if path.is_file():
            said = json.loads(content_of(path))
            done = (
                {(kind, name) for kind, name in said["done"]} if said["state"] == state else set()
            )
            return cls(folder, frozenset(said["before"]), state, done, found=True)
        return cls(folder, frozenset(_cached(dataset.manifest.sources)), state)

    def keep(self) -> None:
        """Write it down."""
        said = {"before": sorted(self.before), "state": self.state, "done": sorted(self.done)}
        with written_whole(self.folder / _KNOWN) as path:
            path.write_text(json.dumps(said), encoding="utf-8")


@dataclass(frozen=True)
class Rounds:
    """The rounds of one publication, and where each is packaged."""

    dataset: Dataset
    #: The items of each round; None for all at once.
    items: Sequence[Collection[Name] | None]
    bundle: Path
    #: What an earlier run published, which was killed.
    done: frozenset[Name]
    _known: _Unfinished
    _inputs: ItemInputs | None

    def carried_out(
        self, publish: Callable[[Collection[Name] | None], Published]
    ) -> list[Published]:
        """Publish round by round; what was fetched for one is deleted, unless the next one needs it."""
        published: list[Published] = []
        several = self._inputs is not None
        for number, items in enumerate(self.items):
            if several:
                self._known.keep()
                self._delete_but(items or ())
            try:
                published.append(publish(items))
            except BrainScoreDataError as error:
                if earlier := [each for one in published for each in one.receipts.items]:
                    names = ", ".join(each.identifier for each in earlier)
                    error.add_note(f"published before, and kept in the receipts: {names}")
                raise
            finally:
                shutil.rmtree(self.bundle, ignore_errors=True)
            if several and number + 1 == len(self.items):
                self._delete_but(())
            elif several and published[-1].receipts.items:
                self._known.done.update(items or ())
        return published

    def _delete_but(self, items: Iterable[Name]) -> None:
        """Delete what was fetched, but for what these items are made of."""
        inputs = self._inputs
        stays = {name for item in items for name in inputs.items[item]} if inputs else set()
        for name, source in self.dataset.manifest.sources.items():
            if name not in self._known.before and name not in stays and bytes_here(name, source):
                forget_source(name, source)


@contextmanager
def rounds_of(
    dataset: Dataset,
    wanted: Collection[Name] | None,
    key: str,
    *,
    most: int | None,
    say: Callable[[str], None],
) -> Iterator[Rounds]:
    """Plan the rounds of a publication, which `key` tells from others; a disk too small is refused."""
    parent = Path(tempfile.gettempdir())
    for abandoned in left_folders(parent, _PREFIX):
        shutil.rmtree(abandoned / _BUNDLE, ignore_errors=True)
    named = hashlib.sha256(f"{dataset.root}\n{key}".encode()).hexdigest()[:16]
    with kept_folder(parent, _PREFIX, named) as folder:
        bundle = folder / _BUNDLE
        try:
            inputs = inputs_of(dataset, unknown=0)
        except BrainScoreDataError:  # packaging says all of what is wrong
            if most is not None:
                raise
            known = _Unfinished.read(folder, dataset, "")
            yield Rounds(dataset, [wanted], bundle, frozenset(), known, None)
            return
        known = _Unfinished.read(folder, dataset, _state(dataset, inputs))
        left = inputs.items.keys() - known.done
        inputs = inputs.only(left if wanted is None else left & set(wanted))
        rounds = _planned(
            inputs, known, Disk.free(most, folder), dataset, say, told=most is not None
        )
        done = frozenset(known.done)
        if len(rounds) <= 1 and not known.found:
            yield Rounds(dataset, [wanted], bundle, done, known, None)
        else:
            yield Rounds(dataset, rounds, bundle, done, known, inputs)


def _planned(
    inputs: ItemInputs,
    known: _Unfinished,
    disk: Disk,
    dataset: Dataset,
    say: Callable[[str], None],
    *,
    told: bool,
) -> list[list[Name]]:
    """Share the items out among rounds, and say beforehand what disk they take."""
    if not inputs.items:
        return []
    sources = dataset.manifest.sources
    left = sum(bytes_here(name, each) for name, each in sources.items() if name not in known.before)
    disk, beside = disk.with_room(left), known.before
    whole = inputs.disk(inputs.items, beside)
    _, most = inputs.largest(beside)
    if disk.holds(inputs, inputs.items, beside):
        if told or whole > _MUCH:
            say(f"this takes {in_bytes(whole)} of disk; {in_bytes(disk.together)} are free")
        return [list(inputs.items)]
    if too_large := [item for item in inputs.items if not disk.holds(inputs, [item], beside)]:
        (_, identifier), least = inputs.only(too_large).largest(beside)
        raise UsageError(
            f"{identifier} takes {in_bytes(least)} of disk, and {in_bytes(disk.together)} are free: "
            f"nothing was begun",
            where=str(known.folder.parent.parent),
            hint=f"make room, or set TMPDIR (for the bundle) and {ENVIRONMENT_VARIABLE} (for what is "
            f"fetched) to folders on a larger disk",
        )
    rounds = as_few_as_fit(
        inputs,
        lambda items: inputs.disk(items, beside) <= most and disk.holds(inputs, items, beside),
        -(-whole // most),
    )
    say(
        f"this takes {in_bytes(whole)} of disk at once, and {in_bytes(disk.together)} are free: "
        f"it goes in {counted(len(rounds), 'round')} of {in_bytes(most)} at most. If the store refuses "
        f"an item, it ends there, and what was published before stays"
    )
    return rounds


def _cached(sources: dict[str, Source]) -> dict[str, Source]:
    """Find the sources that are in the cache; whether they are whole is asked when they are used."""
    return {
        name: source for name, source in sources.items() if place_in_cache(name, source).is_file()
    }


def _state(dataset: Dataset, inputs: ItemInputs) -> str:
    """Tell the files of a dataset from changed ones, without reading them."""
    here = sorted(inputs.sizes.keys() - inputs.fetched)
    times = [(name, (dataset.root / name).stat().st_mtime_ns) for name in here]
    manifest = dataset.path.stat().st_mtime_ns
    return hashlib.sha256(
        repr((manifest, sorted(inputs.sizes.items()), times)).encode()
    ).hexdigest()


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next(each for each in (folder, *folder.parents) if each.is_dir())
