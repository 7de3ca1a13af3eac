"""Which files a project's wheel will hold, by what its ``pyproject.toml`` says; nothing is built.

What a ``setup.py`` or a build hook adds is known only by running it, and therefore not known here.
"""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.dataset.toml import read_toml

# https://setuptools.pypa.io/en/latest/userguide/package_discovery.html#flat-layout
_NO_PACKAGES = {
    *("ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments"),
    *("changelog", "test", "tests", "unit_test", "unit_tests", "example", "examples", "scripts"),
    *("tools", "util", "utils", "python", "build", "benchmark", "benchmarks", "exercise"),
    *("exercises", "htmlcov", "tasks"),
}
# These take along everything that lies in the package, unless told otherwise.
_WHOLE_PACKAGES = ("hatchling", "flit_core", "flit_scm", "poetry", "pdm", "uv_build")


@dataclass(frozen=True)
class Project:
    """A folder that wheels are built from.

    Attributes
    ----------
    folder : Path
        Where its ``pyproject.toml`` is.
    name : str
        The wheel's.
    settings : dict
        The whole file.
    """

    folder: Path
    name: str
    settings: dict[str, Any]


def project_around(folder: Path, top: Path) -> Project | None:
    """Find the project that a folder belongs to, looking no higher than `top`."""
    for each in (folder, *folder.parents):
        file = each / "pyproject.toml"
        if os.path.isfile(file):
            try:
                settings = read_toml(file)
            except (BrainScoreDataError, tomllib.TOMLDecodeError):
                return None
            if "project" in settings or "build-system" in settings:
                name = _at(settings, "project", "name") or _at(settings, "tool", "poetry", "name")
                return Project(each, name if isinstance(name, str) else each.name, settings)
        if each == top:
            return None
    return None


