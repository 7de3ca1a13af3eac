"""What a rule is: a small object that looks at one kind of facts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.settings import Settings


class AboutSubject(Protocol):
    """Facts: a frozen dataclass or a named tuple that can be pickled, made by a probe."""

    @property
    def subject(self) -> str:
        """The file that they are about, as the user would type it."""


Facts = TypeVar("Facts", bound=AboutSubject)


@dataclass(frozen=True)
class Made:
    """A file of an example that is not text.

    Attributes
    ----------
    description : str
        What stands for it in the documentation.
    make : callable
        Gives its bytes.
    """

    description: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Symlink(Made):
    """A symlink of an example; what it "makes" is where it leads."""

    @classmethod
    def to(cls, target: str) -> Symlink:
        """Describe a link."""
        return cls(f"a symlink to `{target}`", target.encode)


class Example(NamedTuple):
    """A small repository, as a mapping of paths to what is in them."""

    files: Mapping[str, str | Made]


class Rule(ABC, Generic[Facts]):
    """One thing that can be wrong.

    The first line of a rule's docstring is its title. A rule keeps no state, and yields a
    violation for each place where it is broken.

    Attributes
    ----------
    code : str
        ``BSD`` and three digits, the first of which is the family's.
    name : str
        Stable, with hyphens; can be used wherever the code can.
    severity : Severity
        Errors stop a publication.
    looks_at : type
        The facts it is given, one at a time.
    requires : frozenset of str
        Codes of rules of the same facts; when one of them is broken, this one is skipped.
    why : str
        Why it matters, for people who meet it for the first time.
    fails, passes : Example
        The same example, broken and mended.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    looks_at: ClassVar[type]
    requires: ClassVar[frozenset[str]] = frozenset()
    why: ClassVar[str]
    fails: ClassVar[Example]
    passes: ClassVar[Example]

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (type(self).__doc__ or self.name).strip().splitlines()[0]

    @property
    def family(self) -> str:
        """``BSD1`` of ``BSD101``."""
        return self.code[:4]

    @abstractmethod
    def check(self, facts: Facts, settings: Settings) -> Iterable[Violation]:
        """Yield what is wrong, nothing if all is well."""
