"""A contributor's script runs only where there are no credentials."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from git_repositories import new_repository

from brainscore_data.base.errors import UsageError
from brainscore_data.github.inputs import Inputs
from brainscore_data.github.tasks.packaging import refuse_script_beside_credentials

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = Inputs("package", script="package.py")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "work")


def test_without_credentials_it_may_run(home: dict[str, str], workspace: Path) -> None:
    refuse_script_beside_credentials(_SCRIPT, home, workspace)


@pytest.mark.parametrize(
    "variable",
    [
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "GITHUB_TOKEN",
    ],
)
def test_credentials_in_the_environment_stop_it_and_are_not_shown(
    variable: str, home: dict[str, str], workspace: Path
) -> None:
    with pytest.raises(UsageError, match=variable) as refused:
        refuse_script_beside_credentials(_SCRIPT, home | {variable: "s3cret"}, workspace)
    assert "s3cret" not in str(refused.value)


def test_keys_in_the_home_folder_stop_it(home: dict[str, str], workspace: Path) -> None:
    from pathlib import Path

    file = Path(home["HOME"], ".aws", "credentials")
    file.parent.mkdir(parents=True)
    file.write_text("[default]\n")
    with pytest.raises(UsageError, match="credentials"):
        refuse_script_beside_credentials(_SCRIPT, home, workspace)


@pytest.mark.parametrize("name", ["role_to_assume", "github_token", "register_token"])
def test_credentials_among_the_inputs_stop_it(
    name: str, home: dict[str, str], workspace: Path
) -> None:
    inputs = Inputs("package", script="package.py", **{name: "x"})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=name.replace("_", "-")):
        refuse_script_beside_credentials(inputs, home, workspace)


def test_the_token_that_checkout_leaves_stops_it(home: dict[str, str], workspace: Path) -> None:
    """In the repository's settings, or in a file that they include, as newer versions do."""
    kept = workspace.parent / "kept"
    setting = ["http.https://github.com/.extraheader", "AUTHORIZATION: basic x"]
    subprocess.run(["git", "config", "--file", str(kept), *setting], check=True)
    git = ["git", "-C", str(workspace), "config"]
    condition = f"includeIf.gitdir:{workspace.resolve()}/.git.path"
    subprocess.run([*git, condition, str(kept)], check=True)
    with pytest.raises(UsageError, match="checkout"):
        refuse_script_beside_credentials(_SCRIPT, home, workspace)


def test_other_commands_do_not_mind(home: dict[str, str], workspace: Path) -> None:
    refuse_script_beside_credentials(
        Inputs("package"), home | {"AWS_ACCESS_KEY_ID": "x"}, workspace
    )
