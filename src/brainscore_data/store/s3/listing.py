"""Which of many objects are there: found by listing, in far fewer requests than objects.

A HEAD for every file of a run is as many requests again as the run writes. A listing answers for
a thousand objects at once, but a bucket can hold a hundred thousand others. So each listing is
of the longest prefix that the names have in common, and when it is cut off the next one starts
at the prefix that leads to the next name; when that does not pay, the rest is left to HEADs.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from brainscore_data.store.s3.client_events import LISTED_AS
from brainscore_data.store.s3.connection import S3Connection
from brainscore_data.store.s3.errors import status_of

# For so few names a HEAD of each is as quick, and needs no permission to list.
FEW = 4
# A listing for every so many names, and one more: what is found is looked at by a HEAD anyway.
NAMES_PER_LISTING = 40


@dataclass(frozen=True)
class Page:
    """The first thousand or so entries of a listing."""

    #: Of all objects on it: the version on top, or None where that is a delete marker.
    on_top: Mapping[str, str | None]
    #: Whether these are all that there are.
    whole: bool


def listed(connection: S3Connection, prefix: str) -> Page | None:
    """List what begins with a prefix; None if that cannot be done here."""
    from botocore.exceptions import ClientError

    with connection.explained("s3:ListBucketVersions"):
        try:
            page = connection.client.list_object_versions(Bucket=connection.bucket, Prefix=prefix)
        except ClientError as error:
            # Not permitted, or (405, 501) not among what this server can do.
            if status_of(error) not in {400, 403, 405, 501}:
                raise
            return None
    entries = (*page.get("Versions", []), *page.get("DeleteMarkers", []))
    on_top = dict[str, str | None]().fromkeys(entry["Key"] for entry in entries)
    on_top |= {
        each["Key"]: each["VersionId"] for each in page.get("Versions", []) if each["IsLatest"]
    }
    return Page(on_top, not page.get("IsTruncated"))


def listed_versions(connection: S3Connection, name: str) -> list[tuple[str, bool]]:
    """List the versions of an object, the earliest first, and whether each is a delete marker."""
    entries: list[dict[str, Any]] = []
    with connection.explained("s3:ListBucketVersions"):
        for page in pages_of_versions(connection, Prefix=name):
            entries.extend(entry for entry in page["Entries"] if entry["Key"] == name)
            # The key itself comes before the longer ones that begin like it.
            if any(entry["Key"] != name for entry in page["Entries"]):
                break
    return [(entry["VersionId"], is_marker(entry)) for entry in earliest_first(entries)]


def pages_of_versions(connection: S3Connection, **below: str) -> Iterator[dict[str, Any]]:
    """List versions and delete markers, page by page; the page's `Entries` are both, as listed."""
    pages = connection.client.get_paginator("list_object_versions").paginate(
        Bucket=connection.bucket, **below
    )
    for page in pages:
        kinds = {kind: iter(page.get(f"{kind}s", [])) for kind in ("Version", "DeleteMarker")}
        entries = [next(kinds[kind], None) for kind in page[LISTED_AS]]
        yield {**page, "Entries": [*filter(None, entries), *chain(*kinds.values())]}


def is_marker(entry: Mapping[str, Any]) -> bool:
    """Tell a delete marker from a version: it has no size."""
    return "Size" not in entry


def earliest_first(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what is listed of one object in its order.

    S3 lists it from the latest to the earliest. Where that is seen, times decide nothing: they are
    to the second, and Ceph gives a version another with its tags. But some servers list what is
    deleted after all versions, and there they have to.
    """
    kinds = [is_marker(entry) for entry in entries]
    if kinds == sorted(kinds) or not entries[0]["IsLatest"]:
        by_kind = [[each for each in entries if is_marker(each) is kind] for kind in (False, True)]
        merged = heapq.merge(*map(reversed, by_kind), key=lambda entry: entry["LastModified"])
        return sorted(merged, key=lambda entry: bool(entry["IsLatest"]))
    return list(reversed(entries))


@dataclass(frozen=True)
class Found:
    """What listings tell of names."""

    #: Those that have no version and no delete marker; of the others some may have none too.
    free: set[str]
    #: The version on top of others.
    on_top: Mapping[str, str]


def look_for(names: Iterable[str], listed: Callable[[str], Page | None]) -> Found:
    """Look for names in listings, as far as that pays.

    `listed` lists what begins with a prefix, in the order of the names' bytes; None if it cannot.
    """
    waiting, free, on_top = sorted(set(names)), set[str](), dict[str, str]()
    listings = 0 if len(waiting) <= FEW else 1 + len(waiting) // NAMES_PER_LISTING
    prefix = _shared(waiting)
    while waiting and listings:
        listings -= 1
        page = listed(prefix)
        if page is None or not (page.whole or page.on_top):
            break
        end = prefix if page.whole else max(page.on_top)
        seen = [n for n in waiting if (n.startswith(prefix) if page.whole else n <= end)]
        free.update(name for name in seen if name not in page.on_top)
        on_top |= {name: found for name in seen if (found := page.on_top.get(name))}
        waiting = waiting[len(seen) :]
        prefix = _next_prefix(waiting, end)
    return Found(free, on_top)


def _next_prefix(waiting: list[str], end: str) -> str:
    """Name what the next listing is of: as many names as possible, and nothing up to `end`."""
    if not waiting:
        return ""
    first = waiting[0]
    beyond = first[: len(_shared([first, end])) + 1]
    return _shared([name for name in waiting if name.startswith(beyond)])


def _shared(names: list[str]) -> str:
    """Name what all of them begin with."""
    if not names:
        return ""
    first, last = min(names), max(names)
    same = (
        length for length, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1
    )
    return first[: next(same, min(len(first), len(last)))]
