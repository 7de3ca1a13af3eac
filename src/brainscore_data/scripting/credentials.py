"""Credentials within reach of a process on this machine: where they are, never what they are.

A list of places can only ever be long, so it protects from nothing: it says that a job is set up
wrong. Each is one that a tool documents as the home of a secret; what is in the environment usually
says so by its name, and a script is not given it in any case.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path

# https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html: these say where and how.
_HARMLESS_AWS = re.compile(
    r"AWS_(DEFAULT_)?(REGION|OUTPUT)|AWS_EC2_METADATA_DISABLED|AWS_ENDPOINT_URL(_\w+)?|AWS_PAGER"
    r"|AWS_MAX_ATTEMPTS|AWS_RETRY_MODE|AWS_CA_BUNDLE|AWS_CLI_AUTO_PROMPT|AWS_DEFAULTS_MODE"
    r"|AWS_USE_(DUALSTACK|FIPS)_ENDPOINT|AWS_STS_REGIONAL_ENDPOINTS"
)
# A word of a name, or its end, as in ``PGPASSWORD``.
_SECRET = re.compile(
    r"\w*(TOKEN|SECRET|PASSWORD|CREDENTIAL|APIKEY)S?|\w*(PASSWD|PASSPHRASE|AUTH|JWT|BEARER)"
    r"|\w*WEBHOOK|PAT|PASS|DSN|NETRC|KUBECONFIG"
)
_SECRET_PAIR = re.compile(
    r"(API|ACCESS|PRIVATE|SECRET|SIGNING|DEPLOY|SSH|ACCOUNT|ENCRYPTION|MASTER) KEYS?"
    r"|CONNECTION STRING|\w+ PWD"
)
_OTHERS = frozenset({"SSH_AUTH_SOCK", "GIT_CONFIG_PARAMETERS", "DOCKER_AUTH_CONFIG", "GIT_ASKPASS"})
# Of OpenID Connect, and of the runner's own service:
# https://docs.github.com/en/actions/reference/security/oidc
_OF_THE_JOB = ("ACTIONS_ID_TOKEN_REQUEST_", "ACTIONS_RUNTIME_")

# Files below HOME that are there for a secret only.
_SECRET_FILES = (
    ".aws/*",
    ".aws/sso/cache/*",
    ".aws/cli/cache/*",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".config/git/credentials",
    ".config/gh/hosts.yml",
    ".config/hub",
    ".config/gcloud/application_default_credentials.json",
    ".config/gcloud/credentials.db",
    ".config/rclone/rclone.conf",
    ".azure/msal_token_cache.*",
    ".azure/accessTokens.json",
    ".kube/config",
    ".boto",
    ".s3cfg",
    ".pypirc",
    ".cache/huggingface/token",
    ".huggingface/token",
)
_HARMLESS_SSH = re.compile(r".*\.pub|known_hosts(\.old)?|config|authorized_keys|environment")
# Files below HOME that may hold one beside other things.
_SETTINGS = {
    ".npmrc": re.compile(r"_(authToken|auth|password)\s*=\s*\S", re.IGNORECASE),
    ".config/pip/pip.conf": re.compile(r"://[^/\s@]+@"),
    ".pip/pip.conf": re.compile(r"://[^/\s@]+@"),
    ".gitconfig": None,
    ".config/git/config": None,
}
# What Kubernetes and EKS mount into a pod:
# https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html
_MOUNTED = (
    "var/run/secrets/eks.amazonaws.com/serviceaccount/token",
    "var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
    "var/run/secrets/kubernetes.io/serviceaccount/token",
    "etc/gitconfig",
)
# An account for pulling public images, which is on every machine that GitHub hosts.
_EVERYBODYS = "githubactions:"

# In settings of git, which are read as text: git itself is not started for a stranger's. The keys
# are those of https://git-scm.com/docs/git-config. Until version 5 actions/checkout left a token
# in ``http.<url>.extraheader``; since 6 it is in a file that ``includeIf`` names
# (https://github.com/actions/checkout/pull/2286).
_PASSWORD = re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s\"'@:]*:[^/\s\"'@]+@", re.IGNORECASE)
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
_DEEPEST = 10  # as deep as git itself follows includes

_MOST = 20
_LONGEST = 1 << 20


def find_credentials(
    environment: Mapping[str, str], folders: Sequence[Path], *, system: Path = Path("/")
) -> tuple[str, ...]:
    """Name the variables and files with credentials for a process of this environment: twenty at most."""
    found = dict.fromkeys(
        (
            *(f"the variable {name}" for name in secret_variables(environment)),
            *_in_files(environment, system),
            *_in_repositories(folders),
        )
    )
    return tuple(islice(found, _MOST))


def secret_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Name the variables that hold a credential or lead to one."""
    for name, value in sorted(environment.items()):
        if value and (_says_secret(name.upper()) or _has_user(value)):
            yield name


