"""Raw files that stay where they are: told to git, and known by it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.files import written_whole
from brainscore_data.base.repository import find_repository, resolved
from brainscore_data.dataset.document import manifest_above, named_by_place

_IGNORE = ".gitignore"
_LITERALLY = ("--literal-pathspecs",)
_REWRITE = (
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/"
    "removing-sensitive-data-from-a-repository"
)


def staying_home(paths: Iterable[Path]) -> frozenset[Path]:
    """Find the files that are neither published nor in a repository.

    No manifest names them or a folder that they are in, and git ignores them. Outside of git,
    ``.gitignore`` names them, as `keep_home` writes it.
    """
    by_repository: dict[Path | None, list[Path]] = {}
    for path in paths:
        if not _is_named(path):
            by_repository.setdefault(find_repository(path.parent), []).append(path)
    found: set[Path] = set()
    for repository, files in by_repository.items():
        if repository is None:
            found |= {path for path in files if _is_listed(path)}
            continue
        places = {os.fsencode(_place(path)): path for path in files}
        found |= {places[each] for each in _ignored(repository, places) if each in places}
    return frozenset(found)


def keep_home(path: Path) -> str:
    """Make sure that git ignores a file or a folder; say what came of it, and what is left to do."""
    is_in_git, name = find_repository(path.parent) is not None, path.name
    if not (_is_ignored(path) if is_in_git else _is_listed(path)):
        _ignore(path)
    if not is_in_git:
        return f"{name} is kept as it is; .gitignore keeps it out of a repository"
    try:
        if commit := _commit_with(path):
            return (
                f"{name} is kept as it is, but is committed already ({commit[:10]}): `git rm "
                f"--cached {name}` takes it out of the next commit. Whoever has the earlier "
                f"commits has it; {_REWRITE} says how to rewrite them"
            )
        if _ask_git(path.parent, *_LITERALLY, "ls-files", "--", name):
            return (
                f"{name} is kept as it is, but git has it staged: `git rm --cached {name}` before "
                "you commit"
            )
    except BrainScoreDataError as error:
        return f"{name} is kept as it is; git does not say whether it has it: {error.message}"
    if _is_ignored(path):
        return f"{name} is kept as it is, and git ignores it"
    return f"{name} is kept as it is, but git does not ignore it: put it into .gitignore"


def committed_before(path: Path) -> str | None:
    """Say what an earlier commit still has, of a file that was fixed in its place."""
    try:
        commit = _commit_with(path) if find_repository(path.parent) is not None else ""
    except BrainScoreDataError:
        return None
    if not commit:
        return None
    return f"git has committed the original already ({commit[:10]}): {_REWRITE} says what to do"


def _is_named(path: Path) -> bool:
    manifest = manifest_above(path)
    if manifest is None:
        return False
    place, named = resolved(path), named_by_place(manifest, with_sources=True)
    return any(each in named for each in (place, *place.parents))


def _place(path: Path) -> str:
    """Spell where a file is without following the file itself, if it is a link."""
    return str(resolved(path.parent) / path.name)


def _is_listed(path: Path) -> bool:
    here = Path(_place(path))
    return any(_lines_of(each.parent) & {*_patterns(each)} for each in (here, *here.parents[:3]))


def _lines_of(folder: Path) -> set[str]:
    try:
        return set((folder / _IGNORE).read_text(encoding="utf-8", errors="replace").splitlines())
    except OSError:
        return set()


def _patterns(path: Path) -> tuple[str, str]:
    # https://git-scm.com/docs/gitignore#_pattern_format
    plain = "/" + re.sub(r"([\\*?\[ ])", r"\\\1", path.name)
    return plain, f"{plain}/"


def _ignore(path: Path) -> None:
    file = path.parent / _IGNORE
    if file.is_symlink() or "\n" in path.name:
        return  # git does not follow it, nor can a line hold that; `keep_home` says so
    before = file.read_bytes() if file.exists() else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    line = _patterns(path)[path.is_dir()]
    with written_whole(file) as temporary:
        temporary.write_bytes(before + os.fsencode(line) + b"\n")


def _is_ignored(path: Path) -> bool:
    name = os.fsencode(path.name) + (b"/" if path.is_dir() else b"")
    return bool(_ignored(path.parent, [name], "--no-index"))


def _ignored(folder: Path, paths: Iterable[bytes], *options: str) -> list[bytes]:
    """Ask git which of these it ignores; where it does not answer, none."""
    given = b"".join(path + b"\0" for path in paths)
    command = ("check-ignore", *options, "--stdin", "-z")
    try:
        return _ask_git(folder, *command, given=given, fine=(0, 1)).split(b"\0")[:-1]
    except BrainScoreDataError:
        return []


def _commit_with(path: Path) -> str:
    """Name a commit that has a file; empty if none has."""
    command = ("rev-list", "--all", "--max-count=1", "--", path.name)
    return _ask_git(path.parent, *_LITERALLY, *command).decode(errors="replace").strip()


def _ask_git(
    folder: Path, *command: str, given: bytes = b"", fine: tuple[int, ...] = (0,)
) -> bytes:
    # Most runs find nobody, and need not wait for what starting a program imports.
    from brainscore_data.base.git import ask_git

    return ask_git(folder, *command, given=given, fine=fine)
