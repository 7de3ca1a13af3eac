"""A static site of all that a repository registers: a page for each identifier, at an address that stays.

The address follows from the identifier alone. Pages load nothing, and are complete without JavaScript;
with it the list can be searched.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack
from urllib.parse import quote

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.files import explained, written_whole
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.previewing.catalogue import Catalogue, CatalogueEntry, catalogue, versions_of
from brainscore_data.previewing.page import rendered
from brainscore_data.previewing.preview import ItemPreview, Preview
from brainscore_data.previewing.previews import preview
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import taken_by

_FOLDER = "items"
_LONGEST_NAME = 200  # of a file, on all systems, with its ending


@dataclass(frozen=True)
class Site:
    """What was written."""

    pages: int
    readable: int
    notices: tuple[str, ...]


def site(
    folder: Path,
    out: Path,
    stores: Sequence[str] = (),
    *,
    title: str = "",
    contact: str = "",
    previews: bool = False,
    report: Reporter = quiet,
    tell: Callable[[str], None] = lambda _: None,
    **options: Unpack[StoreOptions],
) -> Site:
    """Write the site of a repository into a folder; pages that are there already are written anew.

    With `previews` each page shows the data, too: of a dataset in the repository, else of what
    everybody can read in a listed store. Private items are shown in aggregates only.
    """
    if out.exists() and not out.is_dir():
        raise UsageError("this is a file, not a folder", where=str(out))
    found = catalogue(folder, stores, report=report, tell=tell, **options)
    title = title or f"Data of {folder.resolve().name}"
    known = {
        "site_title": title,
        "contact": contact,
        "catalogue": found,
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "versions_of": versions_of,
    }
    seen = _SeenItems(options)
    with explained(out):
        (out / _FOLDER).mkdir(parents=True, exist_ok=True)
    names = page_names([each.identifier for each in found.entries])
    with report("writing pages", 0) as progress:
        progress.expect_files(len(found.entries))
        for entry in found.entries:
            shown = seen.of(entry) if previews else None
            text = rendered(
                "entry.html.jinja", title=entry.identifier, entry=entry, shown=shown, **known
            )
            _write(out / _FOLDER / names[entry.identifier], text)
            progress.advance_files()
    # Last, so that it links to nothing that is not there.
    pages = {name: f"{_FOLDER}/{quote(file)}" for name, file in names.items()}
    text = rendered("site.html.jinja", title=title, pages=pages, counts=_counts(found), **known)
    _write(out / "index.html", text)
    _write(out / ".nojekyll", "")  # https://docs.github.com/en/pages: else it is read as a blog
    readable = sum(each.is_open for each in found.entries)
    return Site(len(found.entries), readable, (*found.notices, *seen.notices))


def page_names(identifiers: Sequence[str]) -> dict[str, str]:
    """Name the page of each identifier, by that alone; what no file may be called is written in full."""
    return {each: f"{_short(quote(each, safe=''))}.html" for each in identifiers}


def _short(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _write(path: Path, text: str) -> None:
    with written_whole(path) as target:
        target.write_text(text, encoding="utf-8")


def _counts(found: Catalogue) -> dict[str, int]:
    kinds = Counter(kind for each in found.entries for kind in each.kinds)
    return {
        "all": len(found.entries),
        "stimulus sets": kinds["stimulus set"],
        "assemblies": kinds["assembly"],
        "readable": sum(each.is_open for each in found.entries),
        "retracted": sum(bool(each.tombstones) for each in found.entries),
        "with a license": sum(each.license is not None for each in found.entries),
    }


class _SeenItems:
    """Previews of what has an entry, each dataset looked at once."""

    def __init__(self, options: StoreOptions) -> None:
        self._options = options
        self._datasets: dict[Path, Preview | None] = {}
        self.notices: list[str] = []

    def of(self, entry: CatalogueEntry) -> tuple[Preview, list[ItemPreview]] | None:
        whole = None
        if entry.dataset is not None:
            if entry.dataset not in self._datasets:
                self._datasets[entry.dataset] = self._looked(entry.dataset, entry)
            whole = self._datasets[entry.dataset]
        elif entry.is_open and is_key_safe(entry.identifier):
            url = next(f.pin.store for each in entry.registrations for f in each.files)
            whole = self._looked(entry.identifier, entry, store=url)
        if whole is None:
            return None
        items = [each for each in whole.items if each.identifier == entry.identifier]
        return (whole, items) if items else None

    def _looked(
        self, what: Path | str, entry: CatalogueEntry, store: str | None = None
    ) -> Preview | None:
        options = taken_by(store, self._options) if store else {}
        try:
            return preview(what, store=store, check=False, **options)
        except BrainScoreDataError as error:
            self.notices.append(f"{entry.identifier} has no preview: {error.message}")
            return None
