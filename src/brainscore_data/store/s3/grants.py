"""Open and close one version: its tag, and its access list where that has a say.

Neither touches the bytes, so that versions and hashes in receipts stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.store.interface import NotPermittedError
from brainscore_data.store.openness import Shall
from brainscore_data.store.s3.connection import Calls
from brainscore_data.store.s3.errors import UnsupportedError
from brainscore_data.store.s3.objects import put_tags, tags_in
from brainscore_data.store.tags import VISIBILITY_TAG

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups
_ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
_EVERYBODY = {_ALL_USERS, "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
_HEADERS = {
    "FULL_CONTROL": "GrantFullControl",
    "READ": "GrantRead",
    "READ_ACP": "GrantReadACP",
    "WRITE": "GrantWrite",
    "WRITE_ACP": "GrantWriteACP",
}
_Grant = Mapping[str, Any]
#: What a write carries where access lists open what is public.
PUBLIC_READ = "public-read"


@dataclass(frozen=True)
class Grants:
    """The tag and the access list of one version."""

    calls: Calls
    version_id: str | None

    def become(self, shall: Shall, marks: Mapping[str, str], *, by_acl: bool) -> None:
        """Open or close the version; what fails half-way when it is opened is undone."""
        before = self._tags()
        put_tags(self.calls, self.version_id, {**before, **marks, VISIBILITY_TAG: shall})
        try:
            if shall == "private":
                self._close_list()
            elif by_acl:
                self._open_list()
        except BrainScoreDataError:
            if shall == "public":
                put_tags(self.calls, self.version_id, before)
            raise

    def everybody_is_granted(self) -> bool | None:
        """Say whether its access list lets everybody read; None where that was not told."""
        try:
            return any(map(_is_everybodys, self._list()))
        except (NotPermittedError, UnsupportedError):
            return None

    @property
    def _named(self) -> dict[str, Any]:
        version = {} if self.version_id is None else {"VersionId": self.version_id}
        return {**self.calls.where, **version}

    @property
    def _of_version(self) -> str:
        """How the permissions for a named version are called."""
        return "Version" if self.version_id is not None else ""

    def _tags(self) -> Mapping[str, str]:
        return self.calls.patiently(
            f"s3:GetObject{self._of_version}Tagging",
            lambda client: tags_in(client.get_object_tagging(**self._named)),
            writes=False,
        )

    def _list(self) -> list[_Grant]:
        found = self.calls.patiently(
            f"s3:GetObject{self._of_version}Acl",
            lambda client: dict(client.get_object_acl(**self._named)),
            writes=False,
        )
        return list(found.get("Grants", []))

    def _put_list(self, grants: list[_Grant]) -> None:
        named: dict[str, list[str]] = {}
        for grant in grants:
            named.setdefault(_HEADERS[grant["Permission"]], []).append(_grantee(grant["Grantee"]))
        headers = {name: ",".join(grantees) for name, grantees in named.items()}
        self.calls.patiently(
            f"s3:PutObject{self._of_version}Acl",
            lambda client: client.put_object_acl(**self._named, **headers),
        )

    def _open_list(self) -> None:
        found = self._list()
        everybody = {"Grantee": {"Type": "Group", "URI": _ALL_USERS}, "Permission": "READ"}
        if not any(map(_is_everybodys, found)):
            self._put_list([*found, everybody])

    def _close_list(self) -> None:
        """Take everybody off the list, and nobody else: the bucket's owner may be on it."""
        try:
            found = self._list()
        except (NotPermittedError, UnsupportedError):
            return  # whoever closes it tries afterwards whether it is closed
        kept = [each for each in found if not _is_everybodys(each)]
        if len(kept) < len(found):
            self._put_list(kept)


def _grantee(grantee: Mapping[str, str]) -> str:
    for name, key in (("id", "ID"), ("uri", "URI"), ("emailAddress", "EmailAddress")):
        if key in grantee:
            return f'{name}="{grantee[key]}"'
    raise UsageError(
        f"its access list names somebody in a form that this program does not know: {grantee}",
        hint="take them off the list by hand",
    )


def _is_everybodys(grant: _Grant) -> bool:
    return grant.get("Grantee", {}).get("URI") in _EVERYBODY
