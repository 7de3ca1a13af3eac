"""How these rules name a registration and a store."""

from __future__ import annotations

from brainscore_data.base.nearest import nearest
from brainscore_data.check.engine.finding import shown
from brainscore_data.plugins.loader_calls import LoaderCall
from brainscore_data.plugins.parse import Registration


def called(registration: Registration) -> str:
    """Name a registration by its key, or else by what it loads."""
    key = registration.registry_key
    name = key if key is not None else registration.call and registration.call.identifier
    return shown(name) if name else "a registration"


def misspelt(call: LoaderCall) -> dict[str, str | None]:
    """Give the arguments that a loader does not have, and the parameter that each is like."""
    names = [parameter.name for parameter in call.loader.all]
    return {name: nearest(name, names) for name in call.written if name not in names}


def plain_store(store: str) -> str:
    """Give a store as registrations and settings have it: ``bucket/prefix`` of S3.

    Examples
    --------
    >>> plain_store("s3://brainscore-storage/brainio-brainscore/")
    'brainscore-storage/brainio-brainscore'
    """
    return store.removeprefix("s3://").strip("/") if not store.startswith("file:") else store
