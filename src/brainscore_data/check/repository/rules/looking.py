"""Whether manifests are right, and whether the rest could be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.check.repository.examples import dataset, manifest
from brainscore_data.check.repository.facts import ManifestFacts, NotSeen


class ManifestValid(Rule[ManifestFacts]):
    """A manifest lacks a key that it needs, or has one that is unknown or does not fit."""

    code = "BSD601"
    name = "manifest-valid"
    why = (
        "A dataset is packaged as its dataset.toml says. A misspelt key would be passed over "
        "without a word, and nothing else can be checked where the manifest is wrong: rules "
        "about stimuli and assemblies leave such a dataset out. That it is TOML at all is for "
        "BSD110, and that an identifier can be a key of its own for BSD103 and BSD106, unless "
        "these do not run."
    )
    fails = dataset(toml=manifest().replace("license", "licence"))
    passes = dataset()

    def check(self, facts: ManifestFacts) -> Iterator[Violation]:
        if facts.lacks is not None:
            raise ModuleNotFoundError(f"No module named {facts.lacks!r}", name=facts.lacks)
        yield from facts.problems


class FolderReadable(Rule[NotSeen]):
    """A folder cannot be listed, or a manifest is no file."""

    code = "BSD602"
    name = "folder-readable"
    why = "What lies in a folder that cannot be listed was not checked; that is no pass."
    fails = Example({"trials/dataset.toml/trials.csv": "stimulus_id,choice\nface_1,left\n"})
    passes = dataset(folder="trials/")

    def check(self, facts: NotSeen) -> Iterator[Violation]:
        if facts.by == "system":
            yield Violation(Place(facts.subject), facts.reason, facts.hint)


class GitAnswers(Rule[NotSeen]):
    """Git does not tell which files are in the repository."""

    code = "BSD603"
    name = "git-answers"
    severity = Severity.WARNING
    why = (
        "Git is asked which files it tracks, ignores and keeps in LFS. Where it is not installed "
        "or fails, the rules about large, unlisted, packaged and private files find nothing. "
        "Where a dataset is in no repository there is nothing to ask, and this rule is content."
    )
    fails = Example({**dataset().files, ".git/config": "[core\n"})
    passes = dataset()

    def check(self, facts: NotSeen) -> Iterator[Violation]:
        if facts.by == "git":
            message = f"what is in the repository is not known: {facts.reason}"
            yield Violation(Place(facts.subject), message, facts.hint)
