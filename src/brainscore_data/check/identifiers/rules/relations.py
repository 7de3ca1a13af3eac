"""Rules of identifiers among each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.check.identifiers.examples import manifest, plugin
from brainscore_data.check.identifiers.probe import (
    Identified,
    ManifestIdentifier,
    Names,
    RegisteredIdentifier,
)
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
# Names that have a misspelling in common are compared one by one: a hostile file has thousands.
_MOST_COMPARED = 20
# A misspelling → the names that have it.
_Index = dict[tuple[str, ...], list[str]]


class KeyCollision(Rule[Names]):
    """Two identifiers lead to one key."""

    code = "BSD106"
    name = "key-collision"
    why = (
        "Readers look for `Kar2019.public` under `assy_Kar2019_public.nc`: every dot becomes an "
        "underscore, so `Kar2019_public` is the same file. Names that differ in case only are the "
        "same file on macOS and Windows. What is published first has the key; the other cannot "
        "be published, or would break every reader of the first."
    )
    fails = manifest("Kar2019.public", "Kar2019_public")
    passes = manifest("Kar2019.public", "Kar2019.private")

    def check(self, facts: Names) -> Iterator[Violation]:
        # The key is that of the earlier one; what is registered comes first.
        files = [each for each in facts.registered if each.names_files]
        # The name that was not asked for was there first.
        files.sort(key=lambda each: each.is_checked)
        for later, earlier in _colliding([*files, *facts.given]):
            # A dataset and its own registration have one name; two versions of one file are no
            # mistake, and neither is one file under two registry keys.
            if later.identifier == earlier.identifier or not isinstance(
                earlier, RegisteredIdentifier
            ):
                continue
            if isinstance(later, RegisteredIdentifier) and (
                later.store != earlier.store or not later.is_checked
            ):
                continue
            yield _taken(later, earlier)
        given = frozenset[Identified](facts.given)
        for later, earlier in _colliding([*facts.others, *facts.given]):
            if later in given:
                yield _taken(later, earlier)
        for item in facts.given:
            if item.registered_elsewhere is not None:
                yield Violation(
                    item.place,
                    f"{shown(item.identifier)} is registered by another plugin, at "
                    f"{item.registered_elsewhere}",
                    "give it a name of its own, or name that plugin in [dataset]",
                )
        yield from _taken_by_others([each for each in files if each.is_checked], facts.others)


class NearIdentifier(Rule[Names]):
    """A new identifier is nearly one that exists."""

    code = "BSD107"
    name = "near-identifier"
    severity = Severity.WARNING
    why = (
        "`Geiros2021_sketch` beside `Geirhos2021_sketch`, or `Kar2019-public` beside "
        "`Kar2019.public`, is a slip that nobody notices until both are published. Digits and the "
        "last letter of a word may differ: they tell the parts of a dataset apart."
    )
    fails = manifest("Kar2019.pubilc", **plugin("Kar2019.public"))
    passes = manifest("Kar2019.public", **plugin("Kar2019.public"))

    def check(self, facts: Names) -> Iterator[Violation]:
        new = [each for each in facts.given if not each.is_registered]
        index = _registered_names(facts) if new else {}
        for item in new:
            near = _near_identifier(index, item.identifier)
            if near is not None:
                yield Violation(
                    item.place,
                    f"identifier {shown(item.identifier)} is nearly {near!r}, which is registered",
                    f"if {near!r} is meant, write it so; otherwise choose a name that is not "
                    f"mistaken for it",
                )


class NearAuthor(Rule[Names]):
    """An author's name is not spelt as in the other identifiers."""

    code = "BSD108"
    name = "near-author"
    severity = Severity.WARNING
    why = (
        "`Geiros2021` was probably meant to be `Geirhos2021`. Names from five letters on are "
        "compared that are one letter apart, or differ in case, with the authors of what is "
        "registered; where both are, with the one that is registered more often."
    )
    fails = manifest("Geiros2021_colour", **plugin("Geirhos2021_sketch"))
    passes = manifest("Geirhos2021_colour", **plugin("Geirhos2021_sketch"))

    def check(self, facts: Names) -> Iterator[Violation]:
        registered = Counter(
            author for each in facts.registered if (author := _author(each.identifier))
        )
        index = _by_misspelling((author, (author.casefold(),)) for author in registered)
        nearest: dict[str, str | None] = {}
        names: _Index = {}
        # Of a whole identifier that is nearly another one, that is said, and not of its author again.
        items: list[Identified] = [each for each in facts.given if not each.is_registered]
        checked: list[Identified] = [each for each in facts.registered if each.is_checked]
        for item in (*items, *checked):
            author = _author(item.identifier)
            if author is None:
                continue
            if author not in nearest:
                nearest[author] = _first_near(
                    index, (author.casefold(),), author, _nearly_same_author
                )
            near = nearest[author]
            if near is not None and registered[near] > registered[author]:
                names = names or _registered_names(facts)
                is_new = not isinstance(item, RegisteredIdentifier)
                whole = _near_identifier(names, item.identifier) if is_new else None
                is_told = whole is not None and _author(whole) == near
                yield Violation(
                    item.place,
                    f"author {author!r} of {shown(item.identifier)} is nearly {near!r}, of whom "
                    f"there is data",
                    f"if {near!r} is meant, write it so",
                    (NearIdentifier.code, item.place) if is_told else None,
                )


