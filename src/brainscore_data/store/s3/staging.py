"""Staging in a bucket: put by others, with credentials for hours, and copied inside of the server."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.door import opened
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.store.interface import Store, not_stored
from brainscore_data.store.s3.anonymous_access import PROBE_CONTENT, readable_by_all
from brainscore_data.store.s3.bucket import S3Store
from brainscore_data.store.s3.connection import Calls, S3Connection
from brainscore_data.store.s3.copying import LARGEST, CopyingStore
from brainscore_data.store.s3.errors import says_condition_failed
from brainscore_data.store.staging import Credentials

_SESSION = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\w*:role/(?:[\w+=,.@-]+/)*(?P<name>[\w+=,.@-]+)", re.ASCII)


@dataclass(frozen=True)
class S3Staging:
    """What is below a prefix that is for staging."""

    connection: S3Connection
    prefix: str

    @property
    def url(self) -> str:
        """Where it is."""
        return f"s3://{self.connection.bucket}/{self.prefix}".rstrip("/")

    def _calls(self, name: str) -> Calls:
        return Calls(self.connection, f"{self.prefix}/{name}".lstrip("/"))

    def put(self, name: str, path: Path, sha256: str) -> bool:
        """Put a file in one request, so that the server itself vouches for all of its bytes."""
        if path.stat().st_size > LARGEST:
            raise UsageError(
                f"is larger than {LARGEST >> 30} GiB, which is the most that can be staged",
                where=str(path),
                hint="ask an admin to publish it from where it is",
            )
        checksum = b64encode(bytes.fromhex(sha256)).decode()
        with opened(path) as file:
            return self._put(name, file, ChecksumSHA256=checksum)

    def _put(self, name: str, body: Any, **more: Any) -> bool:
        from botocore.exceptions import ClientError

        calls = self._calls(name)
        self.connection.need_credentials("s3:PutObject", calls.name)

        def send(client: Any) -> None:
            if hasattr(body, "seek"):
                body.seek(0)
            client.put_object(**calls.where, Body=body, IfNoneMatch="*", **more)

        try:
            calls.patiently("s3:PutObject", send)
        except Exception as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and says_condition_failed(cause):
                return False
            raise
        return True

    def stays_closed(self) -> bool:
        """Put a small object, and try to read it without credentials."""
        self._put("probe", PROBE_CONTENT)
        return not readable_by_all(self.connection, self._calls("probe").name, None)

    def content(self, name: str, most: int) -> bytes:
        """Read a small file."""
        store = S3Store(self.connection, self.prefix)
        found = store.stat(name)
        if found is None or found.deleted:
            raise not_stored(f"{self.url}/{name}", None)
        if found.size > most:
            raise DataError(f"is larger than {most} bytes", where=f"{self.url}/{name}")
        with store.open(name, found.version_id) as stream:
            return stream.read(most + 1)

    def promoting(self, store: Store) -> Store:
        """Give the same store, with writes that copy from here."""
        if (
            not isinstance(store, S3Store)
            or store.connection.bucket != self.connection.bucket
            or store.connection.endpoint_url != self.connection.endpoint_url
        ):
            raise UsageError(
                "a staged bundle can only be copied within its own bucket",
                where=self.url,
                hint=f"publish to a store in s3://{self.connection.bucket}",
            )
        return CopyingStore(store, S3Store(self.connection, self.prefix))

    def grant(self, person: str, role: str, seconds: int) -> Credentials:
        """Ask for credentials of a role, cut down by a session policy to putting files here."""
        from botocore.exceptions import BotoCoreError, ClientError

        name = _role_name(role)
        if not _SESSION.fullmatch(person):
            raise UsageError(
                f"{person!r} cannot be the name of a session",
                hint="use 2 to 64 letters, digits and + = , . @ _ -",
            )
        self.connection.need_credentials("sts:AssumeRole")
        self._refuse_longer(name, role, seconds)
        try:
            answer = self._client("sts").assume_role(
                RoleArn=role,
                RoleSessionName=person,
                DurationSeconds=seconds,
                Policy=put_only(self.connection.bucket, self.prefix),
            )
        except ClientError as error:
            # Ceph's gateway says it without the element around it, and without a message.
            said = error.response.get("Error") or error.response
            message = str(said.get("Message") or said.get("Code"))
            if "DurationSeconds" in message or message == "InvalidArgument":
                raise _too_long(role, seconds, message) from error
            raise UsageError(
                f"the role was not given: {message}",
                where=role,
                hint="its trust policy has to let you assume it (sts:AssumeRole)",
            ) from error
        except BotoCoreError as error:
            raise UsageError(f"the server gives no credentials: {error}", where=role) from error
        given = answer["Credentials"]
        return Credentials(
            given["AccessKeyId"],
            given["SecretAccessKey"],
            given["SessionToken"],
            given["Expiration"],
        )

    def _refuse_longer(self, name: str, role: str, seconds: int) -> None:
        """Compare with the role's own limit, where one may ask for it; else the server compares."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = self._client("iam").get_role(RoleName=name)["Role"]
        except (ClientError, BotoCoreError):
            return
        most = found.get("MaxSessionDuration")
        if most is not None and seconds > most:
            raise _too_long(role, seconds, f"it allows {most / 3600:g} hours")

    def _client(self, service: str) -> Any:
        return self.connection.client_of(service)


def put_only(bucket: str, prefix: str) -> str:
    """Write the session policy: put files below a prefix, and nothing else."""
    resource = f"arn:aws:s3:::{bucket}/{prefix}/*"
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def _role_name(role: str) -> str:
    found = _ROLE.fullmatch(role)
    if found is None:
        raise UsageError(
            f"{role!r} is not the name of a role",
            hint="its form is arn:aws:iam::123456789012:role/staging",
        )
    return found["name"]


def _too_long(role: str, seconds: int, why: str) -> UsageError:
    return UsageError(
        f"{seconds / 3600:g} hours are longer than the role allows: {why}; nothing was granted",
        where=role,
        hint="ask for fewer hours, or raise the role's MaxSessionDuration; credentials that come "
        "from a role can get another role for one hour at most",
    )
