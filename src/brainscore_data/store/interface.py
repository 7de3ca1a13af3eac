"""What every store can do, and the words for what is in one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, Protocol

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.store.openness import Openness, Shall
from brainscore_data.store.tags import NO_TAGS
from brainscore_data.store.upkeep import Upkeep
from brainscore_data.store.write import Write

Versioning = Literal["enabled", "suspended", "never enabled", "unknown"]
Handling = Literal["honoured", "ignored", "refused", "unknown"]
#: `told`: the store says what it computed, and leaves the comparing to the writer.
Comparing = Literal["honoured", "told", "ignored", "refused", "unknown"]
Verdict = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Location:
    """Where a store is, as a receipt records it.

    Attributes
    ----------
    url : str
        ``s3://bucket/prefix``, ``osf://project/folder`` or ``file:///folder``, without a slash at the end.
    endpoint : str or None
        The server, where it is not AWS's own.
    region, bucket : str or None
        None where the store has no such thing.
    prefix : str
        Goes before every key, with its slash; empty where there is none.
    """

    url: str
    endpoint: str | None = None
    region: str | None = None
    bucket: str | None = None
    prefix: str = ""

    def recorded(self, key: str) -> dict[str, Any]:
        """Say where a key is, by the names that receipts have for it."""
        known = {"store": self.url, "endpoint": self.endpoint, "region": self.region}
        return {**known, "bucket": self.bucket, "key": self.prefix + key}


@dataclass(frozen=True)
class Capabilities:
    """What a store does and does not guarantee.

    Attributes
    ----------
    writable : bool
        Whether this caller can write to it.
    versioning : {"enabled", "suspended", "never enabled", "unknown"}
        Whether every write of a key keeps the earlier ones and gets a version id. Only "enabled"
        means so.
    conditions, complete_conditions : {"honoured", "ignored", "refused", "unknown"}
        What becomes of "only if nobody was there first": with a file that is sent in one piece,
        and with one that is put together from parts.
    checksums : {"honoured", "told", "ignored", "refused", "unknown"}
        Whether the store compares what arrives with the checksum that was announced, or tells what
        it computed of it. What it says of an object's checksum is worth something only then.
    completes_at_once : bool
        Whether a file in parts is known to become one all at once. Where it is not, what the
        store says of its checksum proves nothing, and it is read back.
    tags : bool
        Whether it keeps tags.
    resumes : bool
        Whether this caller can go on with a large file that was cut off.
    checks_owner : bool
        Whether the store refuses a bucket of another account than was asked for, if one was.
    repeats : bool
        Whether the same bytes on top of themselves are a version of their own.
    largest : int or None
        How many bytes a file may have; None where no file that can be made has too many.
    obstacle : str or None
        Why this caller cannot write to it, or not ask whether it keeps versions, where that is known.
    """

    writable: bool
    versioning: Versioning
    conditions: Handling = "honoured"
    complete_conditions: Handling = "honoured"
    checksums: Comparing = "honoured"
    completes_at_once: bool = True
    tags: bool = True
    resumes: bool = True
    checks_owner: bool = True
    repeats: bool = True
    largest: int | None = None
    obstacle: str | None = None

    @property
    def versioned(self) -> bool:
        """Whether every write of a key keeps the earlier ones."""
        return self.versioning == "enabled"

    @property
    def conditional(self) -> bool:
        """Whether a write, of any size, can be made to fail when somebody else was there first."""
        return self.conditions == self.complete_conditions == "honoured"


@dataclass(frozen=True)
class Answer:
    """What was found out about one question, before anything is published.

    Attributes
    ----------
    question : str
        One or two words, e.g. "versioning".
    verdict : {"yes", "no", "unknown"}
        Whether it is as one would like it.
    detail : str
        What was found, or which permission or setting is missing.
    hint : str or None
        What to do about it.
    """

    question: str
    verdict: Verdict
    detail: str
    hint: str | None = None


@dataclass(frozen=True)
class StoredObject:
    """One version of one key.

    Attributes
    ----------
    key : str
        Below the store's prefix.
    version_id : str or None
        None where the store keeps no versions.
    size : int
        In bytes.
    sha256 : str or None
        As the *store itself* computed it over the bytes; None where it computes none. What a
        writer claimed is in `metadata`.
    metadata : Mapping of str to str
        What the writer said about the content: sha1, sha256, digest, identifier, writer.
    deleted : bool
        Whether this is a delete marker: the key counts as taken, and has no bytes.
    etag : str or None
        What is another when the bytes are; None where the store has no such thing.
    written : str or None
        When, in ISO 8601; None where the answer did not say.
    tagged_later : bool
        Of one that was just written: whether its tags did not come with the bytes, and were put
        on it afterwards.
    """

    key: str
    version_id: str | None
    size: int
    sha256: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False
    etag: str | None = None
    written: str | None = field(default=None, compare=False)
    tagged_later: bool = field(default=False, compare=False)

    @property
    def replaces(self) -> str | None:
        """The version that its writer says it superseded."""
        return self.metadata.get(REPLACES)

    @property
    def verified(self) -> Literal["store checksum", "read back"]:
        """How its bytes are confirmed, by what the store offers: the same for whoever asks."""
        return "read back" if self.sha256 is None else "store checksum"


#: Where a replacement says which version it superseded: in its metadata, which every server keeps,
#: and in a tag for people to see.
REPLACES = "replaces"


class KeyTakenError(DataError):
    """A first version was to be written, and the key has one already."""


class VersionMovedError(DataError):
    """Another version than the expected one is the latest."""


class NotStoredError(DataError):
    """There is no such key, or no such version of it."""


LOOK_IT_UP = (
    "check the identifier and the store for a typing error; "
    "`brainscore-data lookup` lists the versions of an identifier"
)


def not_stored(where: str, version_id: str | None) -> NotStoredError:
    """Say that there is no such key, or no such version of it, and where to look."""
    what = f"version {version_id!r} is" if version_id else "it is"
    return NotStoredError(f"{what} not in the store", where=where, hint=LOOK_IT_UP)


class StoreUnavailableError(BrainScoreDataError):
    """The store did not answer; nothing is known about what was asked of it."""

    exit_code = 3


class NotPermittedError(UsageError):
    """Whoever asks may not read, list or ask for something."""


class ReadOnlyStoreError(UsageError):
    """The store refuses writes of this caller."""


class Store(Protocol):
    """A place for versions of files, each under a key.

    No method changes the bytes of a version that exists, or removes it (`upkeep` can). A method that raises has
    written nothing, unless it raises `StoreUnavailableError`: then `stat` tells. A store that
    inherits from this class looks at one key after the other, loses no tags and leaves nothing to
    tidy, unless it says otherwise.
    """

    @property
    def location(self) -> Location:
        """Where it is."""

    @property
    def upkeep(self) -> Upkeep:
        """The same place, for those who look after it."""

    def capabilities(self, *, trying: bool = True) -> Capabilities:
        """Find out what it guarantees; writes nothing that a key could name.

        Nothing at all where `trying` is off: then what only a write can tell is taken for granted.
        """

    def answers(self) -> tuple[Answer, ...]:
        """Ask who the caller is and what it may do: all but what `capabilities` says.

        A "no" to "list" or "read" keeps a publication from going through.
        """

    def conditions_hold(self) -> bool | None:
        """Whether it refuses a write of which another was faster; None if this caller cannot know.

        A reader asks this: it takes no permission to write, and tries nothing out.
        """

    def stat(self, key: str, version_id: str | None = None) -> StoredObject | None:
        """Describe a version, the latest unless one is named; None if there is none."""

    def latest(
        self,
        keys: Iterable[str],
        public: Collection[str] = (),  # noqa: ARG002 - few stores tell both by one answer
    ) -> Mapping[str, StoredObject]:
        """Describe the latest version of each of many keys; those never written are left out.

        Whether everybody can read them is asked next of those that are to be `public`.
        """
        found = {key: self.stat(key) for key in keys}
        return {key: stored for key, stored in found.items() if stored is not None}

    def versions(self, key: str) -> list[StoredObject]:
        """Describe all versions of a key, the earliest first."""

    def write(self, write: Write) -> StoredObject:
        """Write the first version of a key, or one on top of the expected version.

        Raises
        ------
        KeyTakenError
            If no version is expected, and the key has one, or a delete marker, already.
        VersionMovedError
            If another version than the expected one is the latest.
        """

    def open(self, key: str, version_id: str | None = None, *, start: int = 0) -> BinaryIO:
        """Open the bytes of a version, the latest unless one is named; from `start` on.

        Raises
        ------
        NotStoredError
            If it is not there.
        """

    def open_as_anybody(self, key: str, version_id: str | None = None) -> BinaryIO | None:
        """Open the bytes of a version as somebody without credentials: one question tells both.

        None where that is refused, or there is no such thing; `readable_by_all` tells which.
        """

    def readable_by_all(self, key: str, version_id: str | None = None) -> bool | None:
        """Try to read a version as somebody without credentials.

        Returns
        -------
        bool or None
            None where there is no such thing, as in a folder: its permissions decide.

        Raises
        ------
        StoreUnavailableError, UsageError
            If the store's answer does not tell.
        """

    def openness(self, *, trying: bool = False) -> Openness:
        """Find out how what is public is opened; `write` goes by it when that was `trying`."""

    def set_visibility(
        self, key: str, version_id: str | None, shall: Shall, marks: Mapping[str, str] = NO_TAGS
    ) -> None:
        """Open a version to everybody, or close it, in the way of the store; `marks` are more tags."""

    def would_be_readable_by_all(self, tags: Mapping[str, str]) -> bool | None:
        """Try `readable_by_all` on a small object with these tags, before a real one is written.

        The object is none of the keys. It is written once, and used again by later runs.
        """

    def tags(self, key: str, version_id: str | None = None) -> Mapping[str, str]:
        """Read the tags of a version: who, which commit, public or private; none where none are kept."""

    def restore_tags(
        self,
        key: str,  # noqa: ARG002 - most lose none
        version_id: str | None,  # noqa: ARG002
        size: int,  # noqa: ARG002
        tags: Mapping[str, str],  # noqa: ARG002
    ) -> bool:
        """Put tags on a version whose write, of `size` bytes, lost them; say whether it had."""
        return False

    def tidy(self, keys: Collection[str]) -> None:  # noqa: ARG002 - in most there is nothing
        """Remove what writes of these keys left behind that were cut off more than a day ago."""
        return
