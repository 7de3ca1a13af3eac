"""Which of two versions came first, as the store that holds them tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.store.opening import opened

if TYPE_CHECKING:
    from brainscore_data.records.receipts import FileReceipt


def is_earlier_in_store(
    receipt: FileReceipt, version_id: str, *, profile: str | None = None, session: Any = None
) -> bool:
    """Ask a store whether it lists a version before the one of a receipt."""
    stored = receipt.object
    try:
        store = opened(
            stored.store,
            endpoint_url=stored.endpoint,
            region=stored.region,
            profile=profile,
            session=session,
        )
        key = stored.key.removeprefix(store.location.prefix)
        listed = [version.version_id or "null" for version in store.versions(key)]
    except BrainScoreDataError:
        return False
    ours = stored.version_id or "null"
    return version_id in listed and ours in listed and listed.index(version_id) < listed.index(ours)