class NearBucket(Rule[Names]):
    """A bucket is another one with hyphens and underscores swapped."""

    code = "BSD109"
    name = "near-bucket"
    severity = Severity.WARNING
    why = (
        "`brainscore_storage` is not `brainscore-storage`, and reading from it fails only when "
        "somebody scores a model. Stores are compared with Brain-Score's own, and with those that "
        "the repository uses more often."
    )
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


def _colliding(items: Sequence[Identified]) -> Iterator[tuple[Identified, Identified]]:
    pairs = colliding((each.kind, each.identifier) for each in items)
    return ((items[later], items[earlier]) for later, earlier in pairs)


def _taken(item: Identified, other: Identified) -> Violation:
    message = describe_collision(item.kind, item.identifier, other.identifier)
    return Violation(
        item.place,
        f"{shown(item.identifier)} {message} at {other.place}",
        "give it a name of its own",
    )


def _taken_by_others(
    registered: Sequence[RegisteredIdentifier], others: Sequence[ManifestIdentifier]
) -> Iterator[Violation]:
    """Compare registrations that are checked with manifests that are not."""
    manifests = frozenset[Identified](others)
    for later, earlier in _colliding([*others, *registered]):
        if (
            later not in manifests
            and earlier in manifests
            and later.identifier != earlier.identifier
        ):
            yield _taken(later, earlier)
    places = {str(each.place): each.place for each in registered}
    for item in others:
        if place := places.get(item.registered_elsewhere or ""):
            yield Violation(
                place,
                f"{shown(item.identifier)} is the name of a dataset with another plugin, at "
                f"{item.place}",
                "give it a name of its own, or name this plugin in the [dataset] there",
            )


def _author(identifier: str) -> str | None:
    parsed = parse_identifier(identifier) if is_key_safe(identifier) else None
    return parsed.author if parsed is not None else None


def _nearly_same_author(one: str, other: str) -> bool:
    ours, theirs = one.casefold(), other.casefold()
    return one != other and (ours == theirs or nearly_same_word(ours, theirs))


def _registered_names(facts: Names) -> _Index:
    known = {
        name: None
        for each in facts.registered
        for name in (each.identifier, each.registry_key)
        if name is not None and is_key_safe(name)
    }
    return _by_misspelling((name, identifier_tokens(name)) for name in known)


def _near_identifier(index: _Index, identifier: str) -> str | None:
    if not is_key_safe(identifier):
        return None
    tokens = identifier_tokens(identifier)
    return _first_near(index, tokens, identifier, nearly_same_identifier)


def _by_misspelling(names: Iterable[tuple[str, tuple[str, ...]]]) -> _Index:
    index: _Index = {}
    for name, tokens in names:
        for misspelt in misspellings(tokens):
            index.setdefault(misspelt, []).append(name)
    return index


def _first_near(
    index: _Index,
    tokens: tuple[str, ...],
    name: str,
    is_near: Callable[[str, str], bool],
) -> str | None:
    found = (
        known
        for misspelt in misspellings(tokens)
        for known in index.get(misspelt, ())[:_MOST_COMPARED]
        if known != name and is_near(name, known)
    )
    return next(found, None)
