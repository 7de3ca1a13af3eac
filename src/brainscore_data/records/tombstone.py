"""What is left to say of a version that was taken back: that it was, when, by whom and why."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from brainscore_data.records.bundle import Record, if_known

#: `erasing` while its bytes are being deleted: if that is cut off, it is not as if nothing was.
#: `restored` if its retraction was a mistake: the record stays, and nobody is told any more.
State = Literal["retracted", "restored", "erasing", "erased"]


class Tombstone(Record):
    """The record of one version, kept in its store."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    state: State
    identifier: str
    key: str
    version_id: str | None
    because: str
    who: str
    when: str
    #: What it is, or was, as far as its writer said so: to know it when it comes again.
    sha1: str | None = if_known()
    sha256: str | None = if_known()
    size: int = Field(ge=0)
    digest: str | None = if_known()

    @property
    def erased(self) -> bool:
        """Whether its bytes are gone, or going."""
        return self.state in {"erasing", "erased"}

    def __str__(self) -> str:
        """Say it in a line.

        >>> print(Tombstone(state="erased", identifier="hvm", key="stimulus_hvm.csv", version_id="a",
        ...     because="names of participants", who="majaj", when="2026-11-30T12:00:00+00:00", size=3))
        erased on 2026-11-30 by majaj: names of participants
        """
        state = "erased" if self.erased else self.state
        return f"{state} on {self.when[:10]} by {self.who}: {self.because}"

    def is_of(self, sha256: str, digest: str | None) -> bool:
        """Whether a file is what was taken back: the same bytes, or the same content."""
        return sha256 == self.sha256 or (digest is not None and digest == self.digest)
