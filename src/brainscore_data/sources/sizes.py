"""How large a pinned file is, without fetching it."""

from __future__ import annotations

import contextlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from brainscore_data.https.addresses import guard
from brainscore_data.https.archives import address_of
from brainscore_data.https.asking import followed, insistently, open_session, refuse_status
from brainscore_data.sources.pinning import located_in_sources, place_in_cache
from brainscore_data.sources.tokens import token_for

if TYPE_CHECKING:
    import requests

    from brainscore_data.dataset.manifest import Source


def source_size(name: str, source: Source) -> int | None:
    """Give the bytes of a pinned file: of the copy that is here, else as stated, else as its server says.

    None if the server does not say.
    """
    here = place_in_cache(name, source)
    if here.is_file():
        return here.stat().st_size
    if source.size is not None:
        return source.size
    with located_in_sources(name):
        address = address_of(source.url)
        token = token_for(source.token_env, address)
        with (
            contextlib.nullcontext() if token is None else token.kept_secret(),
            open_session(token or guard) as session,
        ):
            return insistently(lambda: _told(session, address), address)


def _told(session: requests.Session, url: str) -> int | None:
    """Ask for the first byte: addresses that are signed for GET refuse HEAD."""
    with followed(session, url, {"Range": "bytes=0-0"}) as response:
        said = response.headers.get("Content-Range", "")
        whole = re.fullmatch(r"bytes (?:0-0|\*)/([0-9]+)", said)
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and whole:
            return int(whole[1])  # it is empty
        if response.status_code == HTTPStatus.PARTIAL_CONTENT:
            return int(whole[1]) if whole else None
        if response.status_code != HTTPStatus.OK:
            refuse_status(response, url)
        # A server without ranges begins to send all of it, and is left.
        length = response.headers.get("Content-Length", "")
        encoded = response.headers.get("Content-Encoding", "identity").lower() != "identity"
        return int(length) if length.isdecimal() and not encoded else None