def packaged(project: Project, files: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """Choose the files that will be in the wheel; they are given from the project's folder."""
    backend = _at(project.settings, "build-system", "build-backend") or "setuptools"
    if not isinstance(backend, str):
        return []
    if backend.startswith("setuptools"):
        is_in = _setuptools(project)
    elif backend.startswith(_WHOLE_PACKAGES):
        is_in = _whole_packages(project)
    else:
        return []
    return [file for file in files if is_in(file)]


def _setuptools(project: Project) -> Callable[[PurePosixPath], bool]:
    """Tell as setuptools does: a file is taken along with the package that it is in.

    https://setuptools.pypa.io/en/latest/userguide/datafiles.html
    """
    table = _at(project.settings, "tool", "setuptools")
    table = table if isinstance(table, dict) else {}
    name_of = _packages(project, table)
    globs = _globs(table.get("package-data"))
    excluded = _globs(table.get("exclude-package-data"))
    # All that is in the sdist comes along by default where pyproject.toml describes the project.
    in_sdist = _in_sdist(project) if table.get("include-package-data", True) else _never

    def is_in(file: PurePosixPath) -> bool:
        packages = {each: name for each in file.parents if (name := name_of(each))}
        if not packages or _fits(file, packages, excluded):
            return False
        return _fits(file, packages, globs) or in_sdist(file)

    return is_in


def _never(_: PurePosixPath) -> bool:
    return False


def _packages(project: Project, table: dict[str, Any]) -> Callable[[PurePosixPath], str | None]:
    """Give a function that names the package that a folder is, if it is one."""
    packages = table.get("packages")
    if isinstance(packages, list):
        named, roots = {str(each) for each in packages}, _roots(project, table)
        return lambda folder: name if (name := _dotted(folder, roots)) in named else None
    find = packages.get("find") if isinstance(packages, dict) else None
    settings = find if isinstance(find, dict) else {}
    where = settings.get("where", ["."]) if find is not None else _roots(project, table)
    include, exclude = settings.get("include", ["*"]), settings.get("exclude", [])
    needs_init = settings.get("namespaces", True) is False

    def name_of(folder: PurePosixPath) -> str | None:
        name = _dotted(folder, where)
        if name is None or (needs_init and not _has_init(project.folder / folder)):
            return None
        if find is None and where == ["."] and name.partition(".")[0] in _NO_PACKAGES:
            return None
        chosen = any(fnmatch.fnmatchcase(name, str(each)) for each in include)
        left_out = any(fnmatch.fnmatchcase(name, str(each)) for each in exclude)
        return name if chosen and not left_out else None

    return name_of


def _has_init(folder: Path) -> bool:
    return os.path.isfile(folder / "__init__.py")


def _roots(project: Project, table: dict[str, Any]) -> list[str]:
    named = _at(table, "package-dir", "")
    if isinstance(named, str):
        return [named]
    return ["src"] if os.path.isdir(project.folder / "src") else ["."]


def _dotted(folder: PurePosixPath, where: Iterable[Any]) -> str | None:
    """Name a folder as a package; one with a dot in its name is none."""
    for each in where:
        if folder.is_relative_to(str(each)) and (parts := folder.relative_to(str(each)).parts):
            return None if any("." in part for part in parts) else ".".join(parts)
    return None


def _globs(table: Any) -> list[tuple[str, str]]:
    entries = table.items() if isinstance(table, dict) else ()
    return [
        (package, str(glob))
        for package, globs in entries
        if isinstance(globs, list)
        for glob in globs
    ]


def _fits(
    file: PurePosixPath, packages: dict[PurePosixPath, str], globs: list[tuple[str, str]]
) -> bool:
    return any(
        wanted in {"", "*", name} and _pattern(glob).fullmatch(file.relative_to(package).as_posix())
        for package, name in packages.items()
        for wanted, glob in globs
    )


def _pattern(glob: str) -> re.Pattern[str]:
    """Translate as `glob` reads it: ``**`` is any depth, ``*`` stays in its folder."""
    translated = re.escape(glob).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
    return re.compile(translated.replace(r"\*", "[^/]*").replace(r"\?", "[^/]"))


def _in_sdist(project: Project) -> Callable[[PurePosixPath], bool]:
    """Tell what ``MANIFEST.in`` or a plugin that asks git puts into the sdist.

    https://setuptools.pypa.io/en/latest/userguide/miscellaneous.html
    """
    requires = _at(project.settings, "build-system", "requires")
    plugins = ("setuptools-scm", "setuptools_scm", "setuptools-git")
    every = isinstance(requires, list) and any(str(each).startswith(plugins) for each in requires)
    try:
        text = (project.folder / "MANIFEST.in").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    commands = [line.split() for line in text.splitlines() if line.strip()[:1] not in {"", "#"}]

    def is_in(file: PurePosixPath) -> bool:
        found = every
        for command, *words in commands:
            if _speaks_of(command, words, file.as_posix()):
                found = command in {"include", "recursive-include", "global-include", "graft"}
        return found

    return is_in


def _speaks_of(command: str, words: list[str], file: str) -> bool:
    match command:
        case "include" | "exclude":
            return any(_pattern(each).fullmatch(file) for each in words)
        case "recursive-include" | "recursive-exclude" if words:
            inside = words[0] == "*" or file.startswith(f"{words[0].rstrip('/')}/")
            return inside and _is_named(file, words[1:])
        case "global-include" | "global-exclude":
            return _is_named(file, words)
        case "graft" | "prune":
            return any(_pattern(f"{each.rstrip('/')}/**").fullmatch(file) for each in words)
    return False


def _is_named(file: str, globs: list[str]) -> bool:
    name = file.rpartition("/")[2]
    return any(fnmatch.fnmatchcase(name, each) for each in globs)


def _whole_packages(project: Project) -> Callable[[PurePosixPath], bool]:
    """Tell for backends that take whole folders.

    https://hatch.pypa.io/latest/plugins/builder/wheel/#default-file-selection,
    https://flit.pypa.io/en/stable/pyproject_toml.html, https://python-poetry.org/docs/pyproject/
    """
    wheel = _at(project.settings, "tool", "hatch", "build", "targets", "wheel")
    wheel = wheel if isinstance(wheel, dict) else {}
    module = _at(project.settings, "tool", "flit", "module", "name") or project.name
    name = re.sub(r"[-_.]+", "_", str(module))
    chosen = [f"/{each}" for key in ("packages", "only-include") for each in _list(wheel, key)]
    folders = [*chosen, *map(str, _list(wheel, "include"))] or [f"/{name}", f"/src/{name}"]
    excluded = [str(each) for each in _list(wheel, "exclude")]

    def is_in(file: PurePosixPath) -> bool:
        return _lies_in(file, folders) and not _lies_in(file, excluded)

    return is_in


def _lies_in(file: PurePosixPath, globs: list[str]) -> bool:
    """Tell as ``.gitignore`` does: a pattern without a slash counts on every level."""
    places = [each.as_posix() for each in (file, *file.parents) if each.parts]
    for glob in globs:
        plain = glob.strip("/").removesuffix("/**")
        pattern = _pattern(plain if "/" in glob.rstrip("/") else f"**/{plain}")
        if any(pattern.fullmatch(place) for place in places):
            return True
    return False


def _list(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []


def _at(table: Any, *keys: str) -> Any:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table
