"""The stores that an audit may ask: those the caller listed, and no other.

A repository is written by many. Were its own word enough, a pull request could have signed
requests sent to a server of its choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Unpack

from brainscore_data.auditing.pins import Pin
from brainscore_data.base.errors import UsageError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.base.text import one_line
from brainscore_data.records.receipts import InStore
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.s3.kind import configured_endpoint
from brainscore_data.store.urls import open_store, taken_by

_STORE = Words("--store", workflow="the input `store`")
_NAME_IT = Words("add --store s3://bucket", workflow="name it in the input `store`")
_SERVER = Words("--endpoint-url", workflow="the input `endpoint-url`")
_LISTING_STORE = Words(": --store ", workflow=" in the input store: ")
_LISTING_SERVER = Words(": --endpoint-url ", workflow=" in the input endpoint-url: ")


class ListedStores:
    """The stores that a caller listed, each with all below it; an endpoint replaces AWS."""

    def __init__(self, urls: Sequence[str], **options: Unpack[StoreOptions]) -> None:
        self._options = options
        self._of_s3 = any(url.startswith("s3:") for url in urls)
        self._opened: dict[str, Store] = {}
        for url in urls:
            self._open(url)  # a typing error counts at once
        self._urls = tuple(url.rstrip("/") for url in urls)

    @cached_property
    def server(self) -> str:
        """The server that is asked; empty for AWS. AWS's own settings may name it, too."""
        endpoint = self._options.get("endpoint_url")
        if not endpoint and self._of_s3:
            endpoint = configured_endpoint(self._options.get("profile"))
        return (endpoint or "").rstrip("/")

    def refusal(self, pin: InStore) -> str | None:
        """Say why the store of a pin or a receipt is not asked; None if it is."""
        if not any(pin.store == url or pin.store.startswith(f"{url}/") for url in self._urls):
            return Hint("its store is not listed", _LISTING_STORE, pin.store)
        if pin.endpoint is not None and pin.endpoint.rstrip("/") != self.server:
            return Hint("its server is not listed", _LISTING_SERVER, pin.endpoint)
        return None

    def of(self, url: str) -> Store:
        """Give a store that is not refused; opened once."""
        if url not in self._opened:
            self._opened[url] = self._open(url)
        return self._opened[url]

    def _open(self, url: str) -> Store:
        options = self._options
        if self._of_s3 and not url.startswith("s3:"):  # the server is that of the buckets
            options = {**options, "endpoint_url": None}
        return open_store(url, **taken_by(url, options))


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
