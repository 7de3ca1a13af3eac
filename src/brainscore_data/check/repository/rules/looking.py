"""Whether manifests are right, and whether the rest could be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.repository.examples import dataset, manifest
from brainscore_data.check.repository.facts import ManifestFacts, NotSeen


class ManifestValid(Rule[ManifestFacts]):
    """A manifest has the keys that it needs, each with a value that fits, and no others."""

    code = "BSD601"
    name = "manifest-valid"
    severity = Severity.ERROR
    looks_at = ManifestFacts
    why = (
        "A dataset is packaged as its dataset.toml says. A misspelt key would be passed over "
        "without a word, and nothing else can be checked where the manifest is wrong: rules "
        "about stimuli and assemblies leave such a dataset out. That it is TOML at all is for "
        "BSD110, and that an identifier can be a key of its own for BSD103 and BSD106, unless "
        "these do not run."
    )
    fails = dataset(toml=manifest().replace("license", "licence"))
    passes = dataset()

    def check(self, facts: ManifestFacts, settings: Settings) -> Iterator[Violation]:
        if facts.lacks is not None:
            raise ModuleNotFoundError(f"No module named {facts.lacks!r}", name=facts.lacks)
        for problem in facts.problems:
            yield Violation(problem.place, problem.message, problem.hint, problem.cause)


class FolderReadable(Rule[NotSeen]):
    """Every folder can be listed, and a manifest is a file."""

    code = "BSD602"
    name = "folder-readable"
    severity = Severity.ERROR
    looks_at = NotSeen
    why = "What lies in a folder that cannot be listed was not checked; that is no pass."
    fails = Example({"trials/dataset.toml/trials.csv": "stimulus_id,choice\nface_1,left\n"})
    passes = dataset(folder="trials/")

    def check(self, facts: NotSeen, settings: Settings) -> Iterator[Violation]:
        if facts.by == "system":
            yield Violation(Place(facts.subject), facts.reason, facts.hint)


class GitAnswers(Rule[NotSeen]):
    """Git tells which files are in the repository."""

    code = "BSD603"
    name = "git-answers"
    severity = Severity.WARNING
    looks_at = NotSeen
    why = (
        "Git is asked which files it tracks, ignores and keeps in LFS. Where it is not installed "
        "or fails, the rules about large, unlisted, packaged and private files find nothing. "
        "Where a dataset is in no repository there is nothing to ask, and this rule is content."
    )
    fails = Example({**dataset().files, ".git/config": "[core\n"})
    passes = dataset()

    def check(self, facts: NotSeen, settings: Settings) -> Iterator[Violation]:
        if facts.by == "git":
            message = f"what is in the repository is not known: {facts.reason}"
            yield Violation(Place(facts.subject), message, facts.hint)
