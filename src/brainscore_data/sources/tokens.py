"""A token for files that are not open: out of the environment, to the host that is named and no other.

The manifest is a stranger's until it is merged. It names a variable and an address, and does not decide
which token goes where: a token that is known goes to its own archive, any other to hosts that this
machine's owner trusts.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.github_event import event_of_this_job, is_private
from brainscore_data.sources.addresses import TRUSTED_HOSTS, guard, is_trusted

if TYPE_CHECKING:
    import requests

# OSF's files are at files.osf.io, to which osf.io redirects: https://developer.osf.io
_ARCHIVES = {
    "OSF_TOKEN": frozenset({"osf.io", "api.osf.io", "files.osf.io"}),
    "ZENODO_TOKEN": frozenset({"zenodo.org"}),
    "FIGSHARE_TOKEN": frozenset({"figshare.com", "api.figshare.com", "ndownloader.figshare.com"}),
}
# What runners and clouds have there for themselves: never for a source.
_NOT_FOR_SOURCES = ("ACTIONS_", "AWS_", "AZURE_", "GH_", "GITHUB_", "GOOGLE_", "RUNNER_")


@dataclass(frozen=True)
class Token:
    """What proves to one host that we may read."""

    variable: str
    origin: tuple[str, int]
    value: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Guard a request at the last moment, each hop anew; the named host is shown the token."""
        guard(request)
        if _origin(request.url or "") == self.origin:
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
            error.add_note(
                f"the token in {self.variable} is for {self.origin[0]} only: where that redirects "
                f"to another host which asks for it, name the address there"
            )
            raise


def token_for(variable: str | None, url: str) -> Token | None:
    """Take the token for a source from the environment; None for a source that is open."""
    if variable is None:
        return None
    event = event_of_this_job()
    if event is not None and is_private(event) is not True:
        raise UsageError(
            f"the token in {variable} is used in a private repository only, and this job's is "
            f"{'public' if is_private(event) is False else 'not known to be private'}",
            hint="keep files that are not open, and their dataset, in a private repository",
        )
    _refuse_destination(variable, url)
    value = os.environ.get(variable, "").strip()
    if not value:
        raise UsageError(
            f"the variable {variable} has no token",
            hint=f"set {variable} to a token of yours that may read the file; in a workflow, from "
            "a secret, for the step that packages",
        )
    # What no header can hold, the library would show in its error.
    if not re.fullmatch(r"[!-~]+", value):
        raise UsageError(
            f"what is in {variable} is no token: it has blanks or strange characters",
            hint="copy it once more",
        )
    return Token(variable, _origin(url), value)


def _refuse_destination(variable: str, url: str) -> None:
    host, port = _origin(url)
    if variable.startswith(_NOT_FOR_SOURCES):
        raise DataError(
            f"{variable} is never sent to a source",
            hint="name a variable made for it, such as OSF_TOKEN",
        )
    archive = _ARCHIVES.get(variable, frozenset())
    if (port == 443 and host in archive) or is_trusted(host, port):
        return
    own = f"{variable} goes to {', '.join(sorted(archive))}" if archive else "it is of no archive"
    raise DataError(
        f"the token in {variable} is not sent to {host}: {own}",
        hint=f"if it is your lab's own server, allow it: {TRUSTED_HOSTS}={host}:{port}",
    )


def _origin(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port or 443
