"""Which credentials a job has in reach: a contributor's script runs only where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.github.inputs import Inputs
from brainscore_data.scripting.credentials import find_credentials


def refuse_script_beside_credentials(
    inputs: Inputs, environment: Mapping[str, str], workspace: Path
) -> None:
    """Make sure that a script of a contributor finds no credentials."""
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
    return (
        *find_credentials(environment, [workspace]),
        *(
            f"the input {name.replace('_', '-')}"
            for name in ("role_to_assume", "github_token", "register_token")
            if getattr(inputs, name) is not None
        ),
    )
