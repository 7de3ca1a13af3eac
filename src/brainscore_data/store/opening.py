"""Take a store by its URL or as it is: callers may name one, or hand one over."""

from __future__ import annotations

from typing import Unpack

from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions


def opened(store: str | Store, **options: Unpack[StoreOptions]) -> Store:
    """Open a store by its URL; one that is open already stays as it is."""
    if not isinstance(store, str):
        return store
    from brainscore_data.store.urls import open_store

    return open_store(store, **options)
