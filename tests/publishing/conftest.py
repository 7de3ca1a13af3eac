"""Stores with every kind of guarantee, and stores that fail."""

from __future__ import annotations

import hashlib
import io
import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from brainscore_data.publishing.runs import Run
from brainscore_data.store.interface import (
    Capabilities,
    KeyTakenError,
    Location,
    NotStoredError,
    StoredObject,
    VersionMovedError,
    unwatched,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path


@dataclass
class Version:
    described: StoredObject
    content: bytes
    tags: dict[str, str]


@dataclass
class MemoryStore:
    """A store in memory, with or without versions, conditions, and checksums of its own."""

    versioned: bool = True
    conditional: bool = True
    checksums: bool = True
    writable: bool = True
    null_id: str | None = None  # S3 calls it "null"
    #: Visibilities that everybody can read; None where nobody is without credentials.
    exposes: tuple[str, ...] | None = ("public",)
    kept: dict[str, list[Version]] = field(default_factory=dict)
    tidied: list[list[str]] = field(default_factory=list)
    #: Called between looking and writing: where two writers meet on a store without conditions.
    before_write: Callable[[], None] | None = None
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def location(self) -> Location:
        return Location("s3://lab/data", region="us-east-2", bucket="lab", prefix="data/")

    def capabilities(self) -> Capabilities:
        return Capabilities(
            self.writable,
            versioning="enabled" if self.versioned else "never enabled",
            conditions="honoured" if self.conditional else "ignored",
        )

    def stat(self, key: str, version_id: str | None = None) -> StoredObject | None:
        found = self._find(key, version_id)
        return found.described if found else None

    def latest(self, keys: Iterable[str]) -> dict[str, StoredObject]:
        return {key: self.kept[key][-1].described for key in keys if self.kept.get(key)}

    def versions(self, key: str) -> list[StoredObject]:
        return [version.described for version in self.kept.get(key, [])]

    def create(
        self,
        key: str,
        source: Path,
        metadata: Mapping[str, str],
        tags: Mapping[str, str],
        sent: Callable[[int], None] = unwatched,
    ) -> StoredObject:
        if self.kept.get(key):
            raise KeyTakenError("this key has a version already", where=key)
        stored = self._put(key, source, metadata, tags)
        sent(stored.size)
        return stored

    def replace(
        self,
        key: str,
        source: Path,
        metadata: Mapping[str, str],
        tags: Mapping[str, str],
        sent: Callable[[int], None] = unwatched,
        *,
        expected_version: str,
    ) -> StoredObject:
        latest = self.stat(key)
        if latest is None or latest.version_id != expected_version:
            raise VersionMovedError("another version is the latest", where=key)
        stored = self._put(key, source, metadata, tags)
        sent(stored.size)
        return stored

    def tidy(self, keys: Collection[str]) -> None:
        self.tidied.append(list(keys))

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        found = self._find(key, version_id)
        if found is None or found.described.deleted:
            raise NotStoredError("it is not there", where=key)
        return io.BytesIO(found.content)

    def readable_by_all(self, key: str, version_id: str | None = None) -> bool | None:
        return self.would_be_readable_by_all(self.tags(key, version_id))

    def would_be_readable_by_all(self, tags: Mapping[str, str]) -> bool | None:
        return None if self.exposes is None else tags.get("visibility") in self.exposes

    def tags(self, key: str, version_id: str | None = None) -> Mapping[str, str]:
        found = self._find(key, version_id)
        if found is None:
            raise NotStoredError("it is not there", where=key)
        return found.tags

    def delete(self, key: str) -> None:
        marker = StoredObject(key, f"v{next(self._ids)}", 0, deleted=True)
        self.kept[key].append(Version(marker, b"", {}))

    def put_by_hand(self, key: str, content: bytes) -> StoredObject:
        """Write as other programs do: without metadata or tags, whatever is there."""
        version_id = f"v{next(self._ids)}" if self.versioned else self.null_id
        sha256 = hashlib.sha256(content).hexdigest() if self.checksums else None
        stored = StoredObject(key, version_id, len(content), sha256)
        earlier = self.kept.setdefault(key, [])
        if not self.versioned:
            earlier.clear()
        earlier.append(Version(stored, content, {}))
        return stored

    def _put(
        self, key: str, source: Path, metadata: Mapping[str, str], tags: Mapping[str, str]
    ) -> StoredObject:
        content = source.read_bytes()
        if self.before_write is not None:
            callback, self.before_write = self.before_write, None
            callback()
        self.put_by_hand(key, content)
        version = self.kept[key][-1]
        version.described = replace(version.described, metadata=dict(metadata))
        version.tags = dict(tags)
        return version.described

    def _find(self, key: str, version_id: str | None) -> Version | None:
        versions = self.kept.get(key, [])
        if version_id is None:
            return versions[-1] if versions else None
        return next((v for v in versions if v.described.version_id == version_id), None)


class Killed(BaseException):
    """What ends a process: nothing may catch it."""


@dataclass
class FailingStore:
    """A store that does something at its n-th call, before or after the call takes effect."""

    inner: Any
    at: int = 0
    when: str = "before"
    action: Callable[[], None] = lambda: None
    calls: int = 0

    @property
    def location(self) -> Location:
        location: Location = self.inner.location
        return location

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        def call(*args: Any, **options: Any) -> Any:
            self.calls += 1
            due = self.calls == self.at
            if due and self.when == "before":
                self.action()
            result = method(*args, **options)
            if due and self.when == "after":
                if hasattr(result, "close"):
                    result.close()
                self.action()
            return result

        return call


@pytest.fixture
def memory_store() -> type[MemoryStore]:
    return MemoryStore


@pytest.fixture
def failing_store() -> type[FailingStore]:
    return FailingStore


@pytest.fixture
def killed() -> type[Killed]:
    return Killed


@pytest.fixture
def run() -> Run:
    return Run(who="majaj", when="2015-09-30T12:00:00+00:00", commit="c" * 40)


@pytest.fixture
def other_run() -> Run:
    return Run(who="hong", when="2015-10-01T12:00:00+00:00")
