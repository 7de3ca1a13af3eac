"""What a rule is: a small object that looks at one kind of facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar, get_args

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity, Violation
from brainscore_data.check.engine.settings import Settings


class AboutSubject(Protocol):
    """Facts: a frozen dataclass or a named tuple that can be pickled, made by a probe."""

    @property
    def subject(self) -> str:
        """The file that they are about, as the user would type it."""


@dataclass(frozen=True)
class AboutPlace:
    """Facts about what stands in one place of a file."""

    place: Place

    @property
    def subject(self) -> str:
        """The file."""
        return self.place.file


Facts = TypeVar("Facts", bound=AboutSubject)


@dataclass(frozen=True)
class Made:
    """A file of an example that is not text."""

    description: str  # stands for it in the documentation
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


class Rule(Generic[Facts]):
    """One thing that can be wrong: ``class KeyTwice(Rule[RegistryKeys])`` looks at registry keys.

    The first line of a rule's docstring is its title, and says what is wrong; below is why it
    matters. A rule keeps no state.

    Attributes
    ----------
    code : str
        ``BSD`` and three digits, the first of which is the family's.
    name : str
        Stable, with hyphens; can be used wherever the code can.
    severity : Severity
        Errors stop a publication; that is what a rule finds unless it says otherwise.
    requires : frozenset of str
        Codes of rules of the same facts; when one of them is broken, this one is skipped.
    why : str
        Why it matters, for people who meet it for the first time.
    fails, passes : Example
        The same example, broken and fixed; None of what the engine itself reports.
    check : callable
        Gets facts, one at a time, and the `Settings` if it has a parameter ``settings``. It yields a
        violation for each place where the rule is broken.
    looks_at : type
        The facts, as the class names them.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    requires: ClassVar[frozenset[str]] = frozenset()
    why: ClassVar[str]
    fails: ClassVar[Example | None] = None
    passes: ClassVar[Example | None] = None
    check: ClassVar[Callable[..., Iterable[Violation]]]
    looks_at: ClassVar[type]
    _asks_settings: ClassVar[bool]

    def __init_subclass__(cls) -> None:
        """Take the type of the facts from ``Rule[Facts]``, and the reason from the docstring."""
        _, _, why = (cls.__doc__ or "").partition("\n\n")
        if why:
            cls.why = " ".join(why.split())
        for base in cls.__dict__.get("__orig_bases__", ()):
            [cls.looks_at] = get_args(base)
        check = getattr(cls, "check", None)
        cls._asks_settings = check is not None and "settings" in check.__code__.co_varnames

    def violations(self, facts: Facts, settings: Settings) -> Iterable[Violation]:
        """Check facts, under the settings if the rule asks for them."""
        if self._asks_settings:
            return self.check(facts, settings)
        return self.check(facts)

    @classmethod
    def finding(cls, place: Place, message: str, hint: str) -> Finding:
        """Say what is wrong in a place."""
        return Finding(cls.code, cls.name, cls.severity, place, message, hint)

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (type(self).__doc__ or self.name).strip().splitlines()[0]

    @property
    def page(self) -> str:
        """The file in the documentation."""
        return f"{self.code}-{self.name}.md"

    @property
    def family(self) -> str:
        """``BSD1`` of ``BSD101``."""
        return self.code[:4]
