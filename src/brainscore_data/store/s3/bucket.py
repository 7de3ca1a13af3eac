"""A store in an S3 bucket, on boto3's low-level client.

What S3 does, and this module relies on, is in the API reference [1]_, in *conditional writes*
[2]_ (``If-None-Match: *`` succeeds on top of a delete marker, so a first version is looked for) and in
*checking object integrity* [3]_.

.. [1] https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
.. [2] https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
.. [3] https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any, BinaryIO

from brainscore_data.base.errors import UsageError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.store.interface import (
    Answer,
    Capabilities,
    Handling,
    KeyTakenError,
    Location,
    StoredObject,
    VersionMovedError,
    not_stored,
)
from brainscore_data.store.keys import checked_key
from brainscore_data.store.openness import Openness, Shall
from brainscore_data.store.s3.anonymous_access import (
    probe_readable_by_all,
    readable_by_all,
    shown_to_all,
)
from brainscore_data.store.s3.capabilities import Findings, conditions_on_record, find_out, seen
from brainscore_data.store.s3.connection import Calls, S3Connection
from brainscore_data.store.s3.direct_calls import answered
from brainscore_data.store.s3.errors import UnsupportedError
from brainscore_data.store.s3.grants import Grants
from brainscore_data.store.s3.heads import head, marker_on_top, says_absent
from brainscore_data.store.s3.listing import listed, listed_versions, look_for
from brainscore_data.store.s3.objects import (
    LazilyDescribed,
    described,
    put_tags,
    tags_in,
    tags_may_be_lost,
)
from brainscore_data.store.s3.openness import openness_of, sampled
from brainscore_data.store.s3.preflight import ask
from brainscore_data.store.s3.ranges import Reading
from brainscore_data.store.s3.trial import PROBE_KEY
from brainscore_data.store.s3.unfinished_uploads import Upload, abort_old_uploads
from brainscore_data.store.s3.upkeep import S3Upkeep
from brainscore_data.store.s3.writing import SINGLE_PUT_BYTES, Condition, Writing
from brainscore_data.store.tags import NO_TAGS, VISIBILITY_TAG
from brainscore_data.store.write import Write


class S3Store:
    """The store behind ``s3://bucket/prefix``.

    In a bucket that is not versioned, an object's version id is None, also where S3 says
    "null"; such an object is only ever created here, never replaced. Reading takes "null" as a
    version id, because live registrations hold it.
    """

    def __init__(self, connection: S3Connection, prefix: str = "") -> None:
        self.connection = self._connection = connection
        self._prefix = f"{prefix}/" if prefix else ""
        self._known_absent: set[str] = set()  # names that `stat` or `latest` did not find
        self._shown_to_all: set[tuple[str, str | None]] = set()  # versions that `latest` was
        self._tried: Openness | None = None  # how it opens what is public, when that was tried
        self._probed: dict[str, bool] = {}  # the same for what has this tag
        self._written: set[str] = set()  # names whose unfinished uploads may be others by now

    @property
    def location(self) -> Location:
        """Where it is; asks for the bucket's region once."""
        bucket = self._connection.bucket
        return Location(
            url=f"s3://{bucket}/{self._prefix}".removesuffix("/"),
            endpoint=self._connection.endpoint,
            region=self._connection.region,
            bucket=bucket,
            prefix=self._prefix,
        )

    @cached_property
    def upkeep(self) -> S3Upkeep:
        """The same place, for those who look after it."""
        return S3Upkeep(self.connection, self._prefix)

    def capabilities(self, *, trying: bool = True) -> Capabilities:
        """Find out, once, what it guarantees: :mod:`brainscore_data.store.s3.capabilities`."""
        return self.findings.capabilities if trying else seen(self.connection, self._prefix)

    def answers(self) -> tuple[Answer, ...]:
        """Ask who the caller is and what it may do below the prefix."""
        return ask(self.connection, self.location, self.findings)

    @cached_property
    def findings(self) -> Findings:
        """What it guarantees, and why not where it does not."""
        return find_out(self.connection, self._prefix)

    def conditions_hold(self) -> bool | None:
        """Read what those found who tried the server out, unless this caller did so itself."""
        known: Findings | None = self.__dict__.get("findings")
        return self._conditions_on_record if known is None else known.capabilities.conditional

    @cached_property
    def _conditions_on_record(self) -> bool | None:
        return conditions_on_record(self.connection, self._prefix)

    def stat(self, key: str, version_id: str | None = None) -> StoredObject | None:
        """Describe a version, the latest unless one is named; None if there is none."""
        name = self._name(key)
        response = self._on_top(name) if version_id is None else self._head(name, version_id)
        if response is None and version_id is None:
            self._known_absent.add(name)
        return self._described(key, response) if response is not None else None

    def latest(
        self, keys: Iterable[str], public: Collection[str] = ()
    ) -> Mapping[str, StoredObject]:
        """Describe the latest version of each of many keys; those never written are left out.

        One listing tells most of those; `write` does not look for them once more. A version that
        is to be `public` is looked at as somebody without credentials: `readable_by_all` remembers.
        """
        names = {self._name(key): key for key in keys}
        listing = look_for(names, partial(listed, self._connection))
        asked = [name for name in names if name not in listing.free]
        to_all = {name: listing.on_top.get(name) for name in map(self._name, public)}

        def look(name: str) -> dict[str, Any] | None:
            version_id = to_all.get(name)
            shown = version_id and shown_to_all(self._connection, name, version_id)
            if not shown:
                return self._on_top(name)
            self._shown_to_all.add((name, version_id))
            return shown

        found = zip(asked, all_side_by_side(look, asked), strict=True)
        there = {name: response for name, response in found if response is not None}
        self._known_absent |= names.keys() - there.keys()
        # What a checksum is worth, the trial of the server tells meanwhile.
        return LazilyDescribed({names[name]: each for name, each in there.items()}, self._described)

    def versions(self, key: str) -> list[StoredObject]:
        """Describe all versions of a key, the earliest first: one listing, and a HEAD of each.

        But of delete markers: Ceph's gateway answers to that as if there were nothing.
        """

        def look(entry: tuple[str, bool]) -> StoredObject | None:
            version_id, deleted = entry
            if deleted:
                return self._described(key, {"DeleteMarker": True, "VersionId": version_id})
            return self.stat(key, version_id)

        found = all_side_by_side(look, listed_versions(self._connection, self._name(key)))
        return [version for version in found if version is not None]

    def write(self, write: Write) -> StoredObject:
        """Write the first version of a key, or one on top of the expected version.

        Raises `StoreUnavailableError` if the answer was lost, so that it is not known who wrote
        the key, and `UsageError` if a version is expected and the bucket is not versioned: the
        old bytes would be lost.
        """
        calls = Calls(self._connection, self._name(write.key))
        self._connection.need_credentials("s3:PutObject", calls.name)
        if write.expected_version is None:
            condition = self._nothing_there(calls)
        else:
            condition = self._still_there(calls, write.expected_version)
        self._known_absent.discard(calls.name)
        opens = self._opens_by_list and write.tags.get(VISIBILITY_TAG) == "public"
        return self._carried_out(calls, write, condition, opens=opens)

    def _carried_out(
        self, calls: Calls, write: Write, condition: Condition, *, opens: bool
    ) -> StoredObject:
        uploads = None
        if self._uploads is not None and calls.name not in self._written:
            uploads = [upload for upload in self._uploads if upload.name == calls.name]
        self._written.add(calls.name)
        return Writing(calls, write, self._abilities, condition, uploads, opens).done()

    def _nothing_there(self, calls: Calls) -> Condition:
        """Make sure that a key is free, and stays so.

        It looks first, because the condition of the write alone would hold on top of a delete
        marker; unless `stat` has looked already, and there was neither.
        """
        looked = self._abilities.conditions == "honoured" and calls.name in self._known_absent
        there = None if looked else self._head(calls.name, None)
        if there is not None:
            deleted = " (it was deleted, and stays taken)" if there.get("DeleteMarker") else ""
            raise KeyTakenError(f"this key already has a version{deleted}", where=calls.url)
        taken = KeyTakenError(
            "another writer was there first", where=calls.url, hint="look at what it wrote"
        )
        return Condition({"IfNoneMatch": "*"}, taken)

    def _still_there(self, calls: Calls, expected: str) -> Condition:
        """Make sure that the expected version, and no delete marker, is the latest, and stays so."""
        latest = self._head(calls.name, None) or {}
        found = latest.get("VersionId")
        if latest and found in (None, "null"):
            if not self._is_versioned():
                raise UsageError(
                    "the bucket is not versioned, so replacing an object would destroy it",
                    where=calls.url,
                    hint="ask the bucket's owner to enable versioning, or publish under a new name",
                )
            found = "null"  # written before versioning was enabled, and kept under this id
        moved = VersionMovedError(
            f"the latest version is {found!r}, not {expected!r}"
            if found != expected
            else "another writer was there first",
            where=calls.url,
            hint="look at what is there now, then say in `replaces` which version you mean",
        )
        if found != expected or latest.get("DeleteMarker"):
            raise moved
        return Condition({"IfMatch": latest["ETag"]}, moved)

    def tidy(self, keys: Collection[str]) -> None:
        """Abort uploads of these keys that nobody has continued for a day.

        They are those that were there when the store was tried out; else it takes a listing.
        """
        names = {self._name(key) for key in keys}
        abort_old_uploads(self._connection, self._prefix, names - self._written, self._uploads)

    def open(self, key: str, version_id: str | None = None, *, start: int = 0) -> BinaryIO:
        """Open the bytes of a version, the latest unless one is named; not seekable.

        A named version is readable whatever was put, or deleted, on top of it. Where it is large,
        more requests follow: :mod:`brainscore_data.store.s3.ranges`.
        """
        return self._reading(key, version_id).opened(start)

    def open_as_anybody(self, key: str, version_id: str | None = None) -> BinaryIO | None:
        """Open the bytes of a version without credentials; None where they do not come so."""
        return self._reading(key, version_id).opened_as_anybody()

    def _reading(self, key: str, version_id: str | None) -> Reading:
        name = self._name(key)
        asking = partial(self._if_stored, name, version_id, "s3:GetObject")
        return Reading(Calls(self._connection, name), version_id, asking)

    def readable_by_all(self, key: str, version_id: str | None = None) -> bool:
        """Try to read a version as somebody without credentials, unless `latest` was shown it so."""
        name = self._name(key)
        shown = (name, version_id) in self._shown_to_all
        return shown or readable_by_all(self._connection, name, version_id)

    def openness(self, *, trying: bool = False) -> Openness:
        """Find out how it opens what is public: by its settings, and by one object."""
        if self._tried is not None:
            return self._tried
        found = openness_of(self._connection, self._prefix, trying=trying)
        if not trying:
            return sampled(self._connection, self._prefix, found)
        self._tried = found
        return found

    def set_visibility(
        self, key: str, version_id: str | None, shall: Shall, marks: Mapping[str, str] = NO_TAGS
    ) -> None:
        """Open a version to everybody, or close it: its tag, and its access list where that counts."""
        calls = Calls(self._connection, self._name(key))
        self._connection.need_credentials("s3:PutObjectTagging", calls.name)
        if shall == "public":
            self.openness(trying=True)
        Grants(calls, version_id).become(shall, marks, by_acl=self._opens_by_list)

    @property
    def _opens_by_list(self) -> bool:
        return self._tried is not None and self._tried.mode == "acl"

    def would_be_readable_by_all(self, tags: Mapping[str, str]) -> bool:
        """Try the same on an object below ``.brainscore-data/`` that has these tags."""
        shall = tags[VISIBILITY_TAG]
        if shall not in self._probed:
            name = f"{self._prefix}{PROBE_KEY}-{shall}"
            self._probed[shall] = probe_readable_by_all(self._connection, name, tags)
        return self._probed[shall]

    def tags(self, key: str, version_id: str | None = None) -> Mapping[str, str]:
        """Read the tags of a version: who, which commit, public or private; none where none are kept."""
        name = self._name(key)
        found = answered(self._connection, "GetObjectTagging", name, version_id)
        if found is not None:
            return tags_in(found)
        try:
            with self._if_stored(name, version_id, "s3:GetObjectTagging"):
                return tags_in(
                    self._connection.client.get_object_tagging(**self._named(name, version_id))
                )
        except UnsupportedError:
            return {}

    def restore_tags(
        self, key: str, version_id: str | None, size: int, tags: Mapping[str, str]
    ) -> bool:
        """Put tags on a version that was sent in parts to a server that dropped them."""
        if size <= SINGLE_PUT_BYTES or not tags_may_be_lost(self._abilities):
            return False
        try:
            if self.tags(key, version_id):
                return False
            put_tags(Calls(self._connection, self._name(key)), version_id, tags)
        except UsageError:  # not permitted: who can read it is tried, and told, in any case
            return False
        return True

    def _name(self, key: str) -> str:
        return self._prefix + checked_key(key)

    def _url(self, name: str) -> str:
        return f"s3://{self._connection.bucket}/{name}"

    def _named(self, name: str, version_id: str | None) -> dict[str, str]:
        version = {} if version_id is None else {"VersionId": version_id}
        return {"Bucket": self._connection.bucket, "Key": name, **version}

    def _head(self, name: str, version_id: str | None) -> dict[str, Any] | None:
        return head(self._connection, name, version_id)

    def _on_top(self, name: str) -> dict[str, Any] | None:
        return self._head(name, None) or marker_on_top(self._connection, name)

    def _is_versioned(self) -> bool:
        with self._connection.explained("s3:GetBucketVersioning"):
            response = self._connection.client.get_bucket_versioning(Bucket=self._connection.bucket)
        return bool(response.get("Status") == "Enabled")

    @property
    def _abilities(self) -> Capabilities:
        """What is known of the server: a reader does not try out what it does with writes."""
        known: Findings | None = self.__dict__.get("findings")
        if known is not None:
            return known.capabilities
        checksums: Handling = "honoured" if self._connection.endpoint is None else "unknown"
        return Capabilities(
            writable=True,
            versioning="unknown",
            checksums=checksums,
            completes_at_once=self._connection.endpoint is None,
        )

    @property
    def _uploads(self) -> list[Upload] | None:
        """What was begun and not completed when the server was tried out, if it was."""
        known: Findings | None = self.__dict__.get("findings")
        return None if known is None else known.uploads

    def _described(self, key: str, response: Mapping[str, Any]) -> StoredObject:
        return described(key, response, self._abilities)

    @contextlib.contextmanager
    def _if_stored(self, name: str, version_id: str | None, action: str) -> Iterator[None]:
        from botocore.exceptions import ClientError

        with self._connection.explained(action, name):
            try:
                yield
            except ClientError as error:
                if not says_absent(error):
                    raise
                raise not_stored(self._url(name), version_id) from error
