"""Read again what receipts claim."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from brainscore_data.errors import DataError
from brainscore_data.files import fingerprint
from brainscore_data.progress import Quiet
from brainscore_data.receipts import Receipts, load_receipts, receipts_at
from brainscore_data.store.interface import NotStoredError
from brainscore_data.store.opening import opened
from brainscore_data.store.standing import published_version

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from brainscore_data.progress import Progress
    from brainscore_data.receipts import PublishedObject
    from brainscore_data.store.interface import Store
    from brainscore_data.store.options import StoreOptions

_QUIET = Quiet()


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


def verify(
    receipts: Receipts | str | os.PathLike[str],
    *,
    progress: Progress = _QUIET,
    tell: Callable[[str], None] | None = None,
    **options: Unpack[StoreOptions],
) -> list[Mismatch]:
    """Read every version that receipts name and compare its bytes with what they say.

    Parameters
    ----------
    receipts : Receipts or path
        The receipts, their file, or the folder with a ``receipts.json``.
    progress : Progress, optional
        Is told the bytes that are read.
    tell : callable, optional
        Is told where a later version lies on top of a published one.
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
        receipts = load_receipts(receipts_at(Path(receipts)))
    stores: dict[tuple[str, str | None, str | None], Store] = {}
    found: list[Mismatch] = []
    for item in receipts.items:
        for file in item.files:
            stored = file.object
            place = (stored.store, stored.endpoint, stored.region)
            if place not in stores:
                stores[place] = opened(stored.store, **_reaching(stored, options))
            if (mismatch := _compare(stores[place], stored, progress)) is not None:
                found.append(mismatch)
            elif tell is not None and (notice := _on_top(stores[place], stored)):
                tell(notice)
            progress.advance_files()
    return found


def _reaching(stored: PublishedObject, options: StoreOptions) -> StoreOptions:
    if stored.bucket is None:  # a folder takes no options
        return {}
    return {**options, "endpoint_url": stored.endpoint, "region": stored.region}


def _on_top(store: Store, claimed: PublishedObject) -> str:
    """Say what lies on top of a receipt's version, where the store could not refuse it."""
    if store.conditions_hold() is True:
        return ""
    return published_version(store, claimed.key.removeprefix(store.location.prefix)).notice


def _compare(store: Store, claimed: PublishedObject, progress: Progress) -> Mismatch | None:
    where = f"{claimed.store} {claimed.key} version {claimed.version_id}"
    key = claimed.key.removeprefix(store.location.prefix)
    try:
        with store.open(key, claimed.version_id) as stream:
            found = fingerprint(stream, lambda block: progress.advance_bytes(len(block)))
    except NotStoredError:
        return Mismatch(where, "it is gone")
    except DataError as error:  # the store itself finds it damaged
        return Mismatch(where, error.message)
    for name in ("size", "sha1", "sha256"):
        expected, got = getattr(claimed, name), getattr(found, name)
        if expected != got:
            return Mismatch(where, f"its {name} is {got}, the receipt says {expected}")
    return None