def _says_secret(name: str) -> bool:
    if name.startswith("AWS_"):
        return _HARMLESS_AWS.fullmatch(name) is None
    if name.startswith(_OF_THE_JOB) or name in _OTHERS:
        return True
    words = re.split(r"[^A-Z0-9]+", name)
    return any(map(_SECRET.fullmatch, words)) or any(
        map(_SECRET_PAIR.fullmatch, map(" ".join, pairwise(words)))
    )


def _in_files(environment: Mapping[str, str], system: Path) -> Iterator[str]:
    for name in _MOUNTED:
        path = system / name
        if path.name == "gitconfig":
            yield from _said_by(path)
        elif _has_content(path):
            yield str(path)
    temporary = environment.get("RUNNER_TEMP")
    if temporary:  # where actions/checkout 6 keeps the token for git
        yield from map(str, _files(Path(temporary), "git-credentials-*.config"))
    given = environment.get("HOME") or environment.get("USERPROFILE")
    if not given:
        return
    home = Path(given)
    for pattern in _SECRET_FILES:
        yield from map(str, _files(home, pattern))
    for path in _files(home, ".ssh/*"):
        if not _HARMLESS_SSH.fullmatch(path.name):
            yield str(path)
    for name, secret in _SETTINGS.items():
        if secret is None:
            yield from _said_by(home / name)
        elif secret.search(_text(home / name)):
            yield str(home / name)
    docker = Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    if _logs_in(docker):
        yield str(docker)


def _logs_in(docker: Path) -> bool:
    """Say whether Docker's settings have a login: https://docs.docker.com/reference/cli/docker/login/."""
    try:
        settings = json.loads(_text(docker) or "{}")
        logins = settings.get("auths", {}).values()
        if settings.get("credsStore") or settings.get("credHelpers"):
            return True
        return any(
            each.get("identitytoken") or each.get("registrytoken") or _is_own(each.get("auth"))
            for each in logins
        )
    except (ValueError, AttributeError):  # no JSON, or not of that form: better safe than sorry
        return True


def _is_own(auth: str | None) -> bool:
    try:
        login = base64.b64decode(auth or "").decode("utf-8", "replace")
    except binascii.Error:
        return True
    return bool(login) and not login.startswith(_EVERYBODYS)


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        return [path for path in sorted(folder.glob(pattern)) if _has_content(path)]
    except OSError:
        return []


def _has_content(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:  # closed to us, and so to the script
        return False


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_LONGEST).decode("utf-8", "replace")
    except OSError:
        return ""


def _has_user(text: str) -> bool:
    """Say whether there is a web address with a user, or any with a password, in a text.

    >>> _has_user("https://x-access-token:abc@github.com/a/b"), _has_user("https://github.com/@a")
    (True, False)
    >>> _has_user("postgres://me:abc@example.org/db"), _has_user("ssh://git@github.com/a/b")
    (True, False)
    """
    return any(each.search(text) is not None for each in (_USER, _PASSWORD))


def _in_repositories(folders: Sequence[Path]) -> Iterator[str]:
    """Name what is in the settings of the repositories that folders are in."""
    for repository in dict.fromkeys(filter(None, map(_git_folder, folders))):
        nested = sorted(repository.glob("modules/**/config"))
        for path in (repository / "config", repository / "config.worktree", *nested):
            yield from _said_by(path)


def _said_by(path: Path, *, depth: int = 0) -> Iterator[str]:
    """Name the credentials in a file of settings, and in those that it includes."""
    text = _text(path)
    for name, pattern in _SAID.items():
        if pattern.search(text):
            yield f"{path} ({name})"
    if depth == _DEEPEST:
        return
    # Whatever the condition of an include is: the file is within reach if it is there.
    for name in _INCLUDED.findall(text):
        included = path.parent / Path(name.strip('"')).expanduser()
        yield from _said_by(included, depth=depth + 1)


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
