"""What a plugin lacks to register what was published: its new source, and writing that."""

from __future__ import annotations

import difflib
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import explained, written_whole
from brainscore_data.base.place import Place
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.paths import refuse_gits_own
from brainscore_data.plugins.deciding import Change, IsEarlier, decide
from brainscore_data.plugins.homes import SOURCE_NAME, Library, beside, folder_in_package, home_of
from brainscore_data.plugins.new_plugin import render_test
from brainscore_data.plugins.parse import Plugin, parse_plugin
from brainscore_data.plugins.requirements import REQUIREMENTS_NAME, extras_for, with_requirement
from brainscore_data.records.receipts import Receipts

TEST_NAME = "test.py"
_MARK = "\ufeff"


@dataclass(frozen=True)
class NewText:
    """A file and what is to stand in it."""

    path: Path
    before: str | None  # None where the file is new
    after: str | None  # None where it is not to be: nothing can be registered

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    def diff(self) -> str:
        """Show the difference as ``diff -u`` does."""
        old = (self.before or "").splitlines(keepends=True)
        new = (self.after or "").splitlines(keepends=True)
        name = self.path.as_posix()
        lines = difflib.unified_diff(old, new, name if self.before else "/dev/null", name)
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


@dataclass(frozen=True)
class Registering:
    """What has to be done in a plugin; nothing is written yet."""

    folder: Path
    texts: tuple[NewText, ...]
    changes: tuple[Change, ...]  # what was decided about each item
    # Lines that put something into a registry whose key only running the plugin would tell
    left_alone: tuple[int, ...] = ()
    unused: tuple[str, ...] = ()  # constants that only what was replaced had used
    #: Stimulus sets of which Brain-Score's stored activations are keyed by this folder.
    keyed: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[Change, ...]:
        """The items that cannot be registered."""
        return tuple(change for change in self.changes if change.action == "refuse")

    @property
    def recomputed(self) -> str:
        """Say which stored activations a commit to this folder outdates; empty if none.

        ``model_helpers/activations/cache_key.py`` of brain-score/vision keys them by the last commit
        that touched the folder which registers their stimulus set, whatever changed in it.
        """
        if not self.keyed:
            return ""
        return (
            f"once this is committed, vision computes activations on {', '.join(self.keyed)} again: "
            "its shared cache goes by the last commit to this folder"
        )

    def write(self) -> None:
        """Write what changes, each file whole or not at all."""
        for text in self.texts:
            if text.changes and text.after is not None:
                if text.before is not None:
                    _require_writable(text.path)
                with written_whole(text.path) as path:
                    path.write_bytes(text.after.encode())


def plan_registering(
    receipts: Receipts,
    folder: Path,
    *,
    is_earlier: IsEarlier,
    force: bool = False,
    library: Library | None = None,
) -> Registering:
    """Find out what a plugin lacks to register everything that was published."""
    refuse_gits_own(folder)
    _refuse_strangers(receipts, folder)
    path = folder / SOURCE_NAME
    before = _read(path)
    plugin = parse_plugin((before or "").encode())
    if plugin.error is not None:
        raise DataError(
            f"this cannot be read as Python: {plugin.error.reason}",
            where=Place(str(path), plugin.error.line),
            hint="fix it first; nothing was written",
        )
    home = home_of(folder, (before or "").removeprefix(_MARK), receipts, library)
    changes = decide(
        plugin,
        receipts,
        folder=home,
        is_earlier=is_earlier,
        taken=partial(beside(folder).elsewhere, path.absolute()),
        force=force,
    )
    after = before or ""
    unused: tuple[str, ...] = ()
    if any(change.action in {"add", "update"} for change in changes):
        from brainscore_data.plugins.editing import (
            UneditableError,
            edited,
            style_of,
            without_leftovers,
        )

        style = style_of(after, plugin.constants)
        try:
            after = edited(after, plugin, changes, folder=home, style=style)
            if any(change.action == "update" for change in changes):
                after, unused = without_leftovers(before or "", after)
        except (UneditableError, RecursionError) as error:
            deep = isinstance(error, RecursionError)
            raise DataError(
                f"this cannot be changed: {'it is nested too deeply' if deep else error}",
                where=str(path),
                hint="fix it, or copy the lines from the receipt; nothing was written",
            ) from error
    texts = [NewText(path, before, after if after else before)]
    test = folder / TEST_NAME
    if before is None and after and not test.exists():
        texts.append(NewText(test, None, render_test(receipts, folder=home)))
    needed = [change.item for change in changes if change.action in {"add", "update", "keep"}]
    texts += _requirements(folder, extras_for(needed, home))
    unread = tuple(each.line for each in plugin.registrations if each.registry_key is None)
    return Registering(folder, tuple(texts), changes, unread, unused, _keyed(plugin, home))


def _keyed(plugin: Plugin, home: str) -> tuple[str, ...]:
    """Name the stimulus sets that a data plugin of vision has registered so far."""
    if not home.startswith("brainscore_vision/data/"):
        return ()
    sets = (each for each in plugin.registrations if each.kind == "stimulus_set")
    names = ((each.call and each.call.identifier) or each.registry_key for each in sets)
    return tuple(dict.fromkeys(filter(None, names)))


def _requirements(folder: Path, extras: frozenset[str]) -> list[NewText]:
    """Say what the plugin has to have installed for its registrations, if it does not say so yet."""
    path = folder / REQUIREMENTS_NAME
    before = _read(path)
    after = with_requirement(before or "", extras)
    return [] if after == (before or "") else [NewText(path, before, after)]


def _refuse_strangers(receipts: Receipts, folder: Path) -> None:
    home = folder_in_package(folder.absolute().as_posix())
    if home is not None and receipts.plugin is not None and receipts.plugin.strip("/") != home:
        raise DataError(
            f"these are the receipts of {receipts.dataset!r}, which belongs to {receipts.plugin}",
            where=str(folder),
            hint="take the receipts of this plugin's dataset, or change `plugin` in dataset.toml and publish again",
        )
    if (folder / MANIFEST_NAME).is_file():
        from brainscore_data.dataset.reading import load_dataset

        manifest = load_dataset(folder).manifest
        listed = {each.identifier for each in (*manifest.stimulus_sets, *manifest.assemblies)}
        strangers = [item.identifier for item in receipts.items if item.identifier not in listed]
        if strangers:
            raise DataError(
                f"these are the receipts of another dataset: {', '.join(strangers)} "
                f"{'is' if len(strangers) == 1 else 'are'} not in the dataset.toml here",
                where=str(folder),
                hint="take the receipts that lie beside this dataset.toml",
            )


def _read(path: Path) -> str | None:
    if not path.exists():
        return None
    try:
        # Not read_text: line ends stay as they are.
        return content_of(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise DataError(
            f"this cannot be read: {reason}", where=str(path), hint="fix it first"
        ) from error


def _require_writable(path: Path) -> None:
    # A replaced file would silently lose that it was meant to be left alone.
    try:
        with path.open("ab"):
            pass
    except OSError as error:
        raise UsageError(
            f"this cannot be written to: {error.strerror}",
            where=str(path),
            hint="make it writable, or take what --diff prints",
        ) from error
    with explained(path), tempfile.TemporaryFile(dir=path.parent):
        pass
