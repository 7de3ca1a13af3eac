"""PyGithub, made as patient as GitHub asks its clients to be.

GitHub's rules for that [1]_: wait as long as ``Retry-After`` says; if the hour's requests are used
up, until ``x-ratelimit-reset``; else at least a minute. A second lies between writes.

.. [1] https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import IncompleteError, UsageError

if TYPE_CHECKING:
    from github.GithubRetry import GithubRetry

    from github import Github

PUBLIC_API = "https://api.github.com"
LONGEST_WAIT = 900.0
_MINUTE = 60.0
_ATTEMPTS = 5
_SECONDS = 30


def connected(
    token: str | None,
    *,
    api_url: str = PUBLIC_API,
    ca_bundle: str | None = None,
    longest_wait: float = LONGEST_WAIT,
    seconds_between_writes: float = 1.0,
    sleep: Callable[[float], object] = time.sleep,
) -> Github:
    """Make a client; nothing is asked yet."""
    from github import Auth, Github

    return Github(
        auth=Auth.Token(token) if token else None,
        base_url=api_url.rstrip("/"),
        timeout=_SECONDS,
        user_agent="brainscore-data",
        per_page=100,
        verify=ca_bundle or True,
        retry=_patience(longest_wait, sleep),
        seconds_between_requests=None,  # they are made one after the other
        seconds_between_writes=seconds_between_writes,
        lazy=True,
    )


def _patience(longest: float, sleep: Callable[[float], object]) -> GithubRetry:
    """Say what is tried again, and after what pause."""
    from github.GithubException import RateLimitExceededExceedsMaxWait
    from github.GithubRetry import GithubRetry
    from urllib3 import Retry

    class Patience(GithubRetry):
        def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:  # noqa: FBT001, FBT002 - urllib3's own
            # What was refused has not been done: even a POST may be repeated.
            refused = status_code in (403, 429)
            return refused or super().is_retry(method, status_code, has_retry_after)

        def increment(
            self,
            method: str | None = None,
            url: str | None = None,
            response: Any = None,
            *others: Any,
            **named: Any,
        ) -> Any:
            wait = self.get_retry_after(response) if response else None
            if wait is not None and wait > longest:
                said = {"message": "API rate limit exceeded"}
                headers = dict(response.headers)
                raise RateLimitExceededExceedsMaxWait(response.status, said, headers, wait=wait)
            return super().increment(method, url, response, *others, **named)

        def get_retry_after(self, response: Any) -> float | None:
            said = super().get_retry_after(response)
            if said is not None or response.status not in (403, 429):
                return said
            reset = response.headers.get("x-ratelimit-reset", "")
            if response.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
                return max(0.0, int(reset) - time.time()) + 1  # it names a whole second
            return _MINUTE

        def sleep(self, response: Any = None) -> None:
            wait = self.get_retry_after(response) if response is not None else None
            sleep(wait or self.get_backoff_time())

    return Patience(
        total=_ATTEMPTS,
        backoff_factor=1,
        backoff_jitter=0.5,
        status_forcelist=[429, 500, 502, 503, 504],
        # No POST: if its answer was lost, it may have been carried out.
        allowed_methods=[*Retry.DEFAULT_ALLOWED_METHODS, "PATCH"],
    )


@contextlib.contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn what PyGithub raises into an error that says what to do."""
    from requests import RequestException

    from github import BadCredentialsException, GithubException, RateLimitExceededException

    try:
        yield
    except RateLimitExceededException as error:
        raise IncompleteError(
            f"GitHub accepts no more requests for now, so it was not asked {doing}",
            hint="run the job again in an hour",
        ) from error
    except BadCredentialsException as error:
        raise UsageError(
            f"GitHub does not know this token, so it could not be asked {doing}",
            where="github-token",
            hint="leave the input out to use the job's own token",
        ) from error
    except GithubException as error:
        said = f"{message_of(error)} (status {error.status})"
        if error.status >= 500:
            raise _later(doing, said) from error
        raise UsageError(
            f"GitHub refused when it was asked {doing}: {said}",
            hint="give the job the permission it needs (docs/github.md has the lines), "
            "and check that the thing is still there"
            if error.status in (403, 404)
            else "run the job again; if that does not help, report it",
        ) from error
    except RequestException as error:
        raise _later(doing, type(error).__name__) from error


def message_of(error: Any) -> str:
    """Find what GitHub said in a `github.GithubException`, on one line."""
    data = error.data
    said = data.get("message") if isinstance(data, dict) else data
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said or "nothing")
    return " ".join(text.split())[:300]


def _later(doing: str, said: str) -> IncompleteError:
    return IncompleteError(
        f"GitHub could not be asked {doing}: {said}",
        hint="run the job again; https://www.githubstatus.com says how GitHub is",
    )
