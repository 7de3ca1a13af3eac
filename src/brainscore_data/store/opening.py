"""Take a store by its URL or as it is: callers may name one, or hand one over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainscore_data.store.interface import Store


def opened(
    store: str | Store,
    *,
    endpoint_url: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    session: Any = None,
) -> Store:
    """Open a store by its URL; one that is open already stays as it is."""
    if not isinstance(store, str):
        return store
    from brainscore_data.store.urls import open_store

    return open_store(
        store, endpoint_url=endpoint_url, region=region, profile=profile, session=session
    )
