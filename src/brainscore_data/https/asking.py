"""Asking servers over https: each hop guarded, anonymous but for a token that is for its host."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.retry import Result, repeated
from brainscore_data.https.addresses import HostNotFoundError, guard

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


def _unreachable(host: str, interruption: Interrupted) -> UsageError:
    return UsageError(
        f"{host} cannot be reached: {interruption.reason}",
        hint="check the address and your connection, and run it again: the part downloaded "
        "so far is kept",
    )


def insistently(
    attempt: Callable[[], Result],
    url: str,
    failed: Callable[[str, Interrupted], BrainScoreDataError] = _unreachable,
) -> Result:
    """Try again after interruptions, with growing pauses, while there is hope; else it has `failed`."""
    failures = 0

    def pause(interruption: Interrupted, _: int) -> float:
        nonlocal failures
        failures = 1 if interruption.got_further else failures + 1
        wait = interruption.wait
        if wait is None:
            wait = FIRST_WAIT * 2 ** (failures - 1)
        if failures > RETRIES or wait > LONGEST_WAIT:
            raise failed(host_of(url), interruption) from interruption
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

    def send(self, *arguments: Any, **options: Any) -> int:
        # Each request anew: many short answers over one connection are no slow one.
        self._waited, self._received = 0.0, 0
        return super().send(*arguments, **options)

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        began = time.monotonic()
        received = super().recv_into(*arguments, **options)
        # Until the first byte comes, a server may be at work; for how long, the timeout says.
        self._waited += time.monotonic() - began if self._received else 0.0
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
def answered(
    session: requests.Session,
    method: str,
    url: str,
    headers: dict[str, str] | None = None,
    *,
    data: Any = None,
    timeout: float | None = None,
) -> Iterator[requests.Response]:
    """Open the answer to a request, wherever it leads; `Interrupted` if there is none."""
    with answers_explained(url):
        response = session.request(
            method,
            url,
            headers=headers,
            data=data,
            stream=True,
            allow_redirects=False,
            timeout=timeout or TIMEOUT,
        )
    with response:
        yield response


@contextlib.contextmanager
def followed(
    session: requests.Session,
    url: str,
    headers: dict[str, str] | None = None,
    timeout: float | None = None,
) -> Iterator[requests.Response]:
    """Open the answer at the end of all redirects, each hop guarded; `Interrupted` if there is none."""
    for _ in range(MOST_REDIRECTS + 1):
        with answered(session, "GET", url, headers, timeout=timeout) as response:
            target = session.get_redirect_target(response)
            if target is None:
                yield response
                return
        try:
            url = urljoin(url, target)
        except ValueError as error:
            raise DataError(
                f"{host_of(url)} redirects to something that is not a URL: {error}"
            ) from error
    raise DataError(
        f"more than {MOST_REDIRECTS} redirects, the last one to {host_of(url)}",
        hint="find the address of the file itself",
    )


@contextlib.contextmanager
def answers_explained(url: str) -> Iterator[None]:
    """Tell what may go well the next time from what will not."""
    import requests
    from urllib3.exceptions import HTTPError

    try:
        yield
    except HostNotFoundError as error:
        raise Interrupted(error.message) from error
    except requests.RequestException as error:
        cause = _deepest(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise UsageError(
                f"{host_of(url)} has a certificate that is not trusted: {cause.verify_message}",
                hint="if your network inspects https, point REQUESTS_CA_BUNDLE at its certificate",
            ) from error
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            raise DataError(f"not a URL: {error}") from error
        raise Interrupted(_reason(error, cause)) from error
    except HTTPError as error:  # of a body that is read without requests
        raise Interrupted("the connection was cut") from error
    except OSError as error:
        if error.errno is not None:  # the disk's, not ours
            raise
        raise UsageError(str(error), hint="correct or unset REQUESTS_CA_BUNDLE") from error


def refuse_status(response: requests.Response, asked: str) -> None:
    """Raise what an answer without the file stands for; `asked` is the URL before all redirects."""
    status = response.status_code
    said = f"{host_of(response.url)} answers {status} {response.reason or ''}".rstrip()
    if status < 400 or status >= 500 or status in {408, 425, 429}:
        raise Interrupted(said, wait=retry_after(response))
    hint = {
        401: "the file must be readable without logging in",
        403: "the file must be readable without logging in",
        404: "is the address right, and is the file still there?",
        410: "the file was removed: pin another copy with `brainscore-data source add URL`",
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
        return f"less than {SLOWEST >> 10} KiB arrived per second"
    if isinstance(error, requests.Timeout) or isinstance(cause, TimeoutError):
        return f"no answer for {TIMEOUT:.0f} seconds"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _deepest(error: BaseException) -> BaseException:
    while error.__context__ is not None:
        error = error.__context__
    return error


def retry_after(response: requests.Response) -> float | None:
    """Read how many seconds a server asks to wait; None if it asks for nothing."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    value = response.headers.get("Retry-After")
    try:
        return None if value is None else Retry().parse_retry_after(value)
    except InvalidHeader:
        return None
