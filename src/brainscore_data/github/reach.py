"""Which credentials a job has in reach: a contributor's script runs only where there are none."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brainscore_data.github.inputs import Inputs

# Where boto3 looks for keys, and where jobs usually have tokens:
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html
_VARIABLES = {
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the job may ask for id tokens (`id-token: write`)",
    "AWS_ACCESS_KEY_ID": "an AWS key",
    "AWS_SECRET_ACCESS_KEY": "an AWS key",
    "AWS_SESSION_TOKEN": "an AWS session",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "an AWS identity",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "an AWS container's role",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "an AWS container's role",
    "GITHUB_TOKEN": "a token for GitHub",
    "GH_TOKEN": "a token for GitHub",
}


def refuse_script_beside_credentials(
    inputs: Inputs, environment: Mapping[str, str], workspace: Path
) -> None:
    """Make sure that a script of a contributor finds no credentials.

    Raises
    ------
    UsageError
        If there are any; all of them are named, none is shown.
    """
    if inputs.script is None:
        return
    found = credentials_in_reach(inputs, environment, workspace)
    if found:
        listed = "\n".join(f"    {each}" for each in found)
        raise UsageError(
            f"a contributor's script may not run beside credentials, and this job has\n{listed}",
            where="script",
            hint="package in a job of its own with `permissions: contents: read`, without "
            "credentials, and check out with `persist-credentials: false`",
        )


def credentials_in_reach(
    inputs: Inputs, environment: Mapping[str, str], workspace: Path
) -> tuple[str, ...]:
    """List the credentials that a program started by this job would find."""
    found = [f"{name}: {what}" for name, what in _VARIABLES.items() if environment.get(name)]
    home = Path(environment.get("HOME") or Path.home())
    file = environment.get("AWS_SHARED_CREDENTIALS_FILE") or str(home / ".aws" / "credentials")
    if Path(file).is_file():
        found.append(f"{file}: AWS keys")
    found += [
        f"the input {name.replace('_', '-')}"
        for name in ("role_to_assume", "github_token", "register_token")
        if getattr(inputs, name) is not None
    ]
    if _keeps_a_token(workspace):
        found.append("git's settings: the token that actions/checkout left there")
    return tuple(found)


def _keeps_a_token(workspace: Path) -> bool:
    """Look for what checkout leaves behind, in the repository's settings or in files it names."""
    git = shutil.which("git")
    if git is None:
        return False
    asked = ["config", "--includes", "--name-only", "--get-regexp", r"^http\..*\.extraheader$"]
    done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
        [git, "-C", str(workspace), *asked],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
    )
    return bool(done.stdout.strip())
