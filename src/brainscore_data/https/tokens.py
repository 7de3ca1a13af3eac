"""A token, shown to its own hosts and no other: wherever they redirect to, it stays behind."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.https.addresses import guard

if TYPE_CHECKING:
    import requests


@dataclass(frozen=True)
class Token:
    """What proves to a host, or to the hosts of one archive, who we are."""

    variable: str
    #: Each a host and a port.
    origins: frozenset[tuple[str, int]]
    value: str = field(repr=False)
    #: Of an archive with servers in several regions: all hosts below count.
    domain: str | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Guard a request at the last moment, each hop anew; a host of its own is shown the token."""
        guard(request)
        host, port = origin = origin_of(request.url or "")
        below = self.domain is not None and port == 443 and host.endswith(f".{self.domain}")
        if below or origin in self.origins:
            request.headers["Authorization"] = f"Bearer {self.value}"
        return request

    @contextlib.contextmanager
    def kept_secret(self) -> Iterator[None]:
        """Take the token out of errors: the host could repeat it in what it answers."""
        try:
            yield
        except BrainScoreDataError as error:
            error.message = error.message.replace(self.value, "***")
            if error.hint:
                error.hint = str(error.hint).replace(self.value, "***")
            hosts = ", ".join(sorted(host for host, _ in self.origins))
            error.add_note(
                f"the token in {self.variable} is for {hosts} only: if that redirects to another "
                "host that asks for the token, give the address at that host"
            )
            raise


def token_in(variable: str) -> str | None:
    """Read a token from the environment; None if the variable is empty or not there."""
    value = os.environ.get(variable, "").strip()
    # What no header can hold, the library would show in its error.
    if value and not re.fullmatch(r"[!-~]+", value):
        raise UsageError(
            f"what is in {variable} is not a token: it has blanks or strange characters",
            hint="copy it once more",
        )
    return value or None


def origin_of(url: str) -> tuple[str, int]:
    """Name the host and the port of a URL."""
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port or 443
