"""Rules of identifiers among each other."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.check.identifiers.examples import manifest, plugin
from brainscore_data.check.identifiers.probe import Identified, Names, RegisteredIdentifier
from brainscore_data.dataset.identifiers import colliding, describe_collision, is_key_safe
from brainscore_data.dataset.naming import (
    identifier_tokens,
    misspellings,
    nearly_same_identifier,
    nearly_same_word,
    parse_identifier,
)

# The stores of brainscore_vision and brainscore_language.
_KNOWN_STORES = (
    "s3://brainscore-storage/brainio-brainscore",
    "s3://brainscore-storage/brainscore-vision",
    "s3://brainscore-storage/brainscore-language",
)
_Each = TypeVar("_Each", bound=Identified)
# Names that have a misspelling in common are compared one by one: a hostile file has thousands.
_MOST_COMPARED = 20


class KeyCollision(Rule[Names]):
    """Two identifiers lead to one key.

    Readers look for `Kar2019.public` under `assy_Kar2019_public.nc`: every dot becomes an
    underscore, so `Kar2019_public` is the same file. Names that differ only in case are the same
    file on macOS and Windows. The first one published has the key, and the second cannot be
    published.
    """

    code = "BSD106"
    name = "key-collision"
    fails = manifest("Kar2019.public", "Kar2019_public")
    passes = manifest("Kar2019.public", "Kar2019.private")

    def check(self, facts: Names) -> Iterator[Violation]:
        # The key is that of the earlier one; what was not asked for was there first.
        files = sorted(
            (each for each in facts.registered if each.names_files),
            key=lambda each: each.is_checked,
        )
        checked = [each for each in files if each.is_checked]
        taken: list[tuple[Identified, Identified]] = [*_colliding(facts.others, facts.given)]
        # Two versions of one file are no mistake, and neither is one file under two registry keys.
        taken += [
            (later, earlier)
            for later, earlier in _colliding((), files)
            if later.identifier != earlier.identifier
            and later.store == earlier.store
            and later.is_checked
        ]
        # A dataset and its own registration have one name.
        known: Sequence[Identified]
        for known, new in ((files, facts.given), (facts.others, checked)):
            taken += [
                (later, earlier)
                for later, earlier in _colliding(known, new)
                if later.identifier != earlier.identifier and type(later) is not type(earlier)
            ]
        for item, other in taken:
            message = describe_collision(item.kind, item.identifier, other.identifier)
            yield Violation(
                item.place,
                f"{shown(item.identifier)} {message} at {other.place}",
                "give it a name of its own",
            )
        for given in facts.given:
            if given.registered_elsewhere is not None:
                yield Violation(
                    given.place,
                    f"{shown(given.identifier)} is registered by another plugin, in "
                    f"{given.registered_elsewhere}",
                    "give it a name of its own, or name that plugin in [dataset]",
                )
        places = {str(each.place): each.place for each in checked}
        for given in facts.others:
            if place := places.get(given.registered_elsewhere or ""):
                yield Violation(
                    place,
                    f"{shown(given.identifier)} is the name of a dataset with another plugin, at "
                    f"{given.place}",
                    "give it a name of its own, or name this plugin in the [dataset] there",
                )


class NearIdentifier(Rule[Names]):
    """A new identifier is nearly one that exists.

    `Geiros2021_sketch` beside `Geirhos2021_sketch`, or `Kar2019-public` beside `Kar2019.public`, is
    a typing error that nobody notices until both are published. Digits and the last letter of a
    word may differ, because they name the parts of a dataset.
    """

    code = "BSD107"
    name = "near-identifier"
    severity = Severity.WARNING
    fails = manifest("Kar2019.pubilc", **plugin("Kar2019.public"))
    passes = manifest("Kar2019.public", **plugin("Kar2019.public"))

    def check(self, facts: Names) -> Iterator[Violation]:
        new = [each for each in facts.given if not each.is_registered]
        if not new:
            return
        names = _registered_names(facts)
        for item in new:
            near = names.near(item.identifier) if is_key_safe(item.identifier) else None
            if near is not None:
                yield Violation(
                    item.place,
                    f"identifier {shown(item.identifier)} is nearly {near!r}, which is registered",
                    f"if {near!r} is meant, write it so; otherwise choose a name that is not "
                    f"mistaken for it",
                )


class NearAuthor(Rule[Names]):
    """An author's name is not spelt as in the other identifiers.

    `Geiros2021` was probably meant to be `Geirhos2021`. The rule compares names of five letters or
    more with the authors of registered data, and reports those that differ in one letter or in
    case. If both names are registered, it takes the more frequent one as right.
    """

    code = "BSD108"
    name = "near-author"
    severity = Severity.WARNING
    fails = manifest("Geiros2021_colour", **plugin("Geirhos2021_sketch"))
    passes = manifest("Geirhos2021_colour", **plugin("Geirhos2021_sketch"))

    def check(self, facts: Names) -> Iterator[Violation]:
        registered = Counter(
            author for each in facts.registered if (author := _author(each.identifier))
        )
        authors = _Spellings(registered, lambda author: (author.casefold(),), _nearly_same_author)
        near_author = functools.cache(authors.near)
        names = functools.cache(lambda: _registered_names(facts))
        new: list[Identified] = [each for each in facts.given if not each.is_registered]
        checked: list[Identified] = [each for each in facts.registered if each.is_checked]
        for item in (*new, *checked):
            author = _author(item.identifier)
            near = near_author(author) if author is not None else None
            if author is not None and near is not None and registered[near] > registered[author]:
                # Of a whole identifier that is nearly another one, that is said, and not of its
                # author again.
                whole = (
                    names().near(item.identifier)
                    if not isinstance(item, RegisteredIdentifier)
                    else None
                )
                is_told = whole is not None and _author(whole) == near
                yield Violation(
                    item.place,
                    f"author {author!r} of {shown(item.identifier)} is nearly {near!r}, of whom "
                    f"there is data",
                    f"if {near!r} is meant, write it so",
                    (NearIdentifier.code, item.place) if is_told else None,
                )


class NearBucket(Rule[Names]):
    """A bucket's name has hyphens and underscores swapped.

    `brainscore_storage` is not `brainscore-storage`, and reading from it fails only when somebody
    scores a model. Stores are compared with Brain-Score's own, and with those that the repository
    uses more often.
    """

    code = "BSD109"
    name = "near-bucket"
    severity = Severity.WARNING
    fails = Example(plugin("Kar2019", bucket="brainscore-storage/brainio_brainscore"))
    passes = Example(plugin("Kar2019", bucket="brainscore-storage/brainio-brainscore"))

    def check(self, facts: Names) -> Iterator[Violation]:
        used = Counter(each.store for each in facts.registered if each.store)
        usual: dict[str, str] = {}
        for store in (*_KNOWN_STORES, *(store for store, _ in used.most_common())):
            usual.setdefault(store.replace("_", "-").casefold(), store)
        for each in facts.registered:
            if not each.is_checked or each.store is None:
                continue
            meant = usual[each.store.replace("_", "-").casefold()]
            if (meant != each.store and meant in _KNOWN_STORES) or used[meant] > used[each.store]:
                yield Violation(
                    each.place,
                    f"bucket {shown(each.store)} is nearly {shown(meant)}",
                    f"if {shown(meant)} is meant, write it so: '-' and '_' are not the same",
                    ("BSD516", each.place),
                )


def _colliding(known: Sequence[_Each], new: Sequence[_Each]) -> Iterator[tuple[_Each, _Each]]:
    """Pair each new one with the first of all that has its key, if that is another one."""
    items = [*known, *new]
    for later, earlier in colliding((each.kind, each.identifier) for each in items):
        if later >= len(known):
            yield items[later], items[earlier]


def _author(identifier: str) -> str | None:
    parsed = parse_identifier(identifier) if is_key_safe(identifier) else None
    return parsed.author if parsed is not None else None


def _nearly_same_author(one: str, other: str) -> bool:
    ours, theirs = one.casefold(), other.casefold()
    return one != other and (ours == theirs or nearly_same_word(ours, theirs))


class _Spellings:
    """Known names, found by a misspelling that another name has as well."""

    def __init__(
        self,
        names: Iterable[str],
        words_of: Callable[[str], tuple[str, ...]],
        is_near: Callable[[str, str], bool],
    ) -> None:
        self._words_of, self._is_near = words_of, is_near
        self._known: dict[tuple[str, ...], list[str]] = {}
        for name in names:
            for misspelt in misspellings(words_of(name)):
                self._known.setdefault(misspelt, []).append(name)

    def near(self, name: str) -> str | None:
        """Give the first known name that another one is nearly, and not the same."""
        found = (
            known
            for misspelt in misspellings(self._words_of(name))
            for known in self._known.get(misspelt, ())[:_MOST_COMPARED]
            if known != name and self._is_near(name, known)
        )
        return next(found, None)


def _registered_names(facts: Names) -> _Spellings:
    known = dict.fromkeys(
        name
        for each in facts.registered
        for name in (each.identifier, each.registry_key)
        if name is not None and is_key_safe(name)
    )
    return _Spellings(known, identifier_tokens, nearly_same_identifier)
