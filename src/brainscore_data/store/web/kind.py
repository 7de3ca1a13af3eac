"""The kind of store that is a folder of an https host: it is only read."""

from __future__ import annotations

from urllib.parse import urlsplit

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import Store
from brainscore_data.store.options import CERTIFICATES, Kind, StoreOptions
from brainscore_data.store.osf import kind as osf
from brainscore_data.store.s3 import kind as s3


def _misspelt(url: str) -> UsageError | None:
    """Name the store of a page at osf.io or AWS; None for any other address."""
    return osf.misspelt_page(url) or s3.misspelt_address(url)


def _open(url: str, options: StoreOptions) -> Store:
    if (refusal := _misspelt(url)) is not None:
        raise refusal
    parts = urlsplit(url)
    if parts.query or parts.fragment or "@" in parts.netloc or not parts.hostname:
        raise UsageError(
            "this is not a folder of a host",
            where=url,
            hint="write https://host/folder: the files are in it under their own names",
        )
    return web_store(url, options)


def web_store(url: str, options: StoreOptions) -> Store:
    """Open a place that is only read."""
    from brainscore_data.store.web.hosted_folder import WebStore

    return WebStore(url.rstrip("/"), options.get("timeout"), options.get("ca_bundle"))


KIND = Kind(
    "https hosts",
    "https://host/folder",
    _open,
    extra="osf",
    options=(CERTIFICATES,),
    refusal=_misspelt,
)
