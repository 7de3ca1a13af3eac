"""What is known of a repository and of the datasets in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from brainscore_data.base.place import Place


@dataclass(frozen=True)
class ManifestProblem:
    """One thing that is wrong in a manifest.

    Attributes
    ----------
    place : Place
        Where.
    message, hint : str
        What is wrong, and what to do.
    cause : (str, Place) or None
        The finding of the rules of identifiers that says this already.
    """

    place: Place
    message: str
    hint: str
    cause: tuple[str, Place] | None = None


@dataclass(frozen=True)
class ManifestFacts:
    """What is wrong in a manifest.

    Attributes
    ----------
    subject : str
        The manifest.
    problems : tuple of ManifestProblem
        All of them.
    lacks : str or None
        The package without which only TOML can be told from what is none.
    """

    subject: str
    problems: tuple[ManifestProblem, ...] = ()
    lacks: str | None = None


@dataclass(frozen=True)
class NotSeen:
    """Something that could not be looked at.

    Attributes
    ----------
    subject : str
        The file or folder.
    reason, hint : str
        Why, and what to do.
    by : str
        ``git``, or ``system``: who refused.
    """

    subject: str
    reason: str
    hint: str
    by: Literal["git", "system"] = "system"


@dataclass(frozen=True)
class Link:
    """A symlink.

    Attributes
    ----------
    target : str
        What is written in it.
    home : str
        What it should stay in: its dataset, or else the repository.
    leads : str
        ``inside`` that, ``outside``, to what is ``git``'s own, or ``nowhere``.
    """

    target: str
    home: Literal["dataset", "repository"]
    leads: Literal["inside", "outside", "git", "nowhere"]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file.

    Attributes
    ----------
    subject : str
        The file.
    size : int
        In bytes.
    is_committed : bool
        Whether git tracks it, or will: a manifest names it, and git does not ignore it.
    in_lfs : bool
        Whether ``.gitattributes`` puts it into git-LFS.
    is_pointer : bool
        Whether it is what git-LFS puts in the place of a file.
    link : Link or None
        None for what is no symlink.
    """

    subject: str
    size: int = 0
    is_committed: bool = False
    in_lfs: bool = False
    is_pointer: bool = False
    link: Link | None = None


@dataclass(frozen=True)
class UnlistedData:
    """Data files in a folder of a dataset that its manifest does not name.

    Attributes
    ----------
    subject : str
        The folder; the file, if it is one only.
    names : tuple of str
        Of the files, sorted.
    manifest : str
        That does not name them.
    """

    subject: str
    names: tuple[str, ...]
    manifest: str


@dataclass(frozen=True)
class PackagedData:
    """The data files of a dataset that lies in a Python package.

    Attributes
    ----------
    subject : str
        The manifest.
    package : str
        The name of the outermost package.
    count, size : int
        How many files, and their bytes.
    example : str
        The largest of them.
    """

    subject: str
    package: str
    count: int
    size: int
    example: str


@dataclass(frozen=True)
class PrivateItem:
    """A private item of a manifest, and what of it others may see.

    Attributes
    ----------
    subject : str
        The manifest.
    place : Place
        Where the item stands in it.
    identifier : str
        Its name.
    committed : tuple of str
        Its files that are in the repository.
    links : tuple of str
        The names in ``[sources]`` of its files that anybody can fetch.
    secret_links : tuple of str
        Those whose address has a secret in it: open only to who can read the manifest.
    is_public : bool or None
        Whether the repository is; None if that is not known.
    """

    subject: str
    place: Place
    identifier: str
    committed: tuple[str, ...]
    links: tuple[str, ...]
    secret_links: tuple[str, ...]
    is_public: bool | None
