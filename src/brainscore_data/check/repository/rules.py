"""Rules of the repository: what lies in it, what git has of it, and who can see it."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.base.place import Place
from brainscore_data.base.text import some
from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Example, Made, Rule, Symlink
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.repository.examples import POINTER, dataset, manifest, source
from brainscore_data.check.repository.facts import (
    FileFacts,
    ManifestFacts,
    NotSeen,
    PackagedData,
    PrivateItem,
    StatedLicense,
    UnlistedData,
)
from brainscore_data.dataset.licenses import canonical_license, likely_license, own_references

_MOST_NAMED = 3
_LARGE = {
    "trials.csv": Made(
        "a table of 20 kB", lambda: b"stimulus_id,participant,choice\n" + b"face_1,1,left\n" * 1400
    )
}
_LIMIT = 'largest-file = "10 kB"\n'
_IN_LFS = {".gitattributes": "trials.csv filter=lfs diff=lfs merge=lfs -text\n"}
_PRIVATE = manifest(visibility="private")
_MOVE = 'keep the dataset in a private repository, or say visibility = "public"'


def _project(*, with_data_in: str) -> Example:
    settings = f'{_LIMIT}\n[project]\nname = "brainscore-vision"\nversion = "1"\n'
    data = dataset(_LARGE, folder=with_data_in, settings=settings)
    return Example({"brainscore_vision/__init__.py": "", **data.files, **_IN_LFS})


class ManifestValid(Rule[ManifestFacts]):
    """A manifest lacks a key that it needs, or has one that is unknown or does not fit.

    The program packages a dataset as its dataset.toml says, so it ignores no misspelt key. If the
    manifest is wrong, the rules about stimuli and assemblies skip the dataset. BSD110 checks that
    the manifest is TOML at all. BSD103 and BSD106 check its identifiers.
    """

    code = "BSD601"
    name = "manifest-valid"
    fails = dataset(toml=manifest().replace("license", "licence"))
    passes = dataset()

    def check(self, facts: ManifestFacts) -> Iterator[Violation]:
        if facts.lacks is not None:
            raise ModuleNotFoundError(f"No module named {facts.lacks!r}", name=facts.lacks)
        yield from facts.problems


class FolderReadable(Rule[NotSeen]):
    """A folder cannot be listed, or a manifest is not a file.

    The program checked nothing in such a folder. So the folder does not count as passed.
    """

    code = "BSD602"
    name = "folder-readable"
    fails = Example({"trials/dataset.toml/trials.csv": "stimulus_id,choice\nface_1,left\n"})
    passes = dataset(folder="trials/")

    def check(self, facts: NotSeen) -> Iterator[Violation]:
        if facts.by == "system":
            yield Violation(Place(facts.subject), facts.reason, facts.hint)


class GitAnswers(Rule[NotSeen]):
    """Git does not say which files are in the repository.

    The program asks git which files it tracks, ignores and keeps in LFS. If git is not installed or
    fails, the rules about large, unlisted, packaged and private files find nothing. A dataset
    that is in no repository passes this rule.
    """

    code = "BSD603"
    name = "git-answers"
    severity = Severity.WARNING
    fails = Example({**dataset().files, ".git/config": "[core\n"})
    passes = dataset()

    def check(self, facts: NotSeen) -> Iterator[Violation]:
        if facts.by == "git":
            message = f"what is in the repository is not known: {facts.reason}"
            yield Violation(Place(facts.subject), message, facts.hint)


class LargeFile(Rule[FileFacts]):
    """A large data file is in git, and not in LFS or under [sources].

    Everybody who clones the repository gets every version of every file that was ever in it. GitHub
    warns about files above 50 MiB and refuses files above 100 MiB. The limit here is `largest-file`
    in [tool.brainscore-data], 10 MB by default. The rule looks at files that git tracks, and at
    files that a manifest names and git does not ignore.
    """

    code = "BSD604"
    name = "large-data-file"
    fails = dataset(_LARGE, settings=_LIMIT)
    passes = Example({**fails.files, **_IN_LFS})

    def check(self, facts: FileFacts, settings: Settings) -> Iterator[Violation]:
        if facts.is_committed and not facts.in_lfs and facts.size > settings.largest_file:
            yield Violation(
                Place(facts.subject),
                f"has {_written(facts.size)}, more than the {_written(settings.largest_file)} that "
                "fit into git",
                "upload it to an archive, name it with `brainscore-data source add URL`, and take "
                "it out of git; or put it into LFS with `git lfs track`",
            )


class LfsPulled(Rule[FileFacts]):
    """Only the LFS pointer of a file is here, not the file itself.

    Without git-LFS, a clone has a few lines of text in place of each large file. These lines are
    not the data, and nobody must publish them.
    """

    code = "BSD605"
    name = "lfs-not-pulled"
    fails = dataset({"trials.csv": POINTER})
    passes = dataset()

    def check(self, facts: FileFacts) -> Iterator[Violation]:
        if facts.is_pointer:
            yield Violation(
                Place(facts.subject),
                "is a git-LFS pointer: the file itself was not downloaded",
                "run `git lfs pull` in the repository (in GitHub Actions, give actions/checkout "
                "`lfs: true`), or pin the file under [sources]",
            )


class DataListed(Rule[UnlistedData]):
    """The manifest does not name a data file in the dataset's folder.

    Nobody publishes a data file that no manifest names. Either somebody forgot to name it, or it
    need not be in the repository, where people can see it. The rule looks only in folders with a
    dataset.toml, and only at files that git does not ignore.
    """

    code = "BSD606"
    name = "data-not-listed"
    severity = Severity.WARNING
    fails = dataset({"pilot.csv": "stimulus_id,choice\nface_1,left\n"})
    passes = Example({**fails.files, ".gitignore": "pilot.csv\n"})

    def check(self, facts: UnlistedData) -> Iterator[Violation]:
        hint = "name it in an item, take it out of the repository, or add it to .gitignore"
        if len(facts.names) == 1:
            message = f"{facts.manifest} does not name this file"
        else:
            first = ", ".join(shown(name) for name in facts.names[:_MOST_NAMED])
            more = ", …" if len(facts.names) > _MOST_NAMED else ""
            message = f"{facts.manifest} does not name {len(facts.names)} files here: {first}{more}"
            hint = hint.replace("name it", "name them").replace(" it ", " them ")
        yield Violation(Place(facts.subject), message, hint)


class DataInWheel(Rule[PackagedData]):
    """Large data lies inside a Python package.

    A file inside a package can end up in its wheel. Then everybody who installs the library
    downloads the data of every dataset, whether they need it or not. PyPI accepts no file above
    100 MB. A dataset lies in a package if an `__init__.py` is in its folder or in one above it, and
    the repository has a pyproject.toml, setup.py or setup.cfg there. The rule adds up the dataset's
    data files that are or will be in git, also those in LFS. It does not look at what
    pyproject.toml, setup.py or setup.cfg leave out of the wheel. The limit is `largest-file` in
    [tool.brainscore-data].
    """

    code = "BSD607"
    name = "data-in-wheel"
    severity = Severity.WARNING
    fails = _project(with_data_in="brainscore_vision/data/doe2024/")
    passes = _project(with_data_in="datasets/doe2024/")

    def check(self, facts: PackagedData, settings: Settings) -> Iterator[Violation]:
        if facts.size > settings.largest_file:
            files = "1 data file" if facts.count == 1 else f"{facts.count} data files"
            yield Violation(
                Place(facts.subject),
                f"{files} of this dataset ({_written(facts.size)}, e.g. {shown(facts.example)}) "
                f"lie in the Python package {shown(facts.package)}",
                "name them in [sources], or move the dataset out of the package; if they stay, "
                "exclude them from the package's data in pyproject.toml",
            )


class LinkStays(Rule[FileFacts]):
    """A symlink leads out of the dataset.

    A link is only a path. If it leads out of the dataset, it leads nowhere on other machines, and
    on a runner it could lead to a secret. The program opens nothing behind such a link. If a data
    file belongs to no dataset, its link must stay in the repository. What lies in .git is never
    data, because git's settings can contain a token. If git-annex keeps the files there, `git annex
    unlock` puts them in their places.
    """

    code = "BSD608"
    name = "link-leaves-dataset"
    fails = dataset({"trials.csv": Symlink.to("/data/trials.csv")})
    passes = dataset()

    def check(self, facts: FileFacts) -> Iterator[Violation]:
        link = facts.link
        if link is None or link.leads == "inside":
            return
        if link.leads == "nowhere" and link.home == "repository":
            return  # no dataset is the poorer for it
        why_not = {
            "nowhere": "is not there",
            "outside": f"leads out of the {link.home}",
            "git": "is git's own, and never a dataset's file",
        }
        message = f"is a symlink to {shown(link.target)}, which {why_not[link.leads]}"
        hint = "replace the link by the file itself, or say in [sources] where it can be fetched"
        yield Violation(Place(facts.subject), message, hint)


class PrivateFiles(Rule[PrivateItem]):
    """A file of a private item is in a public repository.

    Whoever can see the repository has the data, whatever the store allows. Git keeps the data after
    somebody deletes it. An item is private unless it says otherwise. The event of a GitHub workflow
    or `public = true` in [tool.brainscore-data] says that the repository is public.
    """

    code = "BSD609"
    name = "private-files-public"
    fails = dataset(toml=_PRIVATE, settings="public = true\n")
    passes = dataset(toml=_PRIVATE, settings="public = false\n")

    def check(self, facts: PrivateItem) -> Iterator[Violation]:
        if facts.is_public and facts.committed:
            yield Violation(
                facts.place,
                f"{shown(facts.identifier)} is private, and this repository is public: "
                f"everybody can read {some(facts.committed, _MOST_NAMED, shown)}",
                f"{_MOVE}; if it was pushed, remove it from git's history as well",
            )


class PrivateFilesPerhaps(Rule[PrivateItem]):
    """A file of a private item is in a repository that may be public.

    On a laptop the program cannot know whether the repository is public. If it is, everybody can
    read what somebody commits for a private item, also an address with a secret in it. Answer the
    question with `public = true` or `public = false` in [tool.brainscore-data].
    """

    code = "BSD610"
    name = "private-files-perhaps-public"
    severity = Severity.WARNING
    fails = dataset(toml=_PRIVATE)
    passes = dataset(toml=_PRIVATE, settings="public = false\n")

    def check(self, facts: PrivateItem) -> Iterator[Violation]:
        names = (*facts.committed, *facts.secret_links)
        if facts.is_public is None and names:
            yield Violation(
                facts.place,
                f"{shown(facts.identifier)} is private, and whoever sees this repository can "
                f"read {some(names, _MOST_NAMED, shown)}",
                f"{_MOVE}; if the repository is private, write `public = false` into "
                "[tool.brainscore-data]",
            )


class PrivateSourceClosed(Rule[PrivateItem]):
    """The source of a private item is open to everybody.

    The program downloads a source without a password, unless it has a `token-env`. So everybody can
    do the same, even if the repository is private. An address that contains a token or a signature is as private as the
    manifest that names it.
    """

    code = "BSD611"
    name = "private-source-open"
    fails = dataset(toml=manifest(visibility="private", more=source()), settings="public = false\n")
    passes = dataset(toml=manifest(more=source()), settings="public = false\n")

    def check(self, facts: PrivateItem) -> Iterator[Violation]:
        names = (*facts.links, *(facts.secret_links if facts.is_public else ()))
        if names:
            yield Violation(
                facts.place,
                f"{shown(facts.identifier)} is private, and everybody can fetch "
                f"{some(names, _MOST_NAMED, shown)} from the address in [sources]",
                f"put the files beside the manifest and {_MOVE}",
            )


class LicenseKnown(Rule[StatedLicense]):
    """Nobody can know what the license of a public item says.

    Whoever reads public data needs to know whether they may use it. People and programs understand
    an SPDX expression (https://spdx.org/licenses/): CC-BY-4.0, CC0-1.0, "MIT OR Apache-2.0". For a
    license of your own, write LicenseRef- and a name, and say with `license_text` in [dataset]
    where its text is. If nobody may use the data without asking, write "restricted". A private item
    may have any license.
    """

    code = "BSD612"
    name = "license-known"
    fails = dataset(toml=manifest().replace("CC-BY-4.0", "CC BY 4.0"))
    passes = dataset()

    def check(self, facts: StatedLicense) -> Iterator[Violation]:
        if not facts.items:
            return
        items = some(facts.items, _MOST_NAMED, shown)
        if canonical_license(facts.license) is None:
            meant = likely_license(facts.license)
            yield Violation(
                facts.place,
                f"{shown(facts.license)} is not a license that SPDX knows, and {items} shall be public",
                f"{f'did you mean {meant!r}? Otherwise take' if meant else 'take'} one of "
                'https://spdx.org/licenses/, "LicenseRef-…" and `license_text`, or "restricted"',
            )
        elif (own := own_references(facts.license)) and not facts.has_text:
            yield Violation(
                facts.place,
                f"nobody knows what {own[0]} says, and {items} shall be public",
                "say in [dataset] where its text is: `license_text`, a URL or a file",
            )


class DecisionsMade(Rule[ManifestFacts]):
    """A manifest still has a TODO.

    `brainscore-data init` writes a TODO for what only you can decide: who may read the data, under
    which license, which rows are practice. You can check, package and look at a dataset with a
    TODO. `publish` refuses it, because what is published stays published. Delete the comment once
    you have decided.
    """

    code = "BSD613"
    name = "decisions-made"
    severity = Severity.WARNING
    fails = dataset(
        toml=manifest().replace("license", "# TODO: ask Jane whether this is right\nlicense")
    )
    passes = dataset()

    def check(self, facts: ManifestFacts) -> Iterator[Violation]:
        for line, todo in facts.todos:
            yield Violation(
                Place(facts.subject, line),
                f"still to be done: {todo or 'what the TODO here says'}",
                "do it and delete this comment; until then `publish` refuses this dataset",
            )


def _written(size: int) -> str:
    """Write a number of bytes for people.

    >>> _written(10_000_000), _written(1_250_000), _written(950)
    ('10 MB', '1.2 MB', '950 bytes')
    """
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= 10 * one:
            return f"{size // one} {unit}"
        if size >= one:
            return f"{size / one:.2g} {unit}"
    return f"{size} bytes"
