"""Read again what receipts claim."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.errors import DataError
from brainscore_data.files import fingerprint
from brainscore_data.receipts import FILE_NAME, Receipts, load_receipts
from brainscore_data.store.interface import NotStoredError
from brainscore_data.store.opening import opened

if TYPE_CHECKING:
    import os

    from brainscore_data.progress import Progress
    from brainscore_data.receipts import PublishedObject
    from brainscore_data.store.interface import Store


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
    profile: str | None = None,
    session: Any = None,
    progress: Progress | None = None,
) -> list[Mismatch]:
    """Read every version that receipts name and compare its bytes with what they say.

    Parameters
    ----------
    receipts : Receipts or path
        The receipts, their file, or the folder with a ``receipts.json``.
    profile : str, optional
        The AWS profile whose keys are used.
    session : boto3.Session, optional
        Where credentials come from instead.
    progress : Progress, optional
        Is told the bytes that are read.

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
        path = Path(receipts)
        receipts = load_receipts(path / FILE_NAME if path.is_dir() else path)
    stores: dict[tuple[str, str | None, str | None], Store] = {}
    found: list[Mismatch] = []
    for item in receipts.items:
        for file in item.files:
            stored = file.object
            place = (stored.store, stored.endpoint, stored.region)
            if place not in stores:
                stores[place] = opened(
                    stored.store,
                    endpoint_url=stored.endpoint,
                    region=stored.region,
                    profile=profile,
                    session=session,
                )
            if (mismatch := _compare(stores[place], stored)) is not None:
                found.append(mismatch)
            if progress is not None:
                progress.advance(stored.size)
    return found


def _compare(store: Store, claimed: PublishedObject) -> Mismatch | None:
    where = f"{claimed.store} {claimed.key} version {claimed.version_id}"
    key = claimed.key.removeprefix(store.location.prefix)
    try:
        with store.open(key, claimed.version_id) as stream:
            found = fingerprint(stream)
    except NotStoredError:
        return Mismatch(where, "it is gone")
    except DataError as error:  # the store itself finds it damaged
        return Mismatch(where, error.message)
    for name in ("size", "sha1", "sha256"):
        expected, got = getattr(claimed, name), getattr(found, name)
        if expected != got:
            return Mismatch(where, f"its {name} is {got}, the receipt says {expected}")
    return None
