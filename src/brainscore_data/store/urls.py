"""From the URL of a store to the store, and from a misspelt one to the right form."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Unpack, cast

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import Store
from brainscore_data.store.options import Kind, StoreOptions
from brainscore_data.store.staging import Staging

#: How the URLs of a kind of store begin → the module with its ``KIND``. A store is its folder, and
#: its line here.
KINDS = {
    "s3://": "brainscore_data.store.s3.kind",
    "file:///": "brainscore_data.store.local.kind",
    "osf://": "brainscore_data.store.osf.kind",
    "https://": "brainscore_data.store.web.kind",
    "doi:10.": "brainscore_data.store.web.doi",
}


def kinds() -> tuple[Kind, ...]:
    """Give every kind of store."""
    return tuple(importlib.import_module(home).KIND for home in KINDS.values())


def kind_of(url: str) -> Kind | None:
    """Give the kind of store that a URL names; None if it begins like none."""
    return next(
        (kind for start, kind in zip(KINDS, kinds(), strict=True) if url.startswith(start)), None
    )


def forms() -> str:
    """Say how the URL of a store is written.

    >>> forms()
    's3://bucket/prefix, file:///folder, osf://project/folder, https://host/folder or doi:10.…/…'
    """
    *others, last = (kind.form for kind in kinds())
    return f"{', '.join(others)} or {last}"


def open_store(url: str, **options: Unpack[StoreOptions]) -> Store:
    """Open the store that a URL names; nothing is read or written yet.

    >>> open_store("file:///srv/brain-score").location.url
    'file:///srv/brain-score'
    >>> open_store("s3:/brainio-contrib")
    Traceback (most recent call last):
    ...
    brainscore_data.base.errors.UsageError: s3:/brainio-contrib: this is not the URL of a store
      hint: write s3://brainio-contrib
    """
    kind = kind_of(url)
    if kind is None:
        raise _refusal(url)
    foreign = [
        name for name, value in options.items() if value is not None and name not in kind.takes
    ]
    if foreign:
        named = ", ".join(name.replace("_", " ") for name in foreign)
        whose = " and ".join(each.name for each in kinds() if not each.takes.isdisjoint(foreign))
        raise UsageError(
            f"{named}: that is for {whose or 'no store'} only", where=url, hint="leave it out"
        )
    return kind.open(url, options)


def opened(store: str | Store, **options: Unpack[StoreOptions]) -> Store:
    """Open a store by its URL; one that is open already stays as it is."""
    return open_store(store, **options) if isinstance(store, str) else store


def staging_at(url: str, below: str = "", **options: Unpack[StoreOptions]) -> Staging:
    """Open the place for staging that a URL names, or one below it; nothing is read or written yet."""
    kind = kind_of(url)
    if kind is None:
        raise _refusal(url)
    if kind.staging is None:
        able = " or ".join(each.form for each in kinds() if each.staging is not None)
        raise UsageError(
            "a store of this kind takes no bundles for approval", where=url, hint=f"name {able}"
        )
    return kind.staging(f"{url.rstrip('/')}/{below}" if below else url, options)


def copying_inside(
    target: Store, source: Store, versions: Mapping[str, str | None]
) -> Store | None:
    """Give a store whose writes copy versions of another inside of one server; None elsewhere."""
    kind = kind_of(target.location.url)
    return kind.copying(target, source, versions) if kind and kind.copying else None


def taken_by(url: str, options: StoreOptions) -> StoreOptions:
    """Give those of the options that a store takes: one list may be for stores of several kinds."""
    kind = kind_of(url)
    if kind is None:
        return options
    return cast(
        "StoreOptions", {name: said for name, said in options.items() if name in kind.takes}
    )


def misspelt(url: str, right: str | None) -> UsageError:
    """Word that a URL names no store, and say the right one where it can be told."""
    return UsageError(
        "this is not the URL of a store", where=url, hint=f"write {right}" if right else _named_by()
    )


def _named_by() -> str:
    return f"a store is named by {forms()}"


def _refusal(url: str) -> UsageError:
    """Explain a URL that is of no form."""
    if not url.strip():
        return UsageError("the store has no name", hint=_named_by())
    # From the last: a web address that no other kind knows is of an S3 server, it may be.
    refusals = (kind.refusal(url) for kind in reversed(kinds()))
    if (refusal := next(filter(None, refusals), None)) is not None:
        return refusal
    if "://" in url:
        scheme = url.partition("://")[0]
        return UsageError(
            f"there are no stores of the kind {scheme!r}", where=url, hint=_named_by()
        )
    return UsageError(
        "a store is named by a URL, and this is a path",
        where=url,
        hint="; ".join(filter(None, (kind.guess(url) for kind in kinds()))),
    )
