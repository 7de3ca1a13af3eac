"""Private items stay private: neither their files nor a link to them is for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.repository.examples import dataset, manifest, source
from brainscore_data.check.repository.facts import PrivateItem

_PRIVATE = manifest(visibility="private")
_MOVE = 'keep the dataset in a private repository, or say visibility = "public"'
_MOST_NAMED = 3


class PrivateFiles(Rule[PrivateItem]):
    """A file of a private item is in a public repository."""

    code = "BSD609"
    name = "private-files-public"
    why = (
        "Who can see the repository has the data, whatever the store allows, and git keeps it "
        "after it was deleted. An item is private unless it says otherwise. That the repository "
        "is public is known from the event of a GitHub workflow, or from `public = true` in "
        "[tool.brainscore-data]."
    )
    fails = dataset(toml=_PRIVATE, settings="public = true\n")
    passes = dataset(toml=_PRIVATE, settings="public = false\n")

    def check(self, facts: PrivateItem) -> Iterator[Violation]:
        if facts.is_public and facts.committed:
            yield Violation(
                facts.place,
                f"{shown(facts.identifier)} is private, and this repository is public: "
                f"{_listed(facts.committed)} can be read by everybody",
                f"{_MOVE}; what was pushed has to be taken out of git's history as well",
            )


class PrivateFilesPerhaps(Rule[PrivateItem]):
    """A file of a private item is in a repository that is not known to be private."""

    code = "BSD610"
    name = "private-files-perhaps-public"
    severity = Severity.WARNING
    why = (
        "On a laptop nobody knows whether the repository is public. If it is, whatever is "
        "committed for a private item is public as well, and so is an address with a secret in "
        "it. `public = true` or `public = false` in [tool.brainscore-data] answers the question."
    )
    fails = dataset(toml=_PRIVATE)
    passes = dataset(toml=_PRIVATE, settings="public = false\n")

    def check(self, facts: PrivateItem) -> Iterator[Violation]:
        names = (*facts.committed, *facts.secret_links)
        if facts.is_public is None and names:
            yield Violation(
                facts.place,
                f"{shown(facts.identifier)} is private, and whoever sees this repository can "
                f"read {_listed(names)}",
                f"{_MOVE}; `public = false` in [tool.brainscore-data] says that it is private",
            )


class PrivateSourceClosed(Rule[PrivateItem]):
    """The source of a private item is open to everybody."""

    code = "BSD611"
    name = "private-source-open"
    why = (
        "Sources are downloaded without a password. What can be fetched that way can be fetched "
        "by everybody, in a private repository, too. An address with a token or a signature in it "
        "is as private as the manifest that it stands in."
    )
    fails = dataset(toml=manifest(visibility="private", more=source()), settings="public = false\n")
    passes = dataset(toml=manifest(more=source()), settings="public = false\n")

    def check(self, facts: PrivateItem) -> Iterator[Violation]:
        names = (*facts.links, *(facts.secret_links if facts.is_public else ()))
        if names:
            yield Violation(
                facts.place,
                f"{shown(facts.identifier)} is private, and everybody can fetch {_listed(names)} "
                "from where [sources] says",
                f"put the files beside the manifest and {_MOVE}",
            )


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(shown(name) for name in every[:_MOST_NAMED]) + more
