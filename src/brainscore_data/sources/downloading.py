"""Asking servers over https, and getting files from them, however often the connection breaks.

Each hop is guarded, and anonymous but for a token that is for its host. Bytes go to a part file that
outlives the process: the next attempt, in this run or a later one, asks for the rest only (RFC 9110,
section 14). Beside it lies the ETag of what it is a part of, so that two versions of a file are not glued together.

A file comes over one connection, and not in ranges over several, as from a store: such hosts count the
requests of a client and refuse it for a while after too many [1]_, and what is kept is a beginning.

References
----------
.. [1] https://developers.zenodo.org/#rate-limiting
"""

from __future__ import annotations

import contextlib
import re
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from brainscore_data.base.bounds import Bound
from brainscore_data.base.caching import cache_explained
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.progress import Progress
from brainscore_data.base.retry import Result, repeated
from brainscore_data.sources.addresses import HostNotFoundError, guard

if TYPE_CHECKING:
    import requests


TIMEOUT = 30.0  # seconds to connect, and between two pieces of an answer
RETRIES = 4
FIRST_WAIT = 1.0  # seconds; each further wait is twice as long
LONGEST_WAIT = 120.0  # seconds; a server that asks for more is left alone
MOST_REDIRECTS = 10
#: Bytes in each second of waiting for them, which are counted for so many seconds.
SLOWEST, COUNTED = 1 << 12, 60.0


class Interrupted(Exception):  # noqa: N818 - an error only when nothing helps
    """Something that may go well the next time; the server may say how many seconds to wait."""

    def __init__(self, reason: str, *, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        #: Whether the attempt achieved more than all before it.
        self.got_further = False


def insistently(attempt: Callable[[], Result], url: str) -> Result:
    """Try again after interruptions, with growing pauses, while there is hope."""
    failures = 0

    def pause(interruption: Interrupted, _: int) -> float:
        nonlocal failures
        failures = 1 if interruption.got_further else failures + 1
        wait = interruption.wait
        if wait is None:
            wait = FIRST_WAIT * 2 ** (failures - 1)
        if failures > RETRIES or wait > LONGEST_WAIT:
            raise UsageError(
                f"{host_of(url)} cannot be reached: {interruption.reason}",
                hint="check the address and your connection, and run it again: the part downloaded "
                "so far is kept",
            ) from interruption
        return wait

    return repeated(attempt, Interrupted, pause)


def open_session(
    auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] = guard,
) -> requests.Session:
    """Make a session that refuses untrusted addresses and sends no credentials but a given token."""
    import requests

    class Unfollowing(requests.Session):
        # Even where redirects are not followed, requests would read a redirect's body into
        # memory, however long, to prepare the next request.
        def resolve_redirects(self, *_: Any, **__: Any) -> Generator[requests.Response, None, None]:
            yield from ()

    session = Unfollowing()
    session.mount("https://", _punctual_adapter())
    session.auth = auth
    # The hash is of the file as it is at the host, and Range counts its bytes.
    session.headers["Accept-Encoding"] = "identity"
    return session


class _PunctualSocket(ssl.SSLSocket):
    """Ends an answer that drips: a byte now and then would keep the library waiting for ever."""

    _waited, _received = 0.0, 0

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        began = time.monotonic()
        received = super().recv_into(*arguments, **options)
        self._waited += time.monotonic() - began
        self._received += received
        if self._waited > COUNTED:
            if self._received < SLOWEST * self._waited:
                raise _TooSlowError
            self._waited, self._received = 0.0, 0
        return received


class _TooSlowError(OSError):
    pass


def _punctual_adapter() -> Any:
    from requests.adapters import HTTPAdapter
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context()
    context.sslsocket_class = _PunctualSocket

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, ssl_context=context, **options)

        def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
            return super().proxy_manager_for(proxy, ssl_context=context, **options)

    return Adapter()


@contextlib.contextmanager
def followed(
    session: requests.Session, url: str, headers: dict[str, str] | None = None
) -> Iterator[requests.Response]:
    """Open the answer at the end of all redirects, each hop guarded; `Interrupted` if there is none."""
    for _ in range(MOST_REDIRECTS + 1):
        with answers_explained(url):
            response = session.get(
                url, headers=headers, stream=True, allow_redirects=False, timeout=TIMEOUT
            )
        with response:
            target = session.get_redirect_target(response)
            if target is None:
                yield response
                return
        try:
            url = urljoin(url, target)
        except ValueError as error:
            raise DataError(f"{host_of(url)} redirects to what is no URL: {error}") from error
    raise DataError(
        f"more than {MOST_REDIRECTS} redirects, the last one to {host_of(url)}",
        hint="find the address of the file itself",
    )


@contextlib.contextmanager
def answers_explained(url: str) -> Iterator[None]:
    """Tell what may go well the next time from what will not."""
    import requests

    try:
        yield
    except HostNotFoundError as error:
        raise Interrupted(error.message) from error
    except requests.RequestException as error:
        cause = _deepest(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise UsageError(
                f"{host_of(url)} does not prove who it is: {cause.verify_message}",
                hint="if your network inspects https, point REQUESTS_CA_BUNDLE at its certificate",
            ) from error
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            raise DataError(f"not a URL: {error}") from error
        raise Interrupted(_reason(error, cause)) from error
    except OSError as error:
        if error.errno is not None:  # the disk's, not ours
            raise
        raise UsageError(str(error), hint="correct or unset REQUESTS_CA_BUNDLE") from error


def refuse_status(response: requests.Response, asked: str) -> None:
    """Raise what an answer without the file stands for; `asked` is the URL before all redirects."""
    status = response.status_code
    said = f"{host_of(response.url)} answers {status} {response.reason or ''}".rstrip()
    if status < 400 or status >= 500 or status in {408, 425, 429}:
        raise Interrupted(said, wait=_retry_after(response))
    hint = {
        401: "the file must be readable without logging in",
        403: "the file must be readable without logging in",
        404: "is the address right, and is the file still there?",
        410: "the file was taken away: pin another copy with `brainscore-data source add URL`",
    }.get(status, "open the address in a browser to see what is wrong")
    if host_of(asked) == "osf.io":
        hint = "OSF: is the project public, and is the address that of a file?"
    raise DataError(said, hint=hint)


def host_of(url: str) -> str:
    """Name the host of a URL, which is all of it that may be shown: the rest can hold secrets."""
    return urlsplit(url).hostname or url


def _reason(error: requests.RequestException, cause: BaseException) -> str:
    import requests

    if isinstance(cause, _TooSlowError):
        return f"less than {SLOWEST >> 10} KiB came in a second"
    if isinstance(error, requests.Timeout) or isinstance(cause, TimeoutError):
        return f"no answer for {TIMEOUT:.0f} seconds"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _deepest(error: BaseException) -> BaseException:
    while error.__context__ is not None:
        error = error.__context__
    return error


def _retry_after(response: requests.Response) -> float | None:
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    value = response.headers.get("Retry-After")
    try:
        return None if value is None else Retry().parse_retry_after(value)
    except InvalidHeader:
        return None


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
