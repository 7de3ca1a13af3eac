"""What is deployed, compared with what the program needs: nothing is changed by it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import UsageError
from brainscore_data.hosting.aws.cloudformation import SESSION_SECONDS, Wanted, provider_arn
from brainscore_data.hosting.aws.merged_policy import in_one_form, same
from brainscore_data.hosting.aws.policies import BucketPlace, Statement, TrustedJob, opening, trust
from brainscore_data.store.interface import Answer
from brainscore_data.store.s3.bucket_settings import asked, settings_of
from brainscore_data.store.s3.connection import S3Connection

_ROLE = re.compile(
    r"arn:aws[a-z-]*:iam::(?P<account>\w*):role/(?:[\w+=,.@-]+/)*(?P<name>[\w+=,.@-]+)"
)
_CALLED = re.compile(r"^\s*uses:\s*(\S+/\.github/workflows/\S+)", re.MULTILINE)
_AGAIN = "deploy what `brainscore-data aws template` writes, or change it by hand"


@dataclass(frozen=True)
class Deployed:
    """A role and a bucket that are there, and what they were meant to be."""

    connection: S3Connection
    place: BucketPlace
    job: TrustedJob
    wanted: Wanted
    role: str
    #: The repository's own folder, with its workflows.
    checkout: Path

    def answers(self) -> tuple[Answer, ...]:
        """Compare everything; "unknown" is what this caller was not told."""
        return (
            self._about("provider", self._provider),
            self._about("trust", self._trust),
            self._about("permissions", self._permissions),
            self._about("policy", self._policy),
            self._about("versioning", self._versioning),
            self._about("access", self._access),
            self._about("uploads", self._uploads),
            self._workflows(),
        )

    def _about(self, question: str, compared: Callable[[], tuple[list[str], str]]) -> Answer:
        """Say what differs, or that nothing does; what was refused is not known."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            wrong, right = compared()
        except _NotToldError as error:
            return Answer(question, "unknown", error.message, error.hint)
        except ClientError as error:
            said = error.response.get("Error") or error.response
            if said.get("Code") in {"NoSuchEntity", "NoSuchEntityException"}:
                return Answer(question, "no", str(said.get("Message")), _AGAIN)
            return Answer(question, "unknown", f"{error.operation_name}: {said.get('Code')}")
        except BotoCoreError as error:
            return Answer(question, "unknown", str(error))
        return (
            Answer(question, "no", "; ".join(wrong), _AGAIN)
            if wrong
            else Answer(question, "yes", right)
        )

    def _provider(self) -> tuple[list[str], str]:
        found = self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=self._issuer)
        known = found.get("ClientIDList", [])
        missing = (
            []
            if "sts.amazonaws.com" in known
            else ["it does not know the audience sts.amazonaws.com"]
        )
        return missing, "the account knows GitHub"

    def _trust(self) -> tuple[list[str], str]:
        role = self._iam.get_role(RoleName=self._named["name"])["Role"]
        policy = role["AssumeRolePolicyDocument"]
        wrong = list(_differences(trust(self.job, self._issuer), _statements(policy)))
        if (seconds := role.get("MaxSessionDuration", SESSION_SECONDS)) > SESSION_SECONDS:
            wrong.append(f"its sessions may last {seconds / 3600:g} hours, and one is enough")
        return wrong, "jobs of this environment, branch and these workflows, and nobody else"

    def _permissions(self) -> tuple[list[str], str]:
        wrong = _differences(self.wanted.permissions(self.place), list(self._attached()))
        return list(wrong), "what the program needs, and nothing more"

    def _attached(self) -> Iterator[Statement]:
        name = {"RoleName": self._named["name"]}
        for each in self._iam.list_role_policies(**name)["PolicyNames"]:
            yield from _statements(
                self._iam.get_role_policy(**name, PolicyName=each)["PolicyDocument"]
            )
        for each in self._iam.list_attached_role_policies(**name)["AttachedPolicies"]:
            arn = {"PolicyArn": each["PolicyArn"]}
            version = self._iam.get_policy(**arn)["Policy"]["DefaultVersionId"]
            found = self._iam.get_policy_version(**arn, VersionId=version)
            yield from _statements(found["PolicyVersion"]["Document"])

    def _policy(self) -> tuple[list[str], str]:
        there = _statements(bucket_policy(self.connection) or {})
        missing = [each["Sid"] for each in opening(self.place) if not _has(there, each)]
        wrong = [f"the bucket's policy lacks {' and '.join(missing)}"] if missing else []
        return wrong, "everybody reads what is tagged public, and only by TLS"

    def _versioning(self) -> tuple[list[str], str]:
        found = _asked(
            self.connection, "s3:GetBucketVersioning", self.connection.client.get_bucket_versioning
        )
        state = found.get("Status", "never enabled")
        return [] if state == "Enabled" else [f"it is {state.lower()}"], "enabled"

    def _access(self) -> tuple[list[str], str]:
        found = settings_of(self.connection)
        if found.ownership is None or found.blocked is None:
            raise _NotToldError(f"you may not {' or '.join(found.missing)}")
        wrong = []
        if not self.wanted.access_lists and found.ownership != "BucketOwnerEnforced":
            wrong.append(
                "access lists also decide who reads (object ownership is not BucketOwnerEnforced)"
            )
        closing = sorted(found.blocked & {"BlockPublicPolicy", "RestrictPublicBuckets"})
        if closing:
            wrong.append(f"{' and '.join(closing)} keeps the policy from opening what is public")
        return wrong, "the policy alone decides who reads"

    def _uploads(self) -> tuple[list[str], str]:
        client = self.connection.client
        found = _asked(
            self.connection,
            "s3:GetLifecycleConfiguration",
            client.get_bucket_lifecycle_configuration,
        )
        aborts = any(
            "AbortIncompleteMultipartUpload" in rule and rule.get("Status") == "Enabled"
            for rule in found.get("Rules", [])
        )
        wrong = (
            []
            if aborts
            else ["no rule cancels interrupted uploads: they cost money, and nobody sees them"]
        )
        return wrong, "a rule cancels interrupted uploads"

    def _workflows(self) -> Answer:
        """Compare the hashes that the role trusts with those that the checkout calls."""
        folder = self.checkout / ".github" / "workflows"
        files = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
        called = {
            each
            for file in files
            for each in _CALLED.findall(content_of(file).decode(errors="replace"))
        }
        own = f"{self.job.repository}/.github/workflows/"
        wrong = []
        for ref in self.job.workflow_refs:
            name, _, at = ref.partition("@")
            if name.startswith(own):
                if not (folder / name.removeprefix(own)).is_file():
                    wrong.append(f"{name.removeprefix(own)} is not in {folder}")
                continue
            others = sorted(each for each in called if each.startswith(f"{name}@") and each != ref)
            if ref not in called:
                stale = f", and the workflows call {', '.join(others)}" if others else ""
                wrong.append(f"no workflow calls {name} at {at[:12]}, which the role trusts{stale}")
        if wrong:
            hint = "have both name the same commit: deploy the role first, then merge the workflow"
            return Answer("workflows", "no", "; ".join(wrong), hint)
        return Answer("workflows", "yes", "the role trusts exactly the workflows that are called")

    @cached_property
    def _iam(self) -> Any:
        return self.connection.client_of("iam")

    @cached_property
    def _named(self) -> re.Match[str]:
        found = _ROLE.fullmatch(self.role)
        if found is None:
            raise UsageError(
                f"{self.role!r} is not the name of a role",
                where="--role",
                hint="its form is arn:aws:iam::123456789012:role/NAME; the stack's outputs have it",
            )
        return found

    @property
    def _issuer(self) -> str:
        return provider_arn(self._named["account"])


