"""What is said of a wheel is what setuptools puts into it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from brainscore_data.check.wheels import packaged, project_around

FILES = (
    "lib/__init__.py",
    "lib/top.csv",
    "lib/data/__init__.py",
    "lib/data/a/__init__.py",
    "lib/data/a/trials.csv",
    "lib/data/a/stimuli/face.png",
    "lib/data/b/plain.nc",
    "lib/models/weights.npy",
    "tests/__init__.py",
    "tests/expected.csv",
    "other/loose.csv",
)
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
PROJECT = '[project]\nname = "lib"\nversion = "1"\n'
FIND = '[tool.setuptools]\npackages = { find = { include = ["lib*"] } }\n'
# As brainscore_vision has it.
EVERYTHING = '[tool.setuptools.package-data]\n"lib.data" = ["**"]\n'
SETTINGS = {
    "nothing said of data": (FIND, ""),
    "all of a package": (FIND + EVERYTHING, ""),
    "one kind in all packages": (FIND + '[tool.setuptools.package-data]\n"*" = ["*.csv"]\n', ""),
    "one level": (FIND + '[tool.setuptools.package-data]\nlib = ["data/*/*"]\n', ""),
    "some left out": (
        FIND + EVERYTHING + '[tool.setuptools.exclude-package-data]\n"*" = ["*.csv"]\n',
        "",
    ),
    "a template": (
        FIND,
        "recursive-include lib *.csv *.png\n# none\nrecursive-exclude lib/data/a *.csv\n",
    ),
    "a whole folder": (FIND, "graft lib/data\nprune lib/data/b\n"),
    "by name": (FIND, "global-include *.nc\ninclude lib/top.csv\ninclude other/loose.csv\n"),
    "a template that is not asked": (
        "[tool.setuptools]\ninclude-package-data = false\npackages = { find = { include = ['lib*'] } }\n",
        "graft lib\n",
    ),
    "a list of packages": ('[tool.setuptools]\npackages = ["lib", "lib.data"]\n' + EVERYTHING, ""),
    "folders that have code": (
        '[tool.setuptools.packages.find]\ninclude = ["lib*"]\nnamespaces = false\n',
        "graft lib\n",
    ),
    "packages left out": (
        '[tool.setuptools.packages.find]\ninclude = ["lib*"]\nexclude = ["lib.data*"]\n',
        "graft lib\n",
    ),
}


@pytest.fixture
def project(tmp_path: Path):
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def configure(settings: str, template: str = "") -> Path:
        (tmp_path / "pyproject.toml").write_text(settings)
        (tmp_path / "MANIFEST.in").write_text(template)
        return tmp_path

    return configure


def taken(folder: Path) -> set[str]:
    found = project_around(folder, folder)
    assert found is not None
    data = [PurePosixPath(name) for name in FILES if not name.endswith(".py")]
    return {str(each) for each in packaged(found, data)}


@pytest.mark.skipif(importlib.util.find_spec("setuptools") is None, reason="needs setuptools")
@pytest.mark.parametrize(("table", "template"), SETTINGS.values(), ids=SETTINGS)
def test_it_is_what_setuptools_takes(project, table, template):
    folder = project(SETUPTOOLS + PROJECT + table, template)
    build = "import setuptools; setuptools.setup()"
    command = [sys.executable, "-W", "ignore", "-c", build, "-q", "build", "-b", "made"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    built = folder / "made" / "lib"
    expected = {
        each.relative_to(built).as_posix()
        for each in built.rglob("*")
        if each.is_file() and each.suffix != ".py"
    }
    assert taken(folder) == expected


IN_LIB = {name for name in FILES if name.startswith("lib/") and not name.endswith(".py")}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('[build-system]\nbuild-backend = "hatchling.build"\n' + PROJECT, IN_LIB),
        ('[build-system]\nbuild-backend = "flit_core.buildapi"\n' + PROJECT, IN_LIB),
        (
            (
                '[build-system]\nbuild-backend = "hatchling.build"\n[project]\nname = "x"\n'
                '[tool.hatch.build.targets.wheel]\npackages = ["lib"]\nexclude = ["*.csv", "/lib/data/b"]\n'
            ),
            {"lib/data/a/stimuli/face.png", "lib/models/weights.npy"},
        ),
        ('[build-system]\nbuild-backend = "hatchling.build"\n[project]\nname = "x"\n', set()),
        ('[build-system]\nbuild-backend = "scikit_build_core.build"\n' + PROJECT, set()),
        ("[build-system]\nbuild-backend = 3\n" + PROJECT, set()),
    ],
    ids=["hatchling", "flit", "hatchling, told", "another name", "unknown", "nonsense"],
)
def test_other_backends_take_whole_packages(project, settings, expected):
    assert taken(project(settings)) == expected


def test_a_file_that_only_sets_tools_makes_no_project(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    assert project_around(tmp_path, tmp_path) is None
    (tmp_path / "pyproject.toml").write_text("[")
    assert project_around(tmp_path, tmp_path) is None


def test_the_search_ends_at_the_top(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "repository").mkdir()
    assert project_around(tmp_path / "repository", tmp_path / "repository") is None
    assert project_around(tmp_path / "repository", tmp_path) is not None
