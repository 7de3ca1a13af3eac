"""The lock files are what ``pyproject.toml`` asks for, with nothing left open."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from played_action import ROOT

from action.lock import EXTRAS, LOCKS, main

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _pins(command: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (LOCKS / f"{command}.txt").read_text(encoding="utf-8").splitlines():
        if match := _PIN.match(line):
            found.setdefault(canonicalize_name(match["name"]), []).append(match["version"])
    return found


def _asked(project: dict[str, Any], extras: tuple[str, ...]) -> list[Requirement]:
    optional = project["project"]["optional-dependencies"]
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in extras:
        asked += optional[extra]
    found = [Requirement(each) for each in asked]
    # An extra may be made of others.
    inner = {each for one in found if one.name == project["project"]["name"] for each in one.extras}
    mine = [each for each in found if each.name != project["project"]["name"]]
    return mine + (_asked(project, tuple(inner)) if inner else [])


@pytest.mark.parametrize("command", EXTRAS)
def test_every_requirement_of_a_command_is_locked_and_met(
    command: str, project: dict[str, Any]
) -> None:
    pins = _pins(command)
    for requirement in _asked(project, EXTRAS[command]):
        versions = pins[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(each) for each in versions), requirement


@pytest.mark.parametrize("command", [*EXTRAS, "uv", "pip-audit"])
def test_every_line_is_a_pin_or_a_hash(command: str) -> None:
    """No index, no address, no file of somebody's machine."""
    lines = (LOCKS / f"{command}.txt").read_text(encoding="utf-8").splitlines()
    others = [each for each in lines if not (_PIN.match(each) or _HASH.match(each))]
    assert [each for each in others if not each.startswith("#")] == []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.endswith("\\"):
            assert _HASH.match(following), f"{line} is not followed by a hash"


def test_no_command_installs_what_another_one_needs() -> None:
    assert "boto3" not in _pins("check") | _pins("package")
    for command in ("publish", "comment", "audit"):
        assert not _pins(command).keys() & {"xarray", "netcdf4", "pandas", "av", "pyarrow"}


def test_every_lock_is_looked_up_and_renewed() -> None:
    here = LOCKS.relative_to(ROOT).as_posix()
    audit = (ROOT / ".github" / "workflows" / "vulnerabilities.yml").read_text(encoding="utf-8")
    assert f"for lock in {here}/*.txt" in audit
    assert f"--require-hashes --no-deps --only-binary :all: \\\n            -r {here}/pip-" in audit
    proposed = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    assert ("pip", f"/{here}") in {
        (each["package-ecosystem"], each.get("directory")) for each in proposed["updates"]
    }


def test_uv_is_locked_for_all_kinds_of_runners() -> None:
    text = (LOCKS / "uv.txt").read_text(encoding="utf-8")
    assert text.count("--hash") > 10
    assert _pins("uv").keys() == {"uv"}


def test_the_wheels_of_uv_have_addresses_on_pypi() -> None:
    (version,) = _pins("uv")["uv"]
    urls = (LOCKS / "uv.urls").read_text(encoding="utf-8").splitlines()
    form = rf"https://files\.pythonhosted\.org/packages/[0-9a-f/]+/uv-{version}-py3-none-\S+\.whl"
    assert [url for url in urls if not re.fullmatch(form, url)] == []
    script = (ROOT / "action" / "install.sh").read_text(encoding="utf-8")
    named = set(re.findall(r"platform=([a-z]+_\w+) ;;", script)) | {"musllinux_1_1_x86_64"}
    assert len(named) > 5
    for platform in named:
        assert sum(f"-py3-none-{platform}" in url for url in urls) == 1, platform


def test_the_script_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    assert "--keep" in capsys.readouterr().out
