"""Asking OSF: its API v2 for what a project is, and WaterButler for what is in it.

The API [1]_ says where WaterButler [2]_ is, and WaterButler leads to where the bytes are: that place
is shown no token. Whoever asks too often is told when to come back [3]_.

.. [1] https://developer.osf.io
.. [2] https://waterbutler.readthedocs.io/en/latest/api.html
.. [3] https://waterbutler.readthedocs.io/en/latest/rate-limiting.html
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.text import one_line
from brainscore_data.https.addresses import guard
from brainscore_data.https.asking import (
    Interrupted,
    answered,
    answers_explained,
    followed,
    host_of,
    insistently,
    open_session,
    retry_after,
)
from brainscore_data.https.tokens import Token, origin_of, token_in
from brainscore_data.store.interface import (
    NotPermittedError,
    ReadOnlyStoreError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    import requests

#: The API of osf.io itself.
OSF = "https://api.osf.io"
TOKEN_VARIABLE = "OSF_TOKEN"  # noqa: S105 - the name of the variable
_GET_ONE = (
    f"set {TOKEN_VARIABLE} to a token of yours with the scope osf.full_write: osf.io, Settings, "
    "Personal access tokens"
)
# Once all is sent, OSF hashes it and puts it where it belongs before it answers.
_FOR_AN_UPLOAD = 600.0  # seconds
# What is longer is no answer of these servers; a listing of 10,000 files has 8 MB.
_LONGEST_ANSWER = 64 << 20
Result = TypeVar("Result")


class OSFConnection:
    """The way to one project, as whoever has the token, and as anybody."""

    def __init__(
        self,
        project: str,
        endpoint: str | None = None,
        ca_bundle: str | None = None,
        timeout: float | None = None,
    ) -> None:
        self.project = project
        #: None for osf.io itself.
        self.endpoint = (
            None if not endpoint or endpoint.rstrip("/") == OSF else endpoint.rstrip("/")
        )
        self._ca_bundle, self._timeout = ca_bundle, timeout
        self._sessions: dict[bool, requests.Session] = {}

    @property
    def url(self) -> str:
        """The project, as stores are named."""
        return f"osf://{self.project}"

    @cached_property
    def has_token(self) -> bool:
        """Whether there is a token in the environment."""
        return token_in(TOKEN_VARIABLE) is not None

    def need_token(self) -> None:
        """Make sure of it before something is written."""
        if not self.has_token:
            raise ReadOnlyStoreError(
                "nobody may write to OSF without a token", where=self.url, hint=_GET_ONE
            )

    def session(self, *, as_anybody: bool = False) -> requests.Session:
        """Give the session of whoever has the token, or of somebody without."""
        anonymous = as_anybody or not self.has_token
        if anonymous not in self._sessions:
            session = open_session(guard if anonymous else self._token)
            if self._ca_bundle:
                session.verify = self._ca_bundle
            self._sessions[anonymous] = session
        return self._sessions[anonymous]

    @cached_property
    def _token(self) -> Token:
        origin = origin_of(self._api)
        # Its files are in regions, at files.us.osf.io, files.de-1.osf.io and others.
        domain = origin[0].removeprefix("api.") if origin[0].startswith("api.") else None
        return Token(
            TOKEN_VARIABLE, frozenset({origin}), token_in(TOKEN_VARIABLE) or "", domain=domain
        )

    @property
    def _api(self) -> str:
        return self.endpoint or OSF

    # ---- the project ---------------------------------------------------------------------------

    @cached_property
    def node(self) -> dict[str, Any]:
        """The project or component, as the API describes it."""
        found: dict[str, Any] = self.api(f"nodes/{self.project}/")
        return found

    @property
    def is_public(self) -> bool:
        """Whether everybody can read it."""
        return bool(self.node.get("attributes", {}).get("public"))

    @cached_property
    def files(self) -> str:
        """Where WaterButler has its files: the address of the topmost folder."""
        providers = self.api(f"nodes/{self.project}/files/")
        for each in providers if isinstance(providers, list) else ():
            if each.get("attributes", {}).get("provider") == "osfstorage":
                return str(each["links"]["upload"]).partition("?")[0]
        raise UsageError("this project has no OSF Storage", where=self.url)

    def api(self, path: str) -> Any:
        """Ask the API for the ``data`` of something."""
        return self.api_page(path).get("data")

    def api_page(self, path: str) -> dict[str, Any]:
        """Ask the API for something, with its links."""
        return self.json(f"{self._api}/v2/{path}")

    # ---- asking --------------------------------------------------------------------------------

    def json(self, url: str) -> dict[str, Any]:
        """Ask for something in JSON, again and again while there is hope."""

        def attempt() -> dict[str, Any]:
            with self._asked("GET", url) as response:
                return self._read(response)

        return self._insistently(attempt, url)

    def put(
        self, url: str, data: Any = b"", *, repeatable: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """Put something, once; gives the status, 409 among them, and what is there then.

        Told to come back later, it does; where the answer is lost, `StoreUnavailableError`, unless
        that it is there already does no harm: then it is `repeatable`.
        """
        self.need_token()

        def attempt() -> tuple[int, dict[str, Any]]:
            if hasattr(data, "seek"):
                data.seek(0)
            try:
                with self._asked("PUT", url, data=data, accepted=frozenset({409})) as response:
                    return response.status_code, self._read(response)
            except Interrupted as interruption:
                # Only 429 says when to come back, and then nothing was done.
                if repeatable or interruption.wait is not None:
                    raise
                raise self._unavailable(host_of(url), interruption) from interruption

        return self._insistently(attempt, url)

    @contextlib.contextmanager
    def opened(
        self, url: str, start: int, *, as_anybody: bool = False
    ) -> Iterator[requests.Response]:
        """Open a file's bytes, where they are; 416 means that there are no more."""
        headers = {"Range": f"bytes={start}-"} if start else None
        session = self.session(as_anybody=as_anybody)
        with self._explained(), followed(session, url, headers, self._timeout) as response:
            if response.status_code != 416:
                self._refuse(response)
            yield response

    @contextlib.contextmanager
    def _asked(
        self, method: str, url: str, *, data: Any = None, accepted: frozenset[int] = frozenset()
    ) -> Iterator[requests.Response]:
        longest = self._timeout or (_FOR_AN_UPLOAD if method == "PUT" else None)
        with (
            self._explained(),
            answered(self.session(), method, url, data=data, timeout=longest) as response,
        ):
            if response.status_code not in accepted:
                self._refuse(response)
            yield response

    def insistently(self, attempt: Callable[[], Result]) -> Result:
        """Do what reads, again and again while there is hope."""
        return self._insistently(attempt, self.files)

    def _insistently(self, attempt: Callable[[], Result], url: str) -> Result:
        return insistently(attempt, url, self._unavailable)

    def _unavailable(self, host: str, interruption: Interrupted) -> StoreUnavailableError:
        hint = "run it again later; https://status.cos.io says whether OSF is running"
        if interruption.wait is not None:
            hint = f"OSF asks you to wait {interruption.wait:.0f} seconds: run it again after that"
        return StoreUnavailableError(
            f"{host} cannot be asked: {interruption.reason}", where=self.url, hint=hint
        )

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Keep the token out of errors, which can repeat what a server answers."""
        try:
            yield
        except BrainScoreDataError as error:
            if self.has_token:
                error.message = error.message.replace(self._token.value, "***")
            raise

    def _read(self, response: requests.Response) -> dict[str, Any]:
        with answers_explained(response.url):
            body = response.raw.read(_LONGEST_ANSWER + 1, decode_content=True)
        try:
            found = json.loads(body)
        except ValueError as error:
            raise Interrupted("its answer is not JSON") from error
        if not isinstance(found, dict):
            raise Interrupted("its answer is not what the program asked for")
        return found

    # ---- what is wrong -------------------------------------------------------------------------

    def _refuse(self, response: requests.Response) -> None:
        """Raise what an answer stands for that is none."""
        status = response.status_code
        if status < 400:
            return
        said = f"{host_of(response.url)} answers {status} {response.reason or ''}".rstrip()
        if status == 429:
            raise Interrupted(f"{said}: too many requests", wait=retry_after(response) or 1.0)
        if status >= 500 and status != 507:
            raise Interrupted(f"{said}{_maintenance(response)}")
        about = _message(response)
        if status == 507:
            raise UsageError(
                "the quota of this project is used up: 5 GB if it is private, 50 GB if it is public",
                where=self.url,
                hint="use another component for the data (each has its own quota), or another "
                "store",
            )
        if status in {401, 403}:
            raise self._not_permitted(status, response.request.method or "", about)
        if status in {404, 410}:
            raise MissingError(
                f"there is no such project at {host_of(self._api)}, or not any more"
                if f"/v2/nodes/{self.project}/" in response.url
                else f"it is not there: {about}",
                where=self.url,
                hint="take it from the project's address: osf://4xf2d for https://osf.io/4xf2d/. "
                "A registration cannot be a store: nobody can add files to it",
            )
        raise UsageError(f"{said}: {about}", where=self.url)

    def _not_permitted(self, status: int, method: str, about: str) -> BrainScoreDataError:
        if not self.has_token:
            return NotPermittedError(
                "this project is private, and there is no token", where=self.url, hint=_GET_ONE
            )
        if status == 401 or "authenticate" in about:
            return NotPermittedError(
                f"OSF does not know the token in {TOKEN_VARIABLE}: {about}",
                where=self.url,
                hint="it may have been deactivated: make another, with the scope osf.full_write",
            )
        if method == "PUT":
            return ReadOnlyStoreError(
                f"you may not write to this project: {about}",
                where=self.url,
                hint="the token needs the scope osf.full_write, and its owner the permission Read + "
                "Write in this project (osf.io, Contributors)",
            )
        return NotPermittedError(
            f"you may not read this project: {about}",
            where=self.url,
            hint="ask its administrator to add you as a contributor",
        )


class MissingError(UsageError):
    """There is no such project, folder or file."""


def _message(response: requests.Response) -> str:
    """Read what a refusal says, in any of the forms that these servers have for it."""
    try:
        body = json.loads(response.raw.read(1 << 16, decode_content=True))
    except (ValueError, OSError):
        return response.reason or "no reason is given"
    errors = body.get("errors") if isinstance(body, dict) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return one_line(str(errors[0].get("detail")))
    if isinstance(body, dict):
        for name in ("message_long", "message", "message_short"):
            if body.get(name):
                return one_line(str(body[name]))
    return response.reason or "no reason is given"


def _maintenance(response: requests.Response) -> str:
    try:
        body = response.raw.read(1 << 16, decode_content=True)
    except OSError:
        return ""
    page = response.headers.get("Content-Type", "").startswith("text/html")
    if b"maintenance_mode" in body or (page and response.status_code == 503):
        return ": it is under maintenance"
    return ""
