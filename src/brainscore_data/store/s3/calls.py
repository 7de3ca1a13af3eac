"""Calls that write, with what boto3 does not try again by itself.

boto3's ``standard`` mode repeats what failed on the way and what the server answers with 5xx or
`SlowDown`, each time after a longer, random pause. Left to do here: 429 under any other name, which
only newer versions of boto3 repeat, credentials that expired while a large file was on its way, and
conflicts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from brainscore_data.base.retry import Result, growing, repeated
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.s3.connection import S3Connection
from brainscore_data.store.s3.errors import ConflictError, says_expired, status_of

ATTEMPTS = 4


@dataclass(frozen=True)
class Calls:
    """Makes calls about one object, or about the bucket."""

    connection: S3Connection
    #: The object's key, with the store's prefix.
    name: str

    @property
    def where(self) -> dict[str, Any]:
        """Bucket and key, as every call names them."""
        return {"Bucket": self.connection.bucket, "Key": self.name}

    @property
    def url(self) -> str:
        """The object's place, as the user writes it."""
        return f"s3://{self.connection.bucket}/{self.name}"

    def patiently(
        self, action: str, call: Callable[[Any], Result], *, writes: bool = True
    ) -> Result:
        """Make a call with a client; errors come in the program's words, a ClientError as cause."""
        with self.connection.explained(action, self.name, writes=writes):
            return self._repeated(call)

    def _repeated(self, call: Callable[[Any], Result]) -> Result:
        from botocore.exceptions import ClientError

        client: Any = None
        renewed = False

        def act() -> Result:
            nonlocal client
            client = self.connection.client
            return call(client)

        def pause(error: ClientError, attempt: int) -> float | None:
            nonlocal renewed
            if says_expired(error) and not renewed:
                renewed = True
                self.connection.renew(client)
                return 0.0
            again = status_of(error) in self._repeated_here and attempt < ATTEMPTS
            return growing(attempt) if again else None

        return repeated(act, ClientError, pause)

    @property
    def _repeated_here(self) -> set[int]:
        """Refusals after which nothing was done, and that boto3 does not repeat by itself."""
        return {429} if self.connection.repeats else {429, 503}

    def lost(self, message: str) -> StoreUnavailableError:
        """Say that nobody knows who wrote the key."""
        return StoreUnavailableError(
            message, where=self.url, hint="run it again: it looks at what is there"
        )


def starting_over(write: Callable[[], Result]) -> Result:
    """Write; and again from the start, as S3 advises, when another write was in the way."""
    return repeated(
        write, ConflictError, lambda _, attempt: growing(attempt) if attempt < ATTEMPTS else None
    )


def was_repeated(error: Any) -> bool:
    """Tell whether boto3 had sent the request before, so that the first may have succeeded."""
    return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))
