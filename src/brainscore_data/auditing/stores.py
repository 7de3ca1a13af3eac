"""The stores that an audit may ask: those the caller listed, and no other.

A repository is written by many. Were its own word enough, a pull request could have signed
requests sent to a server of its choice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Protocol, Unpack

from brainscore_data.auditing.pins import Pin
from brainscore_data.base.errors import UsageError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.base.text import one_line
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import open_store, taken_by

_STORE = Words("--store", workflow="the input `store`")
_NAME_IT = Words("add --store s3://bucket", workflow="name it in the input `store`")
_SERVER = Words("--endpoint-url", workflow="the input `endpoint-url`")
_LISTING_STORE = Words(": --store ", workflow=" in the input store: ")
_LISTING_SERVER = Words(": --endpoint-url ", workflow=" in the input endpoint-url: ")


class Placed(Protocol):
    """What names a store: a registration's pin, or the receipt of a file."""

    @property
    def store(self) -> str:
        """The store's URL."""

    @property
    def endpoint(self) -> str | None:
        """The server; None for AWS."""


class ListedStore:
    """A store that may be asked, by many threads at once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._first = threading.Lock()
        self._is_ready = False

    def prepare(self) -> None:
        """Make the store's own client: boto3's sessions are not for several threads [1]_.

        References
        ----------
        .. [1] https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
        """
        _ = self.store.location

    def readable_by_all(self, key: str, version_id: str | None) -> bool | None:
        """Ask as somebody without credentials; the first question makes the client for that."""
        if not self._is_ready:
            with self._first:
                answer = self.store.readable_by_all(key, version_id)
                self._is_ready = True
                return answer
        return self.store.readable_by_all(key, version_id)


class ListedStores:
    """The stores that a caller listed, each with all below it; an endpoint replaces AWS."""

    def __init__(self, urls: Sequence[str], **options: Unpack[StoreOptions]) -> None:
        self._options = options
        self._opened: dict[str, ListedStore] = {}
        for url in urls:
            self._open(url)  # a typing error counts at once
        self._urls = tuple(url.rstrip("/") for url in urls)

    def refusal(self, pin: Placed) -> str | None:
        """Say why the store of a pin or a receipt is not asked; None if it is."""
        if not any(pin.store == url or pin.store.startswith(f"{url}/") for url in self._urls):
            return Hint("its store is not listed", _LISTING_STORE, pin.store)
        listed = (self._options.get("endpoint_url") or "").rstrip("/")
        if pin.endpoint is not None and pin.endpoint.rstrip("/") != listed:
            return Hint("its server is not listed", _LISTING_SERVER, pin.endpoint)
        return None

    def of(self, pin: Pin) -> ListedStore:
        """Give the store of a pin that is not refused; opened once."""
        if pin.store not in self._opened:
            self._opened[pin.store] = self._open(pin.store)
        return self._opened[pin.store]

    def _open(self, url: str) -> ListedStore:
        return ListedStore(open_store(url, **taken_by(url, self._options)))


def nothing_listed(pins: Iterable[Pin], *, listed: bool) -> UsageError:
    """Word that no store of any registration may be asked, and which they name."""
    by_server: dict[str, set[str]] = {}
    for pin in pins:
        by_server.setdefault(one_line(pin.endpoint or ""), set()).add(one_line(pin.store))
    lines = []
    for server, stores in sorted(by_server.items()):
        named = [(_STORE, store) for store in sorted(stores)] + [(_SERVER, server)] * bool(server)
        lines.append(Hint.joined(" ", (Hint(words, f" {url}") for words, url in named)))
    return UsageError(
        "no registration is in a store that was listed, at the server that was"
        if listed
        else "no store was listed, so none may be asked",
        hint=Hint("the registrations name these: ", Hint.joined("; or ", lines))
        if lines
        else Hint(_NAME_IT),
    )