class _NotToldError(UsageError):
    """A permission was missing to ask."""


def bucket_policy(connection: S3Connection) -> dict[str, Any] | None:
    """Read a bucket's policy; None if it has none."""
    found = _asked(connection, "s3:GetBucketPolicy", connection.client.get_bucket_policy)
    policy: dict[str, Any] | None = json.loads(found.get("Policy") or "null")
    return policy


def _asked(connection: S3Connection, action: str, call: Callable[..., Any]) -> Mapping[str, Any]:
    found = asked(connection, action, call, {"Bucket": connection.bucket})
    if found is None:
        raise _NotToldError(
            f"you may not {action}",
            where=f"s3://{connection.bucket}",
            hint="ask with credentials that may: it reads settings and changes none",
        )
    return found


def _how(wanted: Statement, there: Statement) -> str:
    """Say in which parts a statement differs: the claims or keys of its conditions, too."""
    mine, its = (dict(_parts(each)) for each in (wanted, there))
    places = [part for part in dict.fromkeys([*mine, *its]) if mine.get(part) != its.get(part)]
    return f"differs in {', '.join(places)}"


def _parts(statement: Statement) -> Iterator[tuple[str, Any]]:
    for key, value in statement.items():
        for operator, keys in value.items() if key == "Condition" else ():
            yield from ((f"{operator} {name}", in_one_form(its)) for name, its in keys.items())
        if key not in {"Condition", "Sid"}:
            yield key, in_one_form(value)


def _statements(policy: Mapping[str, Any]) -> list[Statement]:
    said = policy.get("Statement", [])
    return said if isinstance(said, list) else [said]


def _has(there: Sequence[Statement], wanted: Statement) -> bool:
    return any(same(each, wanted) for each in there)


def _differences(wanted: Sequence[Statement], there: Sequence[Statement]) -> Iterator[str]:
    """Name what lacks or differs, and what else is there."""
    for each in wanted:
        if not _has(there, each):
            named = [other for other in there if other.get("Sid") == each["Sid"]]
            yield f"{each['Sid']} {_how(each, named[0]) if named else 'is missing'}"
    names = {each["Sid"] for each in wanted}
    for other in there:
        if not _has(wanted, other) and other.get("Sid") not in names:
            what = other.get("Sid") or other.get("Action") or "a statement without actions"
            yield f"something else is there: {what}"
