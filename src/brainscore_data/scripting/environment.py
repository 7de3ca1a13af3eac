"""The environment of a script: what it needs to run, and nothing that opens a door."""

from __future__ import annotations

import os
import site
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainscore_data.base.child_environment import harmless
from brainscore_data.base.errors import UsageError
from brainscore_data.records.script_uploads import RECORD
from brainscore_data.scripting.credentials import secret_variables

# To reach the network as its author would, and to draw without a screen.
_MORE = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "MPLBACKEND"),
)


def in_ci(environment: Mapping[str, str]) -> bool:
    """Say whether this runs in CI, where nobody is asked.

    Examples
    --------
    >>> in_ci({"CI": "true"}), in_ci({"CI": "false"}), in_ci({"GITHUB_ACTIONS": "true"})
    (True, False, True)
    """
    return any(
        environment.get(name, "").strip().lower() not in ("", "0", "false", "no")
        for name in ("CI", "GITHUB_ACTIONS")
    )


def scrubbed(
    environment: Mapping[str, str], *, home: Path, record: Path, named: Sequence[str] = ()
) -> dict[str, str]:
    """Make the environment of a script."""
    secret = set(secret_variables(environment))
    for name in named:
        if name not in environment:
            plain, given, _ = name.partition("=")
            if given:  # as other programs take it; the value may be nobody's business
                raise UsageError(
                    f"--env names a variable, and this is one with its value: {plain}=…",
                    hint=f"set {plain} in the environment, and pass it on with --env {plain}",
                )
            raise UsageError(f"there is no variable {name}", hint="set it, or leave --env away")
        if name in secret or name == RECORD:
            raise UsageError(
                f"the variable {name} is not given to a script",
                hint="a script of others gets no credentials; what it needs it has to do without",
            )
    kept = {
        name: value
        for name, value in harmless(environment, more=[*_MORE, *named]).items()
        if name not in secret
    }
    installed = site.getuserbase()
    startup = str(Path(__file__).parent / "startup")
    return {
        **kept,
        # Every interpreter that the script starts is redirected as its own is.
        "PYTHONPATH": os.pathsep.join(filter(None, [startup, kept.get("PYTHONPATH")])),
        "HOME": str(home),
        "USERPROFILE": str(home),
        # What `pip install --user` put there stays importable.
        **({"PYTHONUSERBASE": installed} if Path(installed).is_dir() else {}),
        # The other ways to keys: files elsewhere than in HOME, and the machine's own role.
        # https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / ".aws" / "credentials"),
        "GIT_TERMINAL_PROMPT": "0",
        RECORD: str(record.resolve()),  # wherever the script goes
    }
