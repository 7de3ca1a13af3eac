"""How these rules name a registration and a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.check.wording import shown

if TYPE_CHECKING:
    from brainscore_data.dataset.registrations import Registration


def called(registration: Registration) -> str:
    """Name a registration by its key, or else by what it loads."""
    key = registration.registry_key
    name = key if key is not None else registration.call and registration.call.identifier
    return shown(name) if name else "a registration"


def plain_store(store: str) -> str:
    """Give a store as registrations and settings have it: ``bucket/prefix`` of S3.

    Examples
    --------
    >>> plain_store("s3://brainscore-storage/brainio-brainscore/")
    'brainscore-storage/brainio-brainscore'
    """
    return store.removeprefix("s3://").strip("/") if not store.startswith("file:") else store
