"""Getting files from servers over https, however often the connection breaks.

Bytes go to a part file that outlives the process: the next attempt, in this run or a later one,
asks for the rest only (RFC 9110, section 14). Beside it lies the ETag of what it is a part of, so
that two versions of a file are not glued together.

A file comes over one connection, and not in ranges over several, as from a store: such hosts count the
requests of a client and refuse it for a while after too many [1]_, and what is kept is a beginning.

.. [1] https://developers.zenodo.org/#rate-limiting
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.bounds import Bound
from brainscore_data.base.caching import cache_explained
from brainscore_data.base.progress import Progress
from brainscore_data.https.addresses import guard
from brainscore_data.https.asking import (
    Interrupted,
    answers_explained,
    followed,
    insistently,
    open_session,
    refuse_status,
)

if TYPE_CHECKING:
    import requests

# Small, because up to one block is lost when the connection or the process ends.
_BLOCK = 1 << 16
# Whoever gives less before the connection breaks is not asked again and again.
_PROGRESS = 1 << 16


@dataclass(frozen=True)
class Downloaded:
    """What was learned on the way."""

    #: From the server's Content-Disposition, as it came.
    suggested_name: str | None = None
    #: Whether it was put together from more than one answer.
    resumed: bool = False
    #: Whether the server called it HTML.
    web_page: bool = False


def download(
    url: str,
    part: Path,
    *,
    hash_known: bool,
    progress: Progress,
    auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] = guard,
) -> Downloaded:
    """Complete a part file: what is there already is continued if the server allows.

    Where the hash is known, that is tried even if the server names no ETag: a wrong file is found.
    """
    furthest = _size(part)

    def attempt() -> Downloaded:
        nonlocal furthest
        try:
            return _transfer(session, url, part, hash_known=hash_known, progress=progress)
        except Interrupted as interruption:
            interruption.got_further = _size(part) >= furthest + _PROGRESS
            furthest = max(furthest, _size(part))
            raise

    with open_session(auth) as session:
        return insistently(attempt, url)


def discard(part: Path) -> None:
    """Remove a part file and what is known about it."""
    part.unlink(missing_ok=True)
    _etag_file(part).unlink(missing_ok=True)


def _transfer(
    session: requests.Session, url: str, part: Path, *, hash_known: bool, progress: Progress
) -> Downloaded:
    """Get what is missing in one request; all, in a second one, if the first cannot be used."""
    etag = _etag_file(part).read_text("ascii") if _etag_file(part).is_file() else ""
    offset = _size(part) if etag or hash_known else 0
    if offset:
        headers = {"Range": f"bytes={offset}-"} | ({"If-Range": etag} if etag else {})
        with followed(session, url, headers) as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                # The process ended between the last byte and the move.
                if hash_known and response.headers.get("Content-Range") == f"bytes */{offset}":
                    return Downloaded(resumed=True)
            elif response.status_code != HTTPStatus.PARTIAL_CONTENT:
                return _receive_all(response, url, part, progress)
            elif _continues(response, offset, etag):
                _receive(response, part, progress)
                return _described(response, resumed=True)
    with followed(session, url) as response:
        return _receive_all(response, url, part, progress)


def _continues(response: requests.Response, offset: int, etag: str) -> bool:
    content_range = response.headers.get("Content-Range", "")
    return (
        re.match(rf"bytes {offset}-", content_range) is not None
        and response.headers.get("ETag", etag) == etag
        and not _is_encoded(response)
    )


def _receive_all(
    response: requests.Response, url: str, part: Path, progress: Progress
) -> Downloaded:
    if response.status_code != HTTPStatus.OK:
        refuse_status(response, url)
    etag = response.headers.get("ETag", "")
    with cache_explained(part):
        part.write_bytes(b"")
        # A weak ETag (W/"…") promises the same meaning, not the same bytes.
        _etag_file(part).write_text(etag if etag.startswith('"') and etag.isascii() else "")
    _receive(response, part, progress)
    return _described(response, resumed=False)


def _receive(response: requests.Response, part: Path, progress: Progress) -> None:
    announced = None if _is_encoded(response) else response.headers.get("Content-Length")
    missing = int(announced) if announced and announced.isdecimal() else 0
    received = 0
    Bound.DOWNLOAD.refuse(missing, response.url)
    progress.expect(missing)
    try:
        with cache_explained(part), part.open("ab") as stream, answers_explained(response.url):
            for block in response.iter_content(_BLOCK):
                stream.write(block)
                stream.flush()  # a process that is killed keeps what it had
                received += len(block)
                Bound.DOWNLOAD.refuse(received, response.url)
                progress.advance(len(block))
    finally:
        progress.expect(received - missing)


def _is_encoded(response: requests.Response) -> bool:
    # Not asked for, and then the lengths and ranges in the headers are not those of the file.
    return response.headers.get("Content-Encoding", "identity").lower() != "identity"


def _described(response: requests.Response, *, resumed: bool) -> Downloaded:
    headers = Message()
    headers["Content-Disposition"] = response.headers.get("Content-Disposition", "inline")
    return Downloaded(
        suggested_name=headers.get_filename(),
        resumed=resumed,
        web_page=response.headers.get("Content-Type", "").lower().startswith("text/html"),
    )


def _etag_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0
