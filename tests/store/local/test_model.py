"""Whatever is done to a local store, it agrees with a dict of lists of versions."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from how_often import examples
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from brainscore_data.store.interface import KeyTakenError, NotStoredError, VersionMovedError
from brainscore_data.store.local.folder import LocalStore
from brainscore_data.store.write import Write

# Names that begin alike, nest, and differ in case only where file systems tell them apart.
KEYS = st.sampled_from(["a", "a.b", "a.csv", "b/a", "b/a.csv", "00000001", "object"])
CONTENTS = st.binary(max_size=40)
WORDS = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)


class LocalStoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.source = Path(self.folder.name, "source")
        self.model: dict[str, list[tuple[str, bytes, dict[str, str], dict[str, str]]]] = {}

    @property
    def store(self) -> LocalStore:
        """A new one each time: nothing is remembered but in the folder."""
        return LocalStore(Path(self.folder.name, "store"))

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(key=KEYS, content=CONTENTS, metadata=WORDS, tags=WORDS)
    def create(self, key, content, metadata, tags):
        self.source.write_bytes(content)
        if self.model.get(key):
            with pytest.raises(KeyTakenError):
                self.store.write(Write(key, self.source, metadata, tags))
            return
        created = self.store.write(Write(key, self.source, metadata, tags))
        self.model[key] = [(created.version_id, content, metadata, tags)]

    @rule(key=KEYS, content=CONTENTS, metadata=WORDS, tags=WORDS, back=st.integers(0, 2))
    def replace(self, key, content, metadata, tags, back):
        versions = self.model.get(key, [])
        expected = versions[-1 - back][0] if back < len(versions) else "1.AAAAAAAAAAAAAAAAAAAAAAAA"
        self.source.write_bytes(content)
        if back or not versions:
            with pytest.raises(VersionMovedError):
                self.store.write(Write(key, self.source, metadata, tags, expected_version=expected))
            return
        written = self.store.write(
            Write(key, self.source, metadata, tags, expected_version=expected)
        )
        versions.append((written.version_id, content, metadata, tags))

    @rule(key=KEYS)
    def open_what_is_not_there(self, key):
        if not self.model.get(key) and self.model:
            with pytest.raises(NotStoredError):
                self.store.open(key)

    @invariant()
    def every_version_ever_written_is_as_it_was(self):
        for key, versions in self.model.items():
            listed = self.store.versions(key)
            assert [version.version_id for version in listed] == [v[0] for v in versions]
            assert self.store.stat(key) == listed[-1]
            for version_id, content, metadata, tags in versions:
                found = self.store.stat(key, version_id)
                assert (found.size, found.metadata) == (len(content), metadata)
                assert self.store.tags(key, version_id) == tags
                with self.store.open(key, version_id) as stream:
                    assert stream.read() == content

    @invariant()
    def no_version_id_is_used_twice(self):
        used = [version[0] for versions in self.model.values() for version in versions]
        assert len(set(used)) == len(used)


TestLocalStore = LocalStoreMachine.TestCase
TestLocalStore.settings = settings(deadline=None, max_examples=examples(5), stateful_step_count=15)
