"""Credentials in settings of git, read as text: git itself is not started for a stranger's.

The keys are those of https://git-scm.com/docs/git-config. Until version 5 actions/checkout left a
token in ``http.<url>.extraheader``; since 6 it is in a file that ``includeIf`` names
(https://github.com/actions/checkout/pull/2286).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_USER = re.compile(r"\bhttps?://[^/\s\"'@]+@", re.IGNORECASE)
_SAID = {
    "http.extraheader": re.compile(r"^\s*extraheader\s*=\s*\S", re.IGNORECASE | re.MULTILINE),
    "http.cookieFile": re.compile(r"^\s*cookiefile\s*=\s*\S", re.IGNORECASE | re.MULTILINE),
    "credential.helper": re.compile(
        r"^\s*helper\s*=\s*\"?(store|cache)\b", re.IGNORECASE | re.MULTILINE
    ),
    "a URL with a user in it": _USER,
}
_INCLUDED = re.compile(r"^\s*path\s*=\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_LONGEST = 1 << 20
_DEEPEST = 10  # as deep as git itself follows includes


def has_user(text: str) -> bool:
    """Say whether there is a web address with a user, and maybe a password, in a text.

    Examples
    --------
    >>> has_user("https://x-access-token:abc@github.com/a/b"), has_user("https://github.com/@a")
    (True, False)
    """
    return _USER.search(text) is not None


def in_repositories(folders: Sequence[Path]) -> Iterator[str]:
    """Name what is in the settings of the repositories that folders are in."""
    for repository in dict.fromkeys(filter(None, map(_git_folder, folders))):
        nested = sorted(repository.glob("modules/**/config"))
        for path in (repository / "config", repository / "config.worktree", *nested):
            yield from said_by(path)


def said_by(path: Path, *, depth: int = 0) -> Iterator[str]:
    """Name the credentials in a file of settings, and in those that it includes."""
    try:
        with path.open("rb") as stream:
            text = stream.read(_LONGEST).decode("utf-8", "replace")
    except OSError:
        return
    for name, pattern in _SAID.items():
        if pattern.search(text):
            yield f"{path} ({name})"
    if depth == _DEEPEST:
        return
    # Whatever the condition of an include is: the file is within reach if it is there.
    for name in _INCLUDED.findall(text):
        included = path.parent / Path(name.strip('"')).expanduser()
        yield from said_by(included, depth=depth + 1)


def _git_folder(folder: Path) -> Path | None:
    """Find the settings of the repository around a folder, those of a worktree's included."""
    resolved = folder.resolve()
    for parent in (resolved, *resolved.parents):
        git = parent / ".git"
        if git.is_dir():
            return git
        if git.is_file():
            return _shared_folder(git)
    return None


def _shared_folder(pointer: Path) -> Path | None:
    try:
        named = pointer.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
        own = (pointer.parent / named).resolve()
        shared = own / "commondir"
        return (own / shared.read_text().strip()).resolve() if shared.is_file() else own
    except (OSError, ValueError):
        return None
