"""Credentials within reach are found, of each kind, and named without being shown."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from git_repositories import new_repository

from brainscore_data.scripting.credentials import find_credentials, secret_variables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Find = Callable[..., tuple[str, ...]]

SECRET = "hunter2hunter2"  # noqa: S105 - nobody's


@pytest.fixture
def found_below(tmp_path: Path) -> Find:
    """Look for credentials with a HOME, a repository and a system that hold nothing else."""

    def find(**environment: str) -> tuple[str, ...]:
        for name in ("home", "repository", "system"):
            (tmp_path / name).mkdir(exist_ok=True)
        return find_credentials(
            {"HOME": str(tmp_path / "home"), **environment},
            [tmp_path / "repository"],
            system=tmp_path / "system",
        )

    return find


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_SOMETHING_NEW",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_RUNTIME_URL",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "INPUT_GITHUB-TOKEN",
        "MY_PAT",
        "DB_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "NPM_AUTH",
        "JWT",
        "BEARER",
        "SLACK_WEBHOOK",
        "SLACK_WEBHOOK_URL",
        "SENTRY_DSN",
        "AZURE_STORAGE_CONNECTION_STRING",
        "CONNECTION_STRING",
        "OPENAI_API_KEY",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "SSH_AUTH_SOCK",
        "DOCKER_AUTH_CONFIG",
    ],
)
def test_a_variable_is_found_by_its_name_and_its_value_is_not_shown(
    name: str, found_below: Find
) -> None:
    assert found_below(**{name: SECRET}) == (f"the variable {name}",)
    assert found_below(**{name: ""}) == ()


def test_what_a_job_without_credentials_has_is_none() -> None:
    ordinary = {
        "AWS_REGION": "us-east-2",
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AZURE_EXTENSION_DIR": "/opt/az/azcliextensions",
        "GITHUB_PATH": "/home/runner/work/_temp/_runner_file_commands/add_path_1",
        "GITHUB_SERVER_URL": "https://github.com",
        "TOKENIZERS_PARALLELISM": "false",
        "KEYBOARD": "us",
        "PWD": "/",
        "OLDPWD": "/",
        "GIT_AUTHOR_NAME": "me",
        "XAUTHORITY": "/home/me/.Xauthority",
        "REPOSITORY": "ssh://git@github.com/a/b",
        "PATH": "/usr/bin",
        "MONKEY": "1",
    }
    assert list(secret_variables(ordinary)) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".aws/credentials", f"[default]\naws_secret_access_key = {SECRET}"),
        (".aws/config", "[profile me]\ncredential_process = /bin/keys"),
        (".aws/sso/cache/0a.json", "{}"),
        (".netrc", f"machine github.com login me password {SECRET}"),
        (".git-credentials", f"https://me:{SECRET}@github.com"),
        (".config/gh/hosts.yml", f"oauth_token: {SECRET}"),
        (".config/gcloud/application_default_credentials.json", "{}"),
        (".ssh/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----"),
        (".pypirc", f"password: {SECRET}"),
        (".npmrc", f"//registry.npmjs.org/:_authToken={SECRET}"),
        (".config/pip/pip.conf", f"index-url = https://me:{SECRET}@pypi.example/simple"),
        (".docker/config.json", json.dumps({"auths": {"r": {"auth": "bWU6c2VjcmV0"}}})),
        (".docker/config.json", json.dumps({"auths": {}, "credsStore": "desktop"})),
    ],
)
def test_a_file_in_home_is_found(
    name: str, content: str, tmp_path: Path, found_below: Find
) -> None:
    path = tmp_path / "home" / name
    path.parent.mkdir(parents=True)
    path.write_text(content)
    found = found_below()
    assert found == (str(path),)
    assert SECRET not in str(found)


def test_files_without_a_secret_are_none(tmp_path: Path, found_below: Find) -> None:
    everybodys = base64.b64encode(b"githubactions:3d64").decode()
    for name, content in {
        ".aws/credentials": "",
        ".ssh/known_hosts": "github.com ssh-ed25519 AAAA",
        ".ssh/id_ed25519.pub": "ssh-ed25519 AAAA",
        ".npmrc": "registry=https://registry.npmjs.org/",
        ".gitconfig": "[user]\n\tname = me\n[safe]\n\tdirectory = *",
        ".docker/config.json": json.dumps({"auths": {"docker.io": {"auth": everybodys}}}),
    }.items():
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert found_below() == ()


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("http.https://github.com/.extraheader", f"AUTHORIZATION: basic {SECRET}", "extraheader"),
        ("http.extraHeader", f"AUTHORIZATION: basic {SECRET}", "extraheader"),
        ("credential.helper", "store --file /elsewhere", "credential.helper"),
        ("remote.origin.url", f"https://x-access-token:{SECRET}@github.com/a/b", "URL"),
        (f"url.https://{SECRET}@github.com/.insteadOf", "https://github.com/", "URL"),
    ],
)
def test_settings_of_git_are_found(
    key: str, value: str, what: str, tmp_path: Path, found_below: Find
) -> None:
    repository = tmp_path / "repository"
    new_repository(repository)
    assert found_below() == ()
    subprocess.run(["git", "-C", repository, "config", key, value], check=True)
    (found,) = found_below()
    assert str(repository / ".git" / "config") in found
    assert what in found
    assert SECRET not in found


def test_the_token_that_checkout_keeps_in_another_file_is_found(
    tmp_path: Path, found_below: Find
) -> None:
    repository, temporary = tmp_path / "repository", tmp_path / "temporary"
    temporary.mkdir()
    new_repository(repository)
    kept = temporary / "git-credentials-1.config"
    kept.write_text(f'[http "https://github.com/"]\n\textraheader = AUTHORIZATION: {SECRET}\n')
    include = f"includeIf.gitdir:{repository}/.git.path"
    subprocess.run(["git", "-C", repository, "config", include, kept], check=True)
    assert found_below() == (f"{kept} (http.extraheader)",)
    assert str(kept) in found_below(RUNNER_TEMP=str(temporary))


def test_settings_of_the_repository_of_a_worktree_are_found(
    tmp_path: Path, found_below: Find
) -> None:
    first, here = tmp_path / "first", tmp_path / "repository"
    git = ["git", "-C", str(first), "-c", "user.name=me", "-c", "user.email=me@example.org"]
    subprocess.run(["git", "init", "-q", first], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    subprocess.run([*git, "worktree", "add", "-q", "--detach", here], check=True)
    subprocess.run([*git, "config", "http.extraheader", SECRET], check=True)
    assert found_below() == (f"{first / '.git' / 'config'} (http.extraheader)",)


def test_a_token_that_is_mounted_into_a_pod_is_found(tmp_path: Path, found_below: Find) -> None:
    token = tmp_path / "system/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
    token.parent.mkdir(parents=True)
    token.write_text(SECRET)
    assert found_below() == (str(token),)
