"""The kind of store that is what an archive has under a DOI: it is only read."""

from __future__ import annotations

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import Store
from brainscore_data.store.options import CERTIFICATES, Kind, StoreOptions
from brainscore_data.store.web.kind import web_store


def _open(url: str, options: StoreOptions) -> Store:
    if "/" not in url or url.endswith("/"):
        raise UsageError("this is not a DOI", where=url, hint="write doi:10.5281/zenodo.1234567")
    return web_store(url, options)


KIND = Kind("DOIs", "doi:10.…/…", _open, extra="osf", options=(CERTIFICATES,))
